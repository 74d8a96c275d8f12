// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/service_journal.hpp"

#include <algorithm>
#include <utility>

#include "fenced/core/state.hpp"
#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

/// How long a daemon may lag behind the truth of its own node: callbacks, sockets, its own
/// dispatch.
constexpr Duration notice_lag = std::chrono::milliseconds{200};

/// Lives of the simulated machines are "n<node>.<boot>".
std::uint64_t boot_of(const NodeLife& life)
{
    return std::stoull(life.value.substr(life.value.find('.') + 1));
}

}  // namespace

void ServiceJournal::violated(const std::string& rule, const std::string& service, NodeId node,
                              const std::string& what)
{
    world_.fail(rule + ": " + service + " on node " + std::to_string(node.value) + ": " + what);
}

Holder* ServiceJournal::find(const std::string& service, NodeId node)
{
    const NodeLife life = world_.status(node).life;
    for (Holder& holder : holders_[service]) {
        if (holder.node == node && holder.life == life) {
            return &holder;
        }
    }
    return nullptr;
}

void ServiceJournal::start_began(const std::string& service, NodeId node)
{
    check_holders(service, node);
    check_quorum(service, node);
    check_clear(service, node);
    holders_[service].push_back(
        Holder{node, world_.status(node).life, false, false, world_.scheduler().now()});
    ++version_;
    last_stopped_.erase(service);
}

/// S1, S2, S9.
void ServiceJournal::check_holders(const std::string& service, NodeId node)
{
    const NodeLife life = world_.status(node).life;
    for (const Holder& holder : holders_[service]) {
        const std::string other = "node " + std::to_string(holder.node.value);
        if (holder.node != node && world_.was_lied_about(holder.node, holder.life)) {
            continue;  // its device broke the promise
        }
        if (holder.stop_failed && !world_.life_is_over(holder.node, holder.life)) {
            violated("S9", service, node, "started although its stop failed on " + other);
        }
        if (holder.node == node && holder.life == life) {
            violated("S1", service, node, "started again without a stop between");
        }
        if (!world_.life_is_over(holder.node, holder.life)) {
            violated("S1", service, node, "started while " + other + " holds it");
        }
        // The same machine booted again, or in this ring in its next life: nothing of the former
        // one is left.
        const bool is_reborn = holder.node == node || next_life_is_known(node, holder);
        const auto all_lives = all_lives_settled_.find(holder.node);
        const bool with_all =
            all_lives != all_lives_settled_.end() && all_lives->second >= holder.since;
        if (!is_reborn && !with_all && !is_settled(holder.node, holder.life)) {
            violated("S2", service, node, "recovered before " + other + " was settled");
        }
    }
    std::erase_if(holders_[service], [&](const Holder& holder) {
        return world_.life_is_over(holder.node, holder.life);
    });
}

/// Has this life of the node a later life of the holder's node in its ring, or is a later one
/// settled?
bool ServiceJournal::next_life_is_known(NodeId node, const Holder& holder) const
{
    const std::set<NodeId> ring = world_.network().ring_members(node);
    const bool met = std::any_of(met_.begin(), met_.end(), [&](const auto& entry) {
        const auto& [who, whose_life, other, other_life] = entry;
        return ring.contains(who) && whose_life == world_.status(who).life &&
               other == holder.node && boot_of(other_life) > boot_of(holder.life);
    });
    const bool settled = std::any_of(settled_.begin(), settled_.end(), [&](const auto& entry) {
        return entry.first == holder.node && !entry.second.empty() &&
               boot_of(entry.second) > boot_of(holder.life);
    });
    return met || settled;
}

/// S3.
void ServiceJournal::check_quorum(const std::string& service, NodeId node)
{
    if (inquorate_for(node) > notice_lag) {
        violated("S3", service, node, "started without quorum");
    }
}

/// S10: no half of the votes starts what it did not run while somebody who may start it, too, is
/// out of sight.
void ServiceJournal::check_clear(const std::string& service, NodeId node)
{
    const auto last = last_stopped_.find(service);
    const bool restarts =
        last != last_stopped_.end() && last->second == std::pair(node, world_.status(node).life);
    const auto seen = seen_.find(node);
    const bool ring_is_new =
        seen == seen_.end() || world_.scheduler().now() - seen->second.ring_since < notice_lag;
    if (restarts || ring_is_new) {
        return;
    }
    const std::set<NodeId> members = world_.network().ring_members(node);
    std::uint32_t present = 0;
    for (const auto& [member, votes] : world_.config().voting.votes) {
        present += members.contains(member) ? votes : 0;
    }
    if (2 * present > world_.config().voting.total()) {
        return;
    }
    for (const auto& [absent, votes] : world_.config().voting.votes) {
        const NodeStatus status = world_.status(absent);
        if (members.contains(absent) || left_in_good_order(node, absent, status.life) ||
            is_settled(absent, status.life) || world_.was_lied_about(absent, status.life) ||
            world_.was_lied_about(node, world_.status(node).life)) {
            continue;
        }
        // A life that was never in the fence domain starts nothing before it settled this one.
        const bool was_member =
            domain_members_.contains({node, world_.status(node).life, absent, status.life});
        const bool is_stranger = !was_member && settled_nodes_.contains(absent);
        if (!is_stranger && !world_.life_is_over(absent, status.life)) {
            violated("S10", service, node,
                     "claimed while node " + std::to_string(absent.value) +
                         " is out of sight and not settled");
        }
    }
}

