// SPDX-License-Identifier: Apache-2.0
//
// Fence configuration for tests, as short as it reads in cluster.conf.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/model/model.hpp"

namespace ha::test {

using Attributes = std::vector<model::KeyValue>;

inline model::FenceStep step(std::string device, std::string agent, Attributes device_attributes,
                             Attributes fencedevice_attributes = {})
{
    return {std::move(device), std::move(agent), std::move(device_attributes),
            std::move(fencedevice_attributes)};
}

/// A step on the device `name`: agent T, a port named like it, and an action unless that is empty.
inline model::FenceStep power_step(const std::string& name, const std::string& action)
{
    Attributes attributes{{"port", name}};
    if (!action.empty()) {
        attributes.push_back({"action", action});
    }
    return step(name, "T", attributes);
}

inline model::Node node_with(std::vector<model::FenceMethod> methods)
{
    model::Node node;
    node.id = NodeId{2};
    node.name = "n2";
    node.methods = std::move(methods);
    return node;
}

}  // namespace ha::test
