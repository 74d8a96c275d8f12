// SPDX-License-Identifier: Apache-2.0
#include "common/io/cpg.hpp"

#include <sys/uio.h>

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <corosync/cpg.h>

#include "common/base/assert.hpp"
#include "common/io/detail/corosync_link.hpp"
#include "common/io/detail/cpg_events.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

namespace {

constexpr std::size_t frame_bytes_max = 1'001'000;  ///< 1,000,000 of payload and the header
constexpr std::size_t strangers_max = 1000;         ///< that are told of
constexpr Duration send_pause = std::chrono::milliseconds{2};

enum class State { idle, joined, leaving };

/// What the library's callbacks told; handed on after dispatch.
struct Received {
    std::vector<view::GroupEvent> events;
    std::vector<std::pair<NodeId, std::uint32_t>> strangers;  ///< whose frames do not count
    GroupProcesses processes;
    NodeId self;
    std::uint32_t pid = 0;
    bool have_left = false;  ///< our own leave is announced
};

}  // namespace

struct Cpg::Impl : std::enable_shared_from_this<Cpg::Impl> {
    Impl(Loop& loop, Config cpg_config, Handlers cpg_handlers);

    Result<int> connect();
    void on_connect();
    cs_error_t dispatch();
    void on_lost(const std::string& why);
    void send_queued();
    void forget_queue();
    void finish_leaving();

    Config config;
    Handlers handlers;
    State state = State::idle;
    cpg_handle_t handle = 0;
    NodeId self;
    Received received;
    std::set<std::pair<NodeId, std::uint32_t>> known_strangers;  ///< told of once each
    std::deque<std::string> queue;
    std::size_t queued_bytes = 0;
    std::function<void()> on_left;
    Timer retry_send;
    CorosyncLink link;
};

namespace {

/// The library knows us by its context pointer.
Received& received_by(cpg_handle_t handle)
{
    void* context = nullptr;
    HA_ASSERT(::cpg_context_get(handle, &context) == CS_OK && context != nullptr);
    return *static_cast<Received*>(context);
}

void on_message(cpg_handle_t handle, const cpg_name*, std::uint32_t node, std::uint32_t pid,
                void* bytes, std::size_t size)
{
    Received& received = received_by(handle);
    if (!received.processes.counts(NodeId{node}, pid)) {
        received.strangers.emplace_back(NodeId{node}, pid);
    } else if (received.processes.counts(received.self, received.pid)) {
        received.events.emplace_back(
            view::FrameDelivered{NodeId{node}, std::string(static_cast<const char*>(bytes), size)});
    }
}

void on_change(cpg_handle_t handle, const cpg_name*, const cpg_address* members,
               std::size_t member_count, const cpg_address* left, std::size_t left_count,
               const cpg_address* joined, std::size_t joined_count)
{
    Received& received = received_by(handle);
    auto changed = received.processes.changed({members, member_count}, {left, left_count},
                                              {joined, joined_count});
    received.have_left =
        received.have_left || has_left({left, left_count}, received.self, received.pid);
    // While another process stands for this node we are not in the group yet.
    if (changed && received.processes.counts(received.self, received.pid)) {
        received.events.emplace_back(*std::move(changed));
    }
}

void on_ring(cpg_handle_t handle, cpg_ring_id ring, std::uint32_t count,
             const std::uint32_t* members)
{
    received_by(handle).events.emplace_back(ring_changed(ring.nodeid, ring.seq, {members, count}));
}

}  // namespace

Cpg::Impl::Impl(Loop& loop, Config cpg_config, Handlers cpg_handlers)
    : config(std::move(cpg_config)),
      handlers(std::move(cpg_handlers)),
      retry_send(loop, [this] { send_queued(); }),
      link(loop, config.retry,
           {[this] { return connect(); }, [this] { on_connect(); }, [this] { return dispatch(); },
            [this] { ::cpg_finalize(handle); }, [this](const std::string& why) { on_lost(why); }})
{}

Result<int> Cpg::Impl::connect()
{
    cpg_model_v1_data_t model{};
    model.model = CPG_MODEL_V1;
    model.cpg_deliver_fn = on_message;
    model.cpg_confchg_fn = on_change;
    model.cpg_totem_confchg_fn = on_ring;
    model.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF;
    received = {};
    received.pid = static_cast<std::uint32_t>(::getpid());
    auto* generic = reinterpret_cast<cpg_model_data_t*>(&model);
    if (const cs_error_t error = ::cpg_model_initialize(&handle, CPG_MODEL_V1, generic, &received);
        error != CS_OK) {
        return corosync_error("cpg", error);
    }
    cpg_name group{};
    group.length = static_cast<std::uint32_t>(config.group.copy(group.value, CPG_MAX_NAME_LENGTH));
    int fd = -1;
    cs_error_t error = ::cpg_local_get(handle, &self.value);
    received.self = self;
    error = error == CS_OK ? ::cpg_fd_get(handle, &fd) : error;
    error = error == CS_OK ? ::cpg_join(handle, &group) : error;
    if (error != CS_OK) {
        ::cpg_finalize(handle);
        return corosync_error("join group " + config.group, error);
    }
    return fd;
}

