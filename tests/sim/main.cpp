// SPDX-License-Identifier: Apache-2.0
// sim: runs seeds, each a world of its own; the first violation ends the run and prints how to
// replay it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "common/base/assert.hpp"
#include "tests/sim/cman_deaths.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/fencing.hpp"
#include "tests/sim/foreigners.hpp"
#include "tests/sim/operators.hpp"
#include "tests/sim/services.hpp"
#include "tests/sim/snapshots.hpp"
#include "tests/sim/world.hpp"

namespace {

using namespace ha;
using namespace ha::sim;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t count = 1;
    std::uint64_t seconds = 0;  ///< 0: as many seeds as count says
    std::uint32_t nodes = 0;    ///< 0: drawn from the seed
    std::string mutant;
    bool trace = false;
    bool probes = false;
    bool list_mutants = false;
    bool common_faults = false;  ///< none of machines and files, no reloads
    bool all_faults = false;     ///< with a mutant, too, which falls sooner among the common ones

    [[nodiscard]] bool draws_all() const
    {
        return all_faults || (!common_faults && mutant.empty());
    }
    bool recovery = false;    ///< print how long each seed took to become well, and break no bound
    bool services = true;     ///< rgmanager runs, too
    bool is_control = false;  ///< says nothing
    bool expect_violation = false;  ///< a mutant must be caught: finding nothing is the failure
};

std::optional<Options> parse(int argc, char** argv)
{
    Options options;
    for (int index = 1; index < argc; ++index) {
        const std::string word = argv[index];
        const bool has_value = index + 1 < argc;
        if (word == "--trace") {
            options.trace = true;
        } else if (word == "--no-services") {
            options.services = false;
        } else if (word == "--common-faults") {
            options.common_faults = true;
        } else if (word == "--all-faults") {
            options.all_faults = true;
        } else if (word == "--expect-violation") {
            options.expect_violation = true;
        } else if (word == "--probes") {
            options.probes = true;
        } else if (word == "--recovery") {
            options.recovery = true;
        } else if (word == "--list-mutants") {
            options.list_mutants = true;
        } else if (word == "--mutant" && has_value) {
            options.mutant = argv[++index];
        } else if (word == "--seed" && has_value) {
            options.seed = std::strtoull(argv[++index], nullptr, 10);
        } else if (word == "--count" && has_value) {
            options.count = std::strtoull(argv[++index], nullptr, 10);
        } else if (word == "--seconds" && has_value) {
            options.seconds = std::strtoull(argv[++index], nullptr, 10);
        } else if (word == "--nodes" && has_value) {
            options.nodes = static_cast<std::uint32_t>(std::strtoul(argv[++index], nullptr, 10));
        } else {
            return std::nullopt;
        }
    }
    return options;
}

std::string replay_command(const Options& options, const char* program, std::uint64_t seed)
{
    std::string command = std::string(program) + " --seed " + std::to_string(seed);
    if (options.nodes != 0) {
        command += " --nodes " + std::to_string(options.nodes);
    }
    if (!options.services) {
        command += " --no-services";
    }
    if (options.draws_all() != options.mutant.empty()) {
        command += options.draws_all() ? " --all-faults" : " --common-faults";
    }
    if (!options.mutant.empty()) {
        command += " --mutant " + options.mutant;
    }
    return command + " --trace";
}

