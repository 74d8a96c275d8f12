// SPDX-License-Identifier: Apache-2.0
//
// Frames that are well formed and mean harm, or come from a peer that is broken.
#include <algorithm>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "common/view/group.hpp"
#include "common/wire/bytes.hpp"
#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {

namespace {

Bus members(std::uint32_t count, std::uint32_t configured = 0)
{
    Bus bus(std::max(count, configured), false);
    std::vector<std::uint32_t> ids;
    for (std::uint32_t id = 1; id <= count; ++id) {
        bus.create(id, "life" + std::to_string(id));
        ids.push_back(id);
    }
    bus.ring(8, ids, true);
    for (const std::uint32_t id : ids) {
        bus.join(id);
    }
    bus.run();
    return bus;
}

FrameOrigin origin_of_member(Bus& bus, std::uint32_t id)
{
    const Group& group = bus.node(id).group;
    const Member& self = group.admitted().at(NodeId{id});
    return FrameOrigin{self.life, self.admission, group.view().ring, group.change(), 0};
}

void deliver_to_all(Bus& bus, std::uint32_t sender, const GroupFrame& frame)
{
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.feed(NodeId{id}, FrameDelivered{NodeId{sender}, encode_group_frame(frame)});
    }
    bus.run();
}

TEST(GroupAmongEnemies, a_document_that_nobody_holds_is_not_activated)
{
    Bus bus = members(3);
    deliver_to_all(bus, 3, ActivateFrame{origin_of_member(bus, 3), ConfigId{9, "nobody"}});
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(bus.node(id).group.active_config(), (ConfigId{1, "hash"}));
        EXPECT_TRUE(bus.node(id).all<ConfigActivated>().empty());
        EXPECT_TRUE(bus.node(id).group.is_settled());
    }
}

TEST(GroupAmongEnemies, an_admission_number_from_a_garbled_file_does_not_wrap_around)
{
    Bus bus(2, false);
    bus.create(1, "life1");
    Group::Config config;
    config.self = NodeId{2};
    config.life = DaemonLife{NodeLife{"life2"}, 1};
    config.admission_floor = AdmissionNumber{UINT64_MAX};
    bus.create(2, "life2");
    bus.node(2).group = Group(config);
    bus.feed(NodeId{2},
             ConfigHeld{ConfigId{1, "hash"}, {{{NodeId{1}, 1}, {NodeId{2}, 1}}, 0, false}});
    bus.ring(8, {1, 2}, true);
    bus.join(1);
    bus.join(2);
    bus.run();
    ASSERT_TRUE(bus.node(1).group.is_settled());
    EXPECT_EQ(bus.node(1).group.last_admission(), AdmissionNumber{2});
}

/// The state of a group with one member, as a snapshot carries it.
std::string state_of(std::uint64_t change, std::uint64_t last_admission)
{
    wire::Writer writer;
    writer.u64(change);
    writer.u64(0);  // digest
    writer.u64(0);  // and at the beginning of the ring
    writer.u64(last_admission);
    writer.u64(1);
    writer.text("hash");
    writer.boolean(true);
    writer.u16(1);
    writer.u32(1);
    writer.u32(1);
    writer.text("life1");
    writer.u64(1);
    writer.u64(1);  // admission
    writer.u32(0);  // attempts
    writer.u32(0);
    writer.u32(0);
    writer.u32(0);
    writer.text("state");
    return std::move(writer).take();
}

/// What node 2, which asked to join, does with an answer.
struct Answered {
    std::size_t loads = 0;
    bool asks_again = false;
};

Answered answered(const std::string& blob)
{
    Bus bus(2, false);
    bus.create(2, "life2");
    bus.ring(8, {2}, true);
    bus.node(2).in_group = true;
    bus.feed(NodeId{2}, GroupChanged{{NodeId{1}, NodeId{2}}, {}, {NodeId{2}}});
    bus.run();
    for (std::uint64_t nonce = 1; nonce < 9; ++nonce) {
        SnapshotFrame frame;
        frame.origin.ring = RingId{NodeId{2}, 8};
        frame.to = NodeId{2};
        frame.nonce = nonce;
        frame.count = 1;
        frame.checksum = checksum(blob);
        frame.bytes = blob;
        bus.feed(NodeId{2}, FrameDelivered{NodeId{1}, encode_group_frame(frame)});
    }
    return {bus.node(2).all<LoadSnapshot>().size(), bus.queued_requests_of(2) > 0};
}

