// SPDX-License-Identifier: Apache-2.0
//
// Identities. Distinct types, so that a node id cannot be passed where an admission number is
// meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace ha {

/// An integer with a meaning. Regular, ordered, hashable; no arithmetic.
template <class Tag, class T>
struct Id {
    T value{};

    friend auto operator<=>(const Id&, const Id&) = default;
};

/// A configured node, `clusternode/@nodeid`; 0 is no node.
using NodeId = Id<struct NodeIdTag, std::uint32_t>;

/// Counts the admissions to one group; a member keeps its number until it leaves. 0 is "not
/// admitted".
using AdmissionNumber = Id<struct AdmissionTag, std::uint64_t>;

/// Counts the membership changes of one group, the same on all its admitted members.
using ChangeNumber = Id<struct ChangeTag, std::uint64_t>;

/// A totem ring as corosync names it; group view and quorum view carry the same ids.
struct RingId {
    NodeId representative;
    std::uint64_t sequence = 0;

    friend auto operator<=>(const RingId&, const RingId&) = default;
};

/// One boot of a node (DESIGN 3): opaque text, made once per boot. Only a new one proves the old
/// one gone.
struct NodeLife {
    std::string value;

    [[nodiscard]] bool empty() const noexcept { return value.empty(); }
    friend auto operator<=>(const NodeLife&, const NodeLife&) = default;
};

/// One run of a daemon: its node's life and when it started (CLOCK_BOOTTIME, microseconds).
/// A restarted daemon is the same node life and clears nothing.
struct DaemonLife {
    NodeLife node;
    std::uint64_t started_us = 0;

    friend auto operator<=>(const DaemonLife&, const DaemonLife&) = default;
};

/// Version and content hash (hex SHA-256) of an active document.
struct ConfigId {
    std::uint64_t version = 0;
    std::string hash;

    friend auto operator<=>(const ConfigId&, const ConfigId&) = default;
};

}  // namespace ha

template <class Tag, class T>
struct std::hash<ha::Id<Tag, T>> {
    std::size_t operator()(const ha::Id<Tag, T>& id) const noexcept
    {
        return std::hash<T>{}(id.value);
    }
};
