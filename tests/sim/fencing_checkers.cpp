// SPDX-License-Identifier: Apache-2.0
// The rules of DESIGN 6 as far as fencing keeps them. They compare what fenced believes with what
// is true.
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "fenced/core/state.hpp"
#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/fencing.hpp"
#include "tests/sim/looked.hpp"

namespace ha::sim {

namespace {

using protocol::SettledHow;

std::string words(NodeId node)
{
    return "n" + std::to_string(node.value);
}

FencedDaemon* fenced_of(World& world, NodeId node)
{
    return dynamic_cast<FencedDaemon*>(world.daemon(node, fenced_name));
}

template <class Visit>
void each_fenced(World& world, Visit visit)
{
    for (const NodeId node : world.node_ids()) {
        if (FencedDaemon* daemon = fenced_of(world, node)) {
            visit(node, *daemon);
        }
    }
}

/// S6: at most one member fences a victim at a time, wherever it is.
class OneFencer : public Checker
{
public:
    void after_event(World& world) override
    {
        if (std::exchange(looked_at_, world.children_version()) == world.children_version()) {
            return;
        }
        std::map<std::string, NodeId> shots;
        for (const NodeId node : world.node_ids()) {
            for (const ChildInfo& child : world.children(node)) {
                if (!child.runs || !child.subject.starts_with("fence ")) {
                    continue;
                }
                const std::string victim =
                    child.subject.substr(0, child.subject.find(' ', std::string("fence ").size()));
                const auto [other, is_new] = shots.emplace(victim, node);
                if (!is_new) {
                    world.fail("S6: " + words(node) + " and " + words(other->second) +
                               " both run " + child.subject);
                }
            }
        }
    }

private:
    std::uint64_t looked_at_ = 0;
};

/// A stopped fenced (SIGSTOP, shorter than the token) ends its agent when it goes on.
constexpr Duration longest_stall = std::chrono::seconds{4};

/// S3: a running fence agent is ended soon after its partition lost quorum.
class QuorateFencer : public Checker
{
public:
    void after_event(World& world) override
    {
        if (std::exchange(looked_at_, world.children_version()) != world.children_version()) {
            find_fencers(world);
        }
        std::erase_if(since_, [&](const auto& entry) { return !fencers_.contains(entry.first); });
        for (const NodeId node : fencers_) {
            // A held or dead parent ends its agent when it is back; its partition knows that it may
            // still run.
            const FencedDaemon* fenced = fenced_of(world, node);
            const bool is_bad = !world.network().is_quorate(node) && fenced != nullptr &&
                                fenced->leftover_victims().empty() &&
                                !world.is_stopped(node, fenced_name) &&
                                !world.status(node).stands_still;  // nor does its agent go on
            if (!is_bad) {
                since_.erase(node);
                continue;
            }
            const TimePoint since = since_.try_emplace(node, world.now()).first->second;
            if (world.now() - since > longest_stall) {
                world.fail("S3: a fence agent runs on in the inquorate partition of " +
                           words(node));
            }
        }
    }

private:
    void find_fencers(World& world)
    {
        fencers_.clear();
        for (const NodeId node : world.node_ids()) {
            for (const ChildInfo& child : world.children(node)) {
                if (child.subject.starts_with("fence ")) {
                    fencers_.insert(node);
                }
            }
        }
    }

    std::uint64_t looked_at_ = 0;
    std::set<NodeId> fencers_;  ///< nodes where an agent runs
    std::map<NodeId, TimePoint> since_;
};

/// S2, S5: what is settled is really over. Proofs by a person are the person's word.
class TrueProofs : public Checker
{
public:
    void after_event(World& world) override
    {
        each_fenced(world, [&](NodeId node, FencedDaemon& daemon) {
            if (!looked_.is_new(node, daemon)) {
                return;
            }
            note_rounds(world, node, daemon);
            for (const auto& settled : daemon.domain().state().settled) {
                const auto key = std::tuple{node, settled.node, settled.life, settled.admission};
                if (!seen_.insert(key).second) {
                    continue;
                }
                if (settled.how == SettledHow::overridden) {
                    if (overridden_.insert({settled.node, settled.life, settled.admission})
                            .second) {
                        world.probes().reached("settled by override");
                        check_no_round_runs(world, daemon.domain(), settled);
                    }
                } else {
                    check(world, node, settled);
                }
            }
        });
    }

private:
    /// How often the victim had booted when each fencer began its latest round against it.
    void note_rounds(World& world, NodeId node, const FencedDaemon& daemon)
    {
        for (const auto& round : daemon.domain().state().rounds) {
            if (round.by != node) {
                continue;  // a side that was cut off may still hold an older one
            }
            Begun& begun = begun_[{round.by, round.victim}];
            if (begun.by_life != round.by_life || begun.round != round.round) {
                begun = Begun{round.by_life, round.round, world.status(round.victim).boots};
            }
        }
    }

