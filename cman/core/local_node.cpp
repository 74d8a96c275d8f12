// SPDX-License-Identifier: Apache-2.0
#include "cman/core/local_node.hpp"

#include <algorithm>

namespace ha::cman {

namespace {

std::string short_form(const std::string& name)
{
    return name.substr(0, name.find('.'));
}

const model::Node* find_uname(const model::ClusterModel& model, const std::string& uname)
{
    if (const model::Node* node = model.node(std::string_view(uname)); node != nullptr) {
        return node;
    }
    const std::string short_uname = short_form(uname);
    if (const model::Node* node = model.node(std::string_view(short_uname)); node != nullptr) {
        return node;
    }
    const auto found =
        std::find_if(model.nodes.begin(), model.nodes.end(),
                     [&](const model::Node& node) { return short_form(node.name) == short_uname; });
    return found != model.nodes.end() ? &*found : nullptr;
}

}  // namespace

Result<std::optional<NodeId>> find_by_name(const model::ClusterModel& model,
                                           const std::string& uname,
                                           const std::optional<std::string>& given)
{
    const model::Node* by_uname = find_uname(model, uname);
    if (!given) {
        return by_uname != nullptr ? std::optional(by_uname->id) : std::nullopt;
    }
    const model::Node* node = model.node(std::string_view(*given));
    if (node == nullptr) {
        return Error{ErrorCode::not_found, "Overridden node name is not in CCS"};
    }
    if (by_uname != nullptr && by_uname->name == uname && by_uname->id != node->id) {
        return Error{ErrorCode::invalid_input, "Overridden node name " + *given +
                                                   " is not this machine: its host name " + uname +
                                                   " is another clusternode"};
    }
    return std::optional(node->id);
}

Result<NodeId> find_by_address(const model::ClusterModel& model,
                               const std::vector<LocalAddress>& local,
                               const std::map<std::string, std::vector<std::string>>& resolved)
{
    for (const LocalAddress& address : local) {
        for (const std::string& name :
             {address.reverse_name, short_form(address.reverse_name), address.numeric}) {
            if (const model::Node* node = model.node(std::string_view(name));
                node != nullptr && !name.empty()) {
                return node->id;
            }
        }
    }
    for (const model::Node& node : model.nodes) {
        const auto addresses = resolved.find(node.name);
        if (addresses == resolved.end()) {
            continue;
        }
        for (const LocalAddress& address : local) {
            if (std::find(addresses->second.begin(), addresses->second.end(), address.numeric) !=
                addresses->second.end()) {
                return node.id;
            }
        }
    }
    return Error{ErrorCode::not_found, "Cannot find node name in cluster.conf"};
}

}  // namespace ha::cman
