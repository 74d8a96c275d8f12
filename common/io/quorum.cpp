// SPDX-License-Identifier: Apache-2.0
#include "common/io/quorum.hpp"

#include <utility>
#include <variant>

#include <corosync/quorum.h>

#include "common/base/assert.hpp"
#include "common/io/detail/corosync_link.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

namespace {

using QuorumEvent = std::variant<view::QuorumChanged, QuorumNodes>;

std::vector<QuorumEvent>& received_by(quorum_handle_t handle)
{
    const void* context = nullptr;
    HA_ASSERT(::quorum_context_get(handle, &context) == CS_OK && context != nullptr);
    return *static_cast<std::vector<QuorumEvent>*>(const_cast<void*>(context));
}

RingId ring_of(const quorum_ring_id& ring)
{
    return {NodeId{ring.nodeid}, ring.seq};
}

std::vector<NodeId> nodes_of(const std::uint32_t* nodes, std::uint32_t count)
{
    std::vector<NodeId> result;
    for (std::uint32_t i = 0; i < count; ++i) {
        result.push_back(NodeId{nodes[i]});
    }
    return result;
}

void on_quorum(quorum_handle_t handle, std::uint32_t quorate, quorum_ring_id ring, std::uint32_t,
               const std::uint32_t*)
{
    received_by(handle).emplace_back(view::QuorumChanged{ring_of(ring), quorate != 0});
}

void on_nodes(quorum_handle_t handle, quorum_ring_id ring, std::uint32_t member_count,
              const std::uint32_t* members, std::uint32_t joined_count, const std::uint32_t* joined,
              std::uint32_t left_count, const std::uint32_t* left)
{
    received_by(handle).emplace_back(QuorumNodes{ring_of(ring), nodes_of(members, member_count),
                                                 nodes_of(joined, joined_count),
                                                 nodes_of(left, left_count)});
}

}  // namespace

struct Quorum::Impl : std::enable_shared_from_this<Quorum::Impl> {
    Impl(Loop& loop, Config config, Handlers quorum_handlers);

    Result<int> connect();
    cs_error_t dispatch();

    Handlers handlers;
    quorum_handle_t handle = 0;
    std::vector<QuorumEvent> received;
    CorosyncLink link;
};

Quorum::Impl::Impl(Loop& loop, Config config, Handlers quorum_handlers)
    : handlers(std::move(quorum_handlers)),
      link(loop, config.retry,
           {[this] { return connect(); }, [] {}, [this] { return dispatch(); },
            [this] { ::quorum_finalize(handle); },
            [this](const std::string& why) {
                const auto self_alive = shared_from_this();
                handlers.on_lost(why);
            }})
{}

Result<int> Quorum::Impl::connect()
{
    quorum_model_v1_data_t model{};
    model.model = QUORUM_MODEL_V1;
    model.quorum_notify_fn = on_quorum;
    model.nodelist_notify_fn = on_nodes;
    received.clear();
    std::uint32_t type = 0;
    auto* generic = reinterpret_cast<quorum_model_data_t*>(&model);
    if (const cs_error_t error =
            ::quorum_model_initialize(&handle, QUORUM_MODEL_V1, generic, &type, &received);
        error != CS_OK) {
        return corosync_error("quorum", error);
    }
    int fd = -1;
    cs_error_t error = ::quorum_fd_get(handle, &fd);
    error =
        error == CS_OK ? ::quorum_trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES) : error;
    if (error != CS_OK || type != QUORUM_SET) {
        ::quorum_finalize(handle);
        return corosync_error("track quorum", error);
    }
    return fd;
}

cs_error_t Quorum::Impl::dispatch()
{
    const auto self_alive = shared_from_this();
    const cs_error_t error = ::quorum_dispatch(handle, CS_DISPATCH_ALL);
    const std::vector<QuorumEvent> events = std::exchange(received, {});
    for (const QuorumEvent& event : events) {
        if (!link.is_connected()) {
            return CS_OK;  // a handler stopped us
        }
        if (const auto* changed = std::get_if<view::QuorumChanged>(&event)) {
            handlers.on_quorum(*changed);
        } else if (handlers.on_nodes) {
            handlers.on_nodes(std::get<QuorumNodes>(event));
        }
    }
    return link.is_connected() ? error : CS_OK;
}

Quorum::Quorum(Loop& loop, Config config, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(config), std::move(handlers)))
{}

Quorum::~Quorum()
{
    impl_->link.stop();
}

void Quorum::start()
{
    impl_->link.start();
}

void Quorum::stop()
{
    impl_->link.stop();
}

bool Quorum::is_connected() const
{
    return impl_->link.is_connected();
}

}  // namespace ha::io
