// SPDX-License-Identifier: Apache-2.0
//
// tests/golden/config: whole files and what is said about them. A file NAME.conf has its problems
// in NAME.expected, as ccs_config_validate prints them; HA_REWRITE_GOLDEN=1 writes these anew, for
// a person to read and commit.
//   valid/     accepted; what is expected are warnings
//   schema/    refused, and by schemas/cluster.rng too
//   semantic/  refused, but no schema can see why
// reload_*.conf are checked as the next version of running.conf, all of whose nodes are members.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "common/config/load.hpp"
#include "tests/support/config_world.hpp"
#include "tests/unit/common/config/relaxng.hpp"

namespace ha::config {
namespace {

namespace fs = std::filesystem;

const fs::path golden = fs::path(HA_SOURCE_DIR) / "tests/golden/config";

std::vector<fs::path> files_in(const fs::path& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".conf") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

Loaded load_fixture(const fs::path& file)
{
    const ha::test::ConfigWorld world;
    Facts facts = world.facts();
    const auto running = load(ha::test::read_file(golden / "running.conf"), "running.conf", facts);
    EXPECT_TRUE(running && running->problems.empty());
    if (file.filename().string().starts_with("reload_")) {
        facts.running = &running->model;
        for (const auto& node : running->model.nodes) {
            facts.members.push_back(node.id);
        }
    }
    auto loaded = load(ha::test::read_file(file), file.filename().string(), facts);
    EXPECT_TRUE(loaded) << file;
    return loaded ? std::move(*loaded) : Loaded{};
}

bool has_schema_problem(const Loaded& loaded)
{
    return std::any_of(loaded.problems.begin(), loaded.problems.end(),
                       [](const Problem& problem) { return problem.origin == Origin::schema; });
}

void compare_with_expected(const fs::path& file, const Loaded& loaded)
{
    std::string text;
    for (const Problem& problem : loaded.problems) {
        text += describe(problem, file.filename().string()) + "\n";
    }
    fs::path expected = file;
    expected.replace_extension(".expected");
    if (std::getenv("HA_REWRITE_GOLDEN") != nullptr) {
        std::ofstream(expected) << text;
    }
    ASSERT_TRUE(fs::exists(expected)) << expected;
    EXPECT_EQ(text, ha::test::read_file(expected)) << file;
}

class Fixtures : public ::testing::Test
{
protected:
    bool schema_accepts(const fs::path& file) { return schema_.accepts(ha::test::read_file(file)); }

    RelaxNg schema_{HA_SOURCE_DIR "/schemas/cluster.rng"};
};

TEST_F(Fixtures, valid_files_are_accepted_with_the_expected_warnings)
{
    const auto files = files_in(golden / "valid");
    EXPECT_GE(files.size(), 12u);
    for (const fs::path& file : files) {
        const Loaded loaded = load_fixture(file);
        EXPECT_FALSE(loaded.is_invalid()) << file;
        EXPECT_TRUE(schema_accepts(file)) << file;
        compare_with_expected(file, loaded);
    }
}

TEST_F(Fixtures, schema_files_are_refused_by_us_and_by_the_schema)
{
    const auto files = files_in(golden / "schema");
    EXPECT_GE(files.size(), 45u);
    for (const fs::path& file : files) {
        const Loaded loaded = load_fixture(file);
        EXPECT_TRUE(loaded.is_invalid()) << file;
        EXPECT_TRUE(has_schema_problem(loaded)) << file;
        EXPECT_FALSE(schema_accepts(file)) << file;
        compare_with_expected(file, loaded);
    }
}

TEST_F(Fixtures, semantic_files_are_refused_by_us_alone)
{
    const auto files = files_in(golden / "semantic");
    EXPECT_GE(files.size(), 40u);
    for (const fs::path& file : files) {
        const Loaded loaded = load_fixture(file);
        EXPECT_TRUE(loaded.is_invalid()) << file;
        EXPECT_FALSE(has_schema_problem(loaded)) << file;
        EXPECT_TRUE(schema_accepts(file)) << file;
        compare_with_expected(file, loaded);
    }
}

TEST_F(Fixtures, every_example_validates_without_a_warning)
{
    const auto files = files_in(fs::path(HA_SOURCE_DIR) / "schemas/examples");
    EXPECT_GE(files.size(), 3u);
    for (const fs::path& file : files) {
        const auto loaded = load(ha::test::read_file(file), file.filename().string());
        ASSERT_TRUE(loaded) << file;
        for (const Problem& problem : loaded->problems) {
            ADD_FAILURE() << describe(problem, file.filename().string());
        }
        EXPECT_TRUE(schema_accepts(file)) << file;
    }
}

}  // namespace
}  // namespace ha::config
