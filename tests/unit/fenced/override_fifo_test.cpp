// SPDX-License-Identifier: Apache-2.0
#include "fenced/override_fifo.hpp"

#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::fence {
namespace {

using test::run_until;

class OverrideFifoTest : public testing::Test
{
protected:
    void write(const std::string& text)
    {
        std::ofstream file(path_);
        file << text;
    }

    test::TempDir dir_;
    std::string path_ = dir_.file("fenced_override");
    io::Loop loop_;
    std::vector<std::string> names_;
    OverrideFifo fifo_{loop_, [this](const std::string& name) { names_.push_back(name); }};
};

TEST_F(OverrideFifoTest, exists_only_while_open_and_for_root_alone)
{
    struct stat status {};
    EXPECT_NE(::stat(path_.c_str(), &status), 0);
    ASSERT_TRUE(fifo_.open(path_));
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_TRUE(S_ISFIFO(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    fifo_.close();
    EXPECT_NE(::stat(path_.c_str(), &status), 0);
}

TEST_F(OverrideFifoTest, hands_on_every_name_that_is_written)
{
    ASSERT_TRUE(fifo_.open(path_));
    write("N2\n");
    ASSERT_TRUE(run_until(loop_, [&] { return names_.size() == 1; }));
    write("n3\nrest");
    ASSERT_TRUE(run_until(loop_, [&] { return names_.size() == 2; }));
    EXPECT_EQ(names_, (std::vector<std::string>{"N2", "n3"}));
}

TEST_F(OverrideFifoTest, replaces_a_file_left_behind)
{
    ASSERT_TRUE(io::write_file(path_, "left behind"));
    ASSERT_TRUE(fifo_.open(path_));
    write("n2\n");
    EXPECT_TRUE(run_until(loop_, [&] { return names_.size() == 1; }));
}

TEST_F(OverrideFifoTest, says_why_it_cannot_be_made)
{
    EXPECT_FALSE(fifo_.open(dir_.file("missing/fifo")));
    EXPECT_FALSE(fifo_.is_open());
}

TEST(OverrideName, is_cut_at_the_first_control_character_and_at_127_bytes)
{
    EXPECT_EQ(written_name("n2\nn3\n"), "n2");
    EXPECT_EQ(written_name(""), "");
    EXPECT_EQ(written_name(std::string(200, 'x')).size(), 127U);
}

}  // namespace
}  // namespace ha::fence
