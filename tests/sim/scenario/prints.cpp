// SPDX-License-Identifier: Apache-2.0
// What a scenario shows: the tables as each node has them (nodes that agree share one), who was
// settled, what agents and machines really did, what the cores decided.
#include "fenced/core/state.hpp"
#include "tests/sim/scenario/player.hpp"

namespace ha::sim {

namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), by);
        at += by.size();
    }
}

/// "begins: rgmanager start service:web" -> "begins: start web"; "fence 2" -> "fence n2".
std::string for_people(std::string text)
{
    replace_all(text, ": rgmanager start ", ": start ");
    replace_all(text, ": rgmanager stop ", ": stop ");
    replace_all(text, ": rgmanager status ", ": status ");
    replace_all(text, ": rgmanager update ", ": update ");
    replace_all(text, ": rgmanager migrate ", ": migrate ");
    replace_all(text, "service:", "");
    replace_all(text, "begins: fence ", "begins: fence n");
    replace_all(text, "ends: fence ", "ends: fence n");
    return text;
}

std::string operation_words(const service::ServiceRow& row)
{
    if (row.op.kind == service::OperationKind::none) {
        return "";
    }
    std::string words = ", " + std::string(service::operation_text(row.op.kind)) + " asked by " +
                        name_of(row.op.requester);
    if (row.op.target.value != 0) {
        words += " to " + name_of(row.op.target);
    }
    return words;
}

}  // namespace

void Player::add_prints()
{
    commands_.add("print table", [this](const Places&) { print_by_view(&Player::table_of); });
    commands_.add("print table of NODE",
                  [this](const Places& places) { output_ += table_of(known(places.node(0))); });
    commands_.add("print victims", [this](const Places&) { print_by_view(&Player::victims_of); });
    commands_.add("print journal", [this](const Places&) { print_events(LineKind::journal, {}); });
    commands_.add("print decisions of NODES...", [this](const Places& places) {
        std::set<NodeId> nodes;
        for (const std::string& word : places.words(0)) {
            nodes.insert(known(read_node(word)));
        }
        print_events(LineKind::decision, nodes);
    });
    commands_.add("forget journal", [this](const Places&) {
        printed_[LineKind::journal] = printed_[LineKind::decision] = events_.size();
    });
}

std::string Player::table_of(NodeId node)
{
    const ServiceDaemon* daemon = rgmanager(node);
    if (daemon == nullptr) {
        return "  rgmanager does not run\n";
    }
    if (!daemon->manager().group().is_admitted()) {
        return "  no member of the service group\n";
    }
    std::string text;
    for (const service::ServiceStatus& status : daemon->manager().statuses()) {
        const service::ServiceRow& row = status.row;
        text += "  " + short_name(row.name) + " " + std::string(service::state_text(row.state));
        if (row.owner.is_somebody()) {
            text += " on " + name_of(row.owner.node);
        } else if (row.last_owner.value != 0) {
            text += " (last on " + name_of(row.last_owner) + ")";
        }
        text += row.frozen ? ", frozen" : "";
        if (world().config().id.version > 1 && row.owner.is_somebody()) {
            text += ", under version " + std::to_string(row.config_version);
        }
        text += operation_words(row);
        text += status.waits_for.empty() ? "" : "; " + for_people(status.waits_for);
        text += "\n";
    }
    return text;
}

std::string Player::victims_of(NodeId node)
{
    const FencedDaemon* daemon = fenced(node);
    if (daemon == nullptr) {
        return "  fenced does not run\n";
    }
    const protocol::FenceFacts& facts = daemon->domain().facts();
    std::string text = facts.clear ? "  clear\n" : "  not clear: " + facts.reason + "\n";
    for (const protocol::FactVictim& victim : facts.victims) {
        text += "  victim " + victim.name + " (" + std::string(fence::to_string(victim.cause)) +
                (victim.words.empty() ? "" : ": " + victim.words) + ")" +
                (victim.awaiting.empty() ? "" : ", " + victim.awaiting) + "\n";
    }
    for (const auto& pending : daemon->domain().state().pending) {
        text += "  pending " + name_of(pending.node) + "\n";
    }
    for (const auto& settled : daemon->domain().state().settled) {
        text += "  settled " + name_of(settled.node) + " " +
                (settled.life.empty() ? "in any life" : "life " + settled.life.value) + " by " +
                std::string(fence::to_string(settled.how)) + "\n";
    }
    return text;
}

/// Nodes that see the same share one heading.
void Player::print_by_view(std::string (Player::*view)(NodeId))
{
    std::vector<std::pair<std::string, std::string>> views;  // who, what
    for (const NodeId node : world().node_ids()) {
        const NodeStatus status = world().status(node);
        const std::string text = !status.powered ? "  is off\n" : (this->*view)(node);
        bool is_known = false;
        for (auto& [who, what] : views) {
            if (what == text) {
                who += " " + name_of(node);
                is_known = true;
            }
        }
        if (!is_known) {
            views.emplace_back(name_of(node), text);
        }
    }
    for (const auto& [who, what] : views) {
        print(who + ":");
        output_ += what;
    }
}

void Player::print_events(LineKind kind, const std::set<NodeId>& nodes)
{
    std::string last;
    for (std::size_t index = printed_[kind]; index < events_.size(); ++index) {
        const Event& event = events_[index];
        if (event.kind != kind || (!nodes.empty() && !nodes.contains(event.node))) {
            continue;
        }
        const std::string line = name_of(event.node) + " " + for_people(event.text);
        if (line != last) {
            print(line);
        }
        last = line;
    }
    printed_[kind] = events_.size();
}

}  // namespace ha::sim
