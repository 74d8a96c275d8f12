// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/clusvcadm/words.hpp"

namespace ha::service::clusvcadm {

using protocol::ReturnCode;
using protocol::ServiceVerb;

namespace {

std::string wording(ServiceVerb verb)
{
    switch (verb) {
        case ServiceVerb::enable:
        case ServiceVerb::enable_anywhere:
            return "trying to enable";
        case ServiceVerb::disable:
            return "disabling";
        case ServiceVerb::stop:
            return "stopping";
        case ServiceVerb::restart:
            return "trying to restart";
        case ServiceVerb::relocate:
            return "relocate";
        case ServiceVerb::migrate:
            return "migrate";
        case ServiceVerb::freeze:
            return "freezing";
        case ServiceVerb::unfreeze:
            return "unfreezing";
        case ServiceVerb::lock:
            return "locking";
        case ServiceVerb::unlock:
            return "unlocking";
    }
    return "";
}

bool moves(ServiceVerb verb)
{
    return verb == ServiceVerb::relocate || verb == ServiceVerb::migrate;
}

}  // namespace

std::string opening(ServiceVerb verb, const std::string& service, const std::string& member)
{
    if (moves(verb)) {
        return "Trying to " + wording(verb) + " " + service +
               (member.empty() ? "" : " to " + member) + "...";
    }
    return (member.empty() ? "Local machine " : "Member " + member + " ") + wording(verb) + " " +
           service + "...";
}

std::string closing(ServiceVerb verb, const std::string& service, const std::string& member,
                    ReturnCode code, const std::string& owner)
{
    std::string text(protocol::text_of(code));
    text += "\n";
    const bool says_where = verb == ServiceVerb::enable || verb == ServiceVerb::enable_anywhere ||
                            verb == ServiceVerb::relocate;
    if (code == ReturnCode::success && says_where) {
        const bool elsewhere = !member.empty() && member != owner;
        text += std::string(elsewhere ? "Warning: " : "") + service + " is now running on " +
                owner + "\n";
    }
    return text;
}

int exit_code(ReturnCode code)
{
    if (code == ReturnCode::already_running) {
        return 0;
    }
    return static_cast<int>(static_cast<unsigned int>(static_cast<int>(code)) & 0xFFU);
}

}  // namespace ha::service::clusvcadm
