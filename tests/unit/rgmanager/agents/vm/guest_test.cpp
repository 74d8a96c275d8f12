// SPDX-License-Identifier: Apache-2.0
// libvirt's own test driver is a hypervisor in this process: real API calls, no machine behind
// them.
#include "rgmanager/agents/vm/guest.hpp"

#include <stdlib.h>

#include <fstream>

#include <gtest/gtest.h>

namespace ha::service::vm {

namespace {

class GuestOnTestDriver : public testing::Test
{
protected:
    GuestOnTestDriver() : connection_(open_connection("test:///default").value().release()) {}

    Guest guest(const std::string& name)
    {
        return Guest(connection_.get(), name, [](std::chrono::milliseconds) {});
    }

    Connection connection_;
};

TEST_F(GuestOnTestDriver, a_running_guest_is_active_and_starting_it_again_is_good)
{
    EXPECT_TRUE(guest("test").is_active().value());
    EXPECT_TRUE(guest("test").start({}));
}

TEST_F(GuestOnTestDriver, stop_shuts_down_and_start_brings_it_back)
{
    ASSERT_TRUE(guest("test").stop({}));
    EXPECT_FALSE(guest("test").is_active().value());
    EXPECT_TRUE(guest("test").stop({}));
    ASSERT_TRUE(guest("test").start({}));
    EXPECT_TRUE(guest("test").is_active().value());
}

TEST_F(GuestOnTestDriver,
       a_guest_libvirt_does_not_know_is_stopped_and_cannot_start_without_description)
{
    EXPECT_FALSE(guest("nobody").is_active().value());
    EXPECT_TRUE(guest("nobody").stop({}));
    const Status started = guest("nobody").start({});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::not_found);
}

TEST_F(GuestOnTestDriver, a_description_starts_a_guest_that_libvirt_does_not_know)
{
    char path[] = "/tmp/guest-XXXXXX";
    ASSERT_NE(::mkstemp(path), -1);
    std::ofstream(path) << "<domain type='test'><name>fresh</name><memory>8192</memory>"
                           "<os><type>hvm</type></os></domain>";
    EXPECT_TRUE(guest("fresh").start({path, ""}));
    EXPECT_TRUE(guest("fresh").is_active().value());
    ::unlink(path);
}

TEST_F(GuestOnTestDriver, a_broken_description_is_an_error_with_libvirts_words)
{
    char path[] = "/tmp/guest-XXXXXX";
    ASSERT_NE(::mkstemp(path), -1);
    std::ofstream(path) << "<domain";
    const Status started = guest("fresh").start({path, ""});
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().text.find(path), std::string::npos);
    ::unlink(path);
}

TEST_F(GuestOnTestDriver, a_migration_that_cannot_happen_leaves_the_guest_where_it_is)
{
    MigrateOptions options;
    options.destination_uri = "test:///default";  // the test driver has no migration
    const Guest::Migration migration = guest("test").migrate(options);
    EXPECT_EQ(migration.outcome, MigrateOutcome::still_here);
    EXPECT_FALSE(migration.words.empty());
    EXPECT_TRUE(guest("test").is_active().value());
}

TEST_F(GuestOnTestDriver, migration_of_a_guest_that_does_not_run_is_lost)
{
    MigrateOptions options;
    options.destination_uri = "test:///default";
    ASSERT_TRUE(guest("test").stop({}));
    EXPECT_EQ(guest("test").migrate(options).outcome, MigrateOutcome::lost);
    EXPECT_EQ(guest("nobody").migrate(options).outcome, MigrateOutcome::lost);
}

TEST(GuestConnection, an_unreachable_hypervisor_is_an_error)
{
    const auto connection = open_connection("nonsense:///nowhere");
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, ErrorCode::unavailable);
}

}  // namespace

}  // namespace ha::service::vm