TEST(GroupAmongEnemies, a_snapshot_without_what_every_state_has_is_not_loaded)
{
    const std::string whole = state_of(4, 1);
    EXPECT_EQ(answered(whole).loads, 1U);
    EXPECT_FALSE(answered(whole).asks_again);
    for (const std::string& garbled : {state_of(4, UINT64_MAX),  // admissions would wrap around
                                       state_of(4, 0),           // its member was never admitted
                                       whole.substr(0, 60)}) {
        EXPECT_EQ(answered(garbled).loads, 0U);
        EXPECT_TRUE(answered(garbled).asks_again);
    }
}

/// A whole frame of a type that only another release knows, from where a member's frames come.
std::string frame_of_unknown_type(Bus& bus, std::uint32_t sender, std::uint16_t version = 1)
{
    std::string bytes = encode_group_frame(AppFrame{origin_of_member(bus, sender), 9, "?"});
    bytes[4] = static_cast<char>(version);
    bytes[6] = 99;
    return bytes;
}

TEST(GroupAmongEnemies, a_member_that_sends_what_we_do_not_know_keeps_the_view_unsettled)
{
    Bus bus = members(3);
    const std::string bytes = frame_of_unknown_type(bus, 3);
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.feed(NodeId{id}, FrameDelivered{NodeId{3}, bytes});
    }
    bus.run();
    for (const std::uint32_t id : {1U, 2U}) {
        ASSERT_EQ(bus.node(id).all<ForeignFrame>().size(), 1U);
        EXPECT_EQ(bus.node(id).all<ForeignFrame>()[0].sender.node, NodeId{3});
        EXPECT_FALSE(bus.node(id).group.is_settled());
    }
    EXPECT_FALSE(bus.node(3).group.is_settled()) << "it hears that it is refused";
    EXPECT_TRUE(bus.node(3).all<ForeignFrame>().empty()) << "nobody refuses itself";
    for (const std::uint32_t id : {1U, 2U}) {
        std::vector<GroupOutput> out;
        bus.node(id).group.expel(NodeId{3}, out);
        bus.handle(NodeId{id}, std::move(out));
    }
    bus.run();
    EXPECT_TRUE(bus.node(1).group.is_settled());
    EXPECT_TRUE(bus.node(2).group.is_settled());
}

TEST(GroupAmongEnemies, an_unknown_frame_of_another_life_or_version_refuses_nobody)
{
    Bus bus = members(3);
    FrameOrigin other = origin_of_member(bus, 3);
    other.life = DaemonLife{NodeLife{"life3"}, 2};
    std::string bytes = encode_group_frame(AppFrame{other, 9, "?"});
    bytes[6] = 99;
    bus.feed(NodeId{1}, FrameDelivered{NodeId{3}, bytes});
    bus.feed(NodeId{1}, FrameDelivered{NodeId{3}, frame_of_unknown_type(bus, 3, 2)});
    EXPECT_TRUE(bus.node(1).all<ForeignFrame>().empty());
    EXPECT_EQ(bus.node(1).all<GarbageSeen>().size(), 2U);
    EXPECT_TRUE(bus.node(1).group.is_settled());
}

TEST(GroupAmongEnemies, a_joiner_takes_over_no_state_that_lacks_an_unknown_frame)
{
    Bus bus(3, false);
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        bus.create(id, "life" + std::to_string(id));
    }
    bus.ring(8, {1, 2, 3}, true);
    bus.join(1);
    bus.join(2);
    bus.run();
    const std::string bytes = frame_of_unknown_type(bus, 1);
    bus.join(3);
    for (int frames = 0; frames < 50 && bus.queued() > 0; ++frames) {
        bus.deliver_one();
        bus.feed(NodeId{3}, FrameDelivered{NodeId{1}, bytes});
    }
    EXPECT_FALSE(bus.node(3).group.is_admitted());
    bus.run();  // from here on it knows everything
    EXPECT_TRUE(bus.node(3).group.is_admitted());
}

