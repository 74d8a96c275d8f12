// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include "common/config/checks.hpp"
#include "common/config/local_node.hpp"

namespace ha::config {
namespace {

using model::Element;

bool is_loopback(const Address& address)
{
    return address.ipv6 ? address.text == "::1" || address.text.starts_with("::ffff:127.")
                        : address.text.starts_with("127.");
}

/// One link of the cluster: all its addresses have one family (C7).
class Link
{
public:
    Link(bool prefers_ipv6, const NameFacts& names, Report& report)
        : prefers_ipv6_(prefers_ipv6),
          names_(names),
          report_(report)
    {}

    /// The literal for a name, or "" and a problem.
    std::string resolve(const std::string& name, Report::At where)
    {
        const std::optional<Address> address = pick(names_.resolve(name));
        if (!address) {
            report_.refuse("C6", where, "\"" + name + "\" does not resolve to an address",
                           "every node must know it: add it to /etc/hosts on all nodes");
            return {};
        }
        if (is_loopback(*address)) {
            report_.refuse("C5", where,
                           "Node name resolves to localhost, please check /etc/hosts and assign "
                           "this node a network IP address",
                           "\"" + name + "\" is " + address->text + " here");
            return {};
        }
        if (first_ && first_->ipv6 != address->ipv6) {
            report_.refuse("C7", where,
                           "\"" + name + "\" is " + address->text + ", but \"" + first_name_ +
                               "\" is " + first_->text,
                           "addresses of one family, IPv4 or IPv6, are accepted on one link");
            return {};
        }
        if (!first_) {
            first_ = address;
            first_name_ = name;
        }
        return address->text;
    }

    /// C7 against an explicit multicast address, once the link is known.
    void compare_with_multicast(const Element& multicast)
    {
        if (first_ && first_->ipv6 != prefers_ipv6_) {
            report_.refuse("C7", at(multicast, "addr"),
                           "Node address family does not match multicast address family",
                           first_name_ + " is " + first_->text);
        }
    }

private:
    std::optional<Address> pick(const std::vector<Address>& addresses) const
    {
        for (const Address& address : addresses) {
            if (address.ipv6 == prefers_ipv6_) {
                return address;
            }
        }
        return addresses.empty() ? std::nullopt : std::optional(addresses.front());
    }

    bool prefers_ipv6_;
    const NameFacts& names_;
    Report& report_;
    std::optional<Address> first_;
    std::string first_name_;
};

/// C14: two links on one address need ports that do not touch.
void check_same_address(const Checked& checked, const model::Node& node,
                        const model::NodeAddress& address, const Element& altname, Report& report)
{
    const int port0 = checked.model.totem.port;
    const int port1 = node.altname_port.value_or(static_cast<std::uint16_t>(port0 + 1));
    if (!address.link0.empty() && address.link0 == address.link1 && std::abs(port0 - port1) <= 1) {
        report.refuse("C14", at(altname, "name"),
                      "Alternate communication channel of " + node.name +
                          " cannot use same address and ports",
                      "both are " + address.link0 + "; use an address of a second network");
    }
}

void check_local(const Checked& checked, const NameFacts& names, Located& located, Report& report)
{
    const Result<NodeId> local = find_local_node(checked.model, names);
    if (local) {
        located.local = *local;
        return;
    }
    const Element* list = checked.tree.child("clusternodes");
    report.refuse("C4", {list == nullptr ? 0 : list->line, "clusternodes"}, local.error().text,
                  "this machine is \"" + names.uname + "\"; one clusternode must be it");
}

}  // namespace

Located check_names(const Checked& checked, const NameFacts& names, Report& report)
{
    Located located;
    const auto elements = node_elements(checked.tree);
    if (elements.empty()) {
        return located;
    }
    Link first(checked.model.totem.ipv6, names, report);
    Link second(checked.model.totem.ipv6, names, report);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const model::Node& node = checked.model.nodes[i];
        model::NodeAddress address{node.id, {}, {}};
        if (!node.name.empty()) {
            address.link0 = first.resolve(node.name, at(*elements[i], "name"));
        }
        if (node.altname) {
            const Element& altname = *elements[i]->child("altname");
            address.link1 = second.resolve(*node.altname, at(altname, "name"));
            check_same_address(checked, node, address, altname, report);
        }
        located.addresses.push_back(std::move(address));
    }
    const Element* cman = checked.tree.child("cman");
    const Element* multicast = cman == nullptr ? nullptr : cman->child("multicast");
    if (multicast != nullptr && multicast->attribute("addr")) {
        first.compare_with_multicast(*multicast);
    }
    check_local(checked, names, located, report);
    return located;
}

}  // namespace ha::config
