// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/config/checks.hpp"
#include "common/config/nearest.hpp"
#include "common/config/resource_types.hpp"
#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::Element;

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::string hint(std::string_view word, const std::vector<std::string_view>& names,
                 std::string otherwise)
{
    const auto near = nearest(word, names);
    return near ? "did you mean \"" + std::string(*near) + "\"?" : std::move(otherwise);
}

bool is_section(const Element& element)
{
    return element.name == "failoverdomains" || element.name == "resources" ||
           element.name == "resource-defaults" || element.name == "events";
}

class RmChecks
{
public:
    RmChecks(const Checked& checked, const Element& rm, Report& report)
        : checked_(checked),
          rm_(rm),
          report_(report)
    {
        if (const Element* resources = rm.child("resources")) {
            for (const Element& resource : resources->children) {
                define(resource);
            }
        }
        if (const Element* list = rm.child("resource-defaults")) {
            for (const Element& type : list->children) {
                defaults_.emplace(type.name, &type);
            }
        }
    }

    void run()
    {
        domains();
        if (const Element* resources = rm_.child("resources")) {
            for (const Element& resource : resources->children) {
                resource_itself(resource);
            }
        }
        for (const Element& root : rm_.children) {
            if (!is_section(root)) {
                services_.insert(root.name + ":" + key_of(root));
            }
        }
        std::map<std::string, int> roots;
        for (const Element& root : rm_.children) {
            if (!is_section(root)) {
                service(root, roots);
                tree(root);
            }
        }
    }

private:
    static std::string key_of(const Element& element)
    {
        const ResourceType* type = resource_type(element.name);
        const auto reference = element.attribute("ref");
        const auto key = element.attribute(type == nullptr ? "name" : type->key);
        return std::string(reference ? *reference : key.value_or(""));
    }

    void define(const Element& resource)
    {
        const ResourceType* type = resource_type(resource.name);
        if (type == nullptr) {
            return;
        }
        const auto key = resource.attribute(type->key);
        if (key) {
            defined_[std::string(resource.name)].emplace(*key);
        }
    }

    void domains()
    {
        const Element* list = rm_.child("failoverdomains");
        if (list == nullptr) {
            return;
        }
        std::map<std::string, int> seen;
        for (const Element& domain : list->children) {
            const std::string_view name = domain.attribute("name").value_or("");
            if (domain.name != "failoverdomain" || name.empty()) {
                continue;
            }
            const auto [first, is_new] = seen.emplace(lowered(name), domain.line);
            if (!is_new) {
                report_.complain("", at(domain, "name"),
                                 "failover domain \"" + std::string(name) +
                                     "\" is defined multiple times; the first is on line " +
                                     std::to_string(first->second),
                                 "names of failover domains are unique, case does not count");
            }
            domain_names_.push_back(name);
            domain_nodes(domain);
        }
    }

    void domain_nodes(const Element& domain)
    {
        std::vector<std::string_view> nodes;
        for (const model::Node& node : checked_.model.nodes) {
            nodes.push_back(node.name);
        }
        std::set<std::string> seen;
        for (const Element& entry : domain.children) {
            const auto name = entry.attribute("name");
            if (entry.name != "failoverdomainnode" || !name) {
                continue;
            }
            if (!seen.insert(lowered(*name)).second) {
                report_.warn("", at(entry, "name"),
                             "\"" + std::string(*name) + "\" is in this domain already",
                             "list each node once");
            }
            if (checked_.model.node(*name) == nullptr) {
                report_.warn("", at(entry, "name"),
                             "no clusternode is called \"" + std::string(*name) + "\"",
                             hint(*name, nodes, "the name of a clusternode is accepted"));
            }
        }
    }

