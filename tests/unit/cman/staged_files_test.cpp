// SPDX-License-Identifier: Apache-2.0
#include "cman/staged_files.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::cman {
namespace {

using testing::HasSubstr;

struct Folder {
    test::TempDir dir;
    std::string a = dir.file("a");
    std::string b = dir.file("b");

    Folder()
    {
        EXPECT_TRUE(io::write_file(a, "old a"));
        EXPECT_TRUE(io::write_file(b, "old b"));
    }
    [[nodiscard]] std::set<std::string> names() const
    {
        std::set<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
            found.insert(entry.path().filename());
        }
        return found;
    }
};

const std::set<std::string> only_the_files{"a", "b"};

TEST(StagedFiles, wait_beside_the_old_ones_until_they_take_their_place)
{
    const Folder folder;
    StagedFiles staged;
    ASSERT_TRUE(staged.stage({{folder.a, "new a", 0640}, {folder.b, "new b"}}));
    EXPECT_EQ(*io::read_file(folder.a), "old a");
    EXPECT_EQ(folder.names(), (std::set<std::string>{"a", "a.staged", "b", "b.staged"}));
    ASSERT_TRUE(staged.put_into_place());
    EXPECT_EQ(*io::read_file(folder.a), "new a");
    EXPECT_EQ(*io::read_file(folder.b), "new b");
    EXPECT_EQ(folder.names(), only_the_files);
    struct stat status {};
    ASSERT_EQ(::stat(folder.a.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
    ASSERT_TRUE(staged.put_into_place()) << "nothing waits any more";
}

TEST(StagedFiles, all_wait_or_none_and_the_reason_names_the_file)
{
    const Folder folder;
    StagedFiles staged;
    const std::string nowhere = folder.dir.file("none/c");
    const Status waiting = staged.stage({{folder.a, "new a"}, {nowhere, "c"}});
    ASSERT_FALSE(waiting);
    EXPECT_THAT(waiting.error().text, HasSubstr("the new " + nowhere + " cannot be kept ready"));
    EXPECT_EQ(folder.names(), only_the_files);
    ASSERT_TRUE(staged.put_into_place());
    EXPECT_EQ(*io::read_file(folder.a), "old a");
}

TEST(StagedFiles, are_dropped_by_word_by_what_is_staged_next_and_at_the_end)
{
    const Folder folder;
    {
        StagedFiles staged;
        ASSERT_TRUE(staged.stage({{folder.a, "new a"}}));
        staged.drop();
        EXPECT_EQ(folder.names(), only_the_files);
        ASSERT_TRUE(staged.stage({{folder.a, "new a"}}));
        ASSERT_TRUE(staged.stage({{folder.b, "new b"}}));
        EXPECT_EQ(folder.names(), (std::set<std::string>{"a", "b", "b.staged"}));
    }
    EXPECT_EQ(folder.names(), only_the_files);
}

TEST(StagedFiles, of_a_process_that_died_are_removed)
{
    const Folder folder;
    ASSERT_TRUE(io::write_file(folder.a + ".staged", "new a"));
    StagedFiles::remove_left_over(folder.a);
    StagedFiles::remove_left_over(folder.b);
    EXPECT_EQ(folder.names(), only_the_files);
}

TEST(StagedFiles, what_cannot_take_its_place_keeps_no_other_from_it)
{
    const Folder folder;
    StagedFiles staged;
    ASSERT_TRUE(staged.stage({{folder.a, "new a"}, {folder.b, "new b"}}));
    ASSERT_TRUE(io::remove_file(folder.a + ".staged"));
    const Status placed = staged.put_into_place();
    ASSERT_FALSE(placed);
    EXPECT_THAT(placed.error().text, HasSubstr(folder.a));
    EXPECT_EQ(*io::read_file(folder.b), "new b");
}

}  // namespace
}  // namespace ha::cman
