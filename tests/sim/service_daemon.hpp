// SPDX-License-Identifier: Apache-2.0
//
// The daemon "rgmanager" of one simulated node: the real service manager, agents as children of the
// machine, and clients of this node. ServiceLab is what all nodes of one run share.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "rgmanager/core/service_manager.hpp"
#include "tests/sim/hindrances.hpp"
#include "tests/sim/service_journal.hpp"
#include "tests/sim/services.hpp"

namespace ha::sim {

/// How one run of an agent goes.
struct AgentPlan {
    Duration takes{};  ///< max() hangs for ever
    bool succeeds = true;
    bool hands_over = false;  ///< a migration that fails, after the guest changed sides
};

/// The longest that is drawn.
inline constexpr Duration slow_agent = std::chrono::seconds{20};

struct ServiceLab {
    ServiceLab(World& the_world, service::ServiceKnobs the_knobs)
        : world(the_world),
          knobs(the_knobs),
          journal(the_world)
    {}

    World& world;
    service::ServiceKnobs knobs;
    ServiceJournal journal;
    Hindrances hindrances;
    service::ServicesDocument document;  ///< its id is the world's
    bool has_clients = true;             ///< random requests on every node until the faults end
    /// A scenario's word on an agent (verbs start, stop, status, update, migrate); drawn from the
    /// seed without.
    std::function<AgentPlan(const std::string& service, NodeId node, const std::string& verb)> plan;
    std::function<void(NodeId node, const service::Reply& reply)> answered;
};

class ServiceDaemon : public Daemon
{
public:
    ServiceDaemon(Host& host, std::shared_ptr<ServiceLab> lab);

    void start() override;
    void on_cluster(const view::GroupEvent& event) override;
    void on_time() override;
    void on_local(const std::string& from, const LocalMessage& message) override;
    void on_local_down(const std::string& daemon) override;
    void on_local_up(const std::string& daemon) override;
    void on_cluster_lost() override;
    void on_overslept() override;
    void on_config() override;
    [[nodiscard]] std::string describe() const override { return manager_.describe(); }

    // What a person does here.
    std::uint64_t request(service::Verb verb, const std::string& service, NodeId target);
    [[nodiscard]] std::uint64_t next_ticket() const { return last_ticket_ + 1; }
    void shut_down();

    [[nodiscard]] const service::ServiceManager& manager() const { return manager_; }
    [[nodiscard]] NodeId node() const { return host_.self(); }
    [[nodiscard]] const DaemonLife& life() const { return life_; }
    /// How many events its manager has handled: what it believes changes by nothing else.
    [[nodiscard]] std::uint64_t handled() const { return handled_; }
    /// An agent of the service runs at this moment.
    [[nodiscard]] bool is_held_back(const std::string& service) const
    {
        return agents_.contains(service);
    }

private:
    struct Agent {
        ChildId child = 0;
        std::uint64_t task = 0;
        std::optional<service::StopService> next;  ///< a stop that waits until this one is reaped
    };
    void feed(const service::Event& event);
    void perform(const service::Action& action);
    void run(const service::StartService& action);
    void check_start(const std::string& service);
    void run(const service::StopService& action);
    void run(const service::CheckService& action);
    void run(const service::UpdateService& action);
    void run(const service::MigrateService& action);
    void answer(const service::Reply& reply);
    void spawn(const std::string& service, std::uint64_t task, const std::string& verb,
               const AgentPlan& plan, std::function<void()> at_end,
               std::function<void()> at_begin = {}, std::uint64_t version = 0);
    void spawn(const std::string& service, std::uint64_t task, ChildSpec child,
               std::function<int()> exit_code);
    void finish_at_once(const std::string& service, std::uint64_t task, bool succeeded, int code);
    void agent_ended(const std::string& service, std::uint64_t task, int exit_code);
    [[nodiscard]] AgentPlan plan(const std::string& service, const std::string& verb,
                                 std::uint64_t failures_per_mille);
    void ask_later();
    void ask();
    void subscribe();
    void keep_table(const service::SaveState& save);
    void tell_fenced(LocalMessage message);
    [[nodiscard]] protocol::FenceFacts mutate(protocol::FenceFacts facts) const;
    void configure();

    Host& host_;
    std::shared_ptr<ServiceLab> lab_;
    service::ServiceManager manager_;
    std::optional<RingId> ring_;  ///< what corosync told this process last
    std::optional<view::QuorumChanged> quorum_;
    std::map<std::string, Agent> agents_;
    std::optional<LocalMessage> told_fenced_;  ///< last: joined, or goodbye
    std::uint64_t last_ticket_ = 0;
    DaemonLife life_;
    std::uint64_t handled_ = 0;
    bool over_ = false;
    bool is_state_kept_ = true;
};

}  // namespace ha::sim
