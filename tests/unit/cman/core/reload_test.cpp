// SPDX-License-Identifier: Apache-2.0
#include "cman/core/reload.hpp"

#include <deque>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/hash.hpp"

namespace ha::cman {
namespace {

using testing::HasSubstr;

constexpr ClientId tool{7};
const std::string old_document = "version 1";
const std::string new_document = "version 2, quite a bit longer than the chunks of this test";

ConfigId id_of(std::uint64_t version, const std::string& document)
{
    return {version, sha256_hex(document)};
}

const ConfigId version_1 = id_of(1, old_document);
const ConfigId version_2 = id_of(2, new_document);

/// Some cmands on one ordered bus, each with a shell that says yes unless told otherwise.
class Cluster
{
public:
    struct Node {
        Reload core;
        ConfigId runs = version_1;
        std::string file = old_document;  ///< what it would read itself
        std::optional<std::string> ready;
        std::optional<std::string> refuses;        ///< why the document cannot be used here
        std::optional<std::string> fence_objects;  ///< what the fence domain says
        std::vector<AnswerReload> answers;
        std::vector<std::string> failures;  ///< to catch up
        int forgotten = 0;
        int corosync_reloads = 0;
        bool is_in_group = true;
        bool is_deaf = false;  ///< a ring change swallows what is delivered
    };

    explicit Cluster(std::uint32_t count)
    {
        for (std::uint32_t id = 1; id <= count; ++id) {
            add(id, version_1, old_document);
        }
        tell_peers();
        for (std::uint32_t id = 1; id <= count; ++id) {
            say_hello(NodeId{id});
        }
        run();
    }

    void add(std::uint32_t id, const ConfigId& runs, const std::string& document)
    {
        ReloadConfig config{.self = NodeId{id},
                            .active = runs,
                            .document = document,
                            .names = {{NodeId{1}, "n1"}, {NodeId{2}, "n2"}, {NodeId{3}, "n3"}},
                            .last_number = 100 * id,
                            .chunk_bytes = 10};
        Node node{Reload(config), runs, document, {}, {}, {}, {}, {}};
        nodes_.insert_or_assign(NodeId{id}, std::move(node));
    }

    Node& node(std::uint32_t id) { return nodes_.at(NodeId{id}); }

    void ask(std::uint32_t id, bool own_files = false)
    {
        tell(NodeId{id}, ReloadAsked{tool, version_2, new_document, own_files});
    }

    void tell_peers()
    {
        std::set<NodeId> members;
        for (const auto& [id, node] : nodes_) {
            if (node.is_in_group) {
                members.insert(id);
            }
        }
        for (const NodeId id : members) {
            tell(id, ReloadPeers{members});
        }
    }

    void run()
    {
        while (!bus_.empty()) {
            deliver_one();
        }
    }

    void deliver_one()
    {
        const ReloadEvent event = bus_.front();
        bus_.pop_front();
        for (auto& [id, node] : nodes_) {
            if (node.is_in_group && !node.is_deaf) {
                tell(id, event);
            }
        }
    }

    void wait(Duration time)
    {
        now += time;
        for (auto& [id, node] : nodes_) {
            tell(id, ReloadTimePassed{});
        }
        run();
    }

    void tell(NodeId id, const ReloadEvent& event)
    {
        Node& node = nodes_.at(id);
        std::deque<ReloadEvent> events{event};
        while (!events.empty()) {
            const ReloadStep step = node.core.on(events.front(), now);
            events.pop_front();
            for (const ReloadAction& action : step.actions) {
                std::visit([&](const auto& wanted) { act(id, node, wanted, events); }, action);
            }
        }
    }

    void say_hello(NodeId id)
    {
        bus_.push_back(PeerRuns{id, node(id.value).runs, node(id.value).core.awaits_reload()});
    }

    bool needs_corosync_reload = true;
    TimePoint now{std::chrono::seconds{100}};

private:
    using Events = std::deque<ReloadEvent>;

