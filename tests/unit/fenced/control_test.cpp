// SPDX-License-Identifier: Apache-2.0
#include "fenced/control.hpp"

#include <sys/fsuid.h>

#include <unistd.h>

#include <gmock/gmock.h>

#include "common/io/loop.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::fence {
namespace {

using protocol::FenceAnswer;
using test::run_until;

/// What connects meanwhile is another user than root, who may reach the test's own folder all the
/// same.
class AsNobody
{
public:
    AsNobody()
    {
        constexpr uid_t nobody = 65534;
        EXPECT_EQ(::seteuid(nobody), 0);
        ::setfsuid(0);
    }
    ~AsNobody() { EXPECT_EQ(::seteuid(0), 0); }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
};

/// A control socket and one client of it, in one loop.
class ControlTest : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(control_.open());
        client_.start();
        ASSERT_TRUE(run_until(loop_, [&] { return client_.is_connected(); }));
    }

    template <class Message>
    void send(const Message& message)
    {
        ASSERT_TRUE(client_.send(Message::message_type, protocol::encode(message)));
    }

    void reconnect_as_nobody()
    {
        const AsNobody nobody;
        client_.stop();
        client_.start();
        ASSERT_TRUE(run_until(loop_, [&] { return client_.is_connected(); }));
    }

    template <class Message>
    void expect_denied(const Message& message)
    {
        send(message);
        EXPECT_EQ(wait_answer<FenceAnswer>(),
                  (FenceAnswer{false, "permission denied: only root may change the fence domain"}))
            << Message::message_name;
        EXPECT_TRUE(events_.empty()) << Message::message_name;
    }

    template <class Event_>
    Event_ wait_event()
    {
        EXPECT_TRUE(run_until(loop_, [&] { return !events_.empty(); }));
        Event_ event = std::get<Event_>(events_.at(0));
        events_.erase(events_.begin());
        return event;
    }

    template <class Message>
    Message wait_answer()
    {
        EXPECT_TRUE(run_until(loop_, [&] { return !frames_.empty(); }));
        const io::SocketFrame frame = frames_.at(0);
        frames_.erase(frames_.begin());
        EXPECT_EQ(frame.type, Message::message_type);
        auto message = protocol::decode<Message>(frame.payload);
        EXPECT_TRUE(message);
        return *message;
    }

    test::TempDir dir_;
    io::Loop loop_;
    std::vector<Event> events_;
    bool is_in_domain_ = true;
    Control control_{loop_,
                     dir_.file("fenced.sk"),
                     {.on_event = [this](const Event& event) { events_.push_back(event); },
                      .find_node =
                          [](const std::string& name) {
                              return name == "n2" ? std::optional(NodeId{2}) : std::nullopt;
                          },
                      .is_in_domain = [this] { return is_in_domain_; },
                      .listing =
                          [] {
                              protocol::DomainListing listing;
                              listing.member_count = 2;
                              return listing;
                          },
                      .dump = [] { return "1 line\n"; }}};
    std::vector<io::SocketFrame> frames_;
    io::UnixClient client_{
        loop_,
        {.path = dir_.file("fenced.sk"), .retry = std::chrono::milliseconds{20}, .limits = {}},
        {.on_connect = [] {},
         .on_frame = [this](const io::SocketFrame& frame) { frames_.push_back(frame); },
         .on_disconnect = [](const std::string&) {}}};
};

TEST_F(ControlTest, answers_a_request_with_what_the_domain_replies)
{
    send(protocol::LeaveDomain{});
    const auto asked = wait_event<LeaveRequested>();
    control_.answer({asked.request, false, "rgmanager still owns services"});
    EXPECT_EQ(wait_answer<FenceAnswer>(), (FenceAnswer{false, "rgmanager still owns services"}));
}

TEST_F(ControlTest, lists_and_dumps_without_the_domain)
{
    send(protocol::ListDomain{});
    EXPECT_EQ(wait_answer<protocol::DomainListing>().member_count, 2U);
    send(protocol::DumpRequest{});
    EXPECT_EQ(wait_answer<protocol::DumpReply>().text, "1 line\n");
}

