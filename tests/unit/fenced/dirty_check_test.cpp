// SPDX-License-Identifier: Apache-2.0
#include "fenced/dirty_check.hpp"

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::fence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DirtyCheck, finds_nothing_in_empty_and_missing_directories)
{
    const test::TempDir dir;
    EXPECT_THAT(uncontrolled_entries({dir.path(), dir.file("missing")}), IsEmpty());
}

TEST(DirtyCheck, names_every_entry)
{
    const test::TempDir dir;
    ASSERT_TRUE(io::make_directories(dir.file("dlm/clvmd")));
    ASSERT_TRUE(io::make_directories(dir.file("gfs2/alpha:data")));
    EXPECT_THAT(uncontrolled_entries({dir.file("gfs2"), dir.file("dlm")}),
                ElementsAre(dir.file("dlm/clvmd"), dir.file("gfs2/alpha:data")));
}

TEST(DirtyCheck, does_not_count_a_mount_without_cluster_locking)
{
    const test::TempDir dir;
    ASSERT_TRUE(io::make_directories(dir.file("gfs2/local/lock_module")));
    ASSERT_TRUE(io::write_file(dir.file("gfs2/local/lock_module/proto_name"), "lock_nolock\n"));
    EXPECT_THAT(uncontrolled_entries({dir.file("gfs2")}), IsEmpty());
}

}  // namespace
}  // namespace ha::fence
