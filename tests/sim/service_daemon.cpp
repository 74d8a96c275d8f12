// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/service_daemon.hpp"

#include <utility>

namespace ha::sim {

namespace {

constexpr const char* table_file = "rgmanager_state";
constexpr const char* doubted_table_file = "rgmanager_state.doubted";

template <class T>
const T* as(const service::Action& action)
{
    return std::get_if<T>(&action);
}

}  // namespace

ServiceDaemon::ServiceDaemon(Host& host, std::shared_ptr<ServiceLab> lab)
    : host_(host),
      lab_(std::move(lab)),
      manager_(service::ServiceManager::Config{host.self(), host.life(), lab_->knobs}),
      life_(host.life())
{}

/// As rgmanager/former_run.cpp does.
void ServiceDaemon::keep_table(const service::SaveState& save)
{
    if (save.is_doubted) {
        host_.rename_file(table_file, doubted_table_file);
        is_state_kept_ = host_.write_file(doubted_table_file, save.bytes);
        return;
    }
    is_state_kept_ = host_.write_file(table_file, save.bytes);
    if (is_state_kept_) {
        host_.remove_file(doubted_table_file);
    }
}

// ------------------------------------------------------ events

void ServiceDaemon::start()
{
    for (const ChildInfo& child : host_.leftover_children()) {
        if (child.subject.rfind("rgmanager ", 0) == 0 &&
            !lab_->world.options().mutants.leave_leftovers) {
            host_.reap_leftover(child.id);
        }
    }
    const std::string table = host_.read_file(table_file);
    const std::string doubted = table.empty() ? host_.read_file(doubted_table_file) : "";
    feed(service::Started{table.empty() ? doubted : table, host_.is_first_start(), false,
                          !doubted.empty()});
    feed(service::WallClockSet{1'700'000'000});
    configure();
    subscribe();
    if (!host_.is_first_start()) {
        for (const auto& [name, config] : lab_->document.services) {
            lab_->hindrances.agent_failed(name, lab_->world.now());  // what ran may be lost
        }
    }
    if (lab_->has_clients) {
        ask_later();
    }
}

void ServiceDaemon::configure()
{
    service::ServicesDocument document = lab_->document;
    document.id = host_.config().id;
    document.voting = host_.config().voting;
    feed(service::ServicesConfigured{std::move(document)});
}

/// On every new connection: a fenced that died may not have kept what it was told.
void ServiceDaemon::subscribe()
{
    host_.send_local("fenced", protocol::SubscribeFacts{"rgmanager"});
    if (told_fenced_) {
        host_.send_local("fenced", *told_fenced_);
    }
}

void ServiceDaemon::tell_fenced(LocalMessage message)
{
    told_fenced_ = std::move(message);
    host_.send_local("fenced", *told_fenced_);
}

void ServiceDaemon::on_cluster(const view::GroupEvent& event)
{
    if (const auto* ring = std::get_if<view::RingChanged>(&event)) {
        ring_ = ring->ring;
    } else if (const auto* quorum = std::get_if<view::QuorumChanged>(&event)) {
        quorum_ = *quorum;
    }
    feed(event);
}

void ServiceDaemon::on_time()
{
    feed(service::TimePassed{});
}

void ServiceDaemon::on_local(const std::string&, const LocalMessage& message)
{
    if (const auto* facts = std::get_if<protocol::FenceFacts>(&message)) {
        lab_->journal.heard(*facts);
        feed(service::FactsChanged{mutate(*facts)});
    }
}

protocol::FenceFacts ServiceDaemon::mutate(protocol::FenceFacts facts) const
{
    if (lab_->world.options().mutants.claim_before_reports) {
        std::erase_if(facts.groups,
                      [this](const auto& group) { return group.node != host_.self(); });
    }
    if (lab_->world.options().mutants.settle_later_admissions) {
        for (protocol::FactSettled& settled : facts.settled_lives) {
            settled.admission.value += 1'000;
        }
    }
    return facts;
}

void ServiceDaemon::on_local_down(const std::string& daemon)
{
    if (daemon == "fenced") {
        feed(service::FactsChanged{std::nullopt});
    }
}

void ServiceDaemon::on_local_up(const std::string& daemon)
{
    if (daemon == "fenced") {
        subscribe();
    }
}

void ServiceDaemon::on_cluster_lost()
{
    feed(service::CorosyncLost{});
}

void ServiceDaemon::on_overslept()
{
    feed(service::Overslept{});
}

void ServiceDaemon::on_config()
{
    configure();
}

void ServiceDaemon::feed(const service::Event& event)
{
    if (over_) {
        return;
    }
    ++handled_;
    const service::Step step = manager_.on(event, host_.now());
    for (const service::Action& action : step.actions) {
        perform(action);
    }
    host_.wake_at(step.wake_at);
}

// ----------------------------------------------------- actions

void ServiceDaemon::perform(const service::Action& action)
{
    using namespace service;
    if (const auto* send = as<SendFrame>(action)) {
        host_.multicast(send->bytes);
    } else if (as<JoinGroup>(action) != nullptr) {
        host_.join_group();
    } else if (as<LeaveGroup>(action) != nullptr) {
        host_.leave_group();
    } else if (const auto* start = as<StartService>(action)) {
        run(*start);
    } else if (const auto* stop = as<StopService>(action)) {
        run(*stop);
    } else if (const auto* check = as<CheckService>(action)) {
        run(*check);
    } else if (const auto* update = as<UpdateService>(action)) {
        run(*update);
    } else if (const auto* migrate = as<MigrateService>(action)) {
        run(*migrate);
    } else if (const auto* note = as<NoteGuest>(action)) {
        finish_at_once(note->service, note->task, is_state_kept_, 0);
    } else if (const auto* end = as<EndStart>(action)) {
        host_.kill_child(agents_.at(end->service).child);
    } else if (const auto* save = as<SaveState>(action)) {
        keep_table(*save);
    } else if (const auto* reply = as<Reply>(action)) {
        answer(*reply);
    } else if (const auto* line = as<LogDecision>(action)) {
        host_.decided(line->text);
    } else if (as<ReportJoined>(action) != nullptr) {
        tell_fenced(protocol::GroupJoined{"rgmanager"});
    } else if (const auto* goodbye = as<ReportGoodbye>(action)) {
        tell_fenced(
            protocol::GroupGoodbye{"rgmanager", goodbye->is_empty, goodbye->is_handed_over});
    } else if (const auto* demand = as<DemandFence>(action)) {
        lab_->world.probes().reached("services: a fence is demanded");
        host_.send_local("fenced",
                         protocol::DemandFence{demand->node, demand->life, demand->cause});
    } else if (as<BeginAnew>(action) != nullptr) {
        lab_->world.probes().reached("services: begin anew after loss of quorum");
        over_ = true;
        host_.exit("begins anew", true);
    } else if (const auto* finished = as<Finished>(action)) {
        over_ = true;
        host_.exit(finished->reason, false);
    }
}

AgentPlan ServiceDaemon::plan(const std::string& service, const std::string& verb,
                              std::uint64_t failures_per_mille)
{
    if (lab_->plan) {
        return lab_->plan(service, host_.self(), verb);
    }
    const bool troubled = !lab_->world.faults_are_over();
    const bool fails = troubled && host_.random().chance(failures_per_mille);
    const bool is_slow = !fails && troubled && host_.random().chance(10);
    return AgentPlan{is_slow ? slow_agent : Duration{host_.random().between(1'000, 1'500'000)},
                     !fails};
}

/// S3 and S4 at the moment they matter, from what corosync told this process and its peers.
void ServiceDaemon::check_start(const std::string& service)
{
    World& world = lab_->world;
    const std::string what = service + " starts on node " + std::to_string(host_.self().value);
    if (!quorum_ || !quorum_->quorate) {
        world.fail("S3: " + what + " without quorum");
    }
    if (ring_ != quorum_->ring) {
        world.fail("S4: " + what + " while group view and quorum view differ");
    }
    const view::Group& group = manager_.group();
    if (!group.is_admitted() || !group.is_settled()) {
        world.fail("S4: " + what + " in an unsettled view");
    }
    for (const view::Member& member : group.view().members) {
        const auto* peer =
            dynamic_cast<const ServiceDaemon*>(world.daemon(member.node, "rgmanager"));
        if (peer != nullptr && peer->host_.life() == member.life && peer->ring_ &&
            peer->ring_->sequence < ring_->sequence) {
            world.fail("S4: " + what + " before node " + std::to_string(member.node.value) +
                       " has heard of the ring");
        }
    }
    const service::ServiceRow row = manager_.status(service).row;
    if (row.owner.node != host_.self() || row.owner.life != host_.life()) {
        world.fail("S4: " + what + ", which does not own it");
    }
}

void ServiceDaemon::run(const service::StartService& action)
{
    if (!is_state_kept_) {
        // What the run root does not know of, a restarted rgmanager would take for stopped.
        lab_->world.probes().reached("services: nothing is started with a full disk");
        finish_at_once(action.service, action.task, false, 1);
        return;
    }
    check_start(action.service);
    const AgentPlan agent = plan(action.service, "start", 40);
    const bool succeeds = agent.succeeds;
    spawn(
        action.service, action.task, "start", agent,
        [lab = lab_, name = action.service, node = host_.self(), succeeds] {
            if (succeeds) {
                lab->journal.start_succeeded(name, node);
                lab->hindrances.start_succeeded(name, lab->world.now());
            }
        },
        [lab = lab_, name = action.service, node = host_.self()] {
            lab->journal.start_began(name, node);
        });
}

void ServiceDaemon::run(const service::StopService& action)
{
    const auto running = agents_.find(action.service);
    if (running != agents_.end()) {
        running->second.next = action;  // a check that is overtaken
        host_.kill_child(running->second.child);
        return;
    }
    const bool is_initial = action.purpose == service::StopPurpose::initial;
    const AgentPlan agent = plan(action.service, "stop", is_initial ? 0 : 15);
    const bool succeeds = agent.succeeds;
    spawn(
        action.service, action.task, "stop", agent,
        [lab = lab_, name = action.service, node = host_.self(), succeeds] {
            if (succeeds) {
                lab->journal.stop_succeeded(name, node);
            } else {
                lab->world.probes().reached("services: a stop fails");
                lab->journal.stop_failed(name, node);
            }
        },
        {}, action.config_version);
    if (action.deadline) {
        host_.after(*action.deadline - host_.now(),
                    [this, name = action.service, task = action.task] {
                        const auto agent_now = agents_.find(name);
                        if (agent_now != agents_.end() && agent_now->second.task == task) {
                            host_.kill_child(agent_now->second.child);
                        }
                    });
    }
}

void ServiceDaemon::run(const service::CheckService& action)
{
    AgentPlan agent = plan(action.service, "status", 20);
    agent.succeeds = agent.succeeds && lab_->journal.runs(action.service, host_.self());
    spawn(action.service, action.task, "status", agent, [] {});
}

void ServiceDaemon::run(const service::UpdateService& action)
{
    spawn(action.service, action.task, "update", plan(action.service, "update", 0), [] {});
}

void ServiceDaemon::finish_at_once(const std::string& service, std::uint64_t task, bool succeeded,
                                   int code)
{
    if (!succeeded) {
        lab_->hindrances.agent_failed(service, lab_->world.now());
    }
    host_.after(Duration{0}, [this, service, task, succeeded, code] {
        feed(service::TaskFinished{service, task, succeeded, false, code, {}});
    });
}

/// The guest changes sides somewhere on the way, whatever becomes of the agent afterwards.
void ServiceDaemon::run(const service::MigrateService& action)
{
    if (!is_state_kept_) {
        lab_->world.probes().reached("services: nothing is migrated with a full disk");
        finish_at_once(action.service, action.task, false, service::agent_not_running);
        return;
    }
    const AgentPlan agent = plan(action.service, "migrate", 150);
    const bool arrives =
        agent.succeeds || agent.hands_over || (!lab_->plan && host_.random().chance(300));
    const auto code = std::make_shared<int>(service::agent_still_here);
    ChildSpec child;
    child.subject = "rgmanager migrate " + action.service;
    child.takes = agent.takes;
    child.effects.push_back({Duration{0}, [lab = lab_, action, self = host_.self(), code] {
                                 if (!lab->journal.runs(action.service, self)) {
                                     *code = service::agent_not_running;
                                 }
                             }});
    const Duration half_way =
        agent.takes == Duration::max() ? slow_agent : Duration{agent.takes.count() / 2};
    child.effects.push_back(
        {half_way, [lab = lab_, action, self = host_.self(), code, arrives, agent,
                    life = lab_->world.status(action.target).life] {
             // A target that boots again has forgotten the connection.
             const bool is_reachable = lab->world.status(action.target).life == life;
             if (!arrives || !is_reachable ||
                 !lab->journal.handed_over(action.service, self, action.target)) {
                 return;
             }
             lab->world.probes().reached("services: a guest is handed over");
             *code = agent.succeeds ? 0 : 1;
         }});
    spawn(action.service, action.task, std::move(child), [code] { return *code; });
}

void ServiceDaemon::spawn(const std::string& service, std::uint64_t task, const std::string& verb,
                          const AgentPlan& plan, std::function<void()> at_end,
                          std::function<void()> at_begin, std::uint64_t version)
{
    ChildSpec child;
    child.subject = "rgmanager " + verb + " " + service;
    child.outcome = plan.succeeds ? "success" : "failure";
    if (version != 0 && version != host_.config().id.version) {
        child.outcome += " with version " + std::to_string(version);
    }
    child.is_routine = verb == "status" && plan.succeeds;
    child.takes = plan.takes;
    if (at_begin) {
        child.effects.push_back({Duration{0}, std::move(at_begin)});
    }
    if (plan.takes != Duration::max()) {
        child.effects.push_back({plan.takes - Duration{1}, std::move(at_end)});
    }
    spawn(service, task, std::move(child), [succeeds = plan.succeeds] { return succeeds ? 0 : 1; });
}

void ServiceDaemon::spawn(const std::string& service, std::uint64_t task, ChildSpec child,
                          std::function<int()> exit_code)
{
    HA_ASSERT(!agents_.contains(service));
    child.ended = [this, service, task, exit_code = std::move(exit_code)](bool was_killed) {
        agent_ended(service, task, was_killed ? 1 : exit_code());
    };
    agents_[service] = Agent{host_.spawn(std::move(child)), task, std::nullopt};
}

void ServiceDaemon::agent_ended(const std::string& service, std::uint64_t task, int exit_code)
{
    const auto agent = agents_.extract(service);
    HA_ASSERT(!agent.empty());
    const bool succeeded = exit_code == 0;
    host_.trace("agent of " + service + (succeeded ? " succeeded" : " failed"));
    if (!succeeded) {
        lab_->hindrances.agent_failed(service, lab_->world.now());
    }
    feed(service::TaskFinished{service, task, succeeded, false, exit_code, {}});
    if (agent.mapped().next && !over_) {
        run(*agent.mapped().next);
    }
}

// ----------------------------------------------------- clients

void ServiceDaemon::ask_later()
{
    host_.after(Duration{host_.random().between(500'000, 12'000'000)}, [this] {
        if (!lab_->world.faults_are_over() && !over_) {
            ask();
            ask_later();
        }
    });
}

void ServiceDaemon::ask()
{
    using service::Verb;
    static constexpr std::array verbs{
        Verb::enable, Verb::enable,   Verb::enable_anywhere, Verb::enable_anywhere, Verb::disable,
        Verb::stop,   Verb::restart,  Verb::relocate,        Verb::relocate,        Verb::relocate,
        Verb::freeze, Verb::unfreeze, Verb::unfreeze};
    auto entry = lab_->document.services.begin();
    std::advance(entry,
                 static_cast<std::ptrdiff_t>(host_.random().below(lab_->document.services.size())));
    service::Requested request;
    request.service = entry->first;
    request.verb = verbs[host_.random().below(verbs.size())];
    if (entry->second.can_migrate && host_.random().chance(400)) {
        request.verb = Verb::migrate;
    }
    const bool wants_target = request.verb == Verb::migrate || host_.random().chance(500);
    if (wants_target && request.verb != Verb::enable_anywhere) {
        request.target = NodeId{
            static_cast<std::uint32_t>(1 + host_.random().below(lab_->world.options().nodes))};
    }
    const service::ServiceRow row = manager_.status(request.service).row;
    if (row.state == service::ServiceState::failed) {
        // A person first ends by hand what the failed stop left, then says so.
        request.verb = Verb::disable;
        lab_->journal.cleared_by_hand(request.service);
        lab_->world.probes().reached("services: a person disables a failed service");
    }
    this->request(request.verb, request.service, request.target);
}

std::uint64_t ServiceDaemon::request(service::Verb verb, const std::string& service, NodeId target)
{
    host_.trace("client asks " + std::to_string(static_cast<int>(verb)) + " " + service + " " +
                std::to_string(target.value));
    lab_->hindrances.asked(service, verb, lab_->world.now());
    const std::uint64_t ticket = ++last_ticket_;
    feed(service::Requested{ticket, verb, service, target});
    return ticket;
}

void ServiceDaemon::shut_down()
{
    feed(service::ShutdownRequested{});
}

void ServiceDaemon::answer(const service::Reply& reply)
{
    lab_->world.probes().reached("services: answer " +
                                 std::string(service::return_text(reply.code)));
    host_.trace("client gets " + std::string(service::return_text(reply.code)) + " " + reply.why);
    if (lab_->answered) {
        lab_->answered(host_.self(), reply);
    }
}

}  // namespace ha::sim
