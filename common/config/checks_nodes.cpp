// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <utility>

#include "common/config/checks.hpp"
#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::Element;
using model::Node;

struct NamedLine {
    std::string name;
    int line = 0;
};

/// C2
void check_ids(const Checked& checked, Report& report)
{
    std::map<NodeId, NamedLine> seen;
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const Node& node = checked.model.nodes[i];
        if (node.id.value == 0) {
            continue;
        }
        const Report::At where = at(*elements[i], "nodeid");
        const auto [first, is_new] = seen.try_emplace(node.id, NamedLine{node.name, where.line});
        if (!is_new) {
            report.refuse("C2", where,
                          "node id " + std::to_string(node.id.value) + " of " + node.name +
                              " belongs to " + first->second.name + " already, on line " +
                              std::to_string(first->second.line),
                          "each node needs an id of its own");
        }
    }
}

std::string lowered(std::string text)
{
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

bool is_address(const std::string& name)
{
    return name.find(':') != std::string::npos ||
           name.find_first_not_of("0123456789.") == std::string::npos;
}

std::string short_form(const std::string& name)
{
    return is_address(name) ? name : name.substr(0, name.find('.'));
}

/// C3: one table of all names, the nodes' own and their altnames.
class NameTable
{
public:
    explicit NameTable(Report& report) : report_(report) {}

    void add(const std::string& name, Report::At where)
    {
        const NamedLine self{name, where.line};
        const auto [same, is_new] = full_.try_emplace(lowered(name), self);
        if (!is_new) {
            report_.refuse(
                "C3", where,
                "\"" + name + "\" is used already, on line " + std::to_string(same->second.line),
                "every name and altname stands once in the file");
            return;
        }
        const auto [similar, is_new_short] = short_.try_emplace(lowered(short_form(name)), self);
        if (!is_new_short) {
            report_.warn("C3", where,
                         "\"" + name + "\" and \"" + similar->second.name + "\" (line " +
                             std::to_string(similar->second.line) + ") differ only in their domain",
                         "commands take short names too: use names that differ before the dot");
        }
    }

private:
    Report& report_;
    std::map<std::string, NamedLine> full_;
    std::map<std::string, NamedLine> short_;
};

void check_node_names(const Checked& checked, Report& report)
{
    NameTable table(report);
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const Node& node = checked.model.nodes[i];
        if (!node.name.empty()) {
            table.add(node.name, at(*elements[i], "name"));
        }
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (checked.model.nodes[i].altname) {
            table.add(*checked.model.nodes[i].altname, at(*elements[i]->child("altname"), "name"));
        }
    }
}

/// C11; a 0 and what is no number are the schema's.
void check_votes(const Checked& checked, Report& report)
{
    for (const Element* element : node_elements(checked.tree)) {
        const auto text = element->attribute("votes");
        if (!text) {
            continue;
        }
        const auto votes = parse_integer(*text);
        const Report::At where = at(*element, "votes");
        if (!votes) {
            report.refuse("C11", where, "Found invalid votes for node in CCS",
                          "a whole number from 1 to 255 is accepted");
        } else if (*votes < 0) {
            report.refuse("C11", where, "Found negative votes for this node in CCS",
                          "a whole number from 1 to 255 is accepted");
        } else if (*votes > 255) {
            report.refuse("C11", where,
                          "Found invalid votes for node in CCS: " + std::to_string(*votes),
                          "a whole number from 1 to 255 is accepted");
        }
    }
}

/// C15: corosync 3 wants the same number of links everywhere.
void check_link_counts(const Checked& checked, Report& report)
{
    std::string with;
    for (const Node& node : checked.model.nodes) {
        if (node.altname && with.empty()) {
            with = node.name;
        }
    }
    if (with.empty()) {
        return;
    }
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (!checked.model.nodes[i].altname) {
            report.refuse("C15", {elements[i]->line, "altname"},
                          checked.model.nodes[i].name + " has no altname, but " + with + " has one",
                          "an altname on all nodes or on none is accepted");
        }
    }
}

}  // namespace

void check_nodes(const Checked& checked, Report& report)
{
    const Element* list = checked.tree.child("clusternodes");
    if (list != nullptr && checked.model.nodes.empty()) {
        report.refuse("C4", {list->line, "clusternodes"}, "there is no node",
                      "at least one <clusternode> is needed");
    }
    check_ids(checked, report);
    check_node_names(checked, report);
    check_votes(checked, report);
    check_link_counts(checked, report);
}

}  // namespace ha::config
