// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/temporary.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/config_world.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::cman {
namespace {

class Temporary : public ::testing::Test
{
protected:
    ha::test::TempDir folder_;
    std::string path_ = folder_.path() + "/copy";
};

TEST_F(Temporary, copy_is_private_and_gone_at_the_end)
{
    {
        auto copy = TemporaryCopy::write(path_, "secret", false);
        ASSERT_TRUE(copy);
        EXPECT_EQ(ha::test::read_file(path_), "secret");
        struct stat status {};
        ASSERT_EQ(::stat(path_.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0600U);
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Temporary, copy_stays_if_it_is_kept)
{
    std::string kept;
    {
        auto copy = TemporaryCopy::write("", "x", false);
        ASSERT_TRUE(copy);
        kept = copy->keep();
    }
    EXPECT_EQ(ha::test::read_file(kept), "x");
    std::filesystem::remove(kept);
}

TEST_F(Temporary, copy_replaces_a_file_only_if_told_to_and_never_follows_a_link)
{
    const std::string other = folder_.path() + "/other";
    std::ofstream(other) << "other";
    std::filesystem::create_symlink(other, path_);
    const auto refused = TemporaryCopy::write(path_, "new", false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
    auto copy = TemporaryCopy::write(path_, "new", true);
    ASSERT_TRUE(copy);
    EXPECT_EQ(ha::test::read_file(path_), "new");
    EXPECT_EQ(ha::test::read_file(other), "other");
}

}  // namespace
}  // namespace ha::cman
