// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rgmanager/tool/clusvcadm/command_line.hpp"
#include "rgmanager/tool/clusvcadm/member_name.hpp"
#include "rgmanager/tool/clusvcadm/words.hpp"

namespace ha::service::clusvcadm {

namespace {

using protocol::ReturnCode;
using protocol::ServiceVerb;
using Kind = CommandLine::Kind;

TEST(ClusvcadmCommandLine, reads_every_action)
{
    const std::pair<const char*, ServiceVerb> actions[] = {
        {"-e", ServiceVerb::enable},   {"-d", ServiceVerb::disable},  {"-s", ServiceVerb::stop},
        {"-R", ServiceVerb::restart},  {"-r", ServiceVerb::relocate}, {"-Z", ServiceVerb::freeze},
        {"-U", ServiceVerb::unfreeze},
    };
    for (const auto& [option, verb] : actions) {
        const CommandLine line = parse({option, "web", "-m", "node2"});
        EXPECT_EQ(line.kind, Kind::request);
        EXPECT_EQ(line.verb, verb);
        EXPECT_EQ(line.service, "service:web");
        EXPECT_EQ(line.member, "node2");
    }
    EXPECT_EQ(parse({"-M", "vm:guest", "-n", "node2"}).service, "vm:guest");
}

TEST(ClusvcadmCommandLine, the_last_action_wins_and_options_may_come_first)
{
    const CommandLine line = parse({"-n", "node2", "-e", "web", "-d", "db"});
    EXPECT_EQ(line.verb, ServiceVerb::disable);
    EXPECT_EQ(line.service, "service:db");
}

TEST(ClusvcadmCommandLine, enable_by_failover_domain_excludes_a_member)
{
    EXPECT_EQ(parse({"-e", "web", "-F"}).verb, ServiceVerb::enable_anywhere);
    const CommandLine line = parse({"-e", "web", "-F", "-m", "node1"});
    EXPECT_EQ(line.kind, Kind::error);
    EXPECT_EQ(line.error, "Cannot use '-F' with '-n' or '-m'");
}

TEST(ClusvcadmCommandLine, migration_needs_a_member)
{
    const CommandLine line = parse({"-M", "vm:guest"});
    EXPECT_EQ(line.kind, Kind::error);
    EXPECT_EQ(line.error, "Migration requires a target cluster member");
}

TEST(ClusvcadmCommandLine, lock_options_act_at_once)
{
    EXPECT_EQ(parse({"-l", "-e", "web"}).verb, ServiceVerb::lock);
    EXPECT_EQ(parse({"-u"}).verb, ServiceVerb::unlock);
    EXPECT_EQ(parse({"-S", "--nonsense"}).kind, Kind::show_lock);
}

TEST(ClusvcadmCommandLine, anything_else_is_answered_by_the_usage)
{
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {}, {"-h"}, {"-?"}, {"-a"}, {"-t", "5"}, {"-e"}, {"-m", "node1"}}) {
        EXPECT_EQ(parse(arguments).kind, Kind::usage);
    }
    EXPECT_EQ(parse({"-v"}).kind, Kind::version);
}

TEST(ClusvcadmCommandLine, names_are_cut_at_63_characters)
{
    EXPECT_EQ(full_service_name(std::string(100, 'x')).size(), 63U);
    EXPECT_EQ(full_service_name("vm:x"), "vm:x");
}

TEST(ClusvcadmMember, is_compared_without_case_and_spelt_as_the_cluster_does)
{
    const MemberMatch match = match_member("NODE1", {"node1", "node2"});
    EXPECT_EQ(match.name, "node1");
    EXPECT_TRUE(match.words.empty());
}

TEST(ClusvcadmMember, closest_match_is_used_when_there_is_one)
{
    const MemberMatch match = match_member("alpha.example", {"alpha", "beta"});
    EXPECT_EQ(match.name, "alpha");
    EXPECT_THAT(match.words, testing::ElementsAre("'alpha.example' not in membership list",
                                                  "Closest match: 'alpha'"));
}

TEST(ClusvcadmMember, nothing_is_used_when_none_or_several_match)
{
    const MemberMatch several = match_member("node", {"node1", "node2"});
    EXPECT_FALSE(several.name);
    EXPECT_THAT(several.words, testing::Contains("More than one possible match for 'node' found"));
    const MemberMatch none = match_member("xyz", {"node1", "node2"});
    EXPECT_FALSE(none.name);
    EXPECT_THAT(none.words, testing::Contains("No matches for 'xyz' found"));
}

TEST(ClusvcadmWords, are_the_old_ones)
{
    const auto line = [](ServiceVerb verb, const std::string& member, ReturnCode code,
                         const std::string& owner) {
        return opening(verb, "service:web", member) +
               closing(verb, "service:web", member, code, owner);
    };
    EXPECT_EQ(line(ServiceVerb::enable, "", ReturnCode::success, "node1"),
              "Local machine trying to enable service:web...Success\n"
              "service:web is now running on node1\n");
    EXPECT_EQ(
        line(ServiceVerb::relocate, "node2", ReturnCode::relocated_back, "node1"),
        "Trying to relocate service:web to node2...Failed; service running on original owner\n");
    EXPECT_EQ(line(ServiceVerb::disable, "", ReturnCode::success, ""),
              "Local machine disabling service:web...Success\n");
    EXPECT_EQ(line(ServiceVerb::enable, "", ReturnCode::no_service, ""),
              "Local machine trying to enable service:web...Service does not exist\n");
    EXPECT_EQ(line(ServiceVerb::enable, "node2", ReturnCode::success, "node1"),
              "Member node2 trying to enable service:web...Success\n"
              "Warning: service:web is now running on node1\n");
    EXPECT_EQ(line(ServiceVerb::freeze, "", ReturnCode::success, ""),
              "Local machine freezing service:web...Success\n");
}

TEST(ClusvcadmWords, exit_codes_are_the_code_modulo_256)
{
    EXPECT_EQ(exit_code(ReturnCode::success), 0);
    EXPECT_EQ(exit_code(ReturnCode::already_running), 0);
    EXPECT_EQ(exit_code(ReturnCode::fail), 255);
    EXPECT_EQ(exit_code(ReturnCode::abort), 254);
    EXPECT_EQ(exit_code(ReturnCode::no_service), 252);
    EXPECT_EQ(exit_code(ReturnCode::frozen), 245);
    EXPECT_EQ(exit_code(ReturnCode::relocated_back), 239);
    EXPECT_EQ(exit_code(ReturnCode::warning), 237);
}

}  // namespace

}  // namespace ha::service::clusvcadm