void Cpg::Impl::on_connect()
{
    state = State::joined;
    handlers.on_joined(self);
}

cs_error_t Cpg::Impl::dispatch()
{
    const auto self_alive = shared_from_this();
    const cs_error_t error = ::cpg_dispatch(handle, CS_DISPATCH_ALL);
    // Handed on only now: a handler may leave, close the handle, or destroy us.
    const std::vector<view::GroupEvent> events = std::exchange(received.events, {});
    const auto strangers = std::exchange(received.strangers, {});
    for (const view::GroupEvent& event : events) {
        if (state == State::joined) {
            handlers.on_event(event);
        }
    }
    for (const auto& [node, pid] : strangers) {
        if (state == State::joined && known_strangers.size() < strangers_max &&
            known_strangers.emplace(node, pid).second) {
            handlers.on_stranger(node, pid);
        }
    }
    if (state == State::leaving && received.have_left) {
        finish_leaving();
        return CS_OK;
    }
    return link.is_connected() ? error : CS_OK;
}

/// What corosync has not taken yet was said by a life that is over.
void Cpg::Impl::forget_queue()
{
    queue.clear();
    queued_bytes = 0;
    retry_send.cancel();
}

void Cpg::Impl::finish_leaving()
{
    state = State::idle;
    link.stop();
    forget_queue();
    if (const auto callback = std::exchange(on_left, nullptr)) {
        callback();
    }
}

void Cpg::Impl::on_lost(const std::string& why)
{
    const auto self_alive = shared_from_this();
    forget_queue();
    if (state == State::leaving) {
        finish_leaving();
        return;
    }
    state = State::idle;
    handlers.on_lost(why);
}

void Cpg::Impl::send_queued()
{
    while (!queue.empty()) {
        iovec bytes{queue.front().data(), queue.front().size()};
        const cs_error_t error = ::cpg_mcast_joined(handle, CPG_TYPE_AGREED, &bytes, 1);
        if (error == CS_ERR_TRY_AGAIN) {
            retry_send.set_in(send_pause);
            return;
        }
        if (error != CS_OK) {
            return;  // corosync is gone: the descriptor tells so, and on_lost empties the queue
        }
        queued_bytes -= queue.front().size();
        queue.pop_front();
    }
}

Cpg::Cpg(Loop& loop, Config config, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(config), std::move(handlers)))
{}

Cpg::~Cpg()
{
    impl_->state = State::idle;
    impl_->retry_send.cancel();
    impl_->link.stop();
}

void Cpg::join()
{
    impl_->link.start();
}

void Cpg::leave(std::function<void()> on_left)
{
    cpg_name group{};
    group.length =
        static_cast<std::uint32_t>(impl_->config.group.copy(group.value, CPG_MAX_NAME_LENGTH));
    impl_->on_left = std::move(on_left);
    impl_->retry_send.cancel();
    const bool is_asked = impl_->state == State::joined &&
                          try_again([&] { return ::cpg_leave(impl_->handle, &group); }) == CS_OK;
    impl_->state = State::leaving;
    if (!is_asked) {
        impl_->finish_leaving();
    }
}

Status Cpg::send(std::string bytes)
{
    if (impl_->state != State::joined) {
        return Error{ErrorCode::unavailable, "not in group " + impl_->config.group};
    }
    if (bytes.size() > frame_bytes_max) {
        return Error{ErrorCode::too_large, "frame of " + std::to_string(bytes.size()) + " bytes"};
    }
    if (impl_->queued_bytes + bytes.size() > impl_->config.queued_bytes_max) {
        return Error{ErrorCode::busy, "corosync has taken nothing for long: the queue is full"};
    }
    impl_->queued_bytes += bytes.size();
    impl_->queue.push_back(std::move(bytes));
    if (impl_->queue.size() == 1) {
        impl_->send_queued();
    }
    return ok();
}

bool Cpg::is_joined() const
{
    return impl_->state == State::joined;
}

std::size_t Cpg::queued_bytes() const
{
    return impl_->queued_bytes;
}

}  // namespace ha::io
