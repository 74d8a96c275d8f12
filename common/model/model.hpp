// SPDX-License-Identifier: Apache-2.0
//
// ClusterModel: cluster.conf after every check, with defaults filled in. One producer
// (common/config/build_model.cpp); cores and the corosync renderer only read it.
// `<rm>` stays an Element: its types are only known from agents' metadata (rgmanager/core).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/element.hpp"

namespace ha::model {

/// A key and its value as text; order is document order.
struct KeyValue {
    std::string key;
    std::string value;

    friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

/// A step of a method: `<device>` joined with its `<fencedevice>`.
struct FenceStep {
    std::string device_name;
    std::string agent;  ///< empty: `<device>` names no `<fencedevice>` (refused by validation)
    std::vector<KeyValue> device_attributes;  ///< of `<device>`, without `name`
    std::vector<KeyValue>
        fencedevice_attributes;  ///< of `<fencedevice>`, without `name` and `agent`

    friend bool operator==(const FenceStep&, const FenceStep&) = default;
};

/// An ordered alternative; succeeds only if all its steps succeed.
struct FenceMethod {
    std::string name;
    std::vector<FenceStep> steps;

    friend bool operator==(const FenceMethod&, const FenceMethod&) = default;
};

struct Node {
    NodeId id;
    std::string name;  ///< verbatim from cluster.conf
    std::uint32_t votes = 1;
    std::optional<std::string> altname;
    std::optional<std::uint16_t> altname_port;
    std::vector<FenceMethod> methods;
    std::vector<FenceStep> unfence;
    int line = 0;

    friend bool operator==(const Node&, const Node&) = default;
};

/// What the node's names resolve to, as literals for the node list of corosync.
struct NodeAddress {
    NodeId node;
    std::string link0;
    std::string link1;  ///< "" without altname

    friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

struct Quorum {
    bool two_node = false;
    std::optional<std::uint32_t> expected_votes;  ///< as written; unset: sum of the nodes' votes
    bool wait_for_all = false;                    ///< our own opt-in attribute, cman/@wait_for_all

    friend bool operator==(const Quorum&, const Quorum&) = default;
};

struct Totem {
    std::chrono::milliseconds token{3000};
    std::chrono::milliseconds consensus{600};
    std::chrono::milliseconds join{60};
    std::chrono::milliseconds fail_recv_const{
        2500};             ///< a count in truth; corosync's name is misleading
    std::string rrp_mode;  ///< "", none, active, passive
    bool secauth = true;
    std::string keyfile;        ///< "" = derive the key from the cluster's name
    std::uint16_t port = 5405;  ///< link 0
    bool ipv6 = false;          ///< an IPv6 multicast address is configured
    std::vector<KeyValue>
        passed;  ///< further totem keys handed to corosync as they are, document order

    friend bool operator==(const Totem&, const Totem&) = default;
};

/// `<fence_daemon>`. Negative delay: for ever.
struct FenceDaemon {
    std::chrono::seconds post_join_delay{6};
    std::chrono::seconds post_fail_delay{0};
    bool clean_start = false;
    bool skip_undefined = false;
    std::string override_path;  ///< "" = fenced_override in the run root
    std::chrono::seconds override_time{3};
    std::chrono::seconds restart_grace{
        10};  ///< our own attribute: fenced may restart within it (DESIGN 5)

    friend bool operator==(const FenceDaemon&, const FenceDaemon&) = default;
};

/// One `<logging_daemon>`, or `<logging>` itself (name and subsys empty). Unset: inherit.
struct Logging {
    std::string name;
    std::string subsys;
    std::optional<bool> to_syslog;
    std::optional<bool> to_logfile;
    std::optional<std::string> syslog_facility;
    std::optional<std::string> syslog_priority;
    std::optional<std::string> logfile_priority;
    std::optional<std::string> logfile;
    std::optional<bool> debug;

    friend bool operator==(const Logging&, const Logging&) = default;
};

struct UidGid {
    std::string uid;  ///< "" if not given
    std::string gid;

    friend bool operator==(const UidGid&, const UidGid&) = default;
};

struct ClusterModel {
    std::string name;
    std::uint64_t config_version = 0;
    std::uint16_t cluster_id = 0;  ///< given or derived (spec/cman.md 1.3)
    Quorum quorum;
    Totem totem;
    std::chrono::milliseconds shutdown_timeout{5000};
    std::vector<Node> nodes;  ///< document order: fence_scsi keys depend on it
    FenceDaemon fence_daemon;
    Logging logging;
    std::vector<Logging> logging_daemons;
    std::vector<UidGid> uidgids;
    Element rm;                            ///< `<rm>`, empty name if absent
    std::uint32_t token_attribute_ms = 0;  ///< totem/@token as written, 0 if absent

    [[nodiscard]] const Node* node(NodeId id) const
    {
        for (const Node& candidate : nodes) {
            if (candidate.id == id) {
                return &candidate;
            }
        }
        return nullptr;
    }

    /// Exact name.
    [[nodiscard]] const Node* node(std::string_view node_name) const
    {
        for (const Node& candidate : nodes) {
            if (candidate.name == node_name) {
                return &candidate;
            }
        }
        return nullptr;
    }

    friend bool operator==(const ClusterModel&, const ClusterModel&) = default;
};

}  // namespace ha::model
