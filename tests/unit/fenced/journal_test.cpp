// SPDX-License-Identifier: Apache-2.0
#include "fenced/journal.hpp"

#include <gtest/gtest.h>

namespace ha::fence {
namespace {

TEST(FenceJournal, keeps_lines_that_begin_with_the_time)
{
    Journal journal;
    journal.record(1287614411, "add_victims node 2");
    journal.record(1287614412, "two\nlines");
    EXPECT_EQ(journal.text(), "1287614411 add_victims node 2\n1287614412 two lines\n");
}

TEST(FenceJournal, drops_the_oldest_lines_beyond_its_bound)
{
    Journal journal(64);
    for (int i = 0; i < 100; ++i) {
        journal.record(100 + i, "something happened");
    }
    EXPECT_EQ(journal.text(), "198 something happened\n199 something happened\n");
}

}  // namespace
}  // namespace ha::fence
