// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/agents/vm/parameters.hpp"

#include <map>

#include <gtest/gtest.h>

namespace ha::service::vm {

namespace {

Parameters from(const std::map<std::string, std::string>& values)
{
    return read_parameters([&values](const char* name) {
        const auto found = values.find(name);
        return found != values.end() ? found->second.c_str() : nullptr;
    });
}

TEST(VmParameters, auto_means_the_local_qemu)
{
    EXPECT_EQ(hypervisor_uri(from({})), "qemu:///system");
    EXPECT_EQ(hypervisor_uri(from({{"OCF_RESKEY_hypervisor_uri", "auto"}})), "qemu:///system");
    EXPECT_EQ(hypervisor_uri(from({{"OCF_RESKEY_hypervisor", "xen"}})), "xen:///system");
    EXPECT_EQ(hypervisor_uri(from({{"OCF_RESKEY_hypervisor_uri", "test:///default"}})),
              "test:///default");
}

TEST(VmParameters, migration_goes_to_the_mapped_name)
{
    const Parameters parameters = from({{"OCF_RESKEY_migration_mapping", "n1:n1-ic,n2:n2-ic"},
                                        {"OCF_RESKEY_migration_uri", "tcp://%s:49152"},
                                        {"OCF_RESKEY_migrate", "pause"}});
    const MigrateOptions options = migrate_options(parameters, "n2");
    EXPECT_EQ(options.destination_uri, "qemu+ssh://n2-ic/system");
    EXPECT_EQ(options.migration_uri, "tcp://n2-ic:49152");
    EXPECT_FALSE(options.live);
    EXPECT_EQ(mapped_target(parameters, "n3"), "n3");
    EXPECT_TRUE(migrate_options(from({}), "n2").live);
}

TEST(VmParameters, the_stop_keeps_time_for_pulling_the_plug)
{
    EXPECT_EQ(stop_options(from({{"OCF_RESKEY_RGMANAGER_meta_timeout", "120"}})).patience,
              std::chrono::seconds{105});
    EXPECT_EQ(stop_options(from({{"OCF_RESKEY_RGMANAGER_meta_timeout", "5"}})).patience,
              std::chrono::seconds{1});
    EXPECT_FALSE(stop_options(from({{"OCF_RESKEY_no_kill", "true"}})).may_destroy);
    EXPECT_TRUE(stop_options(from({{"OCF_RESKEY_no_kill", "false"}})).may_destroy);
}

TEST(VmParameters, snapshot_is_a_file_named_like_the_guest)
{
    const Parameters parameters =
        from({{"OCF_RESKEY_name", "g"}, {"OCF_RESKEY_snapshot", "/var/save"}});
    EXPECT_EQ(start_source(parameters).snapshot, "/var/save/g");
    EXPECT_EQ(stop_options(parameters).snapshot, "/var/save/g");
}

}  // namespace

}  // namespace ha::service::vm
