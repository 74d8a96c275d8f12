// SPDX-License-Identifier: Apache-2.0
//
// Rules and trees for tests: metadata of a few agents with the old suite's levels, `<rm>` from
// text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/xml_tree.hpp"
#include "rgmanager/core/metadata.hpp"
#include "rgmanager/core/resource_tree.hpp"

namespace ha::test {

/// Metadata text must be well-formed.
inline model::Element parse(std::string_view text)
{
    Result<model::Element> tree = config::parse_xml(text, "test", config::Doctype::ignore);
    return std::move(tree).value();
}

/// A rule from the inside of `<resource-agent name=TYPE>`; the agent is /agents/TYPE.sh.
inline service::Rule rule(const std::string& type, const std::string& inside)
{
    const std::string text =
        "<resource-agent name=\"" + type + "\">" + inside + "</resource-agent>";
    return service::rule_from_metadata(parse(text), "/agents/" + type + ".sh").value();
}

/// Start and stop, and a status of depth 0 every 30 s and depth 10 every 60 s.
inline const std::string polled_actions =
    "<actions><action name='start' timeout='20'/><action name='stop' timeout='10'/>"
    "<action name='status' interval='30s' timeout='7'/>"
    "<action name='status' interval='1m' depth='10'/></actions>";

inline const std::string name_parameter =
    "<parameter name='name' primary='1' unique='1' required='1'><content "
    "type='string'/></parameter>";

inline service::RuleSet standard_rules()
{
    const auto parameters = [](const std::string& more) {
        return "<parameters>" + name_parameter + more + "</parameters>";
    };
    const std::vector<service::Rule> rules = {
        rule("service",
             parameters(
                 "<parameter name='recovery' reconfig='1'><content default='restart'/></parameter>"
                 "<parameter name='nfslock'><content default='0'/></parameter>") +
                 "<actions><action name='start' timeout='5'/><action name='stop' timeout='5'/>"
                 "<action name='reconfig' timeout='5'/></actions>"
                 "<special tag='rgmanager'><attributes maxinstances='1'/>"
                 "<child type='fs' start='2' stop='8'/><child type='nfsexport' start='5' stop='5'/>"
                 "<child type='ip' start='7' stop='2'/><child type='script' start='9' "
                 "stop='1'/></special>"),
        rule("fs", parameters("<parameter name='mountpoint' unique='1' required='1'/>"
                              "<parameter name='device' unique='1' required='1'/>"
                              "<parameter name='nfslock' inherit='nfslock'/>") +
                       polled_actions +
                       "<special tag='rgmanager'><attributes maxinstances='1'/><child type='fs' "
                       "start='1' stop='3'/>"
                       "<child type='nfsexport' start='3' stop='1'/></special>"),
        rule("ip",
             "<parameters><parameter name='monitor_link'><content default='1'/></parameter>"
             "<parameter name='address' primary='1' unique='1' required='1'/></parameters>" +
                 polled_actions +
                 "<special tag='rgmanager'><attributes maxinstances='1'/><child type='nfsexport' "
                 "forbid='1'/></special>"),
        rule("nfsexport", parameters("<parameter name='path' inherit='mountpoint'/>") +
                              polled_actions +
                              "<special tag='rgmanager'><child type='nfsexport' forbid='1'/><child "
                              "type='nfsclient'/></special>"),
        rule("nfsclient",
             parameters("<parameter name='target' required='1'/>"
                        "<parameter name='path' inherit='path'/>"
                        "<parameter name='svcname' inherit='service%name'/>") +
                 "<actions><action name='start'/><action name='stop'/><action name='recover'/>"
                 "<action name='status' interval='30'/></actions>"),
        rule("script", parameters("<parameter name='file' unique='1' required='1'/>"
                                  "<parameter name='service_name' inherit='service%name'/>") +
                           polled_actions),
        rule("plain", parameters("<parameter name='size'><content default='1'/></parameter>") +
                          polled_actions),
        rule("vm",
             parameters("<parameter name='memory'/>") +
                 "<actions><action name='start'/><action name='stop'/><action name='migrate'/>"
                 "<action name='status' interval='30'/></actions>"
                 "<special tag='rgmanager'><attributes maxinstances='1' init_on_add='0' "
                 "destroy_on_delete='0'/></special>"),
    };
    service::RuleSet set;
    for (const service::Rule& one : rules) {
        HA_ASSERT(set.add(one).has_value());
    }
    return set;
}

struct Built {
    std::shared_ptr<const service::ResourceConfiguration> configuration;
    std::vector<std::string> notes;
};

/// `inside` is what stands in `<rm>`.
inline Built build(const std::string& inside, service::RuleSet rules = standard_rules())
{
    auto [configuration, notes] =
        service::build_configuration(std::move(rules), parse("<rm>" + inside + "</rm>"));
    Built built{std::make_shared<service::ResourceConfiguration>(std::move(configuration)), {}};
    for (const service::Note& note : notes) {
        built.notes.push_back(note.text);
    }
    return built;
}

/// `type:key` of all nodes in build order, two blanks before it per level.
inline std::vector<std::string> outline(const service::ResourceConfiguration& configuration)
{
    std::vector<std::string> lines;
    for (std::uint32_t i = 0; i < configuration.nodes.size(); ++i) {
        std::string indent;
        for (auto at = configuration.nodes[i].parent; at; at = configuration.node(*at).parent) {
            indent += "  ";
        }
        lines.push_back(indent + configuration.resource(service::TreeNodeIndex{i}).name());
    }
    return lines;
}

}  // namespace ha::test
