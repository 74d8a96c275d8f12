// SPDX-License-Identifier: Apache-2.0
//
// Real agents for tests: small scripts in a folder of the test, run by a real ProcessRunner.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/io/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::fence::test {

class AgentsTest : public testing::Test
{
protected:
    void SetUp() override { ASSERT_TRUE(children_.end_recorded_children()); }

    /// An agent that keeps its stdin in `NAME.stdin` and then does `script`. Its path.
    std::string agent(const std::string& name, const std::string& script)
    {
        const std::string path = dir_.file(name);
        EXPECT_TRUE(io::write_file(
            path, "#!/bin/sh\ncat > " + dir_.file(name + ".stdin") + "\n" + script + "\n", 0755));
        return path;
    }

    ha::test::TempDir dir_;
    io::Loop loop_;
    io::ProcessRunner children_{loop_,
                                {.records_directory = dir_.file("agents"),
                                 .owner = "test",
                                 .exec_helper = HA_TEST_EXEC_HELPER}};
};

}  // namespace ha::fence::test
