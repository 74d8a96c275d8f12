// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/verdict.hpp"

#include <algorithm>

#include "common/config/load.hpp"

namespace ha::cman {
namespace {

constexpr const char* fails = "Configuration fails to validate\n";

bool is_version_problem(const config::Problem& problem)
{
    return problem.subject == "config_version" || problem.consequence == config::Consequence::warn;
}

/// The version itself is what is wrong, and nothing else.
bool lacks_only_version(const config::Loaded& loaded)
{
    return loaded.is_invalid() &&
           std::all_of(loaded.problems.begin(), loaded.problems.end(), is_version_problem);
}

std::string summary(const config::Loaded& loaded, std::string_view filename)
{
    std::string text = "Configuration of " + std::string(filename) + ": cluster " +
                       loaded.model.name + ", version " +
                       std::to_string(loaded.model.config_version) + ", sha256 " + loaded.id.hash +
                       "\nNodes:";
    for (const model::Node& node : loaded.model.nodes) {
        text += " " + node.name + "(" + std::to_string(node.id.value) + ")";
    }
    return text + "\n";
}

std::string described(const config::Loaded& loaded, std::string_view filename)
{
    std::string text;
    for (const config::Problem& problem : loaded.problems) {
        text += config::describe(problem, filename) + "\n";
    }
    return text;
}

Verdict valid(const config::Loaded& loaded, const VerdictOptions& options)
{
    const bool is_old =
        options.running_version && loaded.model.config_version <= *options.running_version;
    if (is_old) {
        return {ValidateExit::old_version, "",
                "Error: Configuration version is older than running config!\n"};
    }
    if (options.quiet) {
        return {};
    }
    return {ValidateExit::valid, "Configuration validates\n", described(loaded, options.filename)};
}

}  // namespace

Verdict judge(std::string_view bytes, const config::Facts& facts, const VerdictOptions& options)
{
    const auto loaded = config::load(bytes, options.filename, facts);
    if (!loaded) {
        return {ValidateExit::not_parseable, fails, loaded.error().text + "\n"};
    }
    Verdict verdict;
    if (!loaded->is_invalid()) {
        verdict = valid(*loaded, options);
    } else {
        const bool is_nameless = options.running_version && lacks_only_version(*loaded);
        verdict = {is_nameless ? ValidateExit::no_version : ValidateExit::invalid, fails,
                   described(*loaded, options.filename)};
    }
    if (options.verbose) {
        verdict.out.insert(0, summary(*loaded, options.filename));
    }
    return verdict;
}

}  // namespace ha::cman
