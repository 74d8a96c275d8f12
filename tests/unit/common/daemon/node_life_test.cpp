// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/node_life.hpp"

#include <sys/wait.h>

#include <unistd.h>

#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::daemon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const StoredLife of_another_boot{"00000000-0000-4000-8000-00000000000a",
                                 "00000000-00000000000000ff"};

class NodeLifeTest : public testing::Test
{
protected:
    NodeLifeTest() { roots_.run = dir_.path(); }

    std::string life() const { return read_or_make_node_life(roots_).value().value; }

    /// Of the error; empty if there was none.
    std::string refusal() const
    {
        const Result<NodeLife> made = read_or_make_node_life(roots_);
        return made ? std::string() : made.error().text;
    }

    void write(const std::string& text) const
    {
        ASSERT_TRUE(io::write_run_file(dir_.file("node_life"), text));
    }
    std::string written() const { return io::read_file(dir_.file("node_life")).value(); }

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

TEST_F(NodeLifeTest, is_written_so_that_it_can_be_read)
{
    const std::string made = life();
    const auto stored = parse_node_life(written());
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->life, made);
    EXPECT_EQ(format_node_life(*stored), written());
}

TEST_F(NodeLifeTest, of_another_boot_is_replaced_whatever_stands_beside_it)
{
    ASSERT_TRUE(io::write_file(dir_.file("rgmanager.life"), of_another_boot.life));
    StoredLife machine = of_another_boot;
    machine.boot += "+000102030405060708090a0b0c0d0e0f";
    for (const StoredLife& other : {of_another_boot, machine}) {
        write(format_node_life(other));
        const std::string made = life();
        EXPECT_NE(made, other.life);
        EXPECT_EQ(life(), made);
    }
}

TEST_F(NodeLifeTest, boot_is_the_same_when_the_vm_generation_is_shown_later)
{
    const std::string boot = of_another_boot.boot;
    const std::string generation = "+000102030405060708090a0b0c0d0e0f";
    EXPECT_TRUE(is_same_boot(boot, boot + generation));
    EXPECT_TRUE(is_same_boot(boot + generation, boot));
    EXPECT_FALSE(is_same_boot(boot + generation, boot + "+100102030405060708090a0b0c0d0e0f"));
    StoredLife stored = *parse_node_life((static_cast<void>(life()), written()));
    stored.boot = stored.boot.substr(0, 36) + (stored.boot.size() > 36 ? "" : generation);
    write(format_node_life(stored));
    EXPECT_EQ(life(), stored.life);
}

TEST_F(NodeLifeTest, file_cut_at_any_byte_is_refused_in_words_and_stays)
{
    static_cast<void>(life());
    for (const std::string& whole : {written(), format_node_life(of_another_boot)}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            write(whole.substr(0, size));
            EXPECT_THAT(refusal(),
                        AllOf(HasSubstr(dir_.file("node_life") + " is damaged"),
                              HasSubstr("Boot this node; or"), HasSubstr("empty " + dir_.path())))
                << size;
            EXPECT_EQ(written(), whole.substr(0, size));
        }
        write(whole);
        EXPECT_EQ(refusal(), "");
    }
}

TEST_F(NodeLifeTest, garbled_file_is_refused)
{
    const std::string mine = (static_cast<void>(life()), written());
    for (const std::string& whole : {mine, format_node_life(of_another_boot)}) {
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (const char garbage : {'\0', ' ', '\n', '\xff'}) {
                std::string text = whole;
                text[at] = garbage;
                write(text);
                EXPECT_EQ(refusal().empty(), text == whole) << at;
            }
        }
        for (const std::string& text : {whole + whole, whole + "\n", whole + '\0', "\n" + whole,
                                        std::string(5000, '\0'), whole + std::string(5000, 'x')}) {
            write(text);
            EXPECT_THAT(refusal(), HasSubstr("Boot this node")) << text;
        }
    }
    // Whole lines, but not of one life.
    for (const StoredLife& stored :
         {StoredLife{of_another_boot.boot, ""}, StoredLife{"", of_another_boot.life},
          StoredLife{of_another_boot.boot, "1" + of_another_boot.life},
          StoredLife{of_another_boot.boot, "10000000-00000000000000ff"},
          StoredLife{of_another_boot.boot + "+", of_another_boot.life},
          StoredLife{of_another_boot.boot + "0", of_another_boot.life}}) {
        write(format_node_life(stored));
        EXPECT_THAT(refusal(), HasSubstr("is damaged")) << stored.boot << " " << stored.life;
    }
}

TEST_F(NodeLifeTest, file_that_cannot_be_read_is_refused)
{
    std::filesystem::create_directory(dir_.file("node_life"));
    EXPECT_THAT(refusal(), AllOf(HasSubstr(dir_.file("node_life") + ": Is a directory"),
                                 HasSubstr("Boot this node")));
}

TEST_F(NodeLifeTest, missing_file_beside_what_a_daemon_kept_is_refused)
{
    for (const char* name : {"cmand.run", "fenced.state", "rgmanager.life", "rgmanager.state",
                             "rgmanager.state.doubted"}) {
        ASSERT_TRUE(io::write_file(dir_.file(name), ""));
        EXPECT_THAT(refusal(),
                    AllOf(HasSubstr(dir_.file("node_life") + " is missing beside " + name),
                          HasSubstr("Boot this node")));
        EXPECT_FALSE(std::filesystem::exists(dir_.file("node_life")));
        ASSERT_TRUE(io::remove_file(dir_.file(name)));
    }
}

TEST_F(NodeLifeTest, what_daemons_and_tools_write_before_a_life_is_made_is_no_obstacle)
{
    std::filesystem::create_directory(dir_.file("agents"));
    for (const char* name :
         {"cmand.pid", "agents/fence_node.1", "node_life.lock", "node_life.new.7"}) {
        ASSERT_TRUE(io::write_file(dir_.file(name), "1\n"));
    }
    EXPECT_EQ(refusal(), "");
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
