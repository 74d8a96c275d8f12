// SPDX-License-Identifier: Apache-2.0
//
// What a check needs to know about this machine and the running cluster. The shell fills it in
// (cmand and the tools: cman/local_facts); tests fill it in by hand, so every check is a pure
// function. A fact that is absent switches off the checks that need it: a file can be checked on a
// machine that is no node.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/model/model.hpp"

namespace ha::config {

/// An address literal.
struct Address {
    bool ipv6 = false;
    std::string text;

    friend bool operator==(const Address&, const Address&) = default;
};

/// Who this machine is, and who others are.
struct NameFacts {
    std::string uname;                         ///< `uname -n`
    std::optional<std::string> override_name;  ///< `cman_tool join -n`
    std::vector<Address> interfaces;           ///< loopback left out
    /// The name the resolver gives for an address, or "". Asked only when uname names no node,
    /// because it may block for seconds; may be empty.
    std::function<std::string(const Address&)> reverse_name;
    /// All addresses of a host name or literal, in the resolver's order; empty: does not resolve.
    std::function<std::vector<Address>(const std::string& name)> resolve;
};

/// A totem key file.
struct KeyFile {
    std::uint64_t bytes = 0;
    std::uint32_t mode = 0;  ///< permission bits
};

struct Facts {
    /// Absent: C4 to C7 and the address part of C14 are not checked.
    std::optional<NameFacts> names;
    /// Whether a fence agent is found (C20); empty: not checked.
    std::function<bool(const std::string& agent)> agent_found;
    /// The key file, or why it cannot be read (C25); empty: not checked.
    std::function<Result<KeyFile>(const std::string& path)> key_file;
    /// The configuration that runs now; set for a reload (C23, C24).
    const model::ClusterModel* running = nullptr;
    /// Members of the running cluster (C24).
    std::vector<NodeId> members;
};

}  // namespace ha::config
