// SPDX-License-Identifier: Apache-2.0
#include "common/io/file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>

#include <gmock/gmock.h>

#include "tests/support/temp_dir.hpp"

namespace ha::io {
namespace {

using test::TempDir;

mode_t mode_of(const std::string& path)
{
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
}

TEST(File, is_replaced_whole_with_its_mode_and_leaves_nothing_beside_it)
{
    const TempDir dir;
    const std::string path = dir.file("a");
    ASSERT_TRUE(write_file(path, "one", 0644));
    ASSERT_TRUE(write_file(path, "two\n", 0600));
    EXPECT_EQ(*read_file(path), "two\n");
    EXPECT_EQ(mode_of(path), 0600U);
    const auto entries = std::filesystem::directory_iterator(dir.path());
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(File, is_replaced_although_a_run_with_our_number_died_over_it)
{
    const test::TempDir dir;
    const std::string half = dir.file("state.new.") + std::to_string(::getpid());
    ASSERT_TRUE(write_file(half, "hal"));
    ASSERT_TRUE(write_run_file(dir.file("state"), "whole"));
    EXPECT_EQ(*read_file(dir.file("state")), "whole");
    EXPECT_FALSE(std::filesystem::exists(half));
}

TEST(File, keeps_the_old_text_when_the_new_cannot_be_written)
{
    const TempDir dir;
    ASSERT_TRUE(write_file(dir.file("a"), "old"));
    EXPECT_FALSE(write_file(dir.file("none/a"), "new"));
    ASSERT_TRUE(make_directories(dir.file("b")));
    EXPECT_FALSE(write_file(dir.file("b"), "a file cannot replace a folder"));
    EXPECT_EQ(*read_file(dir.file("a")), "old");
    EXPECT_FALSE(std::filesystem::exists(dir.file("b.new." + std::to_string(::getpid()))));
}

TEST(File, reading_is_bounded_and_says_what_is_missing)
{
    const TempDir dir;
    ASSERT_TRUE(write_run_file(dir.file("a"), std::string(100, 'x')));
    EXPECT_EQ(read_file(dir.file("a"), 100)->size(), 100U);
    EXPECT_EQ(read_file(dir.file("a"), 99).error().code, ErrorCode::too_large);
    EXPECT_EQ(read_file(dir.file("b")).error().code, ErrorCode::not_found);
}

TEST(File, directories_are_made_with_parents)
{
    const TempDir dir;
    ASSERT_TRUE(make_directories(dir.file("x/y/z"), 0700));
    EXPECT_EQ(mode_of(dir.file("x/y/z")), 0700U);
    EXPECT_TRUE(make_directories(dir.file("x/y/z"), 0755)) << "there already";
    EXPECT_EQ(mode_of(dir.file("x/y/z")), 0700U);
    ASSERT_TRUE(write_run_file(dir.file("f"), ""));
    EXPECT_FALSE(make_directories(dir.file("f/g")));
}

TEST(File, removing_what_is_not_there_is_fine)
{
    const TempDir dir;
    EXPECT_TRUE(remove_file(dir.file("a")));
    EXPECT_FALSE(remove_file(dir.path()));
}

/// Runs `check` in a child process; its exit code.
int in_child(const std::function<int()>& check)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(check());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

TEST(PidLock, holds_off_a_second_process_and_names_the_first)
{
    const TempDir dir;
    const std::string path = dir.file("d.pid");
    {
        const Result<PidLock> lock = PidLock::take(path);
        ASSERT_TRUE(lock);
        EXPECT_EQ(*read_file(path), std::to_string(::getpid()) + "\n");
    }
    EXPECT_FALSE(std::filesystem::exists(path)) << "a clean end removes it";

    Result<PidLock> lock = PidLock::take(path);
    ASSERT_TRUE(lock);
    const pid_t parent = ::getpid();
    EXPECT_EQ(in_child([&] {
                  const Result<PidLock> second = PidLock::take(path);
                  const bool is_refused =
                      !second && second.error().code == ErrorCode::already_exists &&
                      second.error().text.find(std::to_string(parent)) != std::string::npos;
                  return is_refused && PidLock::holder(path) == parent ? 0 : 1;
              }),
              0);
}

TEST(PidLock, left_by_a_dead_process_is_taken_over)
{
    const TempDir dir;
    const std::string path = dir.file("d.pid");
    EXPECT_EQ(in_child([&] {
                  const Result<PidLock> lock = PidLock::take(path);
                  ::_exit(lock ? 0 : 1);  // dies without removing the file
                  return 2;
              }),
              0);
    ASSERT_TRUE(std::filesystem::exists(path));
    EXPECT_EQ(PidLock::holder(path), 0);
    EXPECT_TRUE(PidLock::take(path));
}

}  // namespace
}  // namespace ha::io
