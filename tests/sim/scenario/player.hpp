// SPDX-License-Identifier: Apache-2.0
//
// Player: plays a scenario in the simulated world with the real cores. All checkers run after every
// event; at the end the world is repaired and everything must be well (L1). The vocabulary stands
// in setup.cpp (the cluster), happenings.cpp (what happens and what people do), conditions.cpp
// (what may be waited for) and prints.cpp (what is shown).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/scenario/phrase.hpp"
#include "tests/sim/scenario/story.hpp"
#include "tests/sim/service_daemon.hpp"
#include "tests/sim/world.hpp"

namespace ha::sim {

struct PlayOptions {
    std::string name;    ///< of the file, for messages
    bool trace = false;  ///< print every event
    std::string mutant;  ///< a core that breaks one rule, or ""
};

struct PlayResult {
    std::vector<std::string> outputs;  ///< one per block played
    std::string problem;               ///< "": none; else file:line and what is wrong
};

class Player
{
public:
    explicit Player(PlayOptions options);
    [[nodiscard]] PlayResult play(const Story& story);

private:
    using Condition = std::function<bool()>;
    /// How an agent of one service behaves on one node.
    struct AgentScript {
        std::optional<Duration> takes;
        bool fails = false;
        bool hands_over = false;
    };
    struct Event {
        LineKind kind = LineKind::detail;
        NodeId node;
        std::string text;
    };

    // setup.cpp
    void add_setup();
    void set_mutant();
    void build_world();
    void describe_service(const Places& places);
    [[nodiscard]] AgentPlan plan(const std::string& service, NodeId node, const std::string& verb);

    // happenings.cpp
    void add_power_and_links();
    void add_daemons();
    void add_devices_and_agents();
    void add_people();
    void add_running();
    void boot(const std::set<NodeId>& nodes);
    void kill_process(const Places& places, bool restart);
    void reload(const std::string& service, bool at_root);
    void clusvcadm(NodeId node, const std::vector<std::string>& words);
    void cut(const std::vector<std::string>& sides);
    void run_until(const std::vector<std::string>& condition, Duration within);

    // conditions.cpp
    void add_conditions();
    void add_fence_conditions();
    void add_service_conditions();
    [[nodiscard]] Condition condition(const std::vector<std::string>& words);

    // prints.cpp
    void add_prints();
    [[nodiscard]] std::string table_of(NodeId node);
    [[nodiscard]] std::string victims_of(NodeId node);
    void print_by_view(std::string (Player::*view)(NodeId));
    void print_events(LineKind kind, const std::set<NodeId>& nodes);
    void print(const std::string& line) { output_ += line + "\n"; }

    // small questions
    [[nodiscard]] World& world();
    [[nodiscard]] NodeId known(NodeId node) const;
    [[nodiscard]] std::string known_service(const std::string& name) const;
    [[nodiscard]] FencedDaemon* fenced(NodeId node);
    [[nodiscard]] FencedDaemon& running_fenced(NodeId node);
    [[nodiscard]] ServiceDaemon* rgmanager(NodeId node);
    [[nodiscard]] ServiceDaemon& running_rgmanager(NodeId node);
    /// cmand, or a daemon.
    [[nodiscard]] bool is_running(NodeId node, const std::string& process);
    /// An agent with this subject, or one that begins so, runs there.
    [[nodiscard]] bool has_child(NodeId node, const std::string& subject);
    [[nodiscard]] bool is_forked(NodeId node, const std::string& subject);

    PlayOptions options_;
    WorldOptions world_options_;
    fence::DomainKnobs domain_knobs_;
    service::ServiceKnobs service_knobs_;
    model::FenceDaemon fence_daemon_;
    service::ServicesDocument document_;
    std::set<NodeId> two_supplies_;
    std::unique_ptr<World> world_;
    std::shared_ptr<ServiceLab> lab_;
    Phrases<void> commands_;
    Phrases<Condition> conditions_;
    std::map<std::tuple<std::string, NodeId, std::string>, AgentScript> agents_;
    std::map<std::pair<NodeId, std::uint64_t>, std::string> asked_;
    std::vector<Event> events_;
    std::map<LineKind, std::size_t> printed_;
    std::size_t said_from_ = 0;  ///< first event of the present wait
    std::string output_;
};

/// n7
[[nodiscard]] std::string name_of(NodeId node);
/// service:web -> web
[[nodiscard]] std::string short_name(const std::string& service);

}  // namespace ha::sim
