// SPDX-License-Identifier: Apache-2.0
#include "cman/run_record.hpp"

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::cman {
namespace {

using testing::HasSubstr;

RunRecord some_record()
{
    RunRecord record;
    record.node_life = NodeLife{"boot-77"};
    record.corosync = ProcessIdentity{4711, 99};
    record.accepted = true;
    record.overrides.votes = 2;
    record.document.bytes = "<cluster/>\n";
    record.filename = "/etc/cluster/cluster.conf";
    return record;
}

TEST(RunRecord, comes_back_as_it_was_written)
{
    const test::TempDir dir;
    Roots roots;
    roots.run = dir.path();
    EXPECT_EQ(*read_run_record(roots), std::nullopt);
    ASSERT_TRUE(write_run_record(roots, some_record()));
    EXPECT_EQ(*read_run_record(roots), some_record());
}

TEST(RunRecord, cut_anywhere_is_told_by_its_name_with_what_to_do)
{
    const test::TempDir dir;
    Roots roots;
    roots.run = dir.path();
    ASSERT_TRUE(write_run_record(roots, some_record()));
    const std::string whole = *io::read_file(run_record_path(roots));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ASSERT_TRUE(io::write_file(run_record_path(roots), whole.substr(0, size)));
        const auto record = read_run_record(roots);
        ASSERT_FALSE(record) << size;
        EXPECT_EQ(record.error().code, ErrorCode::unavailable) << "no configuration error";
        EXPECT_THAT(record.error().text, HasSubstr(run_record_path(roots)));
        EXPECT_THAT(record.error().text, HasSubstr("restart this node"));
    }
}

}  // namespace
}  // namespace ha::cman
