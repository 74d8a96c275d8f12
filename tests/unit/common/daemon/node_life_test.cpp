// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/node_life.hpp"

#include <sys/wait.h>

#include <unistd.h>

#include <set>

#include <gtest/gtest.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::daemon {
namespace {

class NodeLifeTest : public testing::Test
{
protected:
    NodeLifeTest() { roots_.run = dir_.path(); }

    std::string life() const { return read_or_make_node_life(roots_).value().value; }

    test::TempDir dir_;
    Roots roots_;
};

TEST_F(NodeLifeTest, stays_the_same_for_the_whole_boot)
{
    const std::string first = life();
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(life(), first);
}

TEST_F(NodeLifeTest, is_new_with_a_fresh_run_root)
{
    const std::string first = life();
    ASSERT_TRUE(io::remove_file(dir_.file("node_life")));
    EXPECT_NE(life(), first);
}

TEST_F(NodeLifeTest, of_another_boot_is_replaced)
{
    ASSERT_TRUE(io::write_file(dir_.file("node_life"),
                               "boot=00000000-0000-0000-0000-000000000000\nlife=old\n"));
    EXPECT_NE(life(), "old");
    EXPECT_EQ(life(), life());
}

TEST_F(NodeLifeTest, file_that_is_damaged_is_replaced)
{
    for (const char* text : {"", "boot=", "garbage\n"}) {
        ASSERT_TRUE(io::write_file(dir_.file("node_life"), text));
        const std::string made = life();
        EXPECT_GT(made.size(), 16U);
        EXPECT_EQ(life(), made);
    }
}

TEST_F(NodeLifeTest, daemons_that_start_together_agree)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    constexpr int daemons = 8;
    for (int i = 0; i < daemons; ++i) {
        if (::fork() == 0) {
            const std::string mine = life() + "\n";
            ::_exit(::write(ends[1], mine.data(), mine.size()) > 0 ? 0 : 1);
        }
    }
    ::close(ends[1]);
    std::string all;
    char bytes[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;) {
        all.append(bytes, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    for (int i = 0; i < daemons; ++i) {
        ::wait(nullptr);
    }
    std::set<std::string> lives;
    int count = 0;
    for (std::size_t at = 0; at < all.size(); ++count) {
        const std::size_t end = all.find('\n', at);
        lives.insert(all.substr(at, end - at));
        at = end + 1;
    }
    EXPECT_EQ(count, daemons);
    EXPECT_EQ(lives.size(), 1U);
}

TEST_F(NodeLifeTest, without_a_run_root_there_is_none)
{
    roots_.run = dir_.file("missing");
    EXPECT_FALSE(read_or_make_node_life(roots_));
}

TEST_F(NodeLifeTest, daemon_lives_of_one_node_differ_by_their_start)
{
    const NodeLife node{life()};
    const DaemonLife first = new_daemon_life(node);
    DaemonLife second = new_daemon_life(node);
    while (second.started_us == first.started_us) {
        second = new_daemon_life(node);
    }
    EXPECT_EQ(second.node, first.node);
    EXPECT_LT(first, second);
}

}  // namespace
}  // namespace ha::daemon
