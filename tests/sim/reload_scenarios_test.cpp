// SPDX-License-Identifier: Apache-2.0
// Another document for a running fence domain: what Prepare lets pass, and what follows the switch.
#include <gtest/gtest.h>

#include "tests/sim/fenced_daemon.hpp"
#include "tests/sim/fencing.hpp"

namespace ha::sim {
namespace {

using std::chrono::seconds;

class ReloadScenario : public testing::Test
{
protected:
    void boot(std::uint32_t nodes)
    {
        WorldOptions options;
        options.seed = 7;
        options.nodes = nodes;
        options.boot_time_min = options.boot_time_max = seconds{5};
        world_ = std::make_unique<World>(options);
        ActiveConfig config = draw_config(*world_);
        auto model = std::make_shared<model::ClusterModel>(*config.model);
        model->fence_daemon = {};
        config.model = model;
        world_->set_config(config);
        install_fencing(*world_, {});
        for (const NodeId node : world_->node_ids()) {
            world_->power_on(node);
        }
        world_->run_for(seconds{30});
        ASSERT_TRUE(fenced(1)->domain().facts().clear);
    }

    FencedDaemon* fenced(std::uint32_t node)
    {
        return dynamic_cast<FencedDaemon*>(world_->daemon(NodeId{node}, fenced_name));
    }

    /// The running document with the next version and this change.
    template <class Change>
    ActiveConfig changed(Change&& change)
    {
        ActiveConfig config = world_->config();
        auto model = std::make_shared<model::ClusterModel>(*config.model);
        change(*model);
        ++config.id.version;
        model->config_version = config.id.version;
        config.model = model;
        return config;
    }

    ActiveConfig without_node(std::uint32_t node)
    {
        return changed([&](model::ClusterModel& model) {
            std::erase_if(model.nodes,
                          [&](const model::Node& one) { return one.id == NodeId{node}; });
        });
    }

    ActiveConfig with_methods(std::uint32_t node, std::size_t count)
    {
        return changed([&](model::ClusterModel& model) {
            model::Node& one = model.nodes.at(node - 1);
            one.methods.resize(count, model.nodes.at(0).methods.at(0));
        });
    }

    /// Node 1's fenced is asked; its answer, "" for a yes.
    std::string prepare(const ActiveConfig& config)
    {
        std::optional<std::string> answer;
        fenced(1)->prepare(++asked_, config, [&](const fence::AnswerPrepare& given) {
            answer = given.accepted ? "" : given.why;
        });
        world_->run_for(seconds{2});
        return answer.value_or("no answer");
    }

    std::unique_ptr<World> world_;
    std::uint64_t asked_ = 0;
};

TEST_F(ReloadScenario, a_node_that_is_here_cannot_be_removed)
{
    boot(3);
    EXPECT_NE(prepare(without_node(3)).find("n3 is removed"), std::string::npos);
    EXPECT_FALSE(fenced(2)->domain().state().prepared);
    EXPECT_EQ(prepare(with_methods(3, 2)), "");
    for (const std::uint32_t node : {1U, 2U, 3U}) {
        EXPECT_TRUE(fenced(node)->domain().state().prepared) << "all judged alike";
    }
}

TEST_F(ReloadScenario, a_victim_cannot_be_removed_nor_lose_its_last_method_but_get_others)
{
    boot(3);
    world_->device(NodeId{3}).fails = true;
    world_->power_off(NodeId{3}, "the test");
    world_->run_for(seconds{20});
    ASSERT_EQ(fenced(1)->domain().facts().victims.size(), 1U);
    EXPECT_NE(prepare(without_node(3)).find("is a victim"), std::string::npos);
    EXPECT_NE(prepare(with_methods(3, 0)).find("takes its last fence method"), std::string::npos);
    EXPECT_EQ(prepare(with_methods(3, 2)), "");
}

TEST_F(ReloadScenario, methods_that_a_victim_lacked_are_used_once_the_document_is_active)
{
    boot(3);
    const ActiveConfig bare = with_methods(3, 0);
    EXPECT_EQ(prepare(bare), "");
    world_->set_config(bare);
    world_->run_for(seconds{2});
    world_->device(NodeId{3}).boots_again = false;
    world_->power_off(NodeId{3}, "the test");
    world_->run_for(seconds{60});
    ASSERT_EQ(fenced(1)->domain().facts().victims.size(), 1U) << "it waits for a person";
    const ActiveConfig armed = with_methods(3, 1);
    EXPECT_EQ(prepare(armed), "");
    world_->set_config(armed);
    world_->run_for(seconds{20});
    EXPECT_TRUE(fenced(1)->domain().facts().victims.empty());
    EXPECT_EQ(fenced(2)->domain().group().active_config(), armed.id);
}

TEST_F(ReloadScenario, a_removed_node_that_left_in_good_order_is_held_back_from_the_prepare_on)
{
    boot(3);
    fenced(3)->leave_domain();
    world_->run_for(seconds{2});
    ASSERT_EQ(fenced(1)->domain().group().admitted().size(), 2U);
    EXPECT_NE(prepare(without_node(3)).find("its corosync is in the ring"), std::string::npos);
    world_->power_off(NodeId{3}, "its owner takes it away");
    world_->run_for(seconds{10});
    ASSERT_TRUE(fenced(1)->domain().facts().victims.empty());
    const ActiveConfig smaller = without_node(3);
    EXPECT_EQ(prepare(smaller), "");
    world_->power_on(NodeId{3});
    world_->run_for(seconds{30});
    EXPECT_EQ(fenced(1)->domain().group().admitted().size(), 2U) << "joins are refused";
    fenced(1)->drop_prepared(smaller.id);
    world_->run_for(seconds{5});
    EXPECT_EQ(fenced(1)->domain().group().admitted().size(), 3U) << "the document did not come";
}

TEST_F(ReloadScenario, delays_of_a_new_document_are_the_next_ones)
{
    boot(3);
    const ActiveConfig patient = changed(
        [](model::ClusterModel& model) { model.fence_daemon.post_fail_delay = seconds{15}; });
    EXPECT_EQ(prepare(patient), "");
    world_->set_config(patient);
    world_->run_for(seconds{2});
    world_->device(NodeId{3}).boots_again = false;
    world_->power_off(NodeId{3}, "the test");
    world_->run_for(seconds{14});
    EXPECT_EQ(fenced(1)->domain().facts().victims.size(), 1U) << "the delay of the new document";
    world_->run_for(seconds{20});
    EXPECT_TRUE(fenced(1)->domain().facts().victims.empty());
}

}  // namespace
}  // namespace ha::sim
