// SPDX-License-Identifier: Apache-2.0
//
// ConfigVerdict: does this node run the cluster's configuration? Every cmand says Hello with
// version and hash of its active document. A newcomer with another one is refused; the healthy
// members are never suspended because of it (the original did that). When two halves that both ran
// meet again with different documents, the older document must be replaced. Who lost against a
// newer document takes it over (Membership, CatchUp); only who cannot is refused.
//
//   undecided --all present said Hello, no conflict--> accepted
//   undecided --a conflict that this node loses------> refused    (a newcomer must go)
//   accepted  --a conflict that this node loses------> refused    (inquorate if established, else
//   it must go) refused   --the other side is gone---------------> accepted
//
// Established beats newcomer, then the newer version, then (same version, other content) the lower
// node id.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/base/ids.hpp"

namespace ha::cman {

/// What a peer said about itself.
struct PeerConfig {
    ConfigId config;
    bool is_established = false;  ///< it is no newcomer: see ConfigVerdict::establish
};

enum class ConfigState { undecided, accepted, refused };

class ConfigVerdict
{
public:
    /// `established`: this cmand adopted a corosync that was accepted before it was restarted.
    ConfigVerdict(NodeId self, ConfigId own, bool established);

    /// Members of the group of cmands; what those who left said is forgotten.
    void set_present(const std::set<NodeId>& members);
    void hear(NodeId peer, PeerConfig said);

    /// A reload, or this node caught up.
    void replace_own(ConfigId own);

    /// This node runs the cluster's configuration together with others, or long enough alone.
    void establish();

    [[nodiscard]] ConfigState state() const { return state_; }
    [[nodiscard]] bool is_established() const { return is_established_; }
    [[nodiscard]] const ConfigId& own() const { return own_; }

    /// The peer this node lost against. Precondition: refused.
    [[nodiscard]] NodeId against() const { return against_; }
    [[nodiscard]] const ConfigId& winner() const { return said_.at(against_).config; }

    /// What each present peer said last.
    [[nodiscard]] const std::map<NodeId, PeerConfig>& said() const { return said_; }

    /// Why, and what to do; empty unless refused. `name` is the name of against().
    [[nodiscard]] std::string explain(const std::string& name) const;

private:
    void judge();
    [[nodiscard]] bool loses_to(NodeId peer, const PeerConfig& said) const;

    NodeId self_;
    ConfigId own_;
    bool is_established_;
    ConfigState state_ = ConfigState::undecided;
    NodeId against_;
    std::set<NodeId> present_;
    std::map<NodeId, PeerConfig> said_;
};

}  // namespace ha::cman