/// Nodes 1 and 2 on one ring, each with its lowest and highest protocol version.
Bus two_releases(std::pair<std::uint16_t, std::uint16_t> first,
                 std::pair<std::uint16_t, std::uint16_t> second, std::uint32_t expected_votes)
{
    Bus bus(2, false);
    for (const std::uint32_t id : {1U, 2U}) {
        bus.create(id, "life" + std::to_string(id));
        Group::Config config;
        config.self = NodeId{id};
        config.life = DaemonLife{NodeLife{"life" + std::to_string(id)}, 1};
        std::tie(config.protocol_min, config.protocol_max) = id == 1 ? first : second;
        bus.node(id).group = Group(config);
        bus.feed(NodeId{id}, ConfigHeld{ConfigId{1, "hash"},
                                        {{{NodeId{1}, 1}, {NodeId{2}, 1}}, expected_votes, false}});
    }
    bus.ring(8, {1, 2}, true);
    return bus;
}

/// What node 2 hears that asks for protocol versions `min` to `max`, in a group that speaks
/// version 3.
std::vector<Refused> answers_to(std::uint16_t min, std::uint16_t max)
{
    Bus bus = two_releases({2, 3}, {min, max}, 1);
    bus.join(1);
    bus.run();
    bus.join(2);
    bus.run();
    EXPECT_EQ(bus.node(2).group.is_admitted(), bus.node(2).all<Refused>().empty());
    return bus.node(2).all<Refused>();
}

TEST(GroupAmongEnemies, a_joiner_of_other_protocol_versions_is_refused_with_what_to_do)
{
    EXPECT_TRUE(answers_to(1, 3).empty());
    EXPECT_TRUE(answers_to(3, 5).empty());
    const std::vector<Refused> older = answers_to(1, 2);
    ASSERT_EQ(older.size(), 1U);
    EXPECT_EQ(older[0].reason,
              "the group speaks protocol version 3, this node versions 1 to 2; install the release "
              "the other nodes run");
    EXPECT_EQ(answers_to(4, 6).size(), 1U);
}

/// Two nodes begin together; versions as they ask for them.
std::vector<Refused> founders_hear(std::uint16_t min, std::uint16_t max, bool& is_formed)
{
    Bus bus = two_releases({1, 2}, {min, max}, 2);
    bus.join(1);
    bus.join(2);
    bus.run();
    is_formed = bus.node(1).group.is_settled() && bus.node(2).group.is_settled();
    EXPECT_FALSE(bus.node(1).group.is_admitted() && !bus.node(2).group.is_admitted());
    EXPECT_TRUE(bus.node(1).all<Refused>().empty());
    return bus.node(2).all<Refused>();
}

TEST(GroupAmongEnemies, a_table_is_formed_only_by_nodes_that_share_a_protocol_version)
{
    bool is_formed = false;
    EXPECT_TRUE(founders_hear(2, 3, is_formed).empty());
    EXPECT_TRUE(is_formed);
    const std::vector<Refused> newer = founders_hear(3, 4, is_formed);
    EXPECT_FALSE(is_formed);
    ASSERT_FALSE(newer.empty());
    EXPECT_EQ(newer[0].reason,
              "the group speaks protocol version 2, this node versions 3 to 4; install the release "
              "the other nodes run");
}

TEST(GroupAmongEnemies, nobody_gets_a_state_that_lacks_what_a_refused_member_sent)
{
    Bus bus = members(3, 4);
    const std::string bytes = frame_of_unknown_type(bus, 3);
    for (const std::uint32_t id : {1U, 2U}) {
        bus.feed(NodeId{id}, FrameDelivered{NodeId{3}, bytes});
    }
    bus.run();
    bus.create(4, "life4");
    bus.ring(12, {1, 2, 3, 4}, true);
    bus.join(4);
    bus.run();
    EXPECT_TRUE(bus.node(4).all<LoadSnapshot>().empty());
    for (const std::uint32_t id : {1U, 2U}) {
        std::vector<GroupOutput> out;
        bus.node(id).group.expel(NodeId{3}, out);
        bus.handle(NodeId{id}, std::move(out));
    }
    bus.run();
    EXPECT_TRUE(bus.node(4).group.is_admitted());
}

TEST(GroupAmongEnemies, a_joiner_begins_anew_when_its_application_cannot_read_what_it_replays)
{
    Bus bus = three_daemons();
    bus.join(1);
    bus.join(2);
    bus.run();
    bus.join(3);
    while (bus.node(3).all<LoadSnapshot>().empty()) {
        ASSERT_GT(bus.queued(), 0U);
        bus.deliver_one();
    }
    bus.refuse(3, 1);
    EXPECT_FALSE(bus.node(3).group.is_admitted());
    bus.run();
    EXPECT_TRUE(bus.node(3).group.is_settled());
    EXPECT_EQ(bus.node(3).all<LoadSnapshot>().size(), 2U);
}

