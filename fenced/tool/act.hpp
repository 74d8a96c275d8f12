// SPDX-License-Identifier: Apache-2.0
//
// Requests to fenced that change something: all are answered by FenceAnswer.
#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/daemon/daemon_client.hpp"
#include "common/protocol/fence_tool.hpp"

namespace ha::fence::tool {

using daemon::DaemonClient;

/// A refusal is an Error{busy} with fenced's sentence.
template <class Request>
[[nodiscard]] Status ask_to_act(DaemonClient& fenced, const Request& request,
                                Duration patience = std::chrono::seconds{30})
{
    auto answer = fenced.ask<protocol::FenceAnswer>(request, patience);
    if (!answer) {
        return answer.error();
    }
    if (!answer->accepted) {
        return Error{ErrorCode::busy, answer->text};
    }
    return ok();
}

}  // namespace ha::fence::tool
