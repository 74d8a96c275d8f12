// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/former_run.hpp"

#include <sys/inotify.h>

#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::service {
namespace {

using test::TempDir;

const NodeLife life{"boot-77"};

struct RunRoot {
    TempDir dir;
    Roots roots;

    RunRoot() { roots.run = dir.path(); }
    void put(const std::string& name, const std::string& text) const
    {
        ASSERT_TRUE(io::write_file(roots.run_file(name), text));
    }
    [[nodiscard]] FormerRun read() const { return read_former_run(roots, life); }
};

TEST(FormerRun, a_fresh_run_root_has_seen_none)
{
    const RunRoot root;
    EXPECT_TRUE(root.read().is_first_of_life);
    EXPECT_FALSE(root.read().is_doubted);
}

TEST(FormerRun, of_this_life_leaves_its_table)
{
    const RunRoot root;
    ASSERT_TRUE(mark_life(root.roots, life));
    EXPECT_FALSE(root.read().is_first_of_life);
    EXPECT_EQ(root.read().state, "");
    root.put("rgmanager.state", "table");
    EXPECT_FALSE(root.read().is_first_of_life);
    EXPECT_FALSE(root.read().is_doubted);
    EXPECT_EQ(root.read().state, "table");
}

TEST(FormerRun, of_another_life_counts_for_nothing)
{
    const RunRoot root;
    ASSERT_TRUE(mark_life(root.roots, NodeLife{"boot-78"}));
    root.put("rgmanager.state", "table");
    EXPECT_TRUE(root.read().is_first_of_life);
    EXPECT_FALSE(root.read().is_doubted);
    EXPECT_EQ(root.read().state, "");
}

TEST(FormerRun, a_marker_cut_anywhere_is_never_taken_for_a_first_start)
{
    const RunRoot root;
    const std::string whole = life.value + "\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        root.put("rgmanager.life", whole.substr(0, size));
        EXPECT_FALSE(root.read().is_first_of_life) << size;
        EXPECT_EQ(root.read().is_doubted, size + 1 < whole.size()) << size;
    }
    root.put("rgmanager.state", "table");
    for (const std::string& garbage : {std::string(8, '\0'), std::string("\n"),
                                       std::string("one\ntwo\n"), std::string("boot")}) {
        root.put("rgmanager.life", garbage);
        EXPECT_FALSE(root.read().is_first_of_life);
        EXPECT_TRUE(root.read().is_doubted);
        EXPECT_EQ(root.read().state, "table");
    }
}

TEST(FormerRun, a_table_without_a_marker_says_that_one_ran)
{
    const RunRoot root;
    root.put("rgmanager.state", "table");
    EXPECT_FALSE(root.read().is_first_of_life);
    EXPECT_TRUE(root.read().is_doubted);
    EXPECT_EQ(root.read().state, "table");
}

TEST(FormerRun, a_marker_that_cannot_be_read_is_doubted)
{
    const FormerRun former = judge_former_run(Error{ErrorCode::system, "Input/output error"},
                                              Error{ErrorCode::not_found, "none"},
                                              Error{ErrorCode::not_found, "none"}, life);
    EXPECT_FALSE(former.is_first_of_life);
    EXPECT_TRUE(former.is_doubted);
}

TEST(FormerRun, a_doubted_text_takes_the_place_of_the_current_one_and_back)
{
    const RunRoot root;
    ASSERT_TRUE(mark_life(root.roots, life));
    ASSERT_TRUE(keep_state(root.roots, "runs", false));
    ASSERT_TRUE(keep_state(root.roots, "is being stopped", true));
    EXPECT_EQ(root.read().state, "is being stopped");
    EXPECT_TRUE(root.read().is_state_doubted);
    ASSERT_TRUE(keep_state(root.roots, "stopped", false));
    EXPECT_EQ(root.read().state, "stopped");
    EXPECT_FALSE(root.read().is_state_doubted);
    std::filesystem::remove(root.roots.run_file("rgmanager.state"));
    EXPECT_EQ(root.read().state, "") << "a doubted one of before is gone";
}

/// Names that files in a folder got by a rename since the last call.
class Renames
{
public:
    explicit Renames(const std::string& folder)
    {
        EXPECT_GE(::inotify_add_watch(watch_, folder.c_str(), IN_MOVED_TO), 0);
    }
    Renames(const Renames&) = delete;
    Renames& operator=(const Renames&) = delete;
    ~Renames() { ::close(watch_); }

    [[nodiscard]] std::vector<std::string> take() const
    {
        std::vector<std::string> names;
        std::array<char, 4096> bytes{};
        const ssize_t length = ::read(watch_, bytes.data(), bytes.size());
        for (ssize_t offset = 0; offset < length;) {
            inotify_event event{};
            std::memcpy(&event, bytes.data() + offset, sizeof event);
            names.emplace_back(bytes.data() + offset + sizeof event);
            offset += static_cast<ssize_t>(sizeof event + event.len);
        }
        return names;
    }

private:
    int watch_ = ::inotify_init1(IN_NONBLOCK);
};

TEST(FormerRun, what_is_doubted_is_doubted_at_every_moment)
{
    const RunRoot root;
    ASSERT_TRUE(mark_life(root.roots, life));
    ASSERT_TRUE(keep_state(root.roots, "runs", false));
    const Renames renames(root.dir.path());
    const std::string doubted = "rgmanager.state.doubted";
    ASSERT_TRUE(keep_state(root.roots, "is being stopped", true));
    ASSERT_TRUE(keep_state(root.roots, "is still being stopped", true));
    EXPECT_THAT(renames.take(), testing::AllOf(testing::Contains(doubted), testing::Each(doubted)));
    EXPECT_EQ(root.read().state, "is still being stopped");
}

TEST(FormerRun, a_text_is_doubted_although_the_newer_one_could_not_be_written)
{
    const RunRoot root;
    ASSERT_TRUE(mark_life(root.roots, life));
    ASSERT_TRUE(keep_state(root.roots, "first", false));
    for (const std::string name : {"rgmanager.state.new.", "rgmanager.state.doubted.new."}) {
        const std::string in_the_way = root.roots.run_file(name + std::to_string(::getpid()));
        ASSERT_TRUE(io::make_directories(in_the_way));
    }
    EXPECT_FALSE(keep_state(root.roots, "second", false));
    EXPECT_FALSE(root.read().is_state_doubted);
    for (int times = 0; times < 2; ++times) {
        EXPECT_FALSE(keep_state(root.roots, "third", true));
        EXPECT_EQ(root.read().state, "first");
        EXPECT_TRUE(root.read().is_state_doubted);
        EXPECT_FALSE(root.read().is_first_of_life);
    }
}

}  // namespace
}  // namespace ha::service