/// Node 3 could not read what node 2 sent; node 1 was given it with node 2's state.
Bus after_node_2_let_node_1_in()
{
    Bus bus = three_daemons();
    bus.join(2);
    bus.join(3);
    bus.run();
    bus.propose(2, "unreadable", false);
    bus.run();
    bus.node(3).state.clear();
    bus.refuse(3, 2);
    bus.join(1);
    bus.run();
    EXPECT_TRUE(bus.node(1).group.is_admitted());
    EXPECT_NE(bus.node(1).state, bus.node(3).state);
    return bus;
}

void expect_one_state_without_node_2(Bus& bus)
{
    EXPECT_EQ(bus.node(1).state, bus.node(3).state);
    for (const std::uint32_t id : {1U, 3U}) {
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_EQ(bus.node(id).group.view().members.size(), 2U);
    }
}

/// No new ring tells them to compare.
TEST(GroupAmongEnemies, who_was_let_in_by_a_refused_member_takes_the_state_of_the_others)
{
    Bus bus = after_node_2_let_node_1_in();
    bus.leave(2, LeaveReason::process_down);
    bus.run();
    expect_one_state_without_node_2(bus);
}

/// The bytes were the same for all, but not what they are to those who read them.
TEST(GroupAmongEnemies, who_was_let_in_by_a_refused_member_differs_from_the_others_in_a_new_ring)
{
    Bus bus = after_node_2_let_node_1_in();
    bus.drop_frames_of(2);
    bus.leave(2, LeaveReason::node_down);
    bus.ring(12, {1, 3}, true);
    bus.run();
    expect_one_state_without_node_2(bus);
}

/// It takes itself for the senior member still, and would give its state.
TEST(GroupAmongEnemies, a_refused_senior_that_is_no_member_any_more_is_not_asked_for_its_state)
{
    Bus bus = members(3);
    ASSERT_TRUE(bus.node(2).group.is_settled());
    for (const std::uint32_t id : {2U, 3U}) {
        bus.refuse(id, 1);
    }
    bus.propose(2, "node 1 is a victim", false);
    bus.run();
    for (const std::uint32_t id : {2U, 3U}) {
        std::vector<GroupOutput> out;
        bus.node(id).group.expel(NodeId{1}, out);
        bus.handle(NodeId{id}, std::move(out));
    }
    bus.run();
    bus.feed(NodeId{1}, ConfigHeld{ConfigId{2, "newer"}, {}});  // so it speaks
    ASSERT_GT(bus.queued(), 0U);
    bus.run();
    for (const std::uint32_t id : {2U, 3U}) {
        EXPECT_TRUE(bus.node(id).group.is_settled());
        EXPECT_FALSE(bus.node(id).group.admitted().contains(NodeId{1}));
    }
}

/// Who cannot read what it sends could not read its state either.
TEST(GroupAmongEnemies, a_refused_senior_that_is_a_member_still_gives_nobody_its_state)
{
    Bus bus = members(3);
    for (const std::uint32_t id : {2U, 3U}) {
        bus.refuse(id, 1);
    }
    bus.run();
    bus.ring(12, {1, 2, 3}, true);
    bus.run();
    for (const std::uint32_t id : {2U, 3U}) {
        EXPECT_FALSE(bus.node(id).group.is_settled());
        EXPECT_EQ(bus.queued_requests_of(id), 0U);
        EXPECT_TRUE(bus.node(id).all<LoadSnapshot>().empty());
    }
}

TEST(GroupAmongEnemies, barred_lives_are_bounded_and_the_newest_stay)
{
    Bus bus = members(1);
    Group& group = bus.node(1).group;
    for (int boot = 0; boot < 1000; ++boot) {
        group.bar(NodeId{2}, NodeLife{"boot" + std::to_string(boot)});
    }
    const std::string text = group.describe();
    EXPECT_NE(text.find("boot999"), std::string::npos);
    EXPECT_NE(text.find("boot984"), std::string::npos);
    EXPECT_EQ(text.find("boot983"), std::string::npos);
}

}  // namespace

}  // namespace ha::view::test