    void act(NodeId id, Node&, const SendOffer& action, Events&)
    {
        bus_.push_back(OfferDelivered{id, action.number, action.config, action.chunks});
    }
    void act(NodeId id, Node&, const SendChunk& action, Events&)
    {
        bus_.push_back(
            ChunkDelivered{id, action.config, action.to, action.index, action.count, action.bytes});
    }
    void act(NodeId id, Node&, const SendVote& action, Events&)
    {
        bus_.push_back(VoteDelivered{id, action.to, action.number, action.accepted, action.why});
    }
    void act(NodeId id, Node&, const SendCommit& action, Events&)
    {
        bus_.push_back(CommitDelivered{id, action.number});
    }
    void act(NodeId id, Node&, const SendDrop& action, Events&)
    {
        bus_.push_back(DropDelivered{id, action.number});
    }
    void act(NodeId id, Node&, const SendWanted& action, Events&)
    {
        bus_.push_back(WantedDelivered{id, action.config});
    }
    void act(NodeId, Node& node, const Load& action, Events& events)
    {
        const std::string document = action.document.value_or(node.file);
        std::string why = node.refuses.value_or("");
        if (why.empty() && sha256_hex(document) != action.config.hash) {
            why = "another content";
        }
        node.ready = why.empty() ? std::optional(document) : std::nullopt;
        events.push_back(Loaded{action.config, why.empty(), why});
    }
    void act(NodeId, Node& node, const AskFence& action, Events& events)
    {
        events.push_back(
            FenceAnswered{action.number, !node.fence_objects, node.fence_objects.value_or("")});
    }
    void act(NodeId, Node& node, const Forget&, Events&)
    {
        node.ready.reset();
        ++node.forgotten;
    }
    void act(NodeId, Node& node, const Switch& action, Events& events)
    {
        ASSERT_TRUE(node.ready) << "a switch to what is not kept ready";
        node.runs = action.config;
        node.file = *node.ready;
        events.push_back(Switched{
            action.config, *std::exchange(node.ready, std::nullopt), {}, needs_corosync_reload});
    }
    void act(NodeId id, Node&, const TellSwitched&, Events&) { say_hello(id); }
    void act(NodeId, Node& node, const ReloadCorosync& action, Events&)
    {
        ++node.corosync_reloads;
        bus_.push_back(ReloadedDelivered{action.config, {}});
    }
    void act(NodeId, Node& node, const AnswerReload& action, Events&)
    {
        node.answers.push_back(action);
    }
    void act(NodeId, Node& node, const CatchUpFailed& action, Events&)
    {
        node.failures.push_back(action.why);
    }

    std::map<NodeId, Node> nodes_;
    std::deque<ReloadEvent> bus_;
};

TEST(Reload, every_node_switches_and_corosync_reads_its_file_once)
{
    Cluster cluster(3);
    cluster.ask(2);
    cluster.run();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(cluster.node(id).runs, version_2);
        EXPECT_EQ(cluster.node(id).file, new_document) << "the file was carried";
        EXPECT_FALSE(cluster.node(id).core.awaits_reload());
    }
    EXPECT_EQ(cluster.node(1).corosync_reloads, 1);
    EXPECT_EQ(cluster.node(2).corosync_reloads + cluster.node(3).corosync_reloads, 0);
    ASSERT_EQ(cluster.node(2).answers.size(), 1U);
    EXPECT_TRUE(cluster.node(2).answers[0].accepted);
}

TEST(Reload, one_node_that_cannot_use_the_document_stops_it_for_all_and_is_named)
{
    Cluster cluster(3);
    cluster.node(3).refuses = "n4 does not resolve";
    cluster.ask(1);
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_FALSE(cluster.node(1).answers[0].accepted);
    EXPECT_EQ(cluster.node(1).answers[0].why, "n3: n4 does not resolve");
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        EXPECT_EQ(cluster.node(id).runs, version_1);
        EXPECT_EQ(cluster.node(id).file, old_document);
        EXPECT_FALSE(cluster.node(id).ready);
    }
    cluster.node(3).refuses.reset();
    cluster.ask(1);
    cluster.run();
    EXPECT_EQ(cluster.node(3).runs, version_2) << "a later one is not hindered";
}

TEST(Reload, the_fence_domain_may_object)
{
    Cluster cluster(2);
    cluster.node(2).fence_objects = "n3 is a victim";
    cluster.ask(1);
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_THAT(cluster.node(1).answers[0].why, HasSubstr("n3 is a victim"));
    EXPECT_EQ(cluster.node(1).runs, version_1);
    EXPECT_EQ(cluster.node(1).forgotten, 1) << "and hears that it is off";
}

TEST(Reload, with_own_files_a_peer_with_an_old_file_is_named_and_nothing_is_carried)
{
    Cluster cluster(2);
    cluster.node(1).file = new_document;
    cluster.ask(1, true);
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_EQ(cluster.node(1).answers[0].why, "n2: another content");
    cluster.node(2).file = new_document;
    cluster.ask(1, true);
    cluster.run();
    EXPECT_EQ(cluster.node(2).runs, version_2);
}

TEST(Reload, of_two_at_once_the_first_delivered_wins)
{
    Cluster cluster(2);
    cluster.ask(1);
    cluster.ask(2);
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_TRUE(cluster.node(1).answers[0].accepted);
    ASSERT_EQ(cluster.node(2).answers.size(), 1U);
    EXPECT_TRUE(cluster.node(2).answers[0].is_busy);
    EXPECT_EQ(cluster.node(2).runs, version_2);
}

