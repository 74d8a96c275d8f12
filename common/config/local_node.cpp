// SPDX-License-Identifier: Apache-2.0
#include "common/config/local_node.hpp"

#include <algorithm>

#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::ClusterModel;
using model::Node;

/// Up to the first dot; an address keeps all of its text.
std::string_view short_form(std::string_view name)
{
    const bool is_ipv4 = name.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_ipv4 ? name : name.substr(0, name.find('.'));
}

const Node* exact(const ClusterModel& model, std::string_view name)
{
    return name.empty() ? nullptr : model.node(name);
}

/// Steps 2 to 4.
const Node* by_uname(const ClusterModel& model, std::string_view uname)
{
    const std::string_view cut = short_form(uname);
    if (const Node* node = exact(model, uname)) {
        return node;
    }
    if (const Node* node = exact(model, cut)) {
        return node;
    }
    const auto found = std::find_if(model.nodes.begin(), model.nodes.end(), [&](const Node& node) {
        return !cut.empty() && short_form(node.name) == cut;
    });
    return found == model.nodes.end() ? nullptr : &*found;
}

/// Step 5.
const Node* by_interface(const ClusterModel& model, const NameFacts& facts)
{
    for (const Address& local : facts.interfaces) {
        const std::string reverse = facts.reverse_name ? facts.reverse_name(local) : std::string();
        for (const std::string_view name :
             {std::string_view(reverse), short_form(reverse), std::string_view(local.text)}) {
            if (const Node* node = exact(model, name)) {
                return node;
            }
        }
    }
    return nullptr;
}

/// Step 6.
const Node* by_resolution(const ClusterModel& model, const NameFacts& facts)
{
    if (!facts.resolve) {
        return nullptr;
    }
    for (const Node& node : model.nodes) {
        for (const Address& address : facts.resolve(node.name)) {
            const bool is_ours = std::find(facts.interfaces.begin(), facts.interfaces.end(),
                                           address) != facts.interfaces.end();
            if (is_ours) {
                return &node;
            }
        }
    }
    return nullptr;
}

Result<NodeId> by_override(const ClusterModel& model, const NameFacts& facts)
{
    const std::string& wanted = *facts.override_name;
    const Node* node = exact(model, wanted);
    if (node == nullptr) {
        return Error{ErrorCode::not_found, "Overridden node name is not in CCS: " + wanted};
    }
    const Node* other = exact(model, facts.uname);
    if (other != nullptr && other != node) {
        return Error{ErrorCode::not_found, "Overridden node name is " + wanted +
                                               ", but this machine's own name is that of "
                                               "another node, " +
                                               other->name + "; corosync would take that one"};
    }
    return node->id;
}

}  // namespace

Result<NodeId> find_local_node(const ClusterModel& model, const NameFacts& facts)
{
    if (facts.override_name) {
        return by_override(model, facts);
    }
    const Node* node = by_uname(model, facts.uname);
    if (node == nullptr) {
        node = by_interface(model, facts);
    }
    if (node == nullptr) {
        node = by_resolution(model, facts);
    }
    if (node == nullptr) {
        return Error{ErrorCode::not_found, "Cannot find node name in cluster.conf"};
    }
    return node->id;
}

std::optional<NodeId> find_node(
    const ClusterModel& model, std::string_view name,
    const std::function<std::vector<Address>(const std::string&)>& resolve)
{
    const std::string_view cut = short_form(name);
    for (const std::string_view candidate : {name, cut}) {
        if (const Node* node = exact(model, candidate)) {
            return node->id;
        }
    }
    for (const Node& node : model.nodes) {
        if (!cut.empty() &&
            (equal_without_case(short_form(node.name), cut) ||
             (node.altname && equal_without_case(short_form(*node.altname), cut)))) {
            return node.id;
        }
    }
    if (!resolve) {
        return std::nullopt;
    }
    const std::vector<Address> wanted = resolve(std::string(name));
    for (const Node& node : model.nodes) {
        for (const std::string& own : {node.name, node.altname.value_or("")}) {
            const std::vector<Address> has = own.empty() ? std::vector<Address>{} : resolve(own);
            if (std::find_first_of(has.begin(), has.end(), wanted.begin(), wanted.end()) !=
                has.end()) {
                return node.id;
            }
        }
    }
    return std::nullopt;
}

}  // namespace ha::config