TEST_F(ControlTest, pushes_facts_at_once_and_at_every_change)
{
    protocol::FenceFacts facts;
    facts.reason = "first";
    control_.push(facts);
    send(protocol::SubscribeFacts{"rgmanager"});
    EXPECT_EQ(wait_answer<protocol::FenceFacts>().reason, "first");
    facts.reason = "second";
    control_.push(facts);
    EXPECT_EQ(wait_answer<protocol::FenceFacts>().reason, "second");
}

TEST_F(ControlTest, ends_a_fence_node_whose_connection_is_gone)
{
    send(protocol::ExternalBegin{NodeId{2}, "n2", 0});
    EXPECT_EQ(wait_event<ExternalBegan>().node, NodeId{2});
    client_.stop();
    const auto ended = wait_event<ExternalEnded>();
    EXPECT_EQ(ended.node, NodeId{2});
    EXPECT_FALSE(ended.succeeded);
}

TEST_F(ControlTest, does_not_keep_fence_node_waiting_outside_the_domain)
{
    is_in_domain_ = false;
    send(protocol::ExternalBegin{NodeId{2}, "n2", 0});
    EXPECT_TRUE(wait_answer<FenceAnswer>().accepted);
    EXPECT_TRUE(events_.empty());
}

TEST_F(ControlTest, refuses_to_acknowledge_a_stranger)
{
    send(protocol::Acknowledge{"n9", "root"});
    EXPECT_EQ(wait_answer<FenceAnswer>(), (FenceAnswer{false, "n9 is no node of this cluster"}));
    send(protocol::Acknowledge{"n2", "root"});
    EXPECT_EQ(wait_event<Acknowledged>().node, NodeId{2});
}

TEST_F(ControlTest, lets_root_alone_act_and_everybody_look)
{
    reconnect_as_nobody();
    expect_denied(protocol::JoinDomain{});
    expect_denied(protocol::LeaveDomain{});
    expect_denied(protocol::GroupJoined{"rgmanager"});
    expect_denied(protocol::GroupGoodbye{"rgmanager", true});
    expect_denied(protocol::DemandFence{NodeId{2}, {}, "a stranger"});
    expect_denied(protocol::ExternalBegin{NodeId{2}, "n2", 0});
    expect_denied(protocol::ExternalEnd{NodeId{2}, true, "a stranger"});
    expect_denied(protocol::Acknowledge{"n2", "a stranger"});
    send(protocol::ListDomain{});
    EXPECT_EQ(wait_answer<protocol::DomainListing>().member_count, 2U);
}

TEST_F(ControlTest, hangs_up_on_what_it_cannot_read)
{
    constexpr std::uint16_t unknown_type = 99;
    const std::vector<io::SocketFrame> bad{
        {protocol::DemandFence::message_type, ""},
        {protocol::DemandFence::message_type, R"({"node":2,"life":)"},
        {protocol::GroupGoodbye::message_type, R"({"group":"rgmanager","empty":"yes"})"},
        {protocol::Acknowledge::message_type, "[]"},
        {unknown_type, "{}"}};
    for (const io::SocketFrame& frame : bad) {
        ASSERT_TRUE(run_until(loop_, [&] { return client_.is_connected(); }));
        ASSERT_TRUE(client_.send(frame.type, frame.payload));
        EXPECT_FALSE(wait_answer<FenceAnswer>().accepted) << frame.payload;
        EXPECT_TRUE(run_until(loop_, [&] { return !client_.is_connected(); })) << frame.payload;
    }
    EXPECT_TRUE(events_.empty());
}

TEST_F(ControlTest, hands_on_what_the_other_daemons_say)
{
    send(protocol::GroupJoined{"rgmanager"});
    EXPECT_EQ(wait_event<LocalGroupJoined>().group, "rgmanager");
    send(protocol::GroupGoodbye{"rgmanager", true});
    EXPECT_TRUE(wait_event<LocalGroupGoodbye>().empty);
    send(protocol::DemandFence{NodeId{2}, NodeLife{"x"}, "rgmanager: stop failed"});
    EXPECT_EQ(wait_event<FenceDemanded>().life, NodeLife{"x"});
}

}  // namespace
}  // namespace ha::fence
