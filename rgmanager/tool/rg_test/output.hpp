// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "rgmanager/core/configuration_text.hpp"

namespace ha::service {

/// A line on stdout, at once: agents write there too.
inline void say(const std::string& text)
{
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
}

/// All trees with these flags, nothing started.
[[nodiscard]] inline std::string describe_trees(const ResourceConfiguration& configuration,
                                                const std::vector<ChangeFlags>& flags)
{
    std::string text;
    for (const TreeNodeIndex root : configuration.roots) {
        text += describe_tree(configuration, root, [&](TreeNodeIndex node) {
            return NodeView{flags.at(node.value), TreeNodeState::stopped};
        });
    }
    return text;
}

}  // namespace ha::service
