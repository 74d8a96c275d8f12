// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <array>

#include <corosync/cfg.h>

#include "common/io/cmap.hpp"
#include "common/io/detail/corosync_link.hpp"

namespace ha::io {

namespace {

/// Opens a handle for one call.
Status with_cfg(const std::string& what,
                const std::function<cs_error_t(corosync_cfg_handle_t)>& call)
{
    corosync_cfg_handle_t handle = 0;
    cs_error_t error = try_again([&] { return ::corosync_cfg_initialize(&handle, nullptr); });
    if (error != CS_OK) {
        return corosync_error("cfg", error);
    }
    error = try_again([&] { return call(handle); });
    ::corosync_cfg_finalize(handle);
    return error == CS_OK ? ok() : Status{corosync_error(what, error)};
}

std::string address_text(const corosync_cfg_node_address_t& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto* generic = reinterpret_cast<const sockaddr*>(address.address);
    const void* number = nullptr;
    if (generic->sa_family == AF_INET) {
        number = &reinterpret_cast<const sockaddr_in*>(generic)->sin_addr;
    } else if (generic->sa_family == AF_INET6) {
        number = &reinterpret_cast<const sockaddr_in6*>(generic)->sin6_addr;
    }
    if (number == nullptr ||
        ::inet_ntop(generic->sa_family, number, text.data(), text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

}  // namespace

Status cfg_kill_node(NodeId node, const std::string& reason)
{
    return with_cfg("kill node " + std::to_string(node.value), [&](corosync_cfg_handle_t handle) {
        return ::corosync_cfg_kill_node(handle, node.value, reason.c_str());
    });
}

Status cfg_reload()
{
    return with_cfg("reload", [](corosync_cfg_handle_t handle) {
        return ::corosync_cfg_reload_config(handle);
    });
}

Status cfg_shutdown(bool at_once)
{
    return with_cfg("shutdown", [&](corosync_cfg_handle_t handle) {
        return ::corosync_cfg_try_shutdown(handle, at_once ? COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE
                                                           : COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    });
}

Result<NodeId> cfg_local_node()
{
    NodeId node;
    const Status asked = with_cfg("local node", [&](corosync_cfg_handle_t handle) {
        return ::corosync_cfg_local_get(handle, &node.value);
    });
    return asked ? Result<NodeId>(node) : Result<NodeId>(asked.error());
}

Result<std::vector<std::string>> cfg_node_addresses(NodeId node)
{
    std::array<corosync_cfg_node_address_t, CFG_MAX_LINKS> addresses{};
    int count = 0;
    const Status asked = with_cfg("addresses of node", [&](corosync_cfg_handle_t handle) {
        return ::corosync_cfg_get_node_addrs(handle, node.value, addresses.size(), &count,
                                             addresses.data());
    });
    if (!asked) {
        return asked.error();
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count) && i < addresses.size(); ++i) {
        if (std::string text = address_text(addresses[i]); !text.empty()) {
            texts.push_back(std::move(text));
        }
    }
    return texts;
}

}  // namespace ha::io
