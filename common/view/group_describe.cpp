// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "common/view/group.hpp"

namespace ha::view {

namespace {

void print_nodes(std::ostream& out, const char* title, const std::set<NodeId>& nodes)
{
    out << title;
    for (const NodeId node : nodes) {
        out << ' ' << node.value;
    }
    out << '\n';
}

void print_ring(std::ostream& out, const char* title, const std::optional<RingId>& ring)
{
    out << title;
    if (ring) {
        out << ring->representative.value << '.' << ring->sequence;
    } else {
        out << "unknown";
    }
    out << '\n';
}

}  // namespace

std::string Group::describe() const
{
    static constexpr const char* phases[] = {"outside", "joining", "synced", "admitted"};
    std::ostringstream out;
    out << "node " << config_.self.value << " life " << config_.life.node.value << '/'
        << config_.life.started_us << '\n';
    out << "phase " << phases[static_cast<std::size_t>(phase_)]
        << (settled_ ? ", settled" : ", not settled") << (ripe_ ? ", ripe" : "") << '\n';
    print_ring(out, "ring of the group view  ", ring_);
    print_ring(out, "ring of the quorum view ", quorum_ring_);
    out << "quorum view " << (quorum_says_quorate_ ? "quorate" : "inquorate") << '\n';
    out << "change " << change_.value << ", last admission " << last_admission_.value << '\n';
    out << "active document " << active_config_.version << ", held "
        << (held_config_ ? std::to_string(held_config_->version) : "none") << '\n';
    print_nodes(out, "present", present_);
    for (const auto& [node, member] : admitted_) {
        const bool announced = word_of(node) != nullptr;
        out << "member " << node.value << " admission " << member.admission.value << " life "
            << member.life.node.value << '/' << member.life.started_us
            << (announced ? "" : " (not announced)") << '\n';
    }
    for (const auto& [node, life] : barred_) {
        out << "barred " << node.value << " life " << life.value << '\n';
    }
    print_nodes(out, "held back", held_nodes_);
    print_nodes(out, "departed", departed_);
    return out.str();
}

}  // namespace ha::view