/// A clean leaver is no victim (DESIGN 4, Clean), and starts nothing before it joined again.
bool ServiceJournal::left_in_good_order(NodeId by_view_of, NodeId node, const NodeLife& life) const
{
    const auto* fenced = dynamic_cast<const FencedDaemon*>(world_.daemon(by_view_of, fenced_name));
    return fenced != nullptr && fence::left_clean(fenced->domain().state(), node, life);
}

void ServiceJournal::start_succeeded(const std::string& service, NodeId node)
{
    if (Holder* holder = find(service, node); holder != nullptr) {
        holder->runs = true;
    }
}

void ServiceJournal::stop_succeeded(const std::string& service, NodeId node)
{
    const NodeLife life = world_.status(node).life;
    const auto removed = std::erase_if(holders_[service], [&](const Holder& holder) {
        return holder.node == node && holder.life == life;
    });
    ++version_;
    if (removed > 0) {
        last_stopped_[service] = {node, life};
    }
}

void ServiceJournal::stop_failed(const std::string& service, NodeId node)
{
    if (Holder* holder = find(service, node); holder != nullptr) {
        holder->stop_failed = true;
    }
}

bool ServiceJournal::handed_over(const std::string& service, NodeId from, NodeId to)
{
    Holder* guest = find(service, from);
    const bool is_there = world_.status(to).powered && world_.network().connected(from, to);
    if (guest == nullptr || !guest->runs || guest->stop_failed || !is_there) {
        return false;
    }
    for (const Holder& holder : living_holders(service)) {
        if (holder.node != from) {
            violated("S1", service, to, "handed over while another node holds it");
        }
    }
    world_.trace(from, "hands over " + service + " to n" + std::to_string(to.value),
                 LineKind::journal);
    guest->node = to;
    guest->life = world_.status(to).life;
    guest->since = world_.now();
    ++version_;
    return true;
}

void ServiceJournal::cleared_by_hand(const std::string& service)
{
    std::erase_if(holders_[service], [](const Holder& holder) { return holder.stop_failed; });
}

bool ServiceJournal::runs(const std::string& service, NodeId node) const
{
    const std::vector<Holder> living = living_holders(service);
    return std::any_of(living.begin(), living.end(), [&](const Holder& holder) {
        return holder.node == node && holder.runs && !holder.stop_failed;
    });
}

bool ServiceJournal::holds(const std::string& service, NodeId node) const
{
    const std::vector<Holder> living = living_holders(service);
    return std::any_of(living.begin(), living.end(),
                       [&](const Holder& holder) { return holder.node == node; });
}

std::vector<Holder> ServiceJournal::living_holders(const std::string& service) const
{
    std::vector<Holder> living;
    if (const auto found = holders_.find(service); found != holders_.end()) {
        for (const Holder& holder : found->second) {
            if (!world_.life_is_over(holder.node, holder.life)) {
                living.push_back(holder);
            }
        }
    }
    return living;
}

void ServiceJournal::heard(const protocol::FenceFacts& facts)
{
    for (const protocol::FactMember& member : facts.members) {
        domain_members_.insert(
            {facts.self, world_.status(facts.self).life, member.node, member.life.node});
    }
    for (const protocol::FactSettled& fact : facts.settled_lives) {
        settled_nodes_.insert(fact.node);
        settled_.insert({fact.node, fact.life});
        const bool is_new = known_.insert({fact.node, fact.life, facts.life, fact.at_us}).second;
        if (fact.life.empty() && is_new) {
            all_lives_settled_[fact.node] = world_.now();
        }
    }
}

bool ServiceJournal::is_settled(NodeId node, const NodeLife& life) const
{
    return settled_.contains({node, life});
}

void ServiceJournal::watch()
{
    if (std::exchange(watched_, world_.network().version()) == world_.network().version()) {
        return;  // neither rings nor quorum changed
    }
    first_loss_ = TimePoint::max();
    for (const NodeId node : world_.node_ids()) {
        const TimePoint now = world_.scheduler().now();
        Seen& seen = seen_[node];
        const bool runs = world_.network().is_running(node);
        const RingId ring = runs ? world_.network().ring_of(node) : RingId{};
        const bool quorate = runs && world_.network().is_quorate(node);
        if (ring != seen.ring) {
            seen.ring = ring;
            seen.ring_since = now;
            for (const NodeId other :
                 runs ? world_.network().ring_members(node) : std::set<NodeId>{}) {
                met_.insert({node, world_.status(node).life, other, world_.status(other).life});
            }
        }
        if (quorate != seen.quorate) {
            seen.quorate = quorate;
            seen.quorum_since = now;
        }
        if (!quorate && world_.status(node).powered) {
            first_loss_ = std::min(first_loss_, seen.quorum_since);
        }
    }
}

Duration ServiceJournal::longest_inquorate() const
{
    return first_loss_ < world_.now() ? world_.now() - first_loss_ : Duration{0};
}

Duration ServiceJournal::inquorate_for(NodeId node) const
{
    const auto seen = seen_.find(node);
    return seen == seen_.end() || seen->second.quorate
               ? Duration{0}
               : world_.scheduler().now() - seen->second.quorum_since;
}

}  // namespace ha::sim
