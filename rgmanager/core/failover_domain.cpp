// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/failover_domain.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ha::service {

namespace {

constexpr int priority_worst = 100;
constexpr int rank_without_priority = priority_worst + 1;

char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

bool equal_ignoring_case(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

/// atoi as the old suite used it: leading digits count, words are 0.
int leading_integer(std::optional<std::string_view> text)
{
    int value = 0;
    if (text) {
        std::from_chars(text->data(), text->data() + text->size(), value);
    }
    return value;
}

int rank(const DomainNode& node)
{
    return node.priority == 0 ? rank_without_priority : node.priority;
}

void read_nodes(const model::Element& element, const model::ClusterModel& model,
                FailoverDomain& domain, std::vector<std::string>& warnings)
{
    for (const model::Element& child : element.children) {
        if (child.name != "failoverdomainnode") {
            continue;
        }
        const std::optional<std::string_view> name = child.attribute("name");
        if (!name) {
            continue;
        }
        const auto same = [&](const DomainNode& node) {
            return equal_ignoring_case(node.name, *name);
        };
        if (std::any_of(domain.nodes.begin(), domain.nodes.end(), same)) {
            warnings.push_back("#30: Node " + std::string(*name) +
                               " defined multiple times in domain " + domain.name);
            continue;
        }
        DomainNode node;
        node.name = *name;
        if (const model::Node* configured = model.node(*name); configured != nullptr) {
            node.node = configured->id;
        } else {
            warnings.push_back("Node " + node.name + " has no nodeid attribute");
        }
        const int priority = domain.ordered ? leading_integer(child.attribute("priority")) : 0;
        node.priority = priority >= 1 && priority <= priority_worst ? priority : 0;
        domain.nodes.push_back(std::move(node));
    }
}

bool is_running(protocol::ServiceState state)
{
    return state == protocol::ServiceState::started || state == protocol::ServiceState::starting;
}

}  // namespace

const DomainNode* FailoverDomain::find(NodeId node) const
{
    if (node.value == 0) {
        return nullptr;
    }
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [node](const DomainNode& entry) { return entry.node == node; });
    return found == nodes.end() ? nullptr : &*found;
}

DomainReading read_failover_domains(const model::ClusterModel& model)
{
    DomainReading reading;
    const model::Element* section = model.rm.child("failoverdomains");
    if (section == nullptr) {
        return reading;
    }
    for (const model::Element& child : section->children) {
        const std::optional<std::string_view> name = child.attribute("name");
        if (child.name != "failoverdomain" || !name) {
            continue;
        }
        if (find_domain(reading.domains, *name) != nullptr) {
            reading.warnings.push_back("#31: Domain " + std::string(*name) +
                                       " defined multiple times");
            continue;
        }
        FailoverDomain domain;
        domain.name = *name;
        domain.ordered = leading_integer(child.attribute("ordered")) != 0;
        domain.restricted = leading_integer(child.attribute("restricted")) != 0;
        domain.nofailback = leading_integer(child.attribute("nofailback")) != 0;
        read_nodes(child, model, domain, reading.warnings);
        reading.domains.push_back(std::move(domain));
    }
    return reading;
}

const FailoverDomain* find_domain(const std::vector<FailoverDomain>& domains, std::string_view name)
{
    const auto found = std::find_if(
        domains.begin(), domains.end(),
        [name](const FailoverDomain& domain) { return equal_ignoring_case(domain.name, name); });
    return found == domains.end() ? nullptr : &*found;
}

Score score(const FailoverDomain* domain, NodeId node, const std::set<NodeId>& online,
            const Holder& holder)
{
    if (!online.contains(node)) {
        return Score::illegal;
    }
    if (domain == nullptr) {
        return Score::best;
    }
    const auto is_online = [&](const DomainNode& entry) { return online.contains(entry.node); };
    const bool any_online = std::any_of(domain->nodes.begin(), domain->nodes.end(), is_online);
    if (!any_online) {
        return domain->restricted ? Score::illegal : Score::best;
    }
    const DomainNode* entry = domain->find(node);
    if (entry == nullptr) {
        return domain->restricted ? Score::illegal : Score::good;
    }
    const bool stays =
        domain->nofailback && is_running(holder.state) && online.contains(holder.owner);
    const bool is_bettered =
        domain->ordered &&
        std::any_of(domain->nodes.begin(), domain->nodes.end(), [&](const DomainNode& other) {
            return is_online(other) && rank(other) < rank(*entry);
        });
    if (is_bettered) {
        return stays && holder.owner == node ? Score::best : Score::better;
    }
    return stays && holder.owner != node ? Score::better : Score::best;
}

bool is_allowed(const FailoverDomain* domain, NodeId node)
{
    return domain == nullptr || !domain->restricted || domain->find(node) != nullptr;
}

}  // namespace ha::service
