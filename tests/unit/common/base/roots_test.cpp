// SPDX-License-Identifier: Apache-2.0
#include "common/base/roots.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ha {
namespace {

class RootsTest : public testing::Test
{
protected:
    void TearDown() override
    {
        for (const std::string& name : set_) {
            ::unsetenv(name.c_str());
        }
    }

    void set(const std::string& name, const std::string& value)
    {
        ::setenv(name.c_str(), value.c_str(), 1);
        set_.push_back(name);
    }

    std::vector<std::string> set_;
};

TEST_F(RootsTest, are_the_installed_places_without_any_variable)
{
    EXPECT_EQ(Roots::from_environment(), Roots{});
}

TEST_F(RootsTest, follow_their_variables_and_carry_what_hangs_off_them)
{
    set("HA_CONFIG_ROOT", "/n1/etc");
    set("HA_RUN_ROOT", "/n1/run");
    set("HA_LIBEXEC_DIR", "/build/bin");
    const Roots roots = Roots::from_environment();
    EXPECT_EQ(roots.cluster_conf, "/n1/etc/cluster.conf");
    EXPECT_EQ(roots.run_file("fenced.sk"), "/n1/run/fenced.sk");
    EXPECT_EQ(roots.libexec_file("ha-exec"), "/build/bin/ha-exec");
    EXPECT_EQ(roots.fence_agent_path, "/build/bin/fence:/usr/sbin:/sbin:/usr/bin:/bin");
    EXPECT_EQ(roots.state, Roots{}.state);
}

TEST_F(RootsTest, a_named_file_or_path_wins_over_its_root)
{
    set("HA_CONFIG_ROOT", "/n1/etc");
    set("COROSYNC_CLUSTER_CONFIG_FILE", "/tmp/mine.conf");
    set("HA_FENCE_AGENT_PATH", "/agents");
    const Roots roots = Roots::from_environment();
    EXPECT_EQ(roots.cluster_conf, "/tmp/mine.conf");
    EXPECT_EQ(roots.fence_agent_path, "/agents");
}

TEST_F(RootsTest, an_empty_variable_counts_as_unset)
{
    set("HA_RUN_ROOT", "");
    EXPECT_EQ(Roots::from_environment().run, Roots{}.run);
}

}  // namespace
}  // namespace ha
