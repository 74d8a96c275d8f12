// SPDX-License-Identifier: Apache-2.0
//
// From what the resolver said to the address of every link of every node, or what is wrong with it
// (rules C5-C7 of spec/cman.md 2.2). knet needs all addresses on every node, so every name is checked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/model/model.hpp"

namespace ha::cman {

/// Address literals of each node, link 0 first.
using AddressTable = std::map<NodeId, std::vector<std::string>>;

struct ResolvedAddress {
    std::string text;  ///< literal
    bool is_ipv6 = false;
    bool is_loopback = false;
};

struct ResolvedName {
    std::vector<ResolvedAddress> addresses;
    std::string error;  ///< the resolver's words if there are none
};

struct AddressProblem {
    int line = 0;  ///< of the clusternode
    std::string text;

    friend bool operator==(const AddressProblem&, const AddressProblem&) = default;
};

struct AddressChoice {
    AddressTable table;  ///< complete if there are no problems
    std::vector<AddressProblem> problems;
};

/// Every name the model needs resolved, altnames included; document order, no duplicates.
[[nodiscard]] std::vector<std::string> names_to_resolve(const model::ClusterModel& model);

/// IPv4 is preferred unless the model asks for IPv6.
[[nodiscard]] AddressChoice choose_addresses(const model::ClusterModel& model,
                                             const std::map<std::string, ResolvedName>& resolved);

}  // namespace ha::cman
