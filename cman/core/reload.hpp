// SPDX-License-Identifier: Apache-2.0
//
// Reload: how a changed cluster.conf gets to all cmands of a running cluster, as a pure core
// (docs/adr/0013). Two phases over the agreed order of their group:
//
//   asked node                       every cmand                     its fenced
//     | Offer, Chunks ---------------> | load, check, keep ready ------> | Prepare, ordered
//     | <------------------ Vote(yes)  | <------------------------------ | no objection
//     | Commit ----------------------> | switch, Hello(new) ---> documents to the daemons
//     | all said Hello(new): the lowest node makes corosync read its file again
//
// Nothing changes before Commit is delivered; a vote against it, a node that comes or goes, or
// silence drops the offer. A node that missed the Commit (it was away, or a ring change swallowed
// it) runs an older document than its peers say in their Hellos: it wants theirs and catches up;
// the same road serves a joiner with an old file. This core reads no file and judges no document.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "cman/core/leave.hpp"
#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace ha::cman {

// ------------------------------------------------------------------------------------------ events

/// A client of this node asks; the shell has read and checked the file.
struct ReloadAsked {
    ClientId client;
    ConfigId config;
    std::string document;
    bool own_files = false;
};

struct OfferDelivered {
    NodeId from;
    std::uint64_t number = 0;
    ConfigId config;
    std::uint32_t chunks = 0;
};

struct ChunkDelivered {
    NodeId from;
    ConfigId config;
    NodeId to;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    std::string bytes;
};

struct VoteDelivered {
    NodeId from;
    NodeId to;
    std::uint64_t number = 0;
    bool accepted = false;
    std::string why;
};

struct CommitDelivered {
    NodeId from;
    std::uint64_t number = 0;
};

struct DropDelivered {
    NodeId from;
    std::uint64_t number = 0;
};

struct WantedDelivered {
    NodeId from;
    ConfigId config;
};

struct ReloadedDelivered {
    ConfigId config;
    std::string why_not;
};

/// A peer says what it runs.
struct PeerRuns {
    NodeId peer;
    ConfigId config;
    bool awaits_reload = false;
};

/// Members of the group of cmands.
struct ReloadPeers {
    std::set<NodeId> members;
};

/// Answer to Load: the document can replace the active one here, or why not.
struct Loaded {
    ConfigId config;
    bool accepted = false;
    std::string why;
};

/// Answer to AskFence.
struct FenceAnswered {
    std::uint64_t number = 0;
    bool accepted = false;
    std::string why;
};

/// This node lost against a newer document that its peers run: it must catch up.
struct Behind {
    ConfigId config;
};

/// Answer to Switch: this node runs it now.
struct Switched {
    ConfigId config;
    std::string document;
    std::map<NodeId, std::string> names;  ///< of the nodes in it
    bool needs_corosync_reload = false;
};

struct ReloadTimePassed {};

using ReloadEvent =
    std::variant<ReloadAsked, OfferDelivered, ChunkDelivered, VoteDelivered, CommitDelivered,
                 DropDelivered, WantedDelivered, ReloadedDelivered, PeerRuns, ReloadPeers, Loaded,
                 FenceAnswered, Behind, Switched, ReloadTimePassed>;

// ----------------------------------------------------------------------------------------- actions

struct SendOffer {
    std::uint64_t number = 0;
    ConfigId config;
    std::uint32_t chunks = 0;
};

struct SendChunk {
    ConfigId config;
    NodeId to;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    std::string bytes;
};

struct SendVote {
    NodeId to;
    std::uint64_t number = 0;
    bool accepted = false;
    std::string why;
};

struct SendCommit {
    std::uint64_t number = 0;
};

struct SendDrop {
    std::uint64_t number = 0;
};

struct SendWanted {
    ConfigId config;
};

/// Check this document, or (none) the file of this node, and keep it ready; answer Loaded.
/// `is_active`: the cluster runs it already, its version and members need no check.
struct Load {
    ConfigId config;
    std::optional<std::string> document;
    bool is_active = false;
};

/// Ask the local fenced about the document kept ready; answer FenceAnswered.
struct AskFence {
    std::uint64_t number = 0;
    ConfigId config;
};

/// What was kept ready is void: forget it, and tell fenced.
struct Forget {
    ConfigId config;
};

/// Run what was kept ready from here on; answer Switched.
struct Switch {
    ConfigId config;
};

