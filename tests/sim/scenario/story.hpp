// SPDX-License-Identifier: Apache-2.0
//
// Story: a scenario file. Blocks of commands, each followed by what they print:
//
//   # free words
//   nodes 2
//   boot
//   print table
//   ----
//   web  started  n1
//
// A block's output ends at the first empty line. Knows no command.
#pragma once

#include <string>
#include <vector>

namespace ha::sim {

struct StoryLine {
    std::size_t number = 0;  ///< in the file, from 1
    std::string text;
};

struct StoryBlock {
    std::vector<StoryLine> head;  ///< as in the file: comments, empty lines and commands
    bool has_output = false;      ///< a `----` follows the commands
    std::string output;           ///< expected, one '\n' per line
};

struct Story {
    std::vector<StoryBlock> blocks;
};

[[nodiscard]] Story parse_story(const std::string& text);

/// The commands of a block: what is neither empty nor a comment.
[[nodiscard]] std::vector<StoryLine> commands(const StoryBlock& block);

/// The file again, with these outputs (one per block) instead of the expected ones.
[[nodiscard]] std::string rewrite(const Story& story, const std::vector<std::string>& outputs);

}  // namespace ha::sim
