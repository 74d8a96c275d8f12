// SPDX-License-Identifier: Apache-2.0
//
// From the agent directory to rules, in two halves with a run of the agents between them: the
// daemon runs them beside its other work, rg_test one after the other (spec 2.1).
//
//     list_agents(directory) -> run each as `PATH meta-data` -> rules_from_metadata(outputs)
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

/// An agent that prints no end of metadata, or none in time, is left out.
inline constexpr std::chrono::seconds metadata_time_max{10};
inline constexpr std::size_t metadata_bytes_max = std::size_t{1} << 20;

struct AgentDirectory {
    std::vector<std::string>
        agents;  ///< paths, sorted: which of two rules of a type wins is no accident
    std::vector<std::string> warnings;  ///< `Ignoring DIR/FILE: Bad extension EXT`

    friend bool operator==(const AgentDirectory&, const AgentDirectory&) = default;
};

/// Files with any execute bit, directories, backups (`~`) and `.rpm*` left out; not recursive.
/// Errors: system when the directory cannot be read.
[[nodiscard]] Result<AgentDirectory> list_agents(const std::string& directory);

/// What an agent printed for `meta-data`; its exit code does not matter.
struct MetadataOutput {
    std::string agent;  ///< path
    std::string text;
};

/// Outputs without text are no agents. The first rule of a type stays, whatever else cannot be used
/// is noted.
[[nodiscard]] std::pair<RuleSet, Notes> rules_from_metadata(
    const std::vector<MetadataOutput>& outputs);

}  // namespace ha::service