/// This node runs another document now: say Hello, publish it.
struct TellSwitched {};

/// Every corosync reads its file again; multicast Reloaded.
struct ReloadCorosync {
    ConfigId config;
};

struct AnswerReload {
    ClientId client;
    bool accepted = false;
    bool is_busy = false;
    std::string why;
};

/// It could not catch up.
struct CatchUpFailed {
    ConfigId config;
    std::string why;
};

using ReloadAction =
    std::variant<SendOffer, SendChunk, SendVote, SendCommit, SendDrop, SendWanted, Load, AskFence,
                 Forget, Switch, TellSwitched, ReloadCorosync, AnswerReload, CatchUpFailed>;

struct ReloadStep {
    std::vector<ReloadAction> actions;
    std::optional<TimePoint> wake_at;
};

// -------------------------------------------------------------------------------------------- core

struct ReloadConfig {
    NodeId self;
    ConfigId active;
    std::string document;  ///< the active one, for those who want it
    std::map<NodeId, std::string> names;
    std::uint64_t last_number = 0;  ///< above all numbers of a former cmand of this node
    std::size_t chunk_bytes = std::size_t{128} * 1024;
    std::size_t chunks_max = 64;  ///< 8 MiB; cluster.conf itself is bounded to 4 MiB
    Duration vote_patience = std::chrono::seconds{20};
    Duration switch_patience = std::chrono::seconds{20};
    Duration wanted_repeat = std::chrono::seconds{1};
    Duration wanted_patience = std::chrono::seconds{10};
};

class Reload
{
public:
    explicit Reload(ReloadConfig config);

    [[nodiscard]] ReloadStep on(const ReloadEvent& event, TimePoint now);

    /// What this node's Hello says.
    [[nodiscard]] bool awaits_reload() const { return awaits_reload_; }

    /// State as text, for the dump; "" while nothing is under way.
    [[nodiscard]] std::string describe() const;

private:
    /// A document on its way here.
    struct Assembly {
        ConfigId config;
        NodeId from;
        std::uint32_t count = 0;
        std::map<std::uint32_t, std::string> pieces;
    };
    /// The offer that all cmands deal with.
    struct Open {
        NodeId from;
        std::uint64_t number = 0;
        ConfigId config;
        std::optional<Assembly> assembly;
        bool is_ready = false;  ///< kept ready here
    };
    /// What a client of this node waits for.
    struct Request {
        ClientId client;
        ConfigId config;
        std::uint64_t number = 0;
        std::set<NodeId> voted;
        bool is_committed = false;
        TimePoint deadline{};
    };

    void handle(const ReloadAsked& event);
    void handle(const OfferDelivered& event);
    void handle(const ChunkDelivered& event);
    void handle(const VoteDelivered& event);
    void handle(const CommitDelivered& event);
    void handle(const DropDelivered& event);
    void handle(const WantedDelivered& event);
    void handle(const ReloadedDelivered& event);
    void handle(const PeerRuns& event);
    void handle(const ReloadPeers& event);
    void handle(const Loaded& event);
    void handle(const FenceAnswered& event);
    void handle(const Behind& event);
    void handle(const Switched& event);
    void handle(const ReloadTimePassed& event);

    void send_document(const ConfigId& config, NodeId to, const std::string& document);
    [[nodiscard]] std::optional<std::string> take(Assembly& assembly, const ChunkDelivered& chunk);
    void fail_request(const std::string& why);
    void close_open();
    void reload_if_alike();
    void want_again();
    [[nodiscard]] std::string name(NodeId node) const;
    [[nodiscard]] std::string names(const std::set<NodeId>& nodes) const;
    [[nodiscard]] std::set<NodeId> not_alike() const;
    [[nodiscard]] std::optional<TimePoint> wake_at() const;

    ReloadConfig config_;
    TimePoint now_{};
    std::set<NodeId> peers_;
    std::map<NodeId, PeerRuns> said_;
    std::optional<Open> open_;
    std::optional<Request> request_;
    bool awaits_reload_ = false;
    bool reload_is_under_way_ = false;

    // Catching up.
    std::optional<ConfigId> wanted_;
    std::optional<Assembly> arriving_;
    TimePoint wanted_since_{};
    TimePoint wanted_next_{};
    std::vector<ReloadAction> actions_;
};

}  // namespace ha::cman
