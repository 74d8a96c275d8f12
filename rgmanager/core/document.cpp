// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/document.hpp"

#include "common/view/group_frames.hpp"
#include "common/view/voting.hpp"
#include "rgmanager/core/values.hpp"

namespace ha::service {

namespace {

std::string value_of(const Resource& resource, std::string_view attribute)
{
    const ResourceAttribute* found = resource.attribute(attribute);
    return found != nullptr && !found->inherited ? found->value : std::string();
}

/// One occurrence as text: everything whose change means another resource, or (whole) the same one
/// changed.
std::string text_of_node(const ResourceConfiguration& trees, TreeNodeIndex index,
                         bool with_reconfig)
{
    const Resource& resource = trees.resource(index);
    std::string text = resource.type + "{";
    for (const ResourceAttribute& attribute : resource.attributes) {
        if (!attribute.reconfig || with_reconfig) {
            text += attribute.name + (attribute.inherited ? "<" : "=") + attribute.value + "\n";
        }
    }
    return text + "}";
}

std::string digest_of(const std::string& text)
{
    return std::to_string(view::checksum(text));
}

std::string digest_of_tree(const ResourceConfiguration& trees, TreeNodeIndex root)
{
    std::string text;
    for (std::uint32_t index = root.value; index < trees.node(root).subtree_end; ++index) {
        const TreeNode& node = trees.node(TreeNodeIndex{index});
        const std::uint32_t parent = node.parent ? node.parent->value - root.value : 0;
        text += std::to_string(parent) + text_of_node(trees, TreeNodeIndex{index}, true);
    }
    return digest_of(text);
}

ServiceConfig make_service(const ResourceConfiguration& trees, TreeNodeIndex root)
{
    const Resource& resource = trees.resource(root);
    const Rule& rule = trees.rule(root);
    ServiceConfig service;
    service.name = service_name(resource);
    service.domain = value_of(resource, "domain");
    if (const ResourceAttribute* autostart = resource.attribute("autostart")) {
        service.autostart = read_autostart(autostart->value);
    }
    service.exclusive = read_exclusive(value_of(resource, "exclusive"));
    service.recovery = read_recovery_policy(value_of(resource, "recovery"));
    service.depend = value_of(resource, "depend");
    if (!service.depend.empty() && service.depend.find(':') == std::string::npos) {
        service.depend = "service:" + service.depend;
    }
    service.max_restarts = leading_integer(value_of(resource, "max_restarts"));
    service.restart_expires = parse_time_value(value_of(resource, "restart_expire_time"));
    service.can_migrate = is_migratory(trees, root);
    service.leave_running_when_removed = service.can_migrate && !rule.destroy_on_delete;
    service.leave_running_when_added = service.can_migrate && !rule.init_on_add;
    service.root_digest = digest_of(text_of_node(trees, root, false));
    service.tree_digest = digest_of_tree(trees, root);
    return service;
}

/// A positive number, or nothing and a note.
std::optional<int> positive(const model::Element& rm, std::string_view attribute, Notes& notes)
{
    const auto text = rm.attribute(attribute);
    if (!text) {
        return std::nullopt;
    }
    const int value = leading_integer(*text);
    if (value < 1) {
        notes.push_back({NoteLevel::warning, "Ignoring illegal " + std::string(attribute) + " of " +
                                                 std::string(*text) +
                                                 "; a number of at least 1 is accepted"});
        return std::nullopt;
    }
    return value;
}

}  // namespace

ManagerSettings read_manager_settings(const model::Element& rm, Notes& notes)
{
    ManagerSettings settings;
    if (const auto interval = positive(rm, "status_poll_interval", notes)) {
        settings.status_poll_interval = std::chrono::seconds{*interval};
        notes.push_back(
            {NoteLevel::notice, "Status polling interval set to " + std::to_string(*interval)});
    }
    if (const auto limit = positive(rm, "quorum_stop_timeout", notes)) {
        settings.quorum_stop_timeout = std::chrono::seconds{*limit};
    }
    settings.status_child_max = positive(rm, "status_child_max", notes).value_or(0);
    settings.is_disabled = rm.attribute("disabled") == "1";
    return settings;
}

ServicesDocument make_services_document(const ConfigId& id, const model::ClusterModel& model,
                                        const ResourceConfiguration& trees, Notes& notes)
{
    ServicesDocument document;
    document.id = id;
    document.voting = view::voting_rules(model);
    for (const model::Node& node : model.nodes) {
        document.node_names[node.id] = node.name;
    }
    DomainReading domains = read_failover_domains(model);
    document.domains = std::move(domains.domains);
    for (std::string& warning : domains.warnings) {
        notes.push_back({NoteLevel::warning, std::move(warning)});
    }
    for (const TreeNodeIndex root : trees.roots) {
        ServiceConfig service = make_service(trees, root);
        document.services[service.name] = std::move(service);
    }
    const ManagerSettings settings = read_manager_settings(model.rm, notes);
    document.status_poll_interval = settings.status_poll_interval;
    document.quorum_stop_timeout = settings.quorum_stop_timeout;
    return document;
}

}  // namespace ha::service
