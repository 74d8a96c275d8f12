// SPDX-License-Identifier: Apache-2.0
#include "common/log/mask.hpp"

#include <gtest/gtest.h>

namespace ha::log {
namespace {

TEST(Mask, knows_which_parameters_are_secret)
{
    for (const char* key : {"passwd", "password", "ipmi_password", "PASSWD", "passphrase", "secret",
                            "token", "community", "key", "snmp_priv_passwd", "snmp_auth_prot",
                            "api-key", "snmp-auth-passwd"}) {
        EXPECT_TRUE(is_secret_key(key)) << key;
    }
    for (const char* key : {"port", "keyfile", "identity_file", "passwd_script", "login", "action",
                            "ipaddr", "secure", "", "tokens_per_second"}) {
        EXPECT_FALSE(is_secret_key(key)) << key;
    }
}

TEST(Mask, hides_values_on_an_agents_stdin_to_the_end_of_the_line)
{
    EXPECT_EQ(mask_secrets("action=off\npasswd=two words\nport=n2\n"),
              "action=off\npasswd=******\nport=n2\n");
}

TEST(Mask, hides_values_inside_a_line)
{
    EXPECT_EQ(mask_secrets("ran with login=admin passwd=geheim port=2"),
              "ran with login=admin passwd=****** port=2");
    EXPECT_EQ(mask_secrets(R"(<device name="ipmi" passwd="ge heim" port="2"/>)"),
              R"(<device name="ipmi" passwd="******" port="2"/>)");
    EXPECT_EQ(mask_secrets(R"({"password": "a\"b", "port": 2})"),
              R"({"password": "******", "port": 2})");
    EXPECT_EQ(mask_secrets("ipmitool --password geheim -H host"),
              "ipmitool --password ****** -H host");
    EXPECT_EQ(mask_secrets("Password: geheim\n"), "Password: ******\n");
}

TEST(Mask, hides_known_values_wherever_they_are)
{
    EXPECT_EQ(mask_secrets("login as admin/geheim failed", {"geheim"}),
              "login as admin/****** failed");
    EXPECT_EQ(mask_secrets("geheim2 geheim", {"geheim", "geheim2"}), "****** ******");
    EXPECT_EQ(mask_secrets("a banana", {"a", ""}), "a banana") << "too short to search for";
}

TEST(Mask, leaves_everything_else_alone)
{
    for (const char* text : {"", "no secrets here", "the token was lost", "password",
                             "passwd=", "passwd=\nport=2", "keyfile=/etc/key", "a=b=c"}) {
        EXPECT_EQ(mask_secrets(text), text);
    }
}

TEST(Mask, copes_with_unfinished_quotes)
{
    EXPECT_EQ(mask_secrets("passwd=\"gehe"), "passwd=\"******");
    EXPECT_EQ(mask_secrets("passwd=\"gehe\\"), "passwd=\"******");
}

}  // namespace
}  // namespace ha::log
