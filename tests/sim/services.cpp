// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/services.hpp"

#include <iterator>
#include <map>
#include <memory>

#include "tests/sim/group_mutants.hpp"
#include "tests/sim/service_checkers.hpp"
#include "tests/sim/service_daemon.hpp"

namespace ha::sim {

namespace {

using service::RecoveryPolicy;
using service::ServicesDocument;

const std::string group_prefix = "services_";

const std::map<std::string, bool service::ServiceKnobs::*>& own_mutants()
{
    using service::ServiceKnobs;
    static const std::map<std::string, bool ServiceKnobs::*> mutants{
        {"skip_fence_wait", &ServiceKnobs::mutant_skip_fence_wait},
        {"failed_stop_is_stop", &ServiceKnobs::mutant_failed_stop_is_stop},
        {"claim_with_pending_victim", &ServiceKnobs::mutant_claim_with_pending_victim},
        {"park_for_ever", &ServiceKnobs::mutant_park_for_ever},
    };
    return mutants;
}

service::FailoverDomain draw_domain(const std::string& name, World& world)
{
    Random& random = world.random();
    service::FailoverDomain domain;
    domain.name = name;
    domain.ordered = random.chance(600);
    domain.restricted = random.chance(300);
    domain.nofailback = random.chance(300);
    for (const NodeId node : world.node_ids()) {
        if (random.chance(750)) {
            const int priority = domain.ordered ? static_cast<int>(random.between(1, 3)) : 0;
            domain.nodes.push_back({node, "n" + std::to_string(node.value), priority});
        }
    }
    return domain;
}

RecoveryPolicy draw_policy(Random& random)
{
    constexpr std::array policies{RecoveryPolicy::restart, RecoveryPolicy::restart,
                                  RecoveryPolicy::relocate, RecoveryPolicy::disable,
                                  RecoveryPolicy::restart_disable};
    return policies[random.below(policies.size())];
}

ServicesDocument draw_document(World& world)
{
    Random& random = world.random();
    ServicesDocument document;
    document.status_poll_interval = std::chrono::seconds{random.between(3, 15)};
    for (const NodeId node : world.node_ids()) {
        document.node_names[node] = "n" + std::to_string(node.value);
    }
    document.domains = {draw_domain("one", world), draw_domain("two", world)};
    const auto count = random.between(2, 6);
    for (std::int64_t index = 0; index < count; ++index) {
        service::ServiceConfig config;
        config.name = "service:s" + std::to_string(index);
        config.domain = random.chance(350) ? "" : random.chance(500) ? "one" : "two";
        config.autostart = !random.chance(120);
        config.exclusive = random.chance(80);
        config.can_migrate = random.chance(300);
        config.recovery = draw_policy(random);
        config.max_restarts = static_cast<int>(random.between(0, 3));
        config.restart_expires = std::chrono::seconds{random.between(0, 120)};
        if (index > 0 && random.chance(150)) {
            config.depend = "service:s" + std::to_string(random.between(0, index - 1));
        }
        document.services[config.name] = config;
    }
    return document;
}

/// In good order, as before work on a node; somebody starts it again later.
void shut_down_rgmanager(World& world, NodeId node, Random& random)
{
    auto* rgmanager = dynamic_cast<ServiceDaemon*>(world.daemon(node, "rgmanager"));
    if (rgmanager == nullptr) {
        return;
    }
    world.trace(node, "rgmanager is told to stop");
    rgmanager->shut_down();
    for (const std::int64_t earliest_s : {1, 30, 60}) {
        const std::int64_t earliest = earliest_s * 1'000'000;
        world.scheduler().after(Duration{random.between(earliest, earliest + 20'000'000)},
                                [&world, node] { world.start_daemon(node, "rgmanager"); });
    }
}

void add_service_faults(World& world)
{
    const auto any = [](World& all, Random& random) {
        const std::vector<NodeId> ids = all.node_ids();
        return ids[random.below(ids.size())];
    };
    world.add_fault({"rgmanager dies", 4, [any](World& all, Random& random) {
                         all.kill_daemon(any(all, random), "rgmanager", random.chance(900));
                     }});
    world.add_fault({"rgmanager is shut down", 2, [any](World& all, Random& random) {
                         shut_down_rgmanager(all, any(all, random), random);
                     }});
    world.add_fault({"all rgmanagers die", 1, [](World& all, Random&) {
                         for (const NodeId node : all.node_ids()) {
                             all.kill_daemon(node, "rgmanager", true);
                         }
                     }});
    world.add_fault({"rgmanager sleeps", 2, [any](World& all, Random& random) {
                         all.hold_daemon(any(all, random), "rgmanager",
                                         Duration{random.between(1'000'000, 20'000'000)});
                     }});
}

/// Everything that runs nowhere, on this node.
void enable_all(World& world, ServiceLab& lab, NodeId node)
{
    auto* rgmanager = dynamic_cast<ServiceDaemon*>(world.daemon(node, "rgmanager"));
    for (const auto& [name, config] : lab.document.services) {
        if (rgmanager == nullptr) {
            return;
        }
        const service::ServiceState state = rgmanager->manager().status(name).row.state;
        if (state == service::ServiceState::disabled || state == service::ServiceState::stopped) {
            rgmanager->request(service::Verb::enable, name, node);
        }
    }
}

/// The delivery gap: what a node says to claim a service reaches itself alone, because the token is
/// lost with another node before it is sent again.
void lose_claim(World& world, ServiceLab& lab, Random& random)
{
    const std::vector<NodeId> ids = world.node_ids();
    const NodeId claimer = ids[random.below(ids.size())];
    const NodeId dies = ids[random.below(ids.size())];
    const std::set<NodeId> ring = world.network().ring_members(claimer);
    auto* rgmanager = dynamic_cast<ServiceDaemon*>(world.daemon(claimer, "rgmanager"));
    if (rgmanager == nullptr || claimer == dies || ring.size() < 3 || !ring.contains(dies)) {
        return;
    }
    world.trace(claimer, "only it will hear its rgmanager");
    world.network().mute(claimer, "rgmanager");
    enable_all(world, lab, claimer);
    world.run_for(Duration{random.between(1'000, 100'000)});
    world.power_off(dies, "crash");
    world.scheduler().after(Duration{random.between(100'000, 30'000'000)},
                            [&world, dies] { world.power_on(dies); });
    // Others, who know nothing of the claim, are asked for the same.
    for (const NodeId other : ring) {
        world.scheduler().after(Duration{random.between(1'000'000, 8'000'000)},
                                [&world, &lab, other] { enable_all(world, lab, other); });
    }
}

/// The next version: one service changed, in its resources or at its root.
void reload(World& world, ServiceLab& lab, Random& random)
{
    if (const std::string why = world.why_no_reload(); !why.empty()) {
        world.trace(NodeId{}, "no reload: " + why);
        return;
    }
    ActiveConfig config = world.config();
    auto model = std::make_shared<model::ClusterModel>(*config.model);
    config.id.version = ++model->config_version;
    config.id.hash = "sim " + std::to_string(model->config_version);
    config.model = model;
    auto changed = lab.document.services.begin();
    std::advance(changed, static_cast<std::ptrdiff_t>(random.below(lab.document.services.size())));
    (random.chance(500) ? changed->second.root_digest : changed->second.tree_digest) =
        config.id.hash;
    lab.hindrances.document_changed(changed->first);
    world.probes().reached("services: the configuration changed");
    world.set_config(config);
}

}  // namespace

const std::vector<std::string>& service_mutants()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, knob] : group_mutants()) {
            all.push_back(group_prefix + name);
        }
        for (const auto& [name, knob] : own_mutants()) {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

bool set_service_mutant(service::ServiceKnobs& knobs, const std::string& mutant)
{
    if (mutant.starts_with(group_prefix)) {
        const auto group = group_mutants().find(mutant.substr(group_prefix.size()));
        if (group == group_mutants().end()) {
            return false;
        }
        knobs.group.*(group->second) = true;
        return true;
    }
    const auto found = own_mutants().find(mutant);
    if (found == own_mutants().end()) {
        return false;
    }
    knobs.*(found->second) = true;
    return true;
}

void install_services(const std::shared_ptr<ServiceLab>& lab)
{
    lab->world.add_daemon("rgmanager",
                          [lab](Host& host) { return std::make_unique<ServiceDaemon>(host, lab); });
    lab->world.add_checker(std::make_unique<ServiceChecker>(lab));
}

void install_services(World& world, const service::ServiceKnobs& knobs, bool reloads)
{
    auto lab = std::make_shared<ServiceLab>(world, knobs);
    lab->document = draw_document(world);
    install_services(lab);
    add_service_faults(world);
    world.add_fault({"a claim is lost with another node", 2,
                     [lab](World& all, Random& random) { lose_claim(all, *lab, random); }});
    if (reloads) {
        world.add_fault(
            {"reload", 3, [lab](World& all, Random& random) { reload(all, *lab, random); }});
    }
}

}  // namespace ha::sim
