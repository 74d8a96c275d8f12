// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fenced_daemon.hpp"

#include <utility>

namespace ha::sim {

using fence::DevicesAnswered;
using fence::RoundFinished;
using protocol::RoundOutcome;

namespace {

constexpr const char* state_file = "fenced_state";

fence::FenceDomain::Config domain_config(Host& host, const fence::DomainKnobs& knobs)
{
    fence::FenceDomain::Config config;
    config.self = host.self();
    config.life = host.life();
    config.saved_state = host.read_file(state_file);
    config.knobs = knobs;
    return config;
}

}  // namespace

FencedDaemon::FencedDaemon(World& world, Host& host, const fence::DomainKnobs& knobs)
    : world_(world),
      host_(host),
      life_(host.life()),
      knobs_(knobs),
      domain_(domain_config(host, knobs))
{}

// ------------------------------------------------------ events

void FencedDaemon::start()
{
    // The init script joins at every boot, and waits while the first fenced cannot even save that;
    // a restarted fenced continues by itself.
    const bool joins = host_.is_first_start() || host_.read_file(state_file).empty();
    end_leftovers();
    on_config();
    feed(fence::Started{leftover_victims()});
    if (joins) {
        join_domain();
    }
}

void FencedDaemon::end_leftovers()
{
    if (world_.options().mutants.leave_leftovers) {
        return;
    }
    for (const ChildInfo& child : host_.leftover_children()) {
        if (!child.subject.starts_with("fence ") && !child.subject.starts_with("status ")) {
            continue;
        }
        world_.probes().reached("fenced: a leftover agent was reaped");
        const std::string victim = child.subject.substr(child.subject.find(' ') + 1);
        const NodeId node{static_cast<std::uint32_t>(std::stoul(victim))};
        const Duration sticks = world_.device(node).sticks;
        if (sticks == Duration{}) {
            host_.reap_leftover(child.id);
            continue;
        }
        world_.probes().reached("fenced: a leftover agent bore SIGKILL");
        leftovers_.emplace(child.id, node);
        host_.after(sticks, [this, id = child.id] { leftover_gone(id); });
    }
}

void FencedDaemon::leftover_gone(ChildId child)
{
    const NodeId victim = leftovers_.extract(child).mapped();
    host_.reap_leftover(child);
    if (!leftover_victims().contains(victim)) {
        feed(fence::LeftoverAgentsGone{victim});
    }
}

std::set<NodeId> FencedDaemon::leftover_victims() const
{
    std::set<NodeId> victims;
    for (const auto& [child, victim] : leftovers_) {
        victims.insert(victim);
    }
    return victims;
}

void FencedDaemon::on_cluster(const view::GroupEvent& event)
{
    if (const auto* ring = std::get_if<view::RingChanged>(&event)) {
        ring_ = ring->ring;
    } else if (const auto* quorum = std::get_if<view::QuorumChanged>(&event)) {
        quorum_ = *quorum;
    }
    feed(event);
}

void FencedDaemon::on_time()
{
    feed(view::GroupEvent{view::TimePassed{}});
}

void FencedDaemon::on_config()
{
    feed(fence::ConfigChanged{host_.config().id, host_.config().model});
}

void FencedDaemon::on_cluster_lost()
{
    feed(fence::ClusterLost{});
    const auto rounds = rounds_;  // an end may finish at once
    for (const auto& [round, running] : rounds) {
        running->end();
    }
    host_.exit("cluster is down, exiting", true);
}

void FencedDaemon::on_overslept()
{
    feed(fence::Overslept{});
}

void FencedDaemon::on_local(const std::string& from, const LocalMessage& message)
{
    if (std::holds_alternative<protocol::SubscribeFacts>(message)) {
        subscribers_.insert(from);
        host_.send_local(from, domain_.facts());
    } else if (const auto* joined = std::get_if<protocol::GroupJoined>(&message)) {
        if (!world_.options().mutants.forget_groups) {
            feed(fence::LocalGroupJoined{joined->group});
        }
    } else if (const auto* goodbye = std::get_if<protocol::GroupGoodbye>(&message)) {
        feed(fence::LocalGroupGoodbye{goodbye->group, goodbye->empty, goodbye->handed_over});
    } else if (const auto* demand = std::get_if<protocol::DemandFence>(&message)) {
        feed(fence::FenceDemanded{0, demand->node, demand->life, demand->cause});
    }
}

void FencedDaemon::on_local_down(const std::string& name)
{
    subscribers_.erase(name);
    if (name == cman_name) {
        feed(fence::CmanGone{});
    }
}

void FencedDaemon::on_local_up(const std::string& name)
{
    if (name == cman_name) {
        feed(fence::CmanReturned{});
        on_config();
    }
}

void FencedDaemon::join_domain()
{
    feed(fence::JoinRequested{1});
}

void FencedDaemon::leave_domain()
{
    feed(fence::LeaveRequested{2});
}

void FencedDaemon::acknowledge(NodeId victim)
{
    feed(fence::Acknowledged{3, victim, "the operator of the simulation"});
}

void FencedDaemon::begin_external(NodeId victim, Heard heard)
{
    if (!domain_.is_in_domain()) {
        heard(false);
        return;
    }
    externals_.emplace(++last_external_, std::move(heard));
    feed(fence::ExternalBegan{last_external_, victim});
}

void FencedDaemon::end_external(NodeId victim, bool succeeded)
{
    if (domain_.is_in_domain()) {
        feed(fence::ExternalEnded{++last_external_, victim, succeeded});
    }
}

void FencedDaemon::prepare(std::uint64_t number, const ActiveConfig& config,
                           std::function<void(const fence::AnswerPrepare&)> answered)
{
    prepare_answered_ = std::move(answered);
    feed(fence::PrepareAsked{number, config.id, config.model});
}

void FencedDaemon::drop_prepared(const ConfigId& id)
{
    prepare_answered_ = nullptr;
    feed(fence::PrepareDropped{id});
}

std::string FencedDaemon::describe() const
{
    return domain_.describe();
}

void FencedDaemon::feed(const fence::Event& event)
{
    ++handled_;
    const fence::Step step = domain_.on(event, host_.now());
    for (const fence::Action& action : step.actions) {
        perform(action);
        if (gave_up_) {
            return;  // what the saving must precede does not happen
        }
    }
    host_.wake_at(step.wake_at);
}

// ----------------------------------------------------- actions

void FencedDaemon::perform(const fence::Action& action)
{
    std::visit([this](const auto& alternative) { act(alternative); }, action);
}

void FencedDaemon::act(const fence::SendFrame& action)
{
    host_.multicast(action.bytes);
}

void FencedDaemon::act(const fence::JoinGroup&)
{
    host_.join_group();
}

void FencedDaemon::act(const fence::LeaveGroup&)
{
    host_.leave_group();
}

/// S3 and S4 at the moment they matter, from what corosync told this process.
void FencedDaemon::check_shot()
{
    if (!was_told_quorate()) {
        world_.fail("S3: a fence agent starts without quorum");
    }
    if (!were_rings_equal()) {
        world_.fail("S4: a fence agent starts while group view and quorum view differ");
    }
    const fence::FenceDomain& domain = domain_;
    if (!domain.group().is_settled()) {
        world_.fail("S4: a fence agent starts in an unsettled view");
    }
    if (!domain.facts().is_admitted) {
        world_.fail("S4: a fence agent is started by somebody who is no member");
    }
    for (const view::Member& member : domain.group().view().members) {
        const auto* peer = dynamic_cast<FencedDaemon*>(world_.daemon(member.node, fenced_name));
        if (peer != nullptr && peer->life() == member.life && peer->ring_ &&
            peer->ring_->sequence < ring_->sequence) {
            world_.fail("S4: a fence agent starts before n" + std::to_string(member.node.value) +
                        " has heard of the ring");
        }
    }
}

fence::OperationPlan FencedDaemon::plan(fence::OperationKind kind, NodeId victim) const
{
    for (const model::Node& node : host_.config().model->nodes) {
        if (node.id == victim) {
            return fence::plan_operation(kind, node, knobs_.limits);
        }
    }
    return fence::OperationPlan{kind, "", {}, {}, knobs_.limits};
}

void FencedDaemon::act(const fence::RunRound& action)
{
    check_shot();
    const std::uint64_t round = action.round;
    rounds_[round] = std::make_shared<FenceRound>(
        world_, host_, action.victim, plan(fence::OperationKind::fence, action.victim),
        [this, round](const fence::OperationResult& result) {
            rounds_.erase(round);
            const RoundOutcome outcome =
                result.verdict == fence::Verdict::succeeded ? RoundOutcome::fenced
                : result.verdict == fence::Verdict::ended   ? RoundOutcome::unknown
                                                            : RoundOutcome::failed;
            feed(RoundFinished{round, outcome, result.method_name, result.reason, {}});
        });
    rounds_[round]->start();
}

void FencedDaemon::act(const fence::AskDevices& action)
{
    const std::uint64_t round = action.round;
    rounds_[round] = std::make_shared<FenceRound>(
        world_, host_, action.victim, plan(fence::OperationKind::query_off, action.victim),
        [this, round](const fence::OperationResult& result) {
            rounds_.erase(round);
            const bool is_off =
                result.verdict == fence::Verdict::succeeded && result.is_off.value_or(false);
            feed(DevicesAnswered{round, is_off, result.method_name, result.reason});
        });
    rounds_[round]->start();
}

void FencedDaemon::act(const fence::EndRound& action)
{
    world_.probes().reached("fenced: a running round was ended");
    const auto running = rounds_.find(action.round);
    if (running != rounds_.end() && !world_.options().mutants.agents_run_on) {
        const std::shared_ptr<FenceRound> round = running->second;
        round->end();
    }
}

void FencedDaemon::act(const fence::FactsChanged& action)
{
    for (const std::string& subscriber : subscribers_) {
        host_.send_local(subscriber, action.facts);
    }
}

void FencedDaemon::act(const fence::SaveState& action)
{
    if (!host_.write_file(state_file, action.text)) {
        world_.probes().reached("fenced: its state could not be saved");
        gave_up_ = true;  // going on would let a restarted fenced forget a victim
        host_.exit("the run root cannot be written", true);
    }
}

void FencedDaemon::act(const fence::KillNode& action)
{
    host_.kill_cluster_stack(action.node, action.reason);
}

void FencedDaemon::act(const fence::OpenOverride&)
{
    world_.probes().reached("fenced: a victim waits for a person");
}

void FencedDaemon::act(const fence::CloseOverride&)
{}

void FencedDaemon::act(const fence::StartOver& action)
{
    world_.probes().reached("fenced: reset after loss of quorum");
    host_.exit(action.reason, true);
}

void FencedDaemon::act(const fence::Reply& action)
{
    if (!action.accepted) {
        host_.trace("refused: " + action.text);
    }
    if (const auto external = externals_.extract(action.request); !external.empty()) {
        external.mapped()(action.accepted);
    } else if (answered_) {
        answered_(action.accepted, action.text);
    }
}

void FencedDaemon::act(const fence::AnswerPrepare& action)
{
    host_.trace("prepare " + std::to_string(action.number) + ": " +
                (action.accepted ? "yes" : action.why));
    if (prepare_answered_) {
        prepare_answered_(action);
    }
}

void FencedDaemon::act(const fence::Decided& action)
{
    host_.decided(action.reason);
}

}  // namespace ha::sim
