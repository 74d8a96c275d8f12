// SPDX-License-Identifier: Apache-2.0
#include "common/io/signals.hpp"

#include <sys/signalfd.h>

#include <csignal>
#include <map>
#include <utility>

#include "common/base/assert.hpp"
#include "common/io/detail/fd.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

// Signals stay blocked and are read from a descriptor: a handler runs between two callbacks, never
// inside one.
struct Signals::Impl {
    explicit Impl(Loop& event_loop) : loop(event_loop) { ::sigemptyset(&set); }

    void dispatch();

    Loop& loop;
    sigset_t set{};
    Fd fd;
    std::unique_ptr<FdWatch> watch;
    std::map<int, std::function<void()>> handlers;
};

void Signals::Impl::dispatch()
{
    signalfd_siginfo info{};
    while (::read(fd.get(), &info, sizeof info) == sizeof info) {
        const auto found = handlers.find(static_cast<int>(info.ssi_signo));
        if (found != handlers.end()) {
            const auto handler = found->second;
            handler();
            return;  // the handler may have destroyed us; more signals call us again
        }
    }
}

Signals::Signals(Loop& loop) : impl_(std::make_shared<Impl>(loop))
{}

Signals::~Signals()
{
    impl_->watch.reset();
    ::sigprocmask(SIG_UNBLOCK, &impl_->set, nullptr);
}

void Signals::on(int signal, std::function<void()> handler)
{
    HA_ASSERT(!impl_->handlers.contains(signal));
    impl_->handlers.emplace(signal, std::move(handler));
    ::sigaddset(&impl_->set, signal);
    ::sigprocmask(SIG_BLOCK, &impl_->set, nullptr);

    const int fd = ::signalfd(impl_->fd.get(), &impl_->set, SFD_NONBLOCK | SFD_CLOEXEC);
    HA_ASSERT(fd >= 0);
    if (!impl_->fd.is_open()) {
        impl_->fd = Fd(fd);
        impl_->watch =
            std::make_unique<FdWatch>(impl_->loop, fd, [impl = impl_.get()] { impl->dispatch(); });
    }
}

}  // namespace ha::io
