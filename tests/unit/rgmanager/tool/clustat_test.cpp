// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rgmanager/tool/clustat/report.hpp"

namespace ha::service::clustat {

namespace {

using protocol::ServiceState;

ReportService service(const std::string& name, ServiceState state, const std::string& owner,
                      const std::string& last)
{
    ReportService result;
    result.row.name = name;
    result.row.state = state;
    result.row.transition_s = 1420113600;
    result.owner = owner;
    result.last_owner = last;
    return result;
}

class Clustat : public testing::Test
{
protected:
    Clustat()
    {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        report_.cluster_name = "an-cluster";
        report_.cluster_id = 31412;
        report_.generation = 24;
        report_.is_quorate = true;
        report_.local_id = NodeId{1};
        report_.now_s = 1420113600;
        report_.nodes = {{NodeId{1}, "node1", true, true, false, true},
                         {NodeId{2}, "node2", false, false, false, false}};
        report_.rgmanager_answered = true;
        report_.services = {service("service:db", ServiceState::disabled, "none", "node2"),
                            service("service:web", ServiceState::started, "node1", "none")};
        report_.services[1].row.partial = true;
    }

    Report report_;
    ReportOptions options_;
};

TEST_F(Clustat, prints_the_classic_report_in_80_columns_to_the_byte)
{
    EXPECT_EQ(text_report(report_, options_),
              "Cluster Status for an-cluster @ Thu Jan  1 12:00:00 2015\n"
              "Member Status: Quorate\n"
              "\n"
              " Member Name                             ID   Status\n"
              " ------ ----                             ---- ------\n"
              " node1                                       1 Online, Local, rgmanager\n"
              " node2                                       2 Offline\n"
              "\n"
              " Service Name                   Owner (Last)                   State         \n"
              " ------- ----                   ----- ------                   -----         \n"
              " service:db                     (node2)                        disabled      \n"
              " service:web                    node1                          started    [P]\n");
}

TEST_F(Clustat, widths_follow_the_terminal)
{
    options_.columns = 40;
    options_.only_service = "service:web";
    EXPECT_EQ(text_report(report_, options_),
              " Service Na Owner (Las State         \n"
              " ------- -- ----- ---- -----         \n"
              " service:we node1      started    [P]\n");
    options_.columns = 200;
    const std::string wide = text_report(report_, options_);
    EXPECT_EQ(wide.substr(0, wide.find('\n')).size(), 1U + 64 + 1 + 64 + 1 + 14);
    options_.columns = 10;
    EXPECT_EQ(text_report(report_, options_).substr(0, 4), "   S");
}

TEST_F(Clustat, flags_stand_right_aligned_in_their_field)
{
    options_.only_service = "service:web";
    report_.services[1].row.frozen = true;
    EXPECT_THAT(text_report(report_, options_), testing::EndsWith(" started   [ZP]\n"));
    report_.services[1].row.partial = false;
    EXPECT_THAT(text_report(report_, options_), testing::EndsWith(" started    [Z]\n"));
}

TEST_F(Clustat, a_long_last_owner_is_cut_inside_its_parentheses)
{
    report_.services[0].last_owner = std::string(40, 'x');
    options_.only_service = "service:db";
    EXPECT_THAT(text_report(report_, options_),
                testing::HasSubstr(" (" + std::string(28, 'x') + ") disabled"));
}

TEST_F(Clustat, shows_no_services_when_rgmanager_does_not_answer)
{
    report_.rgmanager_answered = false;
    report_.services.clear();
    EXPECT_THAT(text_report(report_, options_), testing::Not(testing::HasSubstr("Service Name")));
    EXPECT_THAT(xml_report(report_, options_), testing::Not(testing::HasSubstr("<groups>")));
}

TEST_F(Clustat, member_report_has_one_row_and_no_marks_of_rgmanager)
{
    options_.only_member = "node1";
    EXPECT_EQ(text_report(report_, options_),
              " Member Name                             ID   Status\n"
              " ------ ----                             ---- ------\n"
              " node1                                       1 Online, Local\n");
}

TEST_F(Clustat, exit_codes_tell_the_state)
{
    EXPECT_EQ(exit_code(report_, options_), 0);
    options_.only_member = "node1";
    EXPECT_EQ(exit_code(report_, options_), 0);
    options_.only_member = "node2";
    EXPECT_EQ(exit_code(report_, options_), 1);
    options_.only_member = "node9";
    EXPECT_EQ(exit_code(report_, options_), 255);
    options_.only_member.reset();
    const std::pair<ServiceState, int> expectations[] = {
        {ServiceState::starting, 0},     {ServiceState::started, 0},  {ServiceState::stopping, 0},
        {ServiceState::stopped, 110},    {ServiceState::failed, 114}, {ServiceState::disabled, 119},
        {ServiceState::recovering, 118},
    };
    options_.only_service = "service:web";
    for (const auto& [state, code] : expectations) {
        report_.services[1].row.state = state;
        EXPECT_EQ(exit_code(report_, options_), code);
    }
    options_.only_service = "service:nope";
    EXPECT_EQ(exit_code(report_, options_), 255);
}

TEST_F(Clustat, long_report_spells_everything_out)
{
    options_.is_long = true;
    report_.services[1].row.frozen = true;
    EXPECT_THAT(text_report(report_, options_),
                testing::EndsWith("Service Information\n"
                                  "------- -----------\n"
                                  "\n"
                                  "Service Name      : service:db\n"
                                  "  Current State   : disabled (119)\n"
                                  "  Flags           : none (0)\n"
                                  "  Owner           : none\n"
                                  "  Last Owner      : node2\n"
                                  "  Last Transition : Thu Jan  1 12:00:00 2015\n"
                                  "\n"
                                  "Service Name      : service:web\n"
                                  "  Current State   : started (112)\n"
                                  "  Flags           : frozen, partial (3)\n"
                                  "  Owner           : node1\n"
                                  "  Last Owner      : none\n"
                                  "  Last Transition : Thu Jan  1 12:00:00 2015\n"
                                  "\n"));
}

TEST_F(Clustat, xml_has_all_attributes_in_order_and_escapes_values)
{
    report_.services.erase(report_.services.begin());
    report_.cluster_name = "a<b&\"c\"";
    EXPECT_EQ(xml_report(report_, options_),
              "<?xml version=\"1.0\"?>\n"
              "<clustat version=\"4.1.1\">\n"
              "  <cluster name=\"a&lt;b&amp;&quot;c&quot;\" id=\"31412\" generation=\"24\"/>\n"
              "  <quorum quorate=\"1\" groupmember=\"1\"/>\n"
              "  <nodes>\n"
              "    <node name=\"node1\" state=\"1\" local=\"1\" estranged=\"0\" rgmanager=\"1\" "
              "rgmanager_master=\"0\" qdisk=\"0\" nodeid=\"0x00000001\"/>\n"
              "    <node name=\"node2\" state=\"0\" local=\"0\" estranged=\"0\" rgmanager=\"0\" "
              "rgmanager_master=\"0\" qdisk=\"0\" nodeid=\"0x00000002\"/>\n"
              "  </nodes>\n"
              "  <groups>\n"
              "    <group name=\"service:web\" state=\"112\" state_str=\"started\" flags=\"2\" "
              "flags_str=\"partial\" "
              "owner=\"node1\" last_owner=\"none\" restarts=\"0\" last_transition=\"1420113600\" "
              "last_transition_str=\"Thu Jan  1 12:00:00 2015\"/>\n"
              "  </groups>\n"
              "</clustat>\n");
    report_.is_quorate = false;
    EXPECT_THAT(xml_report(report_, options_),
                testing::HasSubstr("  <quorum quorate=\"0\"\n groupmember=\"0\"/>\n"));
}

/// Other people's programs read it: every field, in its place, with its type.
TEST_F(Clustat, json_has_every_field_of_cluster_nodes_and_services)
{
    protocol::ServiceRow& row = report_.services[1].row;
    row.frozen = true;
    row.restarts = 2;
    row.op.kind = protocol::OperationKind::relocate;
    row.reason = "n1 is the \"best\" choice";
    report_.services[1].waits_for = "waits until node2 is settled";
    EXPECT_EQ(
        json_report(report_),
        "{\"cluster\":\"an-cluster\",\"cluster_id\":31412,\"generation\":24,"
        "\"quorate\":true,\"rgmanager\":true,"
        "\"nodes\":["
        "{\"id\":1,\"name\":\"node1\",\"online\":true,\"local\":true,\"rgmanager\":true},"
        "{\"id\":2,\"name\":\"node2\",\"online\":false,\"local\":false,\"rgmanager\":false}"
        "],"
        "\"services\":["
        "{\"name\":\"service:db\",\"state\":\"disabled\",\"state_number\":119,"
        "\"owner\":\"none\",\"last_owner\":\"node2\",\"flags\":[],\"restarts\":0,"
        "\"last_transition_s\":1420113600,\"operation\":\"\",\"reason\":\"\",\"waits_for\":\"\"},"
        "{\"name\":\"service:web\",\"state\":\"started\",\"state_number\":112,"
        "\"owner\":\"node1\",\"last_owner\":\"none\",\"flags\":[\"frozen\",\"partial\"],"
        "\"restarts\":2,\"last_transition_s\":1420113600,\"operation\":\"relocate\","
        "\"reason\":\"n1 is the \\\"best\\\" choice\","
        "\"waits_for\":\"waits until node2 is settled\"}"
        "]}\n");
}

/// The fields stay when nothing is known; a reader need not ask whether they are there.
TEST_F(Clustat, json_has_its_fields_also_when_rgmanager_does_not_answer)
{
    EXPECT_EQ(json_report(Report{}),
              "{\"cluster\":\"\",\"cluster_id\":0,\"generation\":0,\"quorate\":false,"
              "\"rgmanager\":false,\"nodes\":[],\"services\":[]}\n");
}

TEST_F(Clustat, what_waits_is_named_in_a_sentence_below_the_report)
{
    report_.services[1].waits_for =
        "waits for node2 to be fenced; fence_ack_manual node2 ends the wait";
    EXPECT_THAT(text_report(report_, options_),
                testing::EndsWith("\n service:web: waits for node2 to be fenced; "
                                  "fence_ack_manual node2 ends the wait\n"));
    EXPECT_THAT(json_report(report_), testing::HasSubstr("\"waits_for\":\"waits for node2"));
}

}  // namespace

}  // namespace ha::service::clustat
