// SPDX-License-Identifier: Apache-2.0
#include "common/config/validate.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/config/nearest.hpp"
#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::Attribute;
using model::Element;

std::string quoted(std::string_view text)
{
    constexpr std::size_t length_max = 60;
    const bool is_long = text.size() > length_max;
    return '"' + std::string(text.substr(0, length_max)) + (is_long ? "...\"" : "\"");
}

std::string tag(std::string_view name)
{
    return "<" + std::string(name) + ">";
}

bool is_quiet(std::string_view quiet_words, std::string_view value)
{
    return contains_word(quiet_words, value);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names)
{
    const auto near = nearest(word, names);
    return near ? "did you mean \"" + std::string(*near) + "\"?" : std::string();
}

/// The accepted names as a sentence, the likely one first.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& names,
                       std::string_view whose)
{
    const std::string near = did_you_mean(word, names);
    if (!near.empty()) {
        return near;
    }
    if (names.empty()) {
        return std::string(whose) + " accepts none";
    }
    std::string list;
    for (const std::string_view name : names) {
        list += (list.empty() ? "" : ", ") + std::string(name);
    }
    return std::string(whose) + " accepts: " + list;
}

class Validator
{
public:
    explicit Validator(Report& report) : report_(report) {}

    // Recursion is bounded by the depth of the tree (XmlLimits).
    void element(const Element& element, const ElementRule& rule)  // NOLINT(misc-no-recursion)
    {
        if (!rule.notice.empty()) {
            report_.warn("", {element.line, element.name}, std::string(rule.notice));
        }
        if (rule.any_content) {
            return;
        }
        attributes(element, rule);
        if (!rule.text && element.text.find_first_not_of(" \t\r\n") != std::string::npos) {
            add(element.text_line == 0 ? element.line : element.text_line, element.name,
                "contains text " + quoted(trimmed(element.text)),
                "only attributes and elements are accepted here");
        }
        children(element, rule);
    }

    /// Call once, after the whole tree was seen.
    void references()
    {
        std::vector<std::string_view> names;
        for (const auto& [name, line] : ids_) {
            names.push_back(name);
        }
        for (const auto& [name, line] : references_) {
            if (ids_.contains(name)) {
                continue;
            }
            std::string hint = suggestion(name, names, "<fencedevices>");
            report_.add({Origin::schema, Consequence::refuse, "C17", line, "name",
                         "no fencedevice is called " + quoted(name), std::move(hint)});
        }
    }

private:
    static std::string_view trimmed(std::string_view text)
    {
        const std::size_t begin = text.find_first_not_of(" \t\r\n");
        return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
    }

    void add(int line, std::string_view subject, std::string what, std::string accepted,
             Consequence consequence = Consequence::complain, std::string_view rule = {})
    {
        report_.add({Origin::schema, consequence, std::string(rule), line, std::string(subject),
                     std::move(what), std::move(accepted)});
    }

    static Consequence consequence_of(const AttributeRule& rule)
    {
        return rule.essential ? Consequence::refuse : Consequence::complain;
    }

    void attributes(const Element& element, const ElementRule& rule)
    {
        for (const Attribute& attribute : element.attributes) {
            if (const AttributeRule* known = rule.attribute(attribute.name)) {
                value(element, attribute, *known);
            } else if (!rule.any_attribute) {
                unknown_attribute(element, attribute, rule);
            }
        }
        for (const AttributeRule& wanted : rule.attributes) {
            if (wanted.required && !element.attribute(wanted.name)) {
                missing(element, wanted);
            }
        }
    }

    void value(const Element& element, const Attribute& attribute, const AttributeRule& rule)
    {
        if (!is_valid(rule, attribute.value)) {
            std::vector<std::string_view> words;
            for_each_word(rule.words, [&](std::string_view word) { words.push_back(word); });
            const std::string near = did_you_mean(attribute.value, words);
            add(attribute.line, attribute.name, quoted(attribute.value) + " is not valid",
                (near.empty() ? near : near + " ") + accepted_values(rule), consequence_of(rule));
            return;
        }
        if (!rule.notice.empty() && !is_quiet(rule.quiet, attribute.value)) {
            report_.warn("", {attribute.line, attribute.name}, std::string(rule.notice));
        }
        if (rule.kind == Kind::id) {
            const auto [first, is_new] = ids_.emplace(attribute.value, attribute.line);
            if (!is_new) {
                add(attribute.line, attribute.name,
                    tag(element.name) + " " + quoted(attribute.value) +
                        " exists already, on line " + std::to_string(first->second),
                    "names of fence devices are unique", Consequence::refuse, "C17");
            }
        } else if (rule.kind == Kind::id_reference) {
            references_.emplace_back(attribute.value, attribute.line);
        }
    }