    void check(World& world, NodeId node, const protocol::SettledRecord& settled)
    {
        world.probes().reached("settled by " + std::string(fence::to_string(settled.how)));
        if (settled.life.empty()
                ? world.was_lied_about(settled.node, world.status(settled.node).life)
                : world.was_lied_about(settled.node, settled.life)) {
            return;  // the device broke the promise, not fenced
        }
        if (!settled.life.empty() && !world.life_is_over(settled.node, settled.life)) {
            world.fail("S2: " + words(node) + " takes life " + settled.life.value +
                       " for settled, but it runs");
        }
        // An unknown life: whatever ran when the fencer began its round must be over.
        const NodeStatus now = world.status(settled.node);
        const bool by_shot = settled.how == SettledHow::agent || settled.how == SettledHow::status;
        const auto begun = begun_.find({settled.by, settled.node});
        if (settled.life.empty() && by_shot && node == settled.by && now.powered &&
            begun != begun_.end() && now.boots == begun->second.boots) {
            world.fail("S2: " + words(node) + " takes " + words(settled.node) +
                       " for settled, but no power cycle happened since its round began");
        }
    }

    /// A person's word ends the running round first (DESIGN 4).
    static void check_no_round_runs(World& world, const fence::FenceDomain& domain,
                                    const protocol::SettledRecord& settled)
    {
        const std::string subject = "fence " + std::to_string(settled.node.value);
        for (const NodeId node : world.node_ids()) {
            for (const ChildInfo& child : world.children(node)) {
                if (child.runs && domain.group().admitted().contains(node) &&
                    (child.subject + " ").starts_with(subject + " ")) {
                    world.fail("S6: " + words(settled.node) + " is settled by a person while " +
                               words(node) + " fences it");
                }
            }
        }
    }

    struct Begun {
        NodeLife by_life;
        std::uint64_t round = 0;
        std::uint64_t boots = 0;
    };
    Looked looked_;
    std::set<std::tuple<NodeId, NodeId, NodeLife, AdmissionNumber>> seen_;
    std::set<std::tuple<NodeId, NodeLife, AdmissionNumber>> overridden_;  ///< by whomever
    std::map<std::pair<NodeId, NodeId>, Begun> begun_;
};

/// S5, S6: no life vanishes. A member or victim goes on to be one, or is pending, settled, or left
/// clean.
class NobodyVanishes : public Checker
{
public:
    void after_event(World& world) override
    {
        each_fenced(world, [&](NodeId node, FencedDaemon& daemon) {
            if (!looked_.is_new(node, daemon)) {
                return;
            }
            const fence::FenceDomain& domain = daemon.domain();
            Known& known = known_[node];
            if (known.process != daemon.life() || !domain.group().is_admitted()) {
                known = Known{daemon.life(), {}};
                if (!domain.group().is_admitted()) {
                    return;
                }
            }
            std::set<std::pair<NodeId, NodeLife>> now = lives(domain);
            const std::set<std::pair<NodeId, NodeLife>> over = lives_over(domain);
            for (const auto& life : known.lives) {
                if (!now.contains(life) && !over.contains(life)) {
                    world.fail("S6: " + words(node) + " forgot life " + life.second.value + " of " +
                               words(life.first) + " without a proof");
                }
            }
            for (const auto& life : over) {
                if (domain.group().admitted().contains(life.first) &&
                    domain.group().admitted().at(life.first).life.node == life.second &&
                    !left_clean(domain, life)) {
                    world.fail("S5: " + words(node) + " has a member in life " + life.second.value +
                               ", which is over");
                }
            }
            known.lives = std::move(now);
        });
    }

private:
    struct Known {
        DaemonLife process;
        std::set<std::pair<NodeId, NodeLife>> lives;
    };

    static std::set<std::pair<NodeId, NodeLife>> lives(const fence::FenceDomain& domain)
    {
        std::set<std::pair<NodeId, NodeLife>> all;
        for (const auto& [node, member] : domain.group().admitted()) {
            all.emplace(node, member.life.node);
        }
        for (const auto& victim : domain.state().victims) {
            if (!victim.life.empty()) {
                all.emplace(victim.node, victim.life);
            }
        }
        for (const auto& pending : domain.state().pending) {
            all.emplace(pending.node, pending.life.node);
        }
        return all;
    }

    static std::set<std::pair<NodeId, NodeLife>> lives_over(const fence::FenceDomain& domain)
    {
        std::set<std::pair<NodeId, NodeLife>> all;
        for (const auto& settled : domain.state().settled) {
            all.emplace(settled.node, settled.life);
        }
        for (const auto& clean : domain.state().clean) {
            all.emplace(clean.node, clean.life);
        }
        return all;
    }

    static bool left_clean(const fence::FenceDomain& domain,
                           const std::pair<NodeId, NodeLife>& life)
    {
        for (const auto& clean : domain.state().clean) {
            if (clean.node == life.first && clean.life == life.second) {
                return true;
            }
        }
        return false;
    }

