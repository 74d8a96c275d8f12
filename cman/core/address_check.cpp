// SPDX-License-Identifier: Apache-2.0
#include "cman/core/address_check.hpp"

#include <algorithm>
#include <optional>

namespace ha::cman {

namespace {

/// The first address of the preferred family, else the first one.
std::optional<ResolvedAddress> prefer(const std::vector<ResolvedAddress>& addresses, bool ipv6)
{
    const auto preferred =
        std::find_if(addresses.begin(), addresses.end(),
                     [ipv6](const ResolvedAddress& address) { return address.is_ipv6 == ipv6; });
    if (preferred != addresses.end()) {
        return *preferred;
    }
    return addresses.empty() ? std::nullopt : std::optional(addresses.front());
}

class Chooser
{
public:
    Chooser(const model::ClusterModel& model, const std::map<std::string, ResolvedName>& resolved)
        : model_(model),
          resolved_(resolved)
    {}

    AddressChoice choose()
    {
        for (const model::Node& node : model_.nodes) {
            add(node, node.name, 0);
            if (node.altname) {
                add(node, *node.altname, 1);
            }
        }
        return std::move(choice_);
    }

private:
    void add(const model::Node& node, const std::string& name, std::size_t link)
    {
        const auto found = resolved_.find(name);
        const std::optional<ResolvedAddress> address =
            found != resolved_.end() ? prefer(found->second.addresses, model_.totem.ipv6)
                                     : std::nullopt;
        if (!address) {
            const std::string words =
                found != resolved_.end() ? found->second.error : "not asked for";
            report(node, "node name " + name + " cannot be resolved (" + words +
                             "): add it to /etc/hosts or DNS on every node");
            return;
        }
        if (address->is_loopback) {
            report(node,
                   "Node name resolves to localhost, please check /etc/hosts and assign this node "
                   "a network IP "
                   "address (" +
                       name + " is " + address->text + ")");
        }
        check_family(node, name, *address, link);
        choice_.table[node.id].push_back(address->text);
    }

    void check_family(const model::Node& node, const std::string& name,
                      const ResolvedAddress& address, std::size_t link)
    {
        if (model_.totem.ipv6 && !address.is_ipv6) {
            report(node, "Node address family does not match multicast address family (" + name +
                             " is " + address.text + ")");
            return;
        }
        std::optional<ResolvedAddress>& first = first_of_link_[link];
        if (!first) {
            first = address;
        } else if (first->is_ipv6 != address.is_ipv6) {
            report(node, "the addresses of one link must be of one family: " + name + " is " +
                             address.text + ", another node has " + first->text);
        }
    }

    void report(const model::Node& node, std::string text)
    {
        choice_.problems.push_back({node.line, std::move(text)});
    }

    const model::ClusterModel& model_;
    const std::map<std::string, ResolvedName>& resolved_;
    std::map<std::size_t, std::optional<ResolvedAddress>> first_of_link_;
    AddressChoice choice_;
};

}  // namespace

std::vector<std::string> names_to_resolve(const model::ClusterModel& model)
{
    std::vector<std::string> names;
    const auto add = [&names](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    };
    for (const model::Node& node : model.nodes) {
        add(node.name);
        if (node.altname) {
            add(*node.altname);
        }
    }
    return names;
}

AddressChoice choose_addresses(const model::ClusterModel& model,
                               const std::map<std::string, ResolvedName>& resolved)
{
    return Chooser(model, resolved).choose();
}

}  // namespace ha::cman
