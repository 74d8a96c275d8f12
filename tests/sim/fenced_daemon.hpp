// SPDX-License-Identifier: Apache-2.0
//
// fenced in the simulator: the real FenceDomain, with a shell as thin as the real one. A round is
// one child process whose device really turns the victim off, fails, or hangs, as the World's owner
// decided.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "fenced/core/domain.hpp"
#include "tests/sim/daemon.hpp"
#include "tests/sim/fence_round.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

inline constexpr const char* fenced_name = "fenced";

class FencedDaemon : public Daemon
{
public:
    FencedDaemon(World& world, Host& host, const fence::DomainKnobs& knobs);

    void start() override;
    void on_cluster(const view::GroupEvent& event) override;
    void on_time() override;
    void on_local(const std::string& from, const LocalMessage& message) override;
    void on_local_down(const std::string& name) override;
    void on_local_up(const std::string& name) override;
    void on_cluster_lost() override;
    void on_overslept() override;
    void on_config() override;
    [[nodiscard]] std::string describe() const override;

    // What a person does here.
    void join_domain();
    void leave_domain();
    void acknowledge(NodeId victim);
    using Heard = std::function<void(bool does_domain_know)>;
    void begin_external(NodeId victim, Heard heard);  ///< fence_node announces itself
    void end_external(NodeId victim, bool succeeded);
    using Answered = std::function<void(bool accepted, const std::string& why)>;
    void when_answered(Answered answered) { answered_ = std::move(answered); }

    // What cmand says here.
    void prepare(std::uint64_t number, const ActiveConfig& config,
                 std::function<void(const fence::AnswerPrepare&)> answered);
    void drop_prepared(const ConfigId& id);

    [[nodiscard]] const fence::FenceDomain& domain() const { return domain_; }
    [[nodiscard]] const DaemonLife& life() const { return life_; }
    /// How many events its domain has handled: what it believes changes by nothing else.
    [[nodiscard]] std::uint64_t handled() const { return handled_; }
    /// Against these victims agents of a former process run on; nobody can end them.
    [[nodiscard]] std::set<NodeId> leftover_victims() const;
    /// What corosync told this process last, independent of the core.
    [[nodiscard]] bool was_told_quorate() const { return quorum_ && quorum_->quorate; }
    [[nodiscard]] bool were_rings_equal() const { return quorum_ && ring_ == quorum_->ring; }

private:
    static constexpr std::uint64_t first_external = 100;  ///< request; 1 to 3 are the others'

    void feed(const fence::Event& event);
    void perform(const fence::Action& action);
    void act(const fence::SendFrame& action);
    void act(const fence::JoinGroup& action);
    void act(const fence::LeaveGroup& action);
    void act(const fence::RunRound& action);
    void act(const fence::AskDevices& action);
    void act(const fence::EndRound& action);
    void act(const fence::FactsChanged& action);
    void act(const fence::SaveState& action);
    void act(const fence::KillNode& action);
    void act(const fence::OpenOverride& action);
    void act(const fence::CloseOverride& action);
    void act(const fence::StartOver& action);
    void act(const fence::Reply& action);
    void act(const fence::AnswerPrepare& action);
    void act(const fence::Decided& action);
    void check_shot();
    void end_leftovers();
    void leftover_gone(ChildId child);
    [[nodiscard]] fence::OperationPlan plan(fence::OperationKind kind, NodeId victim) const;

    World& world_;
    Host& host_;
    DaemonLife life_;
    fence::DomainKnobs knobs_;
    fence::FenceDomain domain_;
    std::set<std::string> subscribers_;
    std::function<void(const fence::AnswerPrepare&)> prepare_answered_;
    std::optional<RingId> ring_;
    std::optional<view::QuorumChanged> quorum_;
    std::map<std::uint64_t, std::shared_ptr<FenceRound>> rounds_;
    std::map<ChildId, NodeId> leftovers_;
    Answered answered_;
    std::map<std::uint64_t, Heard> externals_;  ///< not heard yet, by request
    std::uint64_t last_external_ = first_external;
    bool gave_up_ = false;
    std::uint64_t handled_ = 0;
};

}  // namespace ha::sim
