// SPDX-License-Identifier: Apache-2.0
//
// The service manager as a peer of the bus. Its fenced says what a healthy one would say: a member,
// clear; agents end when the input says so.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "common/base/assert.hpp"
#include "rgmanager/core/service_manager.hpp"
#include "tests/fuzz/support/peers.hpp"

namespace ha::fuzz {

inline service::ServicesDocument services_document(std::uint32_t nodes)
{
    service::ServicesDocument document;
    document.id = ConfigId{1, "hash"};
    for (std::uint32_t id = 1; id <= nodes; ++id) {
        document.node_names[NodeId{id}] = "n" + std::to_string(id);
        document.voting.votes[NodeId{id}] = 1;
    }
    for (const char* name : {"service:a", "service:b", "vm:c"}) {
        service::ServiceConfig& config = document.services[name];
        config.name = name;
        config.can_migrate = config.name.starts_with("vm:");
        config.autostart = config.name != "service:b";
    }
    document.services["service:b"].depend = "service:a";
    document.services["service:a"].recovery = service::RecoveryPolicy::relocate;
    return document;
}

class ServicePeer : public Peer
{
public:
    ServicePeer(NodeId node, const DaemonLife& life, std::uint32_t nodes,
                const service::Started& started, TimePoint now)
        : Peer(life),
          node_(node),
          nodes_(nodes),
          manager_({node, life, {}})
    {
        feed_event(started, now);
        feed_event(service::WallClockSet{1'700'000'000}, now);
        feed_event(service::ServicesConfigured{services_document(nodes)}, now);
        hear_facts({}, now);
        end_all(now);
    }

    void feed(const view::GroupEvent& event, TimePoint now) override { feed_event(event, now); }

    void act(Input& input, TimePoint now) override
    {
        switch (input.byte() % 8) {
            case 0:
            case 1:
                ask(input, now);
                break;
            case 2:
                hear_facts(&input, now);
                break;
            case 3:
                feed_event(service::Overslept{}, now);
                break;
            case 4:
                if (input.byte() == 1) {
                    feed_event(service::ShutdownRequested{}, now);
                }
                break;
            default:
                end_one(input.byte() % 4 != 0, now);
        }
    }

    void end_all(TimePoint now)
    {
        while (!tasks_.empty()) {
            end_one(true, now);
        }
    }

    [[nodiscard]] const view::Group& group() const override { return manager_.group(); }
    [[nodiscard]] std::string replicated() const override
    {
        HA_ASSERT(!manager_.describe().empty() && manager_.statuses().size() >= 3);
        return protocol::encode(manager_.table());
    }
    [[nodiscard]] const service::ServiceManager& manager() const { return manager_; }

private:
    void ask(Input& input, TimePoint now)
    {
        static constexpr const char* names[] = {"service:a", "service:b", "vm:c", "service:none"};
        service::Requested request;
        request.ticket = ++last_ticket_;
        request.verb = static_cast<service::Verb>(input.byte() % 11U);
        const bool is_lock =
            request.verb == service::Verb::lock || request.verb == service::Verb::unlock;
        request.service = is_lock ? "" : names[input.byte() % std::size(names)];
        request.target = NodeId{input.byte() % 5U};
        feed_event(request, now);
    }

    /// Without input: all is well.
    void hear_facts(Input* input, TimePoint now)
    {
        protocol::FenceFacts facts;
        facts.in_domain = facts.is_admitted = facts.formed = facts.settled = true;
        facts.quorate = facts.has_majority = facts.clear = true;
        facts.self = node_;
        facts.life = life_;
        facts.admission = AdmissionNumber{node_.value};
        for (std::uint32_t id = 1; id <= nodes_; ++id) {
            const NodeLife life{"life" + std::to_string(id)};
            facts.members.push_back({NodeId{id}, {life, 1}, AdmissionNumber{id}, false});
        }
        if (input != nullptr) {
            const NodeId node{1 + input->byte() % nodes_};
            const NodeLife life{"life" + std::to_string(node.value)};
            const AdmissionNumber admission{input->byte() % 8U};
            if (input->byte() % 2 == 0) {
                protocol::FactVictim victim;
                victim.node = node;
                victim.life = life;
                victim.admission = admission;
                facts.victims.push_back(victim);
                facts.clear = false;
            } else {
                facts.settled_lives.push_back(
                    {node, life, admission, protocol::SettledHow::agent, NodeId{1}, "words", 0});
            }
        }
        feed_event(service::FactsChanged{facts}, now);
    }

    void end_one(bool succeeds, TimePoint now)
    {
        if (tasks_.empty()) {
            return;
        }
        const auto [service, task] = tasks_.front();
        tasks_.pop_front();
        feed_event(service::TaskFinished{service, task, succeeds, false, succeeds ? 0 : 1, ""},
                   now);
    }

    template <class Task>
    void note_task(const service::Action& action)
    {
        if (const auto* task = std::get_if<Task>(&action)) {
            tasks_.emplace_back(task->service, task->task);
        }
    }

    void feed_event(const service::Event& event, TimePoint now)
    {
        if (is_over_) {
            return;
        }
        for (const service::Action& action : manager_.on(event, now).actions) {
            if (const auto* send = std::get_if<service::SendFrame>(&action)) {
                sent_.push_back(send->bytes);
            } else if (std::holds_alternative<service::JoinGroup>(action)) {
                wants_group_ = true;
            } else if (std::holds_alternative<service::LeaveGroup>(action)) {
                wants_group_ = false;
            } else if (std::holds_alternative<service::BeginAnew>(action) ||
                       std::holds_alternative<service::Finished>(action)) {
                is_over_ = true;
                wants_group_ = false;
            }
            note_task<service::StartService>(action);
            note_task<service::StopService>(action);
            note_task<service::CheckService>(action);
            note_task<service::MigrateService>(action);
            note_task<service::NoteGuest>(action);
            note_task<service::UpdateService>(action);
        }
    }

    NodeId node_;
    std::uint32_t nodes_;
    service::ServiceManager manager_;
    std::deque<std::pair<std::string, std::uint64_t>> tasks_;
    std::uint64_t last_ticket_ = 0;
    bool is_over_ = false;
};

}  // namespace ha::fuzz