double in_seconds(Duration duration)
{
    return static_cast<double>(std::max(duration, Duration{-1'000'000'000}).count()) / 1e6;
}

/// One seed, one world. Returns the violation, "" if there is none.
std::string run_seed(const Options& options, std::uint64_t seed,
                     std::map<std::string, std::uint64_t>& probes)
{
    Random choice(seed);
    WorldOptions world_options;
    world_options.seed = choice.next();
    world_options.nodes = options.nodes != 0   ? options.nodes
                          : choice.chance(400) ? 2
                                               : static_cast<std::uint32_t>(choice.between(3, 5));
    world_options.two_node = choice.chance(800);
    world_options.clock_skew_ppm_max = choice.chance(500) ? 0 : choice.between(100, 20'000);
    if (options.nodes == 0 && choice.chance(60)) {
        world_options.nodes = static_cast<std::uint32_t>(choice.between(6, 16));
    }
    const SnapshotPieces pieces =
        options.draws_all() ? draw_snapshot_pieces(seed) : SnapshotPieces{};
    world_options.delays.frames_per_token = pieces.frames_per_token;
    world_options.trace = options.trace && !options.is_control;
    if (const auto own = shell_mutants().find(options.mutant); own != shell_mutants().end()) {
        world_options.mutants.*(own->second) = true;
    }
    World world(world_options);
    fence::DomainKnobs knobs;
    service::ServiceKnobs service_knobs;
    knobs.group.snapshot_chunk_bytes = pieces.bytes;
    service_knobs.group.snapshot_chunk_bytes = pieces.bytes;
    const bool is_known = options.mutant.empty() || shell_mutants().contains(options.mutant) ||
                          set_fencing_mutant(knobs, options.mutant) ||
                          set_service_mutant(service_knobs, options.mutant);
    HA_ASSERT(is_known);
    world.set_config(draw_config(world));
    install_fencing(world, knobs);
    if (options.services) {
        install_services(world, service_knobs, options.draws_all());
    }
    add_common_faults(world);
    if (options.draws_all()) {
        add_machine_faults(world);
        add_file_faults(world, "fenced");
        add_file_faults(world, "rgmanager");
        add_cman_deaths(world, Random(~seed), RunPlan{});
        add_operators(world, seed, RunPlan{});
        add_foreigners(world, seed, RunPlan{});
    }
    std::string violation;
    try {
        RunPlan plan;
        plan.has_bound = !options.recovery;
        plan.prelude = options.draws_all() ? draw_prelude(seed) : Prelude::none;
        const Recovery::Worst worst = run(world, plan);
        if (options.recovery) {
            std::printf("recovery %llu: %.1f s, beyond the bound %.1f s: %s\n",
                        static_cast<unsigned long long>(seed), in_seconds(worst.took),
                        in_seconds(worst.beyond), worst.what.c_str());
        }
    } catch (const Violation& caught) {
        violation = caught.what();
        const bool says_why = options.mutant.empty() && !options.is_control;
        if (!options.trace && says_why) {
            for (const std::string& line : world.last_trace()) {
                std::printf("%s\n", line.c_str());
            }
        }
        if (says_why) {
            std::printf("%s", world.describe().c_str());
        }
    }
    for (const auto& [name, count] : world.probes().all()) {
        probes[name] += count;
    }
    return violation;
}

/// The same draws without the mutant, or "": a seed that falls anyway proves nothing about it.
std::string control(const Options& options, std::uint64_t seed)
{
    Options clean = options;
    clean.mutant.clear();
    clean.all_faults = options.draws_all();
    clean.common_faults = !options.draws_all();
    clean.is_control = true;
    std::map<std::string, std::uint64_t> probes;
    return run_seed(clean, seed, probes);
}

int list_mutants()
{
    for (const std::string& mutant : fencing_mutants()) {
        std::printf("%s\n", mutant.c_str());
    }
    for (const std::string& mutant : service_mutants()) {
        std::printf("%s\n", mutant.c_str());
    }
    for (const auto& [mutant, knob] : shell_mutants()) {
        std::printf("%s\n", mutant.c_str());
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::optional<Options> options = parse(argc, argv);
    if (!options) {
        std::fprintf(
            stderr,
            "usage: sim --seed N [--count N] [--seconds N] [--nodes 2..16] "
            "[--common-faults | --all-faults] [--no-services] [--mutant NAME] [--expect-violation] "
            "[--trace] [--probes] [--recovery] "
            "[--list-mutants]\n");
        return 100;
    }
    if (options->list_mutants) {
        return list_mutants();
    }
    const auto began = std::chrono::steady_clock::now();
    const auto is_time_left = [&] {
        return std::chrono::steady_clock::now() - began < std::chrono::seconds{options->seconds};
    };
    std::map<std::string, std::uint64_t> probes;
    std::uint64_t done = 0;
    while (options->seconds != 0 ? is_time_left() : done < options->count) {
        const std::uint64_t seed = options->seed + done++;
        const std::string violation = run_seed(*options, seed, probes);
        if (violation.empty()) {
            continue;
        }
        const std::string anyway = options->expect_violation ? control(*options, seed) : "";
        if (!anyway.empty()) {
            std::printf("not counted, falls without the mutant, too: seed %llu: %s\n",
                        static_cast<unsigned long long>(seed), anyway.c_str());
            continue;
        }
        std::printf("seed %llu: %s\nreplay: %s\n", static_cast<unsigned long long>(seed),
                    violation.c_str(), replay_command(*options, argv[0], seed).c_str());
        return options->expect_violation ? 0 : 1;
    }
    if (options->expect_violation) {
        std::printf("mutant %s was not caught by %llu seeds from %llu\n", options->mutant.c_str(),
                    static_cast<unsigned long long>(done),
                    static_cast<unsigned long long>(options->seed));
        return 1;
    }
    if (options->probes) {
        for (const auto& [name, count] : probes) {
            std::printf("probe %s %llu\n", name.c_str(), static_cast<unsigned long long>(count));
        }
    }
    std::printf("%llu seeds from %llu: no violation\n", static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(options->seed));
    return 0;
}