    void service(const Element& root, std::map<std::string, int>& roots)
    {
        const std::string name = root.name + ":" + key_of(root);
        const auto [first, is_new] = roots.emplace(name, root.line);
        if (!is_new) {
            report_.complain("", {root.line, root.name},
                             name + " exists already, on line " + std::to_string(first->second),
                             "names of services are unique");
        }
        const auto domain = root.attribute("domain");
        if (domain && !domain->empty() && !has_domain(*domain)) {
            report_.complain("", at(root, "domain"),
                             "no failover domain is called \"" + std::string(*domain) + "\"",
                             hint(*domain, domain_names_, "add it to <failoverdomains>"));
        }
        const auto depend = root.attribute("depend");
        if (depend && !services_.contains(std::string(*depend))) {
            const std::vector<std::string_view> names(services_.begin(), services_.end());
            report_.complain("", at(root, "depend"),
                             "no service is called \"" + std::string(*depend) + "\"",
                             hint(*depend, names, "TYPE:NAME, such as service:web, is accepted"));
        }
    }

    bool has_domain(std::string_view name) const
    {
        for (const std::string_view domain : domain_names_) {
            if (equal_without_case(domain, name)) {
                return true;
            }
        }
        return false;
    }

    // Recursion is bounded by the depth of the tree (XmlLimits).
    void tree(const Element& element)  // NOLINT(misc-no-recursion)
    {
        if (element.name == "action") {
            return;
        }
        if (element.attribute("ref")) {
            reference(element);
        } else {
            resource_itself(element);
        }
        for (const Element& child : element.children) {
            tree(child);
        }
    }

    void reference(const Element& element)
    {
        const std::string_view name = *element.attribute("ref");
        if (resource_type(element.name) == nullptr) {
            misspelt_type(element);
            return;
        }
        const auto& names = defined_[element.name];
        if (!names.contains(std::string(name))) {
            const std::vector<std::string_view> candidates(names.begin(), names.end());
            report_.complain(
                "", at(element, "ref"),
                "<resources> has no " + element.name + " \"" + std::string(name) + "\"",
                hint(name, candidates, "add it there, or define it here"));
        }
    }

    /// A definition, in `<resources>` or in a tree.
    void resource_itself(const Element& element)
    {
        const ResourceType* type = resource_type(element.name);
        if (type == nullptr) {
            misspelt_type(element);
            return;
        }
        need(element, type->key);
        for_each_word(type->required, [&](std::string_view name) {
            const auto found = defaults_.find(element.name);
            if (found == defaults_.end() || !found->second->attribute(name)) {
                need(element, name);
            }
        });
    }

    void need(const Element& element, std::string_view attribute)
    {
        if (!element.attribute(attribute)) {
            std::string whose = "<" + element.name;
            if (const auto name = element.attribute("name"); name && attribute != "name") {
                whose += " name=\"" + std::string(*name) + "\"";
            }
            report_.complain("", {element.line, attribute}, whose + "> needs this attribute",
                             "give it, or use ref to name one of <resources>");
        }
    }

    /// Types come from agents, so an unknown one is no mistake, unless it looks like one.
    void misspelt_type(const Element& element)
    {
        std::vector<std::string_view> names;
        for (const ResourceType& type : resource_types) {
            names.push_back(type.name);
        }
        const auto near = element.name.size() > 3 ? nearest(element.name, names) : std::nullopt;
        if (near) {
            report_.warn("", {element.line, element.name},
                         "no agent of the suite has this type; it counts only if an agent of yours "
                         "has it",
                         "did you mean \"" + std::string(*near) + "\"?");
        }
    }

    const Checked& checked_;
    const Element& rm_;
    Report& report_;
    std::map<std::string, std::set<std::string>, std::less<>> defined_;
    std::map<std::string_view, const Element*> defaults_;
    std::vector<std::string_view> domain_names_;
    std::set<std::string> services_;
};

}  // namespace

const ResourceType* resource_type(std::string_view name)
{
    for (const ResourceType& type : resource_types) {
        if (type.name == name) {
            return &type;
        }
    }
    return nullptr;
}

void check_rm(const Checked& checked, Report& report)
{
    if (const Element* rm = checked.tree.child("rm")) {
        RmChecks(checked, *rm, report).run();
    }
}

}  // namespace ha::config
