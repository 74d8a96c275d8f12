// SPDX-License-Identifier: Apache-2.0
// What a scenario may wait for or expect. All are looked at after every single event.
#include <algorithm>

#include "fenced/core/state.hpp"
#include "tests/sim/scenario/player.hpp"

namespace ha::sim {

// As deep as a line has words.
// NOLINTNEXTLINE(misc-no-recursion)
Player::Condition Player::condition(const std::vector<std::string>& words)
{
    const auto joint = std::find(words.begin(), words.end(), "and");
    if (joint != words.end()) {
        const Condition left = condition({words.begin(), joint});
        const Condition right = condition({joint + 1, words.end()});
        return [left, right] { return left() && right(); };
    }
    if (!words.empty() && words[0] == "not") {
        const Condition inner = condition({words.begin() + 1, words.end()});
        return [inner] { return !inner(); };
    }
    return conditions_.run(words);
}

void Player::add_conditions()
{
    conditions_.add("NODE is on", [this](const Places& places) {
        return [this, node = known(places.node(0))] { return world().status(node).powered; };
    });
    conditions_.add("NODE is off", [this](const Places& places) {
        return [this, node = known(places.node(0))] { return !world().status(node).powered; };
    });
    conditions_.add("NODE booted COUNT times", [this](const Places& places) {
        return [this, node = known(places.node(0)), times = places.count(1)] {
            return world().status(node).boots == times;
        };
    });
    conditions_.add("PROCESS of NODE runs", [this](const Places& places) {
        return [this, name = places.word(0), node = known(places.node(1))] {
            return is_running(node, name);
        };
    });
    conditions_.add("NODE is quorate", [this](const Places& places) {
        return [this, node = known(places.node(0))] { return world().network().is_quorate(node); };
    });
    conditions_.add("NODES... form one ring", [this](const Places& places) {
        std::set<NodeId> ring;
        for (const std::string& word : places.words(0)) {
            ring.insert(known(read_node(word)));
        }
        return [this, ring] { return world().network().ring_members(*ring.begin()) == ring; };
    });
    conditions_.add("NODE said WORD", [this](const Places& places) {
        return [this, node = known(places.node(0)), text = places.word(1)] {
            return std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(said_from_),
                               events_.end(), [&](const Event& event) {
                                   return event.node == node &&
                                          event.text.find(text) != std::string::npos;
                               });
        };
    });
    add_fence_conditions();
    add_service_conditions();
}

void Player::add_fence_conditions()
{
    conditions_.add("NODE is clear", [this](const Places& places) {
        return [this, node = known(places.node(0))] {
            const FencedDaemon* daemon = fenced(node);
            return daemon != nullptr && daemon->domain().facts().clear;
        };
    });
    conditions_.add("NODE is member", [this](const Places& places) {
        return [this, node = known(places.node(0))] {
            const FencedDaemon* daemon = fenced(node);
            return daemon != nullptr && daemon->domain().group().is_admitted() &&
                   daemon->domain().group().is_settled();
        };
    });
    conditions_.add("NODE fences NODE", [this](const Places& places) {
        return [this, node = known(places.node(0)), victim = known(places.node(1))] {
            return has_child(node, "fence " + std::to_string(victim.value));
        };
    });
    conditions_.add("a round against NODE is open for NODE", [this](const Places& places) {
        return [this, victim = known(places.node(0)), node = known(places.node(1))] {
            const FencedDaemon* daemon = fenced(node);
            return daemon != nullptr &&
                   fence::find_round(daemon->domain().state(), victim) != nullptr;
        };
    });
    conditions_.add("NODE is victim of NODE", [this](const Places& places) {
        return [this, victim = known(places.node(0)), node = known(places.node(1))] {
            const FencedDaemon* daemon = fenced(node);
            return daemon != nullptr &&
                   fence::find_victim(daemon->domain().state(), victim) != nullptr;
        };
    });
    conditions_.add("NODE is pending for NODE", [this](const Places& places) {
        return [this, pending = known(places.node(0)), node = known(places.node(1))] {
            const FencedDaemon* daemon = fenced(node);
            return daemon != nullptr &&
                   fence::find_pending(daemon->domain().state(), pending) != nullptr;
        };
    });
    conditions_.add("NODE was settled by HOW for NODE", [this](const Places& places) {
        return [this, settled = known(places.node(0)), how = places.word(1),
                node = known(places.node(2))] {
            const FencedDaemon* daemon = fenced(node);
            if (daemon == nullptr) {
                return false;
            }
            const auto& records = daemon->domain().state().settled;
            return std::any_of(records.begin(), records.end(), [&](const auto& record) {
                return record.node == settled && fence::to_string(record.how) == how;
            });
        };
    });
}

void Player::add_service_conditions()
{
    conditions_.add("rgmanager of NODE is member", [this](const Places& places) {
        return [this, node = known(places.node(0))] {
            const ServiceDaemon* daemon = rgmanager(node);
            return daemon != nullptr && daemon->manager().group().is_admitted() &&
                   daemon->manager().group().is_settled();
        };
    });
    conditions_.add("rgmanager of NODE asks to join", [this](const Places& places) {
        return [this, node = known(places.node(0))] {
            const ServiceDaemon* daemon = rgmanager(node);
            return daemon != nullptr && !daemon->manager().group().is_admitted() &&
                   daemon->manager().group().present().contains(node);
        };
    });
    conditions_.add("agent VERB of SERVICE runs on NODE", [this](const Places& places) {
        const std::string service = known_service(places.word(1));
        return [this, subject = "rgmanager " + places.word(0) + " " + service,
                node = known(places.node(2))] { return has_child(node, subject); };
    });
    conditions_.add("agent VERB of SERVICE is forked on NODE", [this](const Places& places) {
        const std::string service = known_service(places.word(1));
        return [this, subject = "rgmanager " + places.word(0) + " " + service,
                node = known(places.node(2))] { return is_forked(node, subject); };
    });
    conditions_.add("SERVICE runs on NODE", [this](const Places& places) {
        return [this, service = known_service(places.word(0)), node = known(places.node(1))] {
            return lab_->journal.runs(service, node);
        };
    });
    conditions_.add("SERVICE runs nowhere", [this](const Places& places) {
        return [this, service = known_service(places.word(0))] {
            return lab_->journal.living_holders(service).empty();
        };
    });
    const auto in_table = [this](const std::string& service, NodeId node) -> service::ServiceRow {
        const ServiceDaemon* daemon = rgmanager(node);
        return daemon != nullptr ? daemon->manager().status(service).row : service::ServiceRow{};
    };
    conditions_.add("SERVICE is STATE for NODE", [this, in_table](const Places& places) {
        return [in_table, service = known_service(places.word(0)), state = places.word(1),
                node = known(places.node(2))] {
            return service::state_text(in_table(service, node).state) == state;
        };
    });
    conditions_.add("SERVICE is STATE on NODE for NODE", [this, in_table](const Places& places) {
        return [in_table, service = known_service(places.word(0)), state = places.word(1),
                owner = known(places.node(2)), node = known(places.node(3))] {
            const service::ServiceRow row = in_table(service, node);
            return service::state_text(row.state) == state && row.owner.node == owner;
        };
    });
}

}  // namespace ha::sim
