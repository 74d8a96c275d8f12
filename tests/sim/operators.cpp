// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/operators.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/sim/fence_round.hpp"
#include "tests/sim/fenced_daemon.hpp"

namespace ha::sim {

namespace {

constexpr std::uint64_t operator_stream = 0x0FE2A704;
constexpr std::uint64_t seeds_with_operators_per_mille = 150;
constexpr Duration answer_limit = std::chrono::seconds{5};  ///< fenced/tool/fence_node.cpp

const FencedDaemon* fenced_on(World& world, NodeId node)
{
    return dynamic_cast<const FencedDaemon*>(world.daemon(node, fenced_name));
}

/// A fence_node that the domain has heard of.
struct Announced {
    using Round = std::tuple<NodeId, NodeLife, std::uint64_t>;  ///< by whom, in which life, number

    view::Member teller;  ///< in this admission it told the domain; its end is the end of this
    NodeId victim;
    std::set<Round> known;  ///< rounds against the victim that were begun before
};
using AnnouncedList = std::vector<std::shared_ptr<const Announced>>;

std::set<Announced::Round> rounds_against(NodeId victim, const fence::FenceDomain& domain)
{
    std::set<Announced::Round> rounds;
    for (const auto& round : domain.state().rounds) {
        if (round.victim == victim) {
            rounds.emplace(round.by, round.by_life, round.round);
        }
    }
    return rounds;
}

/// S6: no member begins a round against whom an announced fence_node fences. (One that had begun
/// goes on: a person is no member.)
class WaitsForOperators : public Checker
{
public:
    explicit WaitsForOperators(std::shared_ptr<AnnouncedList> announced)
        : announced_(std::move(announced))
    {}

    void after_event(World& world) override
    {
        if (announced_->empty() ||
            std::exchange(looked_at_, world.children_version()) == world.children_version()) {
            return;
        }
        std::erase_if(*announced_, [&](const auto& one) {
            const FencedDaemon* fenced = fenced_on(world, one->teller.node);
            return fenced == nullptr || fenced->life() != one->teller.life;
        });
        for (const auto& one : *announced_) {
            for (const NodeId node : world.node_ids()) {
                check(world, *one, node);
            }
        }
    }

private:
    static void check(World& world, const Announced& one, NodeId node)
    {
        const FencedDaemon* fenced = fenced_on(world, node);
        if (fenced == nullptr) {
            return;
        }
        const auto& admitted = fenced->domain().group().admitted();
        const auto teller = admitted.find(one.teller.node);
        const bool has_heard = teller != admitted.end() && teller->second == one.teller;
        const std::string subject = "fence " + std::to_string(one.victim.value) + " ";
        for (const ChildInfo& child : world.children(node)) {
            if (!has_heard || !child.runs || !(child.subject + " ").starts_with(subject)) {
                continue;
            }
            for (const Announced::Round& round : rounds_against(one.victim, fenced->domain())) {
                if (std::get<NodeId>(round) == node && !one.known.contains(round)) {
                    world.fail("S6: n" + std::to_string(node.value) + " began to fence n" +
                               std::to_string(one.victim.value) + " while fence_node on n" +
                               std::to_string(one.teller.node.value) + " does");
                }
            }
        }
    }

    std::shared_ptr<AnnouncedList> announced_;
    std::uint64_t looked_at_ = 0;
};

/// One run of fence_node. It lives as long as something is to come of it: timers, an answer,
/// agents.
class FenceNode : public std::enable_shared_from_this<FenceNode>
{
public:
    FenceNode(World& world, std::shared_ptr<AnnouncedList> announced, NodeId node, NodeId victim,
              Random random)
        : world_(world),
          announced_(std::move(announced)),
          node_(node),
          victim_(victim),
          shell_(world.open_shell(node, "fence_node", random))
    {}

