// SPDX-License-Identifier: Apache-2.0
// Clients of this node: a request waits for a settled view, is judged, becomes the operation of a
// row, and is answered by the change that ends it.
#include <utility>

#include "rgmanager/core/request.hpp"
#include "rgmanager/core/service_manager.hpp"

namespace ha::service {

namespace {

bool is_lock(Verb verb)
{
    return verb == Verb::lock || verb == Verb::unlock;
}

}  // namespace

void ServiceManager::on_event(const Requested& event)
{
    HA_ASSERT(event.ticket != 0 && !requests_.contains(event.ticket));
    requests_[event.ticket] = OpenRequest{event, now_};
    if (shutting_down_ || finished_) {
        reply(event.ticket, ReturnCode::again, event.service,
              "rgmanager is shutting down on this node");
    } else if (!emergency_.empty()) {
        reply(event.ticket, ReturnCode::no_quorum, event.service, emergency_);
    }
}

void ServiceManager::advance_requests()
{
    std::vector<std::uint64_t> waiting;
    for (const auto& [ticket, open] : requests_) {
        if (!open.is_running && !open.is_proposed) {
            waiting.push_back(ticket);
        }
    }
    for (const std::uint64_t ticket : waiting) {
        OpenRequest& open = requests_.at(ticket);
        if (can_decide()) {
            begin_request(open);
        } else if (open.since + config_.knobs.request_wait <= now_) {
            const bool no_quorum = group_.is_admitted() && !quorate_;
            reply(ticket, no_quorum ? ReturnCode::no_quorum : ReturnCode::again,
                  open.request.service, "the members of the cluster have not agreed on a view");
        }
    }
}

/// Precondition: can_decide().
void ServiceManager::begin_request(OpenRequest& open)
{
    const Requested& request = open.request;
    if (is_lock(request.verb)) {
        serve_lock(open);
        return;
    }
    if (active_->find(request.service) == nullptr && table_.find(request.service) == nullptr) {
        reply(request.ticket, ReturnCode::no_service, request.service);
        return;
    }
    if (std::string probation = reason_of_probation(); !probation.empty()) {
        reply(request.ticket, ReturnCode::again, request.service, std::move(probation));
        return;
    }
    LocalService& local = local_[request.service];
    if (local.proposed != 0) {
        return;  // a change of the row is under way: judge the row that it makes
    }
    const ServiceRow row = table_.row_or_new(request.service);
    const bool ours_unproven = !is_mine(row) && local.running != Running::no &&
                               request.verb != Verb::freeze && request.verb != Verb::unfreeze;
    if (ours_unproven) {
        reply(request.ticket, ReturnCode::again, request.service,
              "it is being stopped on this node first");
        return;
    }
    Verdict verdict = judge(request, row, request_world());
    if (!verdict.change) {
        reply(request.ticket, verdict.code, request.service, std::move(verdict.why));
        return;
    }
    if (verdict.change->row.owner != row.owner && verdict.change->row.owner.admission.value == 0) {
        reply(request.ticket, ReturnCode::again, request.service,
              "this node is not in the fence domain");
        return;
    }
    open.is_proposed = true;
    verdict.change->row.transition_s =
        verdict.change->input == ServiceInput::begin_stop ? wall_s() : row.transition_s;
    propose(std::move(*verdict.change));
}

void ServiceManager::serve_lock(OpenRequest& open)
{
    const bool wanted = open.request.verb == Verb::lock;
    if (table_.state().locked == wanted) {
        reply(open.request.ticket, ReturnCode::success, {});
        return;
    }
    protocol::TableMessage message;
    message.lock = wanted;
    open.is_proposed =
        true;  // answered when it is delivered: propose_facts' and this one's order does not matter
    std::vector<view::GroupOutput> outputs;
    static_cast<void>(group_.propose(protocol::encode(message), false, outputs));
    handle(outputs);
}

RequestWorld ServiceManager::request_world()
{
    RequestWorld world{
        *active_, placement(), group_.admitted(), self(), AdmissionNumber{}, {}, false, {}, 0};
    if (facts_) {
        world.self_admission = facts_->admission;
        for (const protocol::FactMember& member : facts_->members) {
            world.fence_admissions[member.node] = member.admission;
        }
    }
    world.locked = table_.state().locked;
    world.claims_blocked = reason_not_to_claim();
    world.membership_epoch = table_.state().membership_epoch;
    return world;
}

bool ServiceManager::is_own_operation(const Operation& op) const
{
    return op.kind != OperationKind::none && op.requester == config_.self &&
           op.requester_life == config_.life && requests_.contains(op.ticket);
}

/// Our request became the row's operation, or stopped being it without an answer (a node it needs
/// left).
void ServiceManager::operation_changed(const Operation& before, const ServiceRow& row,
                                       const std::optional<Outcome>& outcome)
{
    if (row.op.was_failed && !before.was_failed) {
        // S9: in the record of every node, with who did it.
        log(LogLevel::warning, row.name, "failed service " + row.name + " is " + row.reason);
    }
    if (is_own_operation(row.op)) {
        OpenRequest& open = requests_.at(row.op.ticket);
        open.is_proposed = false;
        open.is_running = true;
    }
    const bool ended =
        is_own_operation(before) && !(is_own_operation(row.op) && row.op.ticket == before.ticket);
    if (ended && !(outcome && outcome->ticket == before.ticket)) {
        const bool is_done =
            before.kind == OperationKind::disable && row.state == ServiceState::disabled;
        reply(before.ticket, is_done ? ReturnCode::success : ReturnCode::again, row.name,
              row.reason);
    }
}

void ServiceManager::reply(std::uint64_t ticket, ReturnCode code, const std::string& service,
                           std::string why)
{
    // Callers pass a part of the request itself: it must live until the answer is made.
    const auto request = requests_.extract(ticket);
    if (request.empty()) {
        return;
    }
    const ServiceRow* row = table_.find(service);
    act(Reply{ticket, code, row == nullptr ? NodeId{} : row->owner.node, std::move(why)});
}

void ServiceManager::answer_all_requests(ReturnCode code, const std::string& why)
{
    while (!requests_.empty()) {
        const auto& [ticket, open] = *requests_.begin();
        reply(ticket, code, std::string(open.request.service), why);
    }
}

}  // namespace ha::service
