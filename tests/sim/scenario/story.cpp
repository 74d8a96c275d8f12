// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scenario/story.hpp"

#include <sstream>

namespace ha::sim {

namespace {

constexpr const char* separator = "----";

}  // namespace

Story parse_story(const std::string& text)
{
    Story story;
    std::istringstream input(text);
    bool in_output = false;
    std::size_t number = 0;
    story.blocks.emplace_back();
    for (std::string line; std::getline(input, line);) {
        ++number;
        StoryBlock& block = story.blocks.back();
        if (in_output) {
            if (!line.empty()) {
                block.output += line + "\n";
                continue;
            }
            in_output = false;
            story.blocks.emplace_back();
            continue;
        }
        if (line == separator) {
            block.has_output = true;
            in_output = true;
            continue;
        }
        block.head.push_back({number, line});
    }
    return story;
}

std::vector<StoryLine> commands(const StoryBlock& block)
{
    std::vector<StoryLine> lines;
    for (const StoryLine& line : block.head) {
        const std::size_t first = line.text.find_first_not_of(" \t");
        if (first != std::string::npos && line.text[first] != '#') {
            lines.push_back(line);
        }
    }
    return lines;
}

std::string rewrite(const Story& story, const std::vector<std::string>& outputs)
{
    std::string text;
    for (std::size_t index = 0; index < story.blocks.size(); ++index) {
        const StoryBlock& block = story.blocks[index];
        for (const StoryLine& line : block.head) {
            text += line.text + "\n";
        }
        const std::string output = index < outputs.size() ? outputs[index] : block.output;
        if (block.has_output || !output.empty()) {
            text += std::string(separator) + "\n" + output;
        }
        const bool is_last = index + 1 == story.blocks.size();
        if (!is_last) {
            text += "\n";
        }
    }
    return text;
}

}  // namespace ha::sim