    Looked looked_;
    std::map<NodeId, Known> known_;
};

/// S10: two views that know nothing of each other are never clear at once. S8: one document per
/// view.
class OneClearSide : public Checker
{
public:
    void after_event(World& world) override
    {
        if (!is_anything_new(world)) {
            return;
        }
        // Sides that ignore each other in a healed ring may count their changes alike: other views.
        using Key = std::tuple<RingId, ChangeNumber, std::vector<view::Member>>;
        std::map<Key, ConfigId> documents;
        std::vector<std::pair<NodeId, const view::View*>> clear;
        each_fenced(world, [&](NodeId node, FencedDaemon& daemon) {
            const fence::FenceDomain& domain = daemon.domain();
            if (!domain.group().is_settled()) {
                return;
            }
            const view::View& view = domain.group().view();
            const auto [known, is_new] =
                documents.emplace(Key{view.ring, view.change, view.members}, view.config);
            if (!is_new && known->second != view.config) {
                world.fail("S8: members of one view act on different documents");
            }
            // Who has not heard of the new ring yet cannot act: its messages are void there. Nor
            // can who stands still; it is overslept when it goes on.
            if (!domain.facts().clear || world.network().ring_of(node) != view.ring ||
                !world.network().has_token(node) || world.is_stopped(node, fenced_name)) {
                return;
            }
            for (const auto& [other, other_view] : clear) {
                const bool is_lie = world.was_lied_about(node, world.status(node).life) ||
                                    world.was_lied_about(other, world.status(other).life);
                if (!is_lie && !view.contains(other) && !other_view->contains(node)) {
                    world.fail("S10: " + words(node) + " and " + words(other) +
                               " are clear in views that do not know each other");
                }
            }
            clear.emplace_back(node, &view);
        });
    }

private:
    bool is_anything_new(World& world)
    {
        const std::pair now{world.network().version(), world.lies()};
        bool is_new = std::exchange(truth_, now) != now;
        each_fenced(world, [&](NodeId node, FencedDaemon& daemon) {
            is_new = looked_.is_new(node, daemon) || is_new;
        });
        return is_new;
    }

    Looked looked_;
    std::pair<std::uint64_t, std::size_t> truth_;  ///< versions of network and lies
};

/// A life that an agent lied about is noticed soon after it speaks where it counts as settled.
class LiesAreNoticed : public Checker
{
public:
    void after_event(World& world) override
    {
        if (world.lies() == 0) {
            return;
        }
        each_fenced(world, [&](NodeId node, FencedDaemon& daemon) {
            for (const NodeId other : world.node_ids()) {
                const NodeLife life = world.status(other).life;
                const bool is_heard =
                    world.was_lied_about(other, life) && !world.life_is_over(other, life) &&
                    fence::is_settled_life(daemon.domain().state(), other, life) &&
                    fence::find_victim(daemon.domain().state(), other) == nullptr &&
                    daemon.domain().facts().settled &&
                    world.network().ring_of(node) == world.network().ring_of(other) &&
                    fenced_of(world, other) != nullptr;
                if (!is_heard) {
                    since_.erase({node, other});
                    continue;
                }
                const TimePoint since =
                    since_.try_emplace({node, other}, world.now()).first->second;
                if (world.now() - since > notice_within) {
                    world.fail("S5: " + words(other) + " speaks in a life that " + words(node) +
                               " takes for settled, and is no victim");
                }
            }
        });
    }

private:
    static constexpr Duration notice_within = std::chrono::seconds{20};
    std::map<std::pair<NodeId, NodeId>, TimePoint> since_;
};

/// L1: after the faults there is one clear domain of all nodes, its members agree, no victim is
/// left.
class BecomesWell : public Checker
{
public:
    void after_event(World&) override {}

    std::string unwell(World& world) override
    {
        const protocol::FenceState* first = nullptr;
        for (const NodeId node : world.node_ids()) {
            FencedDaemon* daemon = fenced_of(world, node);
            if (daemon == nullptr) {
                return "L1: fenced does not run on " + words(node);
            }
            const fence::FenceDomain& domain = daemon->domain();
            if (!domain.facts().clear || !domain.state().victims.empty()) {
                return "L1: " + words(node) + " is not clear: " + domain.facts().reason;
            }
            if (domain.group().view().members.size() != world.node_ids().size()) {
                return "L1: not everybody is in the view of " + words(node);
            }
            if (first != nullptr && *first != domain.state()) {
                return "S4: the state of " + words(node) + " differs from its peers'";
            }
            first = &domain.state();
        }
        return "";
    }
};

}  // namespace

void add_fencing_checkers(World& world)
{
    world.add_checker(std::make_unique<OneFencer>());
    world.add_checker(std::make_unique<QuorateFencer>());
    world.add_checker(std::make_unique<TrueProofs>());
    world.add_checker(std::make_unique<NobodyVanishes>());
    world.add_checker(std::make_unique<OneClearSide>());
    world.add_checker(std::make_unique<LiesAreNoticed>());
    world.add_checker(std::make_unique<BecomesWell>());
}

}  // namespace ha::sim
