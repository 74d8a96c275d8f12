// SPDX-License-Identifier: Apache-2.0
// sim_scenario: plays scenario files and compares what they print.
//   sim_scenario FILE...              each FILE a scenario of its own
//     --rewrite [--yes]               show how the expected outputs would change; --yes: change
//     them
//     --trace                         print every event
//     --mutant NAME                   with a core that breaks one rule (sim --list-mutants)
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/sim/scenario/player.hpp"

namespace {

using namespace ha::sim;

struct Options {
    std::vector<std::string> files;
    bool rewrite = false;
    bool yes = false;
    bool trace = false;
    std::string mutant;
};

std::optional<Options> parse(int argc, char** argv)
{
    Options options;
    for (int index = 1; index < argc; ++index) {
        const std::string word = argv[index];
        if (word == "--rewrite") {
            options.rewrite = true;
        } else if (word == "--yes") {
            options.yes = true;
        } else if (word == "--trace") {
            options.trace = true;
        } else if (word == "--mutant" && index + 1 < argc) {
            options.mutant = argv[++index];
        } else if (word.starts_with("-")) {
            return std::nullopt;
        } else {
            options.files.push_back(word);
        }
    }
    return options.files.empty() ? std::nullopt : std::optional(options);
}

/// Where the printed output first differs from the expected one.
std::string difference(const StoryBlock& block, const std::string& printed)
{
    if (block.output == printed) {
        return "";
    }
    std::string text = "this block printed something else\n";
    std::istringstream expected(block.output);
    std::istringstream actual(printed);
    std::string left;
    std::string right;
    while (true) {
        const bool has_left = static_cast<bool>(std::getline(expected, left));
        const bool has_right = static_cast<bool>(std::getline(actual, right));
        if (!has_left && !has_right) {
            return text;
        }
        const bool is_same = has_left && has_right && left == right;
        text += is_same ? "   " + left + "\n" : "";
        text += !is_same && has_left ? "  -" + left + "\n" : "";
        text += !is_same && has_right ? "  +" + right + "\n" : "";
    }
}

bool run(const Options& options, const std::string& file, const char* program)
{
    std::ifstream input(file);
    if (!input) {
        std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
        return false;
    }
    std::ostringstream text;
    text << input.rdbuf();
    const Story story = parse_story(text.str());
    const PlayResult result = Player({file, options.trace, options.mutant}).play(story);
    std::string problem = result.problem;
    for (std::size_t index = 0; index < result.outputs.size(); ++index) {
        const std::string different = difference(story.blocks[index], result.outputs[index]);
        const auto lines = commands(story.blocks[index]);
        if (!different.empty() && !lines.empty()) {
            std::printf("%s:%zu: %s", file.c_str(), lines.front().number, different.c_str());
            problem += options.rewrite || !problem.empty() ? "" : "the output differs";
        }
    }
    if (options.rewrite && options.yes && result.problem.empty()) {
        std::ofstream(file) << rewrite(story, result.outputs);
    }
    if (!problem.empty()) {
        std::printf("%s\nreplay: %s --trace %s%s\n", problem.c_str(), program, file.c_str(),
                    options.mutant.empty() ? "" : (" --mutant " + options.mutant).c_str());
    }
    return problem.empty();
}

}  // namespace

int main(int argc, char** argv)
{
    const std::optional<Options> options = parse(argc, argv);
    if (!options) {
        std::fprintf(stderr,
                     "usage: sim_scenario [--rewrite [--yes]] [--trace] [--mutant NAME] FILE...\n");
        return 100;
    }
    bool all_good = true;
    for (const std::string& file : options->files) {
        all_good = run(*options, file, argv[0]) && all_good;
    }
    return all_good ? 0 : 1;
}
