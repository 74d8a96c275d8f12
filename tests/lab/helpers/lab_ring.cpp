// SPDX-License-Identifier: Apache-2.0
//
// lab_ring: an observer that is no part of the suite. Notes every new ring corosync announces on
// this node in the lab's journal, at the moment its own callback runs: what "membership change"
// means when the suite's reaction to it is measured. Notes gained and lost quorum, too. It has
// realtime priority above fenced's, or the measured time would begin after what it measures.
#include <poll.h>
#include <sched.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include <corosync/cpg.h>
#include <corosync/quorum.h>

#include "tests/lab/helpers/note.hpp"

namespace {

void on_ring(cpg_handle_t /*handle*/, cpg_ring_id ring, std::uint32_t members,
             const std::uint32_t* /*list*/)
{
    ha::lab::note("ring seq=" + std::to_string(ring.seq) + " members=" + std::to_string(members));
}

void on_quorum(quorum_handle_t /*handle*/, std::uint32_t quorate, std::uint64_t seq,
               std::uint32_t members, std::uint32_t* /*list*/)
{
    ha::lab::note("quorum quorate=" + std::to_string(quorate) + " seq=" + std::to_string(seq) +
                  " members=" + std::to_string(members));
}

/// The descriptor to watch, or -1.
int track_quorum(quorum_handle_t& handle)
{
    quorum_callbacks_t callbacks{};
    callbacks.quorum_notify_fn = on_quorum;
    std::uint32_t type = 0;
    int descriptor = -1;
    const bool tracks = quorum_initialize(&handle, &callbacks, &type) == CS_OK &&
                        quorum_trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES) == CS_OK &&
                        quorum_fd_get(handle, &descriptor) == CS_OK;
    return tracks ? descriptor : -1;
}

}  // namespace

int main()
{
    const sched_param first{.sched_priority = sched_get_priority_min(SCHED_RR) + 1};
    if (sched_setscheduler(0, SCHED_RR, &first) != 0) {
        std::perror("lab_ring: realtime priority");  // the figures are then a little too good
    }
    cpg_model_v1_data_t model{};
    model.model = CPG_MODEL_V1;
    model.cpg_totem_confchg_fn = on_ring;
    cpg_handle_t handle = 0;
    cpg_name name{};
    const std::string group = "lab_ring";
    name.length = static_cast<std::uint32_t>(group.copy(name.value, sizeof name.value));
    int descriptor = -1;
    if (cpg_model_initialize(&handle, CPG_MODEL_V1, reinterpret_cast<cpg_model_data_t*>(&model),
                             nullptr) != CS_OK ||
        cpg_join(handle, &name) != CS_OK || cpg_fd_get(handle, &descriptor) != CS_OK) {
        std::fputs("lab_ring: corosync does not answer\n", stderr);
        return 111;
    }
    quorum_handle_t quorum = 0;
    std::array<pollfd, 2> ready{pollfd{descriptor, POLLIN, 0},
                                pollfd{track_quorum(quorum), POLLIN, 0}};
    while (poll(ready.data(), ready.size(), -1) >= 0) {
        if (cpg_dispatch(handle, CS_DISPATCH_ALL) != CS_OK ||
            quorum_dispatch(quorum, CS_DISPATCH_ALL) != CS_OK) {
            return 0;  // corosync ended
        }
    }
    return 111;
}
