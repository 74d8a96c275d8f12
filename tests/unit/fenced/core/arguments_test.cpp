// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/arguments.hpp"

#include <gtest/gtest.h>

#include "tests/unit/fenced/core/fence_builders.hpp"

namespace ha::fence {
namespace {

using test::step;

constexpr std::size_t bytes_max = 4095;

std::string text_for(const model::FenceStep& of, Purpose purpose = Purpose::fence,
                     std::string_view node = "n2")
{
    auto text = agent_arguments(of, node, purpose, bytes_max);
    EXPECT_TRUE(text.has_value());
    return text ? *text : "";
}

TEST(FenceArguments, follow_the_worked_example_of_the_specification)
{
    const auto batou =
        step("batou", "fence_na", {{"port", "01"}, {"action", "reboot"}},
             {{"ipaddr", "b.example"}, {"login", "u"}, {"passwd", "s"}, {"quiet", "1"}});
    EXPECT_EQ(text_for(batou, Purpose::fence, "an-node02.alteeve.com"),
              "port=01\naction=reboot\nnodename=an-node02.alteeve.com\n"
              "ipaddr=b.example\nlogin=u\npasswd=s\nquiet=1\n");
}

TEST(FenceArguments, leave_out_name_and_agent_but_not_keys_that_begin_like_them)
{
    const auto of = step("d", "T", {{"name", "d"}, {"nameserver", "ns"}},
                         {{"name", "d"}, {"agent", "T"}, {"agentx", "1"}});
    EXPECT_EQ(text_for(of), "nameserver=ns\nnodename=n2\nagentx=1\n");
}

TEST(FenceArguments, keep_a_nodename_of_the_device_and_add_no_second_one)
{
    EXPECT_EQ(text_for(step("d", "T", {{"nodename", "x"}})), "nodename=x\n");
}

TEST(FenceArguments, give_both_lines_when_both_levels_set_a_key_with_the_fencedevice_last)
{
    const auto of = step("d", "T", {{"action", "off"}}, {{"action", "reboot"}});
    EXPECT_EQ(text_for(of), "action=off\nnodename=n2\naction=reboot\n");
    EXPECT_EQ(effective_action(of), "reboot");
}

TEST(FenceArguments, translate_option_into_action_only_when_no_action_is_given)
{
    EXPECT_EQ(text_for(step("d", "T", {{"option", "off"}})),
              "option=off\nnodename=n2\naction=off\n");
    EXPECT_EQ(text_for(step("d", "T", {{"option", "off"}}, {{"action", "on"}})),
              "option=off\nnodename=n2\naction=on\n");
}

TEST(FenceArguments, are_refused_beyond_the_limit)
{
    const auto of = step("d", "T", {{"x", std::string(bytes_max, 'y')}});
    auto text = agent_arguments(of, "n2", Purpose::fence, bytes_max);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().code, ErrorCode::too_large);
}

TEST(FenceArguments, are_refused_when_a_value_would_become_a_second_argument)
{
    const auto of = step("d", "T", {{"port", "1\naction=on"}});
    auto text = agent_arguments(of, "n2", Purpose::fence, bytes_max);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().code, ErrorCode::invalid_input);
}

TEST(FenceArguments, for_status_hold_no_other_action_from_either_level)
{
    const auto of = step("d", "T", {{"port", "1"}, {"option", "off"}, {"action", "off"}},
                         {{"action", "reboot"}, {"option", "reboot"}, {"login", "u"}});
    EXPECT_EQ(text_for(of, Purpose::status), "port=1\nnodename=n2\nlogin=u\naction=status\n");
}

TEST(FenceArguments, for_unfencing_must_say_on_or_enable)
{
    EXPECT_EQ(text_for(step("d", "T", {{"action", "on"}}), Purpose::unfence),
              "action=on\nnodename=n2\n");
    EXPECT_FALSE(
        agent_arguments(step("d", "T", {}), "n2", Purpose::unfence, bytes_max).has_value());
    const auto overruled = step("d", "T", {{"action", "on"}}, {{"action", "reboot"}});
    EXPECT_FALSE(agent_arguments(overruled, "n2", Purpose::unfence, bytes_max).has_value());
}

TEST(FenceDeadline, grows_with_what_the_step_tells_its_agent_to_wait)
{
    const Duration base = std::chrono::seconds{120};
    EXPECT_EQ(agent_deadline(step("d", "T", {}), base), base);
    EXPECT_EQ(agent_deadline(step("d", "T", {{"delay", "15"}}, {{"power_wait", "5s"}}), base),
              std::chrono::seconds{140});
    EXPECT_EQ(agent_deadline(step("d", "T", {{"delay", "junk"}}), base), base);
    EXPECT_EQ(agent_deadline(step("d", "T", {{"delay", "4000000000"}}), base),
              base + std::chrono::hours{24});
}

TEST(FenceSecrets, are_known_by_the_name_of_the_argument)
{
    for (const char* key :
         {"passwd", "password", "Passwd", "passphrase", "snmp_priv_passwd", "snmp-priv-passwd",
          "snmp_auth_prot", "community", "secret", "key", "token"}) {
        EXPECT_TRUE(is_secret(key)) << key;
    }
    for (const char* key :
         {"passwd_script", "login", "port", "keyboard", "identity_file", "nodename"}) {
        EXPECT_FALSE(is_secret(key)) << key;
    }
}

TEST(FenceSecrets, are_masked_in_printed_arguments_wherever_they_stand)
{
    EXPECT_EQ(printable_arguments("port=1\nlogin=hunter2\npasswd=hunter2\nkey=ab\n"),
              "port=1 login=******** passwd=******** key=********");
    EXPECT_EQ(printable_arguments(""), "");
}

TEST(FenceSecrets, are_masked_in_the_agents_last_words)
{
    const std::string arguments = "login=u\npasswd=hunter2\ncommunity=ab\n";
    EXPECT_EQ(last_words("starting\nipmitool -U u -P 'hunter2' failed\n\n", arguments),
              "ipmitool -U u -P '********' failed");
    EXPECT_EQ(last_words("community=ab and a cab", arguments), "community=******** and a cab");
}

TEST(FenceLastWords, are_one_bounded_line_without_control_characters)
{
    EXPECT_EQ(last_words("first\n  \x1b[31mlast\x07\r\n \t \n", ""), "[31mlast");
    EXPECT_EQ(last_words("", ""), "");
    EXPECT_LT(last_words(std::string(1 << 20, 'x'), "").size(), 500U);
}

}  // namespace
}  // namespace ha::fence