    void start()
    {
        world_.probes().reached("a person runs fence_node");
        shell_->trace("against n" + std::to_string(victim_.value));
        world_.disturb(world_.now() + answer_limit);
        shell_->after(answer_limit, [self = shared_from_this()] { self->answered(false); });
        const bool is_there =
            world_.call(node_, fenced_name, [self = shared_from_this()](Daemon& daemon) {
                auto& fenced = dynamic_cast<FencedDaemon&>(daemon);
                self->told_ = fenced.life();
                fenced.begin_external(self->victim_,
                                      [self](bool is_known) { self->answered(is_known); });
            });
        if (!is_there) {
            answered(false);
        }
    }

private:
    void answered(bool is_known)
    {
        if (std::exchange(is_answered_, true)) {
            return;
        }
        const FencedDaemon* fenced = fenced_on(world_, node_);
        const bool is_member = fenced != nullptr && fenced->domain().group().is_admitted();
        if (is_known && is_member) {
            world_.probes().reached("fence_node is announced");
            const auto known = rounds_against(victim_, fenced->domain());
            if (!known.empty()) {
                world_.probes().reached("fence_node beside a round of fenced");
            }
            own_ = std::make_shared<Announced>(
                Announced{fenced->domain().group().admitted().at(node_), victim_, known});
            announced_->push_back(own_);
        } else {
            shell_->trace("the domain does not know of it");
            tell_end(false);  // its connection is closed
        }
        shell_->after(Duration{0}, [self = shared_from_this()] { self->fence(); });
    }

    void fence()
    {
        const auto& nodes = world_.config().model->nodes;
        const auto node = std::find_if(nodes.begin(), nodes.end(),
                                       [&](const auto& one) { return one.id == victim_; });
        fence::OperationLimits limits;
        limits.agent_deadline = std::chrono::seconds{45};
        std::make_shared<FenceRound>(
            world_, *shell_, victim_,
            fence::plan_operation(fence::OperationKind::fence, *node, limits),
            [self = shared_from_this()](const fence::OperationResult& result) {
                self->ended(result.verdict == fence::Verdict::succeeded);
            })
            ->start();
    }

    void ended(bool succeeded)
    {
        shell_->trace(succeeded ? "success" : "failed");
        world_.disturb();
        std::erase(*announced_, own_);
        tell_end(succeeded);
    }

    /// Only the process that it announced itself to has the connection.
    void tell_end(bool succeeded)
    {
        world_.call(node_, fenced_name,
                    [told = told_, victim = victim_, succeeded](Daemon& daemon) {
                        auto& fenced = dynamic_cast<FencedDaemon&>(daemon);
                        if (told == fenced.life()) {
                            fenced.end_external(victim, succeeded);
                        }
                    });
    }

    World& world_;
    std::shared_ptr<AnnouncedList> announced_;
    NodeId node_;
    NodeId victim_;
    std::unique_ptr<ChildHost> shell_;
    bool is_answered_ = false;
    std::optional<DaemonLife> told_;
    std::shared_ptr<const Announced> own_;  ///< if the domain has heard of it
};

/// Mostly somebody whom the domain fences, too, if there is one.
NodeId choose_victim(World& world, NodeId node, Random& random)
{
    const FencedDaemon* fenced = fenced_on(world, node);
    if (fenced != nullptr && random.chance(700)) {
        const std::vector<protocol::VictimRecord>& victims = fenced->domain().state().victims;
        if (!victims.empty()) {
            return victims[random.below(victims.size())].node;
        }
    }
    return any_node(world, random);
}

void run_fence_node(World& world, const std::shared_ptr<AnnouncedList>& announced, Random& random)
{
    const NodeId node = any_node(world, random);
    const NodeId victim = choose_victim(world, node, random);
    const bool is_possible = world.status(node).cman_runs && world.status(node).powered;
    if (world.faults_are_over() || !is_possible || node == victim) {
        return;
    }
    std::make_shared<FenceNode>(world, announced, node, victim, random.fork())->start();
}

}  // namespace

void add_operators(World& world, std::uint64_t seed, const RunPlan& plan)
{
    Random random(seed ^ operator_stream);
    if (!random.chance(seeds_with_operators_per_mille)) {
        return;
    }
    const auto announced = std::make_shared<AnnouncedList>();
    world.add_checker(std::make_unique<WaitsForOperators>(announced));
    const std::int64_t times = random.between(2, 8);
    for (std::int64_t time = 0; time < times; ++time) {
        const Duration when = plan.quiet + Duration{random.between(0, plan.faults.count())};
        world.scheduler().after(when, [&world, announced, own = random.fork()]() mutable {
            run_fence_node(world, announced, own);
        });
    }
}

}  // namespace ha::sim
