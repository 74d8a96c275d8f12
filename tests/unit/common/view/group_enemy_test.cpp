// SPDX-License-Identifier: Apache-2.0
//
// Frames that are well formed and mean harm, or come from a peer that is broken.
#include <gtest/gtest.h>

#include "common/view/group.hpp"
#include "common/wire/bytes.hpp"
#include "tests/unit/common/view/bus.hpp"

namespace ha::view::test {

namespace {

Bus members(std::uint32_t count)
{
    Bus bus(count, false);
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

/// Node 2 asks to join; what `blob` does as the answer of node 1.
std::size_t loaded(const std::string& blob)
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
    return bus.node(2).all<LoadSnapshot>().size();
}

TEST(GroupAmongEnemies, a_snapshot_without_what_every_state_has_is_not_loaded)
{
    EXPECT_EQ(loaded(state_of(4, 1)), 1U);
    EXPECT_EQ(loaded(state_of(4, UINT64_MAX)), 0U);  // admissions would wrap around
    EXPECT_EQ(loaded(state_of(4, 0)), 0U);           // its member was never admitted
    EXPECT_EQ(loaded(state_of(4, 1).substr(0, 60)), 0U);
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
