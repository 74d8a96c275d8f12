// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/service_tool.hpp"

#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

HA_CONVERSATION(service_tool_conversation, "rgmanager socket", ServiceStatusRequest,
                ServiceStatusReply, ServiceRequest, ServiceReply, ServiceDumpRequest, ServiceDump)

std::string_view text_of(ServiceState state)
{
    switch (state) {
        case ServiceState::stopped:
            return "stopped";
        case ServiceState::starting:
            return "starting";
        case ServiceState::started:
            return "started";
        case ServiceState::stopping:
            return "stopping";
        case ServiceState::failed:
            return "failed";
        case ServiceState::uninitialized:
            return "uninitialized";
        case ServiceState::checking:
            return "checking";
        case ServiceState::recoverable:
            return "recoverable";
        case ServiceState::recovering:
            return "recovering";
        case ServiceState::disabled:
            return "disabled";
        case ServiceState::migrating:
            return "migrating";
    }
    return "unknown";
}

std::string_view text_of(ReturnCode code)
{
    switch (code) {
        case ReturnCode::success:
            return "Success";
        case ReturnCode::yes:
            return "Yes";
        case ReturnCode::no:
            return "No";
        case ReturnCode::fail:
            return "Failure";
        case ReturnCode::abort:
            return "Aborted; service failed";
        case ReturnCode::forward:
            return "Service not mastered locally";
        case ReturnCode::no_service:
            return "Service does not exist";
        case ReturnCode::deadlock:
            return "Operation would cause a deadlock";
        case ReturnCode::again:
            return "Temporary failure; try again";
        case ReturnCode::depend:
            return "Operation violates dependency rule";
        case ReturnCode::invalid:
            return "Invalid operation for resource";
        case ReturnCode::no_quorum:
            return "Operation requires quorum";
        case ReturnCode::already_running:
            return "Service is already running";
        case ReturnCode::frozen:
            return "Failure: Service is frozen";
        case ReturnCode::no_node:
            return "Target node dead / nonexistent";
        case ReturnCode::fence_pending:
            return "Fencing operation pending; try again later";
        case ReturnCode::script:
            return "S/Lang Script Error";
        case ReturnCode::domain:
            return "Service not runnable";
        case ReturnCode::exclusive:
            return "Service not runnable: cannot run exclusive";
        case ReturnCode::relocated_back:
            return "Failed; service running on original owner";
        case ReturnCode::permission:
            return "Permission denied";
        case ReturnCode::warning:
            return "Warning; see system logs";
    }
    return "Unknown";
}

}  // namespace ha::protocol
