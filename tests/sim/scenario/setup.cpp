// SPDX-License-Identifier: Apache-2.0
// The cluster of a scenario. Everything here comes before the first power.
#include "tests/sim/fencing.hpp"
#include "tests/sim/scenario/player.hpp"
#include "tests/sim/services.hpp"

namespace ha::sim {

namespace {

constexpr Duration start_takes = std::chrono::seconds{1};
constexpr Duration status_takes = std::chrono::milliseconds{200};
constexpr Duration boot_takes = std::chrono::seconds{10};

service::RecoveryPolicy recovery_policy(const std::string& word)
{
    using service::RecoveryPolicy;
    const std::map<std::string, RecoveryPolicy> policies{
        {"restart", RecoveryPolicy::restart},
        {"relocate", RecoveryPolicy::relocate},
        {"disable", RecoveryPolicy::disable},
        {"restart-disable", RecoveryPolicy::restart_disable}};
    const auto found = policies.find(word);
    if (found == policies.end()) {
        throw StoryError(
            "'" + word +
            "' is no recovery policy; restart, relocate, disable, restart-disable are");
    }
    return found->second;
}

}  // namespace

void Player::add_setup()
{
    const auto before_power = [this](auto change) {
        return [this, change](const Places& places) {
            if (world_ != nullptr) {
                throw StoryError("the cluster is described before its first node is powered on");
            }
            change(places);
        };
    };
    commands_.add("nodes COUNT", before_power([this](const Places& places) {
                      world_options_.nodes = static_cast<std::uint32_t>(places.count(0));
                  }));
    commands_.add("seed COUNT", before_power([this](const Places& places) {
                      world_options_.seed = places.count(0);
                  }));
    commands_.add("no two_node",
                  before_power([this](const Places&) { world_options_.two_node = false; }));
    commands_.add("restarts take TIME", before_power([this](const Places& places) {
                      world_options_.restart_delay_max = places.time(0);
                  }));
    commands_.add("post_join_delay TIME", before_power([this](const Places& places) {
                      fence_daemon_.post_join_delay =
                          std::chrono::duration_cast<std::chrono::seconds>(places.time(0));
                  }));
    commands_.add("post_fail_delay TIME", before_power([this](const Places& places) {
                      fence_daemon_.post_fail_delay =
                          std::chrono::duration_cast<std::chrono::seconds>(places.time(0));
                  }));
    commands_.add("NODE has two power supplies", before_power([this](const Places& places) {
                      two_supplies_.insert(known(places.node(0)));
                  }));
    commands_.add("service SERVICE WORDS...",
                  before_power([this](const Places& places) { describe_service(places); }));
    commands_.add("service SERVICE",
                  before_power([this](const Places& places) { describe_service(places); }));
}

/// service web on n1,n2 restricted nofailback recovery=relocate autostart=0 depend=db exclusive
/// migratory
void Player::describe_service(const Places& places)
{
    service::ServiceConfig config;
    config.name = places.service(0);
    service::FailoverDomain domain;
    domain.name = "of " + places.word(0);
    std::vector<std::string> words =
        places.size() > 1 ? places.words(1) : std::vector<std::string>{};
    for (std::size_t index = 0; index < words.size(); ++index) {
        const std::string& word = words[index];
        const std::string value = word.substr(word.find('=') + 1);
        if (word == "on" && index + 1 < words.size()) {
            domain.ordered = true;
            config.domain = domain.name;
            int priority = 0;
            for (const std::string& node : split_at(words[++index], ',')) {
                domain.nodes.push_back({known(read_node(node)), node, ++priority});
            }
        } else if (word == "restricted") {
            domain.restricted = true;
        } else if (word == "nofailback") {
            domain.nofailback = true;
        } else if (word == "exclusive") {
            config.exclusive = true;
        } else if (word == "migratory") {
            config.can_migrate = true;
        } else if (word.starts_with("autostart=")) {
            config.autostart = value == "1";
        } else if (word.starts_with("recovery=")) {
            config.recovery = recovery_policy(value);
        } else if (word.starts_with("depend=")) {
            config.depend = known_service(value);
        } else {
            throw StoryError(
                "'" + word +
                "' is no word of a service; accepted: on NODES, restricted, "
                "nofailback, exclusive, migratory, autostart=0, recovery=POLICY, depend=SERVICE");
        }
    }
    document_.domains.push_back(domain);
    document_.services[config.name] = config;
}

void Player::set_mutant()
{
    if (const auto own = shell_mutants().find(options_.mutant); own != shell_mutants().end()) {
        world_options_.mutants.*(own->second) = true;
    } else if (!options_.mutant.empty() && !set_fencing_mutant(domain_knobs_, options_.mutant) &&
               !set_service_mutant(service_knobs_, options_.mutant)) {
        throw StoryError("'" + options_.mutant + "' is no mutant; sim --list-mutants prints them");
    }
}

void Player::build_world()
{
    set_mutant();
    world_options_.trace = options_.trace;
    world_options_.boot_time_min = world_options_.boot_time_max = boot_takes;
    world_options_.delays.has_sender_gap = false;  // a scenario says when
    world_options_.delays.has_torn_recovery = false;
    world_ = std::make_unique<World>(world_options_);
    ActiveConfig config = draw_config(*world_);
    auto model = std::make_shared<model::ClusterModel>(*config.model);
    model->fence_daemon = fence_daemon_;
    for (model::Node& node : model->nodes) {
        const std::uint32_t supplies = two_supplies_.contains(node.id) ? 2 : 1;
        world_->set_power_supplies(node.id, supplies);
        node.methods = {fence_method(supplies)};
    }
    config.model = model;
    world_->set_config(config);
    install_fencing(*world_, domain_knobs_);
    lab_ = std::make_shared<ServiceLab>(*world_, service_knobs_);
    lab_->has_clients = false;
    lab_->document = document_;
    for (const NodeId node : world_->node_ids()) {
        lab_->document.node_names[node] = name_of(node);
    }
    lab_->plan = [this](const std::string& service, NodeId node, const std::string& verb) {
        return plan(service, node, verb);
    };
    lab_->answered = [this](NodeId node, const service::Reply& reply) {
        const auto asked = asked_.extract({node, reply.ticket});
        if (!asked.empty()) {
            const std::string text = asked.mapped() + ": " +
                                     std::string(service::return_text(reply.code)) +
                                     (reply.why.empty() ? "" : " (" + reply.why + ")");
            events_.push_back({LineKind::journal, node, text});
        }
    };
    install_services(lab_);
    world_->listen([this](LineKind kind, NodeId node, const std::string& text) {
        if (kind != LineKind::detail) {
            events_.push_back({kind, node, text});
        }
    });
}

AgentPlan Player::plan(const std::string& service, NodeId node, const std::string& verb)
{
    AgentPlan plan{verb == "status" ? status_takes : start_takes, true};
    const auto script = agents_.find({service, node, verb});
    if (script != agents_.end()) {
        plan.takes = script->second.takes.value_or(plan.takes);
        plan.succeeds = !script->second.fails;
        plan.hands_over = script->second.hands_over;
    }
    return plan;
}

}  // namespace ha::sim