    void unknown_attribute(const Element& element, const Attribute& attribute,
                           const ElementRule& rule)
    {
        std::vector<std::string_view> names;
        for (const AttributeRule& candidate : rule.attributes) {
            if (!element.attribute(candidate.name)) {
                names.push_back(candidate.name);
            }
        }
        add(attribute.line, attribute.name,
            "unknown attribute of " + tag(element.name) + ", ignored",
            suggestion(attribute.name, names, tag(element.name)));
    }

    void missing(const Element& element, const AttributeRule& rule)
    {
        const auto name = element.attribute("name");
        if (element.name == "clusternode" && rule.name == "nodeid") {
            add(element.line, rule.name,
                "No node ID for " + std::string(name.value_or("a node without name")) +
                    ", run 'ccs_tool addnodeids' to fix",
                accepted_values(rule), consequence_of(rule), "C1");
            return;
        }
        std::string whose = tag(element.name);
        if (name) {
            whose += " " + quoted(*name);
        }
        add(element.line, rule.name, whose + " needs this attribute", accepted_values(rule),
            consequence_of(rule));
    }

    // Recursion is bounded by the depth of the tree (XmlLimits).
    void children(const Element& parent, const ElementRule& rule)  // NOLINT(misc-no-recursion)
    {
        std::map<const ElementRule*, std::pair<int, int>> seen;  // count, line of the first
        for (const Element& child : parent.children) {
            const ChildRule* known = rule.child(child.name);
            if (known == nullptr) {
                unknown_element(parent, child, rule);
                continue;
            }
            auto& [count, first_line] = seen[known->rule];
            if (count == 0) {
                first_line = child.line;
            }
            ++count;
            if (known->max != 0 && count > known->max) {
                repeated(parent, child, known->max, first_line);
            }
            element(child, *known->rule);
        }
        for (const ChildRule& wanted : rule.children) {
            if (wanted.min > 0 && seen.find(wanted.rule) == seen.end()) {
                add(parent.line, wanted.rule->name,
                    tag(parent.name) + " needs an element " + tag(wanted.rule->name),
                    "add " + tag(wanted.rule->name), Consequence::refuse);
            }
        }
    }

    void repeated(const Element& parent, const Element& child, int max, int first_line)
    {
        const std::string first = "the first is on line " + std::to_string(first_line);
        if (max == 1) {
            add(child.line, child.name, "appears again in " + tag(parent.name) + "; " + first,
                "only one is accepted",
                child.name == "altname" ? Consequence::refuse : Consequence::complain,
                child.name == "altname" ? "C16" : "");
        } else {
            add(child.line, child.name, "more than " + std::to_string(max) + "; " + first,
                "at most " + std::to_string(max) + " are accepted");
        }
    }

    void unknown_element(const Element& parent, const Element& child, const ElementRule& rule)
    {
        std::vector<std::string_view> names;
        for (const ChildRule& candidate : rule.children) {
            if (candidate.rule->name != "*") {
                names.push_back(candidate.rule->name);
            }
        }
        add(child.line, child.name, "unknown element in " + tag(parent.name) + ", ignored",
            suggestion(child.name, names, tag(parent.name)));
    }

    Report& report_;
    std::map<std::string, int, std::less<>> ids_;
    std::vector<std::pair<std::string, int>> references_;
};

}  // namespace

void validate(const model::Element& tree, Report& report)
{
    if (tree.name != "cluster") {
        report.add({Origin::schema, Consequence::refuse, "", tree.line, tree.name,
                    "the root element is " + tag(tree.name), "<cluster> is accepted"});
        return;
    }
    Validator validator(report);
    validator.element(tree, cluster_rule());
    validator.references();
}

}  // namespace ha::config