TEST(Reload, a_node_that_comes_or_goes_before_the_commit_drops_it)
{
    Cluster cluster(3);
    cluster.ask(1);
    cluster.deliver_one();
    cluster.node(3).is_in_group = false;
    cluster.tell_peers();
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_FALSE(cluster.node(1).answers[0].accepted);
    EXPECT_EQ(cluster.node(2).runs, version_1);
    EXPECT_FALSE(cluster.node(2).ready);
}

TEST(Reload, the_asked_node_dies_before_the_commit_and_the_others_forget_it)
{
    Cluster cluster(3);
    cluster.ask(1);
    cluster.deliver_one();
    cluster.node(1).is_in_group = false;
    cluster.tell_peers();
    cluster.run();
    EXPECT_EQ(cluster.node(2).runs, version_1);
    EXPECT_EQ(cluster.node(2).forgotten, 1);
    cluster.ask(2);
    cluster.run();
    EXPECT_EQ(cluster.node(3).runs, version_2);
}

TEST(Reload, silence_ends_it_and_names_who_is_silent)
{
    Cluster cluster(2);
    cluster.node(2).is_deaf = true;
    cluster.ask(1);
    cluster.run();
    EXPECT_TRUE(cluster.node(1).answers.empty());
    cluster.wait(std::chrono::seconds{20});
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_EQ(cluster.node(1).answers[0].why, "no answer from n2");
    EXPECT_EQ(cluster.node(1).runs, version_1);
}

/// Everything but the commit reaches n2.
void lose_the_commit_of_n1_on_n2(Cluster& cluster)
{
    cluster.ask(1);
    while (cluster.node(1).runs == version_1) {
        cluster.node(2).is_deaf = cluster.node(2).ready.has_value();
        cluster.deliver_one();
        cluster.node(2).is_deaf = false;
    }
    cluster.run();
}

TEST(Reload, a_node_whose_commit_was_swallowed_switches_when_it_hears_of_it)
{
    Cluster cluster(2);
    lose_the_commit_of_n1_on_n2(cluster);
    EXPECT_EQ(cluster.node(2).runs, version_1);
    EXPECT_TRUE(cluster.node(1).answers.empty()) << "it is not done before all run it";
    cluster.tell(NodeId{2}, Behind{version_2});
    EXPECT_EQ(cluster.node(2).runs, version_2);
    cluster.run();
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_TRUE(cluster.node(1).answers[0].accepted);
}

TEST(Reload, a_joiner_with_an_older_document_gets_the_active_one_from_the_lowest_that_runs_it)
{
    Cluster cluster(2);
    cluster.ask(1);
    cluster.run();
    cluster.add(3, version_1, old_document);
    cluster.tell_peers();
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        cluster.say_hello(NodeId{id});
    }
    cluster.run();
    cluster.tell(NodeId{3}, Behind{version_2});
    cluster.run();
    EXPECT_EQ(cluster.node(3).runs, version_2);
    EXPECT_EQ(cluster.node(3).file, new_document);
    EXPECT_EQ(cluster.node(1).corosync_reloads, 2) << "its corosync had the old file";
    EXPECT_FALSE(cluster.node(3).core.awaits_reload());
}

TEST(Reload, a_joiner_that_cannot_use_the_active_document_says_why)
{
    Cluster cluster(2);
    cluster.ask(1);
    cluster.run();
    cluster.add(3, version_1, old_document);
    cluster.node(3).refuses = "Cannot find node name in cluster.conf";
    cluster.tell_peers();
    cluster.say_hello(NodeId{1});
    cluster.say_hello(NodeId{2});
    cluster.run();
    cluster.tell(NodeId{3}, Behind{version_2});
    cluster.run();
    ASSERT_EQ(cluster.node(3).failures.size(), 1U);
    EXPECT_EQ(cluster.node(3).failures[0], "Cannot find node name in cluster.conf");
}

TEST(Reload, who_gets_no_document_gives_up_after_a_while)
{
    Cluster cluster(2);
    cluster.tell(NodeId{2}, Behind{version_2});
    cluster.run();
    EXPECT_TRUE(cluster.node(2).failures.empty());
    cluster.wait(std::chrono::seconds{10});
    ASSERT_EQ(cluster.node(2).failures.size(), 1U);
    EXPECT_EQ(cluster.node(2).failures[0], "no node sent it");
}

TEST(Reload, nothing_for_corosync_leaves_it_alone)
{
    Cluster cluster(2);
    cluster.needs_corosync_reload = false;
    cluster.ask(1);
    cluster.run();
    EXPECT_EQ(cluster.node(1).corosync_reloads, 0);
    ASSERT_EQ(cluster.node(1).answers.size(), 1U);
    EXPECT_TRUE(cluster.node(1).answers[0].accepted);
}

}  // namespace
}  // namespace ha::cman
