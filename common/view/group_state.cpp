// SPDX-License-Identifier: Apache-2.0
// The replicated state as bytes: what a snapshot carries.
#include <algorithm>

#include "common/view/group.hpp"
#include "common/wire/bytes.hpp"

namespace ha::view {

std::string Group::serialize_state(const std::string& app_state) const
{
    wire::Writer writer;
    writer.u64(change_.value);
    writer.u64(digest_);
    writer.u64(ring_digest_);
    writer.u64(last_admission_.value);
    writer.u64(active_config_.version);
    writer.text(active_config_.hash);
    writer.boolean(ripe_);
    writer.u16(protocol_);
    writer.u32(static_cast<std::uint32_t>(admitted_.size()));
    for (const auto& [node, member] : admitted_) {
        writer.u32(node.value);
        writer.text(member.life.node.value);
        writer.u64(member.life.started_us);
        writer.u64(member.admission.value);
    }
    writer.u32(static_cast<std::uint32_t>(attempts_.size()));
    for (const auto& [node, attempt] : attempts_) {
        writer.u32(node.value);
        writer.u64(attempt);
    }
    writer.u32(static_cast<std::uint32_t>(barred_.size()));
    for (const auto& [node, life] : barred_) {
        writer.u32(node.value);
        writer.text(life.value);
    }
    for (const std::set<NodeId>* nodes : {&held_nodes_, &departed_}) {
        writer.u32(static_cast<std::uint32_t>(nodes->size()));
        for (const NodeId node : *nodes) {
            writer.u32(node.value);
        }
    }
    writer.text(app_state);
    return std::move(writer).take();
}

bool Group::parse_state(const std::string& blob, std::string& app_state)
{
    wire::Reader reader(blob);
    reset_replicated_state();
    change_.value = reader.u64();
    digest_ = reader.u64();
    ring_digest_ = reader.u64();
    last_admission_.value = reader.u64();
    active_config_.version = reader.u64();
    active_config_.hash = reader.text();
    ripe_ = reader.boolean();
    protocol_ = reader.u16();
    for (std::uint32_t left = reader.count(); left > 0; --left) {
        Member member;
        member.node.value = reader.u32();
        member.life.node.value = reader.text();
        member.life.started_us = reader.u64();
        member.admission.value = reader.u64();
        admitted_[member.node] = member;
    }
    for (std::uint32_t left = reader.count(); left > 0; --left) {
        const NodeId node{reader.u32()};
        attempts_[node] = reader.u64();
    }
    for (std::uint32_t left = reader.count(); left > 0; --left) {
        const NodeId node{reader.u32()};
        barred_.push_back({node, NodeLife{reader.text()}});
    }
    for (std::set<NodeId>* nodes : {&held_nodes_, &departed_}) {
        for (std::uint32_t left = reader.count(); left > 0; --left) {
            nodes->insert(NodeId{reader.u32()});
        }
    }
    app_state = reader.text();
    return reader.complete() && is_sound();
}

/// What every state that a member holds fulfils; a snapshot may be garbled.
bool Group::is_sound() const
{
    const auto is_sound_member = [this](const auto& entry) {
        const auto& [node, member] = entry;
        return node.value != 0 && member.admission.value != 0 &&
               member.admission <= last_admission_;
    };
    return last_admission_.value <= admission_floor_max &&
           std::all_of(admitted_.begin(), admitted_.end(), is_sound_member);
}

}  // namespace ha::view
