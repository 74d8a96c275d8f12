// SPDX-License-Identifier: Apache-2.0
//
// The few keys of corosync's cmap we need: read, list, watch; and its cfg service: kill a node,
// reload, stop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"

namespace ha::io {

class Loop;

class Cmap
{
public:
    /// Errors: unavailable (no corosync), system.
    [[nodiscard]] static Result<Cmap> connect();
    ~Cmap();
    Cmap(Cmap&&) noexcept;
    Cmap& operator=(Cmap&&) noexcept;

    /// Numbers as decimal text. Errors: not_found, unavailable, invalid_input (a binary value).
    [[nodiscard]] Result<std::string> get(const std::string& key) const;
    [[nodiscard]] Result<std::uint64_t> get_number(const std::string& key) const;

    /// All keys that start with `prefix`, in cmap's order; binary values are left out.
    [[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> list(
        const std::string& prefix) const;

    [[nodiscard]] Status set(const std::string& key, const std::string& value);
    [[nodiscard]] Status set_number(const std::string& key, std::uint32_t value);

    /// Calls back for each added, changed or (empty value) deleted key under `prefix`.
    /// Ends silently when corosync dies: watch Quorum for that.
    [[nodiscard]] Status track(
        Loop& loop, const std::string& prefix,
        std::function<void(const std::string& key, const std::string& value)> on_change);

private:
    struct Impl;
    explicit Cmap(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// corosync on `node` exits at once; its fenced and cmand see that as the death of corosync.
/// Errors of all: unavailable (no corosync), busy, system.
[[nodiscard]] Status cfg_kill_node(NodeId node, const std::string& reason);

/// Every node's corosync reads its corosync.conf again.
[[nodiscard]] Status cfg_reload();

/// The local corosync stops; `at_once` asks nobody.
[[nodiscard]] Status cfg_shutdown(bool at_once);

/// corosync's own node id.
[[nodiscard]] Result<NodeId> cfg_local_node();

/// The addresses corosync uses for `node`, link 0 first.
[[nodiscard]] Result<std::vector<std::string>> cfg_node_addresses(NodeId node);

}  // namespace ha::io
