// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/configuration_text.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace ha::service {
namespace {

using Word = std::pair<bool, std::string_view>;

/// The words that apply, each in front of `separator`... joined by blanks.
std::string join(std::initializer_list<Word> words)
{
    std::string text;
    for (const auto& [applies, word] : words) {
        if (applies) {
            text += text.empty() ? "" : " ";
            text += word;
        }
    }
    return text;
}

/// ` [ WORDS ]`, or nothing.
std::string in_brackets(const std::string& words)
{
    return words.empty() ? "" : " [ " + words + " ]";
}

std::string file_name(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string line(const std::string& text)
{
    return text + "\n";
}

std::string quoted(const std::string& text)
{
    return "\"" + text + "\"";
}

std::string describe_attribute_rule(const AttributeRule& attribute)
{
    const std::string flags = join({{attribute.primary, "primary"},
                                    {attribute.unique, "unique"},
                                    {attribute.required, "required"},
                                    {attribute.inherit.has_value(), "inherit"},
                                    {attribute.reconfig, "reconfig"}});
    const auto& value = attribute.inherit ? attribute.inherit : attribute.default_value;
    return line("  " + attribute.name + in_brackets(flags) +
                (value ? " default=" + quoted(*value) : ""));
}

std::string describe_action(const ActionRule& action)
{
    std::string text = line("  " + action.name);
    const auto figure = [&](const char* what, long long seconds) {
        if (seconds != 0) {
            text += line(std::string("    ") + what + ": " + std::to_string(seconds) + " seconds");
        }
    };
    figure("Timeout (hint)", action.timeout.count());
    figure("OCF Check Depth (status/monitor)", action.depth);
    figure("Check Interval", action.interval.count());
    return text;
}

std::string describe_child_rule(const ChildRule& child)
{
    std::string levels;
    if (child.start_level != 0) {
        levels += " startlevel = " + std::to_string(child.start_level);
    }
    if (child.stop_level != 0) {
        levels += " stoplevel = " + std::to_string(child.stop_level);
    }
    return line("  " + child.type + (levels.empty() ? "" : " [" + levels + " ] ") +
                (child.forbidden ? " (forbidden)" : ""));
}

std::string describe_resource_attribute(const ResourceAttribute& attribute)
{
    const std::string inherit = "inherit(" + quoted(attribute.value) + ")";
    const std::string flags = join({{attribute.primary, "primary"},
                                    {attribute.unique, "unique"},
                                    {attribute.required, "required"},
                                    {attribute.reconfig, "reconfig"},
                                    {attribute.inherited, inherit}});
    return line("  " + attribute.name + (attribute.inherited ? "" : " = " + attribute.value) +
                in_brackets(flags));
}

std::string describe_resource(const Rule& rule, const Resource& resource, const ChangeFlags& flags)
{
    const std::string words = join({{resource.inlined, "[INLINE]"},
                                    {flags.need_start, "[NEEDSTART]"},
                                    {flags.need_stop, "[NEEDSTOP]"},
                                    {flags.common, "[COMMON]"},
                                    {flags.reconfigure, "[RECONFIG]"}});
    std::string text = line("Resource type: " + resource.type + (words.empty() ? "" : " " + words));
    if (rule.max_instances != 0) {
        text += line("Instances: " + std::to_string(resource.references) + "/" +
                     std::to_string(rule.max_instances));
    }
    text += line("Agent: " + file_name(rule.agent)) + line("Attributes:");
    for (const ResourceAttribute& attribute : resource.attributes) {
        text += describe_resource_attribute(attribute);
    }
    return text + "\n";
}

std::string describe_node_flags(const TreeNode& node, const ChangeFlags& flags)
{
    return in_brackets(join({{flags.need_stop, "NEEDSTOP"},
                             {flags.need_start, "NEEDSTART"},
                             {flags.common, "COMMON"},
                             {node.independence != Independence::none, "INDEPENDENT"},
                             {flags.reconfigure, "RECONFIG"},
                             {node.enforce_timeouts, "ENFORCE-TIMEOUTS"},
                             {node.independence == Independence::non_critical, "NON-CRITICAL"}}));
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by tree_depth_max
void describe_node(const ResourceConfiguration& configuration, TreeNodeIndex index,
                   const std::function<NodeView(TreeNodeIndex)>& view, const std::string& indent,
                   std::string& text)
{
    const TreeNode& node = configuration.node(index);
    const Resource& resource = configuration.resource(index);
    const NodeView shown = view(index);
    text += line(indent + resource.type + describe_node_flags(node, shown.flags) + " (S" +
                 std::to_string(static_cast<int>(shown.state)) + ") {");
    for (const ResourceAttribute& attribute : resource.attributes) {
        const auto value = resolve_attribute(configuration, index, attribute.name);
        text +=
            line(indent + "  " + attribute.name + " = " + quoted(value.value_or("(null)")) + ";");
    }
    for (const TreeNodeIndex child : node.children) {
        describe_node(configuration, child, view, indent + "  ", text);
    }
    text += line(indent + "}");
}

/// What the event is about, e.g. `    Node 1 State 1`; only what is given.
std::string describe_filter(const EventTrigger& event)
{
    const auto part = [](const char* what, const std::optional<std::string>& value) {
        return value ? std::string(what) + *value : "";
    };
    switch (event.event_class) {
        case EventClass::any:
            return line("    (Any event)");
        case EventClass::node:
            return line("    Node" + part(" ", event.node) + part(" State ", event.node_state));
        case EventClass::service:
            return line("    RG" + part(" ", event.service) + part(" State ", event.service_state));
    }
    return "";
}

}  // namespace

std::string describe_rule(const Rule& rule)
{
    std::string text = line("Resource Rules for " + quoted(rule.type));
    if (rule.max_instances != 0) {
        text += line("Max instances: " + std::to_string(rule.max_instances));
    }
    text += line("Agent: " + file_name(rule.agent));
    const std::string flags = std::string(rule.init_on_add ? "init_on_add " : "") +
                              (rule.destroy_on_delete ? "destroy_on_delete " : "");
    text += line("Flags: " + (flags.empty() ? "(none)" : flags));
    text += line("Attributes:");
    for (const AttributeRule& attribute : rule.attributes) {
        text += describe_attribute_rule(attribute);
    }
    text += line("Actions:");
    for (const ActionRule& action : rule.actions) {
        text += describe_action(action);
    }
    text += line("Explicitly defined child resource types:");
    for (const ChildRule& child : rule.children) {
        text += describe_child_rule(child);
    }
    return text + (rule.children.empty() ? "  - None -\n\n" : "\n");
}

std::string describe_resources(const ResourceConfiguration& configuration,
                               const std::vector<ChangeFlags>& flags)
{
    std::string text;
    const std::vector<Resource>& resources = configuration.resources.all();
    for (std::size_t i = 0; i < resources.size(); ++i) {
        const Rule* rule = configuration.rules.find(resources[i].type);
        if (rule != nullptr) {
            text += describe_resource(*rule, resources[i], flags.at(i));
        }
    }
    return text;
}

std::string describe_tree(const ResourceConfiguration& configuration, TreeNodeIndex root,
                          const std::function<NodeView(TreeNodeIndex)>& view)
{
    std::string text;
    describe_node(configuration, root, view, "", text);
    return text;
}

std::string describe_domains(const std::vector<FailoverDomain>& domains)
{
    std::string text;
    for (const FailoverDomain& domain : domains) {
        const std::string flags = std::string(domain.ordered ? "Ordered " : "") +
                                  (domain.restricted ? "Restricted " : "") +
                                  (domain.nofailback ? "No Failback" : "");
        text += line("Failover domain: " + domain.name);
        text += line("Flags: " + (flags.empty() ? "none" : flags));
        for (const DomainNode& node : domain.nodes) {
            const std::string id = node.node == NodeId{} ? "-1" : std::to_string(node.node.value);
            text += line("  Node " + node.name + " (id " + id + ", priority " +
                         std::to_string(node.priority) + ")");
        }
    }
    return text;
}

std::string describe_events(const std::vector<EventTrigger>& events)
{
    std::string text;
    int level = 0;
    for (const EventTrigger& event : events) {
        if (event.priority != level) {
            level = event.priority;
            text += line("Event Priority Level " + std::to_string(level) + ":");
        }
        text += line("  Name: " + event.name) + describe_filter(event);
        text += line(event.file.empty() ? "    Inline script." : "    File: " + event.file);
    }
    return text;
}

}  // namespace ha::service
