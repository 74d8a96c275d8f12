// SPDX-License-Identifier: Apache-2.0
// What happens in a scenario, and what people do.
#include "common/base/assert.hpp"
#include "tests/sim/scenario/player.hpp"

namespace ha::sim {

namespace {

constexpr Duration boot_is_over_within = std::chrono::minutes{2};

std::set<NodeId> nodes_of(const std::vector<std::string>& words)
{
    std::set<NodeId> nodes;
    for (const std::string& word : words) {
        nodes.insert(read_node(word));
    }
    return nodes;
}

}  // namespace

void Player::add_power_and_links()
{
    commands_.add("boot", [this](const Places&) {
        const std::vector<NodeId> all = world().node_ids();
        boot(std::set<NodeId>(all.begin(), all.end()));
    });
    commands_.add("boot NODES...",
                  [this](const Places& places) { boot(nodes_of(places.words(0))); });
    commands_.add("power on NODES...", [this](const Places& places) {
        for (const NodeId node : nodes_of(places.words(0))) {
            world().power_on(known(node));
        }
    });
    commands_.add("power off NODES...", [this](const Places& places) {
        for (const NodeId node : nodes_of(places.words(0))) {
            world().power_off(known(node), "the plug is pulled");
        }
    });
    commands_.add("cut SIDES...", [this](const Places& places) { cut(places.words(0)); });
    commands_.add("heal", [this](const Places&) { world().network().heal(); });
    commands_.add("NODE and NODE do not hear each other", [this](const Places& places) {
        world().network().set_link(known(places.node(0)), known(places.node(1)), false);
    });
    commands_.add("NODE stands still",
                  [this](const Places& places) { world().pause(known(places.node(0))); });
    commands_.add("NODE goes on",
                  [this](const Places& places) { world().resume(known(places.node(0))); });
    commands_.add("disk of NODE is full", [this](const Places& places) {
        world().set_disk_full(known(places.node(0)), true);
    });
    commands_.add("disk of NODE has room", [this](const Places& places) {
        world().set_disk_full(known(places.node(0)), false);
    });
    commands_.add("files of DAEMON on NODE are cut in half", [this](const Places& places) {
        world().cut_files_in_half(known(places.node(1)), places.word(0));
    });
    commands_.add("stop corosync on NODE", [this](const Places& places) {
        world().network().stand_still(known(places.node(0)));
    });
    commands_.add("continue corosync on NODE",
                  [this](const Places& places) { world().network().go_on(known(places.node(0))); });
    commands_.add("switch OUTLET of NODE on", [this](const Places& places) {
        world().switch_outlet(known(places.node(1)), places.word(0), true);
    });
    commands_.add("only NODE will hear its DAEMON", [this](const Places& places) {
        world().network().mute(known(places.node(0)), places.word(1));
    });
    commands_.add("the next word of DAEMON on NODE is of another release",
                  [this](const Places& places) {
                      world().network().make_next_frame_foreign(known(places.node(1)),
                                                                places.word(0), Foreign::any_frame);
                  });
    commands_.add("the ring of NODE forms anew", [this](const Places& places) {
        world().network().form_anew(known(places.node(0)));
    });
}

/// Powers them on and waits until they are members everywhere.
void Player::boot(const std::set<NodeId>& nodes)
{
    for (const NodeId node : nodes) {
        world().power_on(known(node));
    }
    const bool is_up = world().run_until(
        [&] {
            for (const NodeId node : nodes) {
                const bool is_ready =
                    condition({name_of(node), "is", "clear"})() &&
                    condition({"rgmanager", "of", name_of(node), "is", "member"})();
                if (!is_ready) {
                    return false;
                }
            }
            return true;
        },
        world().now() + boot_is_over_within);
    if (!is_up) {
        throw StoryError("the nodes are not up after two minutes");
    }
}

/// cut n1 n2 | n3
void Player::cut(const std::vector<std::string>& sides)
{
    int side = 0;
    for (const std::string& word : sides) {
        if (word == "|") {
            ++side;
        } else {
            world().network().set_side(known(read_node(word)), side);
        }
    }
    if (side == 0) {
        throw StoryError("a cut has two sides and more: cut n1 n2 | n3");
    }
}

void Player::add_daemons()
{
    commands_.add("kill -9 corosync on NODE", [this](const Places& places) {
        world().stop_stack(known(places.node(0)), "kill -9");
    });
    commands_.add("kill -9 PROCESS on NODE",
                  [this](const Places& places) { kill_process(places, true); });
    commands_.add("kill -9 PROCESS on NODE for good",
                  [this](const Places& places) { kill_process(places, false); });
    commands_.add("start PROCESS on NODE", [this](const Places& places) {
        const NodeId node = known(places.node(1));
        if (!world().status(node).stack_runs) {
            throw StoryError("corosync does not run on " + name_of(node));
        }
        world().start_daemon(node, places.word(0));
    });
    commands_.add("stop DAEMON on NODE", [this](const Places& places) {
        world().stop_daemon(known(places.node(1)), places.word(0));
    });
    commands_.add("continue DAEMON on NODE", [this](const Places& places) {
        world().continue_daemon(known(places.node(1)), places.word(0));
    });
}

void Player::kill_process(const Places& places, bool restart)
{
    const NodeId node = known(places.node(1));
    if (!is_running(node, places.word(0))) {
        throw StoryError(places.word(0) + " does not run on " + name_of(node));
    }
    world().kill_daemon(node, places.word(0), restart);
}

void Player::add_devices_and_agents()
{
    const auto device = [this](const std::string& words, auto change) {
        commands_.add("devices of NODE " + words, [this, change](const Places& places) {
            change(world().device(known(places.node(0))), places);
        });
    };
    device("work", [](DeviceBehaviour& one, const Places&) { one = DeviceBehaviour{}; });
    device("fail", [](DeviceBehaviour& one, const Places&) { one.fails = true; });
    device("hang", [](DeviceBehaviour& one, const Places&) { one.hangs = true; });
    device("lie", [](DeviceBehaviour& one, const Places&) { one.lies = true; });
    device("have agents that stay TIME without their parent",
           [](DeviceBehaviour& one, const Places& places) { one.sticks = places.time(1); });
    device("leave it off", [](DeviceBehaviour& one, const Places&) { one.boots_again = false; });
    device("take TIME",
           [](DeviceBehaviour& one, const Places& places) { one.takes = places.time(1); });
    device("shoot after TIME",
           [](DeviceBehaviour& one, const Places& places) { one.shot_after = places.time(1); });
    const auto agent = [this](const std::string& words, auto change) {
        commands_.add("agent VERB of SERVICE on NODE " + words,
                      [this, change](const Places& places) {
                          const std::string service = known_service(places.word(1));
                          const NodeId node = known(places.node(2));
                          change(agents_[{service, node, places.word(0)}], places);
                      });
    };
    agent("works", [](AgentScript& one, const Places&) { one = AgentScript{}; });
    agent("fails", [](AgentScript& one, const Places&) { one.fails = true; });
    agent("fails after the hand-over",
          [](AgentScript& one, const Places&) { one.fails = one.hands_over = true; });
    agent("hangs", [](AgentScript& one, const Places&) { one.takes = Duration::max(); });
    agent("takes TIME", [](AgentScript& one, const Places& places) { one.takes = places.time(3); });
}

// ------------------------------------------------------ people

void Player::add_people()
{
    commands_.add("NODE: clusvcadm WORDS...", [this](const Places& places) {
        clusvcadm(known(places.node(0)), places.words(1));
    });
    const auto ask_fenced = [this](const std::string& words, auto ask) {
        commands_.add("NODE: " + words, [this, words, ask](const Places& places) {
            const NodeId node = known(places.node(0));
            FencedDaemon& daemon = running_fenced(node);
            const std::string line = words.substr(0, words.find(" NODE")) +
                                     (places.size() > 1 ? " " + places.word(1) : "");
            daemon.when_answered([this, node, line](bool accepted, const std::string& why) {
                events_.push_back({LineKind::journal, node,
                                   line + ": " + (accepted ? "done" : "refused: " + why)});
            });
            ask(daemon, places);
        });
    };
    ask_fenced("fence_tool leave",
               [](FencedDaemon& daemon, const Places&) { daemon.leave_domain(); });
    ask_fenced("fence_tool join",
               [](FencedDaemon& daemon, const Places&) { daemon.join_domain(); });
    ask_fenced("fence_ack_manual NODE", [](FencedDaemon& daemon, const Places& places) {
        daemon.acknowledge(places.node(1));
    });
    commands_.add("reload, resources of SERVICE changed",
                  [this](const Places& places) { reload(known_service(places.word(0)), false); });
    commands_.add("reload, SERVICE itself changed",
                  [this](const Places& places) { reload(known_service(places.word(0)), true); });
    commands_.add("NODE: service rgmanager stop", [this](const Places& places) {
        running_rgmanager(known(places.node(0))).shut_down();
    });
    commands_.add("what the failed stop of SERVICE left is ended by hand",
                  [this](const Places& places) {
                      lab_->journal.cleared_by_hand(known_service(places.word(0)));
                  });
}

/// cmand of every node publishes the next document, each a little later than the other; where one
/// is missing, the others refuse.
void Player::reload(const std::string& service, bool at_root)
{
    if (const std::string why = world().why_no_reload(); !why.empty()) {
        for (const NodeId node : world().node_ids()) {
            if (world().status(node).cman_runs) {
                events_.push_back({LineKind::journal, node, "reload: refused: " + why});
                return;
            }
        }
        throw StoryError("nobody can be asked to reload: " + why);
    }
    ActiveConfig config = world().config();
    auto model = std::make_shared<model::ClusterModel>(*config.model);
    config.id.version = ++model->config_version;
    config.id.hash = "version " + std::to_string(model->config_version);
    config.model = model;
    service::ServiceConfig& changed = lab_->document.services.at(service);
    (at_root ? changed.root_digest : changed.tree_digest) = config.id.hash;
    world().set_config(config);
}

/// -e web [-F] [-m n2], -r web [-m n2], -d web, -s web, -R web, -Z web, -U web, -l, -u
void Player::clusvcadm(NodeId node, const std::vector<std::string>& words)
{
    using service::Verb;
    const std::map<std::string, Verb> verbs{
        {"-e", Verb::enable},   {"-d", Verb::disable}, {"-s", Verb::stop},   {"-R", Verb::restart},
        {"-r", Verb::relocate}, {"-M", Verb::migrate}, {"-Z", Verb::freeze}, {"-U", Verb::unfreeze},
        {"-l", Verb::lock},     {"-u", Verb::unlock}};
    std::optional<Verb> verb;
    std::string service;
    NodeId target;
    for (std::size_t index = 0; index < words.size(); ++index) {
        const bool has_value = index + 1 < words.size();
        if (const auto found = verbs.find(words[index]); found != verbs.end()) {
            verb = found->second;
            const bool needs_service = verb != Verb::lock && verb != Verb::unlock;
            service = needs_service && has_value ? known_service(words[++index]) : "";
        } else if (words[index] == "-m" && has_value) {
            target = known(read_node(words[++index]));
        } else if (words[index] == "-F") {
            verb = Verb::enable_anywhere;
        } else {
            throw StoryError("clusvcadm " + words[index] +
                             ": accepted here are -e -d -s -R -r -M -Z -U SERVICE, -m NODE, -F, "
                             "-l, -u");
        }
    }
    if (!verb) {
        throw StoryError("clusvcadm needs one of -e -d -s -R -r -M -Z -U -l -u");
    }
    ServiceDaemon& daemon = running_rgmanager(node);
    // Tickets count up: the next one is known before the answer, which may come at once.
    const std::uint64_t ticket = daemon.next_ticket();
    asked_[{node, ticket}] = "clusvcadm " + join_words(words);
    const std::uint64_t given = daemon.request(*verb, service, target);
    HA_ASSERT(given == ticket);
}

// ----------------------------------------------------- running

void Player::add_running()
{
    commands_.add("wait TIME", [this](const Places& places) { world().run_for(places.time(0)); });
    commands_.add("run until CONDITION... within TIME",
                  [this](const Places& places) { run_until(places.words(0), places.time(1)); });
    commands_.add("expect CONDITION...", [this](const Places& places) {
        if (!condition(places.words(0))()) {
            throw StoryError("expected, but not so: " + join_words(places.words(0)));
        }
    });
}

void Player::run_until(const std::vector<std::string>& words, Duration within)
{
    said_from_ = events_.size();
    if (!world().run_until(condition(words), world().now() + within)) {
        throw StoryError(
            "not reached within " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(within).count()) +
            " s: " + join_words(words));
    }
}

}  // namespace ha::sim
