// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/corosync_link.hpp"

#include <thread>
#include <utility>

#include "common/io/loop.hpp"

namespace ha::io {

namespace {

constexpr int try_again_max = 40;
constexpr Duration try_again_pause = std::chrono::milliseconds{5};

ErrorCode code_of(cs_error_t error)
{
    switch (error) {
        case CS_ERR_LIBRARY:
        case CS_ERR_BAD_HANDLE:
            return ErrorCode::unavailable;
        case CS_ERR_TRY_AGAIN:
        case CS_ERR_BUSY:
        case CS_ERR_QUEUE_FULL:
            return ErrorCode::busy;
        case CS_ERR_NOT_EXIST:
        case CS_ERR_NAME_NOT_FOUND:
            return ErrorCode::not_found;
        case CS_ERR_ACCESS:
            return ErrorCode::permission_denied;
        case CS_ERR_TIMEOUT:
            return ErrorCode::timed_out;
        case CS_ERR_TOO_BIG:
            return ErrorCode::too_large;
        default:
            return ErrorCode::system;
    }
}

}  // namespace

Error corosync_error(const std::string& what, cs_error_t error)
{
    return Error{code_of(error), what + ": " + ::cs_strerror(error)};
}

cs_error_t try_again(const std::function<cs_error_t()>& call)
{
    cs_error_t error = call();
    for (int i = 0; error == CS_ERR_TRY_AGAIN && i < try_again_max; ++i) {
        std::this_thread::sleep_for(try_again_pause);
        error = call();
    }
    return error;
}

CorosyncLink::CorosyncLink(Loop& loop, Duration retry, Calls calls)
    : loop_(loop),
      retry_(retry),
      calls_(std::make_shared<Calls>(std::move(calls))),
      retry_timer_(loop, [this] { attempt(); })
{}

CorosyncLink::~CorosyncLink()
{
    stop();
}

void CorosyncLink::start()
{
    if (!is_connected() && !retry_timer_.due()) {
        retry_timer_.set_in(Duration::zero());
    }
}

void CorosyncLink::stop()
{
    retry_timer_.cancel();
    if (is_connected()) {
        watch_.reset();  // before the library closes the descriptor
        calls_->finalize();
    }
}

void CorosyncLink::attempt()
{
    const Result<int> fd = calls_->connect();
    if (!fd) {
        retry_timer_.set_in(retry_);
        return;
    }
    watch_ = std::make_unique<FdWatch>(loop_, *fd, [this] { dispatch(); });
    const auto calls = calls_;
    calls->on_connect();
}

void CorosyncLink::dispatch()
{
    const auto calls = calls_;
    const cs_error_t error = calls->dispatch();
    if (error == CS_OK || error == CS_ERR_TRY_AGAIN) {
        return;
    }
    stop();
    calls->on_lost(std::string("corosync is gone (") + ::cs_strerror(error) + ")");
}

}  // namespace ha::io
