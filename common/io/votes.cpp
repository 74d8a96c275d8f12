// SPDX-License-Identifier: Apache-2.0
#include <corosync/votequorum.h>

#include "common/io/detail/corosync_link.hpp"
#include "common/io/quorum.hpp"

namespace ha::io {

namespace {

/// Opens a handle for one call.
Status with_votequorum(const std::string& what,
                       const std::function<cs_error_t(votequorum_handle_t)>& call)
{
    votequorum_handle_t handle = 0;
    cs_error_t error = try_again([&] { return ::votequorum_initialize(&handle, nullptr); });
    if (error != CS_OK) {
        return corosync_error("votequorum", error);
    }
    error = try_again([&] { return call(handle); });
    ::votequorum_finalize(handle);
    return error == CS_OK ? ok() : Status{corosync_error(what, error)};
}

}  // namespace

Result<VoteInfo> vote_info(NodeId node)
{
    votequorum_info info{};
    const Status asked = with_votequorum("votes of node " + std::to_string(node.value),
                                         [&](votequorum_handle_t handle) {
                                             return ::votequorum_getinfo(handle, node.value, &info);
                                         });
    if (!asked) {
        return asked.error();
    }
    VoteInfo votes;
    votes.node = NodeId{info.node_id};
    votes.is_member = info.node_state == VOTEQUORUM_NODESTATE_MEMBER;
    votes.two_node = (info.flags & VOTEQUORUM_INFO_TWONODE) != 0;
    votes.quorate = (info.flags & VOTEQUORUM_INFO_QUORATE) != 0;
    votes.node_votes = info.node_votes;
    votes.node_expected = info.node_expected_votes;
    votes.expected = info.highest_expected;
    votes.total = info.total_votes;
    votes.quorum = info.quorum;
    return votes;
}

Status set_expected_votes(std::uint32_t expected)
{
    return with_votequorum("set expected votes", [&](votequorum_handle_t handle) {
        return ::votequorum_setexpected(handle, expected);
    });
}

Status set_node_votes(NodeId node, std::uint32_t votes)
{
    return with_votequorum("set votes", [&](votequorum_handle_t handle) {
        return ::votequorum_setvotes(handle, node.value, votes);
    });
}

}  // namespace ha::io
