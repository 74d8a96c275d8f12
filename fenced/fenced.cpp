// SPDX-License-Identifier: Apache-2.0
#include "fenced/fenced.hpp"

#include <utility>

#include "common/daemon/log_settings.hpp"
#include "common/daemon/node_life.hpp"
#include "common/daemon/priority.hpp"
#include "common/io/clock.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/protocol/fence_group.hpp"
#include "fenced/core/listing.hpp"
#include "fenced/dirty_check.hpp"
#include "fenced/document.hpp"

namespace ha::fence {
namespace {

/// How long the first document is waited for. The supervisor starts us again.
constexpr Duration cman_patience = std::chrono::seconds{10};
constexpr Duration watch_period = std::chrono::milliseconds{250};
constexpr Duration leftover_period = std::chrono::seconds{1};
constexpr std::size_t record_bytes_max = std::size_t{8} << 20;

std::string state_path(const Roots& roots)
{
    return roots.run_file("fenced.state");
}

}  // namespace

Fenced::Fenced(daemon::Skeleton& skeleton, DaemonOptions options)
    : skeleton_(skeleton),
      options_(std::move(options)),
      children_(skeleton.loop(), {.records_directory = skeleton.roots().run_file("agents"),
                                  .owner = "fenced",
                                  .exec_helper = skeleton.roots().libexec_file("ha-exec"),
                                  .spares = 2}),
      rounds_(skeleton.loop(), children_, journal_,
              {.search_path = skeleton.roots().fence_agent_path, .limits = {}},
              [this](const Event& event) { feed(event); }),
      cpg_(skeleton.loop(), {.group = "fenced"},
           {.on_joined =
                [this](NodeId self) {
                    journal_.debug("in group fenced as nodeid " + std::to_string(self.value));
                },
            .on_event = [this](const view::GroupEvent& event) { feed(event); },
            .on_stranger = [](NodeId node,
                              std::uint32_t pid) { daemon::log_stranger("fenced", node, pid); },
            .on_lost = [this](const std::string& why) { cluster_lost(why); }}),
      quorum_(skeleton.loop(), {},
              {.on_quorum = [this](const view::QuorumChanged& event) { quorum_came(event); },
               .on_nodes = {},
               .on_lost = [this](const std::string& why) { cluster_lost(why); }}),
      cman_(skeleton.loop(), {.path = skeleton.roots().run_file("cmand.sk"), .client = "fenced"},
            {.on_document =
                 [this](const protocol::ActiveDocument& document) { document_came(document); },
             .why_not_leave =
                 [this] { return is_in_domain() ? "this node is in the fence domain" : ""; },
             .on_stopping = [this](const std::string& reason) { cluster_lost(reason); },
             .on_gone =
                 [this] {
                     is_cman_gone_ = true;
                     feed(CmanGone{});
                 },
             .on_prepare =
                 [this](const protocol::PrepareQuestion& question) { prepare_came(question); },
             .on_prepare_dropped = [this](const ConfigId& id) { feed(PrepareDropped{id}); }}),
      control_(
          skeleton.loop(), skeleton.roots().run_file("fenced.sk"),
          {.on_event = [this](const Event& event) { feed(event); },
           .find_node = [this](const std::string& name) { return node_named(name); },
           .is_in_domain = [this] { return is_in_domain(); },
           .listing = [this] { return make_listing(domain_->facts(), *model_, cpg_.is_joined()); },
           .dump = [this] { return journal_.text(); }}),
      fifo_(skeleton.loop(), [this](const std::string& name) { name_written(name); }),
      wake_(skeleton.loop(), [this] { feed(view::GroupEvent{view::TimePassed{}}); }),
      watch_(skeleton.loop(),
             [this] {
                 check_sleep(io::now());
                 watch_.set_in(watch_period);
             }),
      patience_(skeleton.loop(), [this] { give_up("cannot connect to cman"); }),
      leftover_(skeleton.loop(), [this] { look_at_leftovers(); }),
      recorder_(skeleton.roots().run_file("fenced.events"), record_bytes_max)
{}

Status Fenced::start()
{
    journal_.note(log::Event::fenced_started, "fenced " HA_VERSION " started");
    if (auto first = daemon::run_before_others(); !first) {
        journal_.debug(first.error().text);
    }
    if (options_.groupd_compat != 0) {
        journal_.note(log::Event::fence_options_ignored,
                      "-g (groupd_compat) has no equivalent and is ignored");
    }
    if (auto read = io::read_file(state_path(skeleton_.roots()))) {
        saved_state_ = *std::move(read);
    }
    if (auto opened = recorder_.open(); !opened) {
        journal_.debug("inputs are not recorded: " + opened.error().text);
    }
    reap_leftovers();
    if (auto clean = check_clean(); !clean) {
        return clean;
    }
    patience_.set_in(cman_patience);
    cman_.start();
    return ok();
}

/// The agents of a fenced that died: their result is unknown, so the round is repeated; first they
/// must be gone.
void Fenced::reap_leftovers()
{
    auto leftovers = children_.end_recorded_children();
    if (!leftovers) {
        journal_.note(log::Event::fence_agent_reaped, "leftover agents: " + leftovers.error().text);
        return;
    }
    for (const io::RecordedChild& child : *leftovers) {
        journal_.note(
            log::Event::fence_agent_reaped,
            child.ended ? "ended an agent that a former fenced left" : "an agent cannot be ended",
            {{"subject", child.subject}, {"action", child.action}});
        if (!child.ended) {
            leftovers_.push_back(child);
            leftover_.set_in(leftover_period);
        }
    }
}

/// A process in uninterruptible sleep ends when its I/O does; until then nobody may shoot at its
/// victim.
void Fenced::look_at_leftovers()
{
    const std::set<NodeId> before = leftover_victims();
    std::erase_if(leftovers_,
                  [](const io::RecordedChild& child) { return !io::is_group_alive(child); });
    if (!leftovers_.empty()) {
        leftover_.set_in(leftover_period);
    }
    const std::set<NodeId> left = leftover_victims();
    for (const NodeId victim : before) {
        if (!left.contains(victim)) {
            journal_.note(log::Event::fence_agent_reaped,
                          "the agent that a former fenced left is gone",
                          {{"subject", node_name(victim)}});
            feed(LeftoverAgentsGone{victim});
        }
    }
}

/// Their records name nodes. One that is no longer configured is no victim.
std::set<NodeId> Fenced::leftover_victims() const
{
    std::set<NodeId> victims;
    for (const io::RecordedChild& child : leftovers_) {
        if (const auto node = model_ ? node_named(child.subject) : std::nullopt) {
            victims.insert(*node);
        }
    }
    return victims;
}

/// What belongs to the domain that this node life is in is no leftover of another life.
Status Fenced::check_clean()
{
    const auto copy = protocol::decode<protocol::FenceCopy>(saved_state_);
    if (!copy && !saved_state_.empty()) {
        return ok();  // it joins nothing in this life
    }
    if (copy && copy->in_domain && copy->life == skeleton_.life().node) {
        return ok();
    }
    const auto entries = uncontrolled_entries(directories_to_check(options_, skeleton_.roots()));
    for (const std::string& entry : entries) {
        journal_.note(log::Event::uncontrolled_entry, "found uncontrolled entry " + entry);
    }
    if (!entries.empty()) {
        return Error{ErrorCode::already_exists, "found uncontrolled entry " + entries.front()};
    }
    return ok();
}

void Fenced::document_came(const protocol::ActiveDocument& document)
{
    if (std::exchange(is_cman_gone_, false)) {
        feed(CmanReturned{});
    }
    auto model = read_document(document.document.bytes);
    if (!model) {
        journal_.note(log::Event::fence_document_refused, model.error().text);
        return;
    }
    model->fence_daemon = with_options(model->fence_daemon, options_);
    model_ = std::make_shared<const model::ClusterModel>(*std::move(model));
    skeleton_.configure_log(daemon::log_settings(*model_, "fenced", skeleton_.roots()));
    const bool was_accepted = std::exchange(config_accepted_, document.config_accepted);
    config_id_ = document.config;
    if (!domain_) {
        begin(document);
    }
    feed(ConfigChanged{document.config, model_});
    if (was_accepted != config_accepted_ && last_quorum_) {
        quorum_came(*last_quorum_);
    }
}

void Fenced::prepare_came(const protocol::PrepareQuestion& question)
{
    auto model = read_document(question.document.bytes);
    if (!model || !domain_ || is_starting_over_ || is_ending_) {
        cman_.answer_prepare(question.number, false,
                             model ? "fenced is not ready" : model.error().text);
        return;
    }
    feed(PrepareAsked{question.number, question.config,
                      std::make_shared<const model::ClusterModel>(*std::move(model))});
}

void Fenced::begin(const protocol::ActiveDocument& document)
{
    patience_.cancel();
    self_ = document.local_id;
    domain_ = std::make_unique<FenceDomain>(FenceDomain::Config{
        .self = self_, .life = skeleton_.life(), .saved_state = saved_state_, .knobs = {}});
    if (!domain_->why_not_restored().empty()) {
        journal_.note(log::Event::fence_state_unreadable, domain_->why_not_restored());
    }
    if (auto opened = control_.open(); !opened) {
        give_up(opened.error().text);
        return;
    }
    watch_.set_in(watch_period);
    quorum_.start();
    feed(Started{leftover_victims()});
    skeleton_.ready();
}

/// votequorum's word counts only while this node holds the cluster's configuration.
void Fenced::quorum_came(const view::QuorumChanged& event)
{
    last_quorum_ = event;
    view::QuorumChanged seen = event;
    seen.quorate = event.quorate && config_accepted_;
    feed(view::GroupEvent{seen});
}

/// No grace: without corosync this node cannot know whether it is being fenced.
void Fenced::cluster_lost(const std::string& reason)
{
    if (is_ending_) {
        return;
    }
    const bool was_in_domain = is_in_domain();
    journal_.note(log::Event::cluster_down, "cluster is down, exiting", {{"reason", reason}});
    if (was_in_domain) {
        journal_.note(log::Event::domain_abandoned, "domain abandoned");
    }
    feed(ClusterLost{});
    is_ending_ = true;
    skeleton_.stop(was_in_domain ? ExitCode::system : ExitCode::done);
}

void Fenced::give_up(const std::string& reason)
{
    is_ending_ = true;
    skeleton_.stop(ExitCode{skeleton_.fail(ExitCode::system, reason)});
}

void Fenced::terminate()
{
    if (is_in_domain()) {
        journal_.note(log::Event::fence_terminate_ignored,
                      "asked to end, but this node is in the fence domain");
        skeleton_.stay();
        return;
    }
    is_ending_ = true;
    cpg_.leave([this] { skeleton_.stop(ExitCode::done); });
}

/// A machine that stood still longer than the token was given up by its peers, whatever its own
/// clocks say.
void Fenced::check_sleep(TimePoint now)
{
    const Duration slept = sleep_.slept(now);
    if (!is_in_domain() || is_ending_ || slept <= model_->totem.token) {
        return;
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(slept).count();
    journal_.note(log::Event::fence_overslept,
                  "this process stood still for " + std::to_string(ms) + " ms");
    queue_.emplace_front(Overslept{});
    if (!is_handling_) {
        feed(view::GroupEvent{view::TimePassed{}});
    }
}

void Fenced::leave_group()
{
    is_leaving_ = true;
    joins_after_leaving_ = false;
    cpg_.leave([this] { group_left(); });
}

void Fenced::group_left()
{
    is_leaving_ = false;
    if (std::exchange(joins_after_leaving_, false)) {
        cpg_.join();
    }
    go_on_in_new_life();
}

void Fenced::start_over(const std::string& reason)
{
    journal_.note(log::Event::fence_domain_reset, "starting over in a new daemon life: " + reason);
    is_starting_over_ = true;
    wake_.cancel();
    fifo_.close();
    rounds_.end_all(reason);
    quorum_.stop();
    leave_group();
}

/// Once nothing of the former life is left: no member of the group, no agent.
void Fenced::go_on_in_new_life()
{
    if (!is_starting_over_ || is_leaving_ || !rounds_.is_idle()) {
        return;
    }
    skeleton_.loop().post([this] {
        if (!std::exchange(is_starting_over_, false)) {
            return;
        }
        for (const Event& waiting : std::exchange(queue_, {})) {
            requests_.keep(waiting);
        }
        last_quorum_.reset();
        domain_ = std::make_unique<FenceDomain>(
            FenceDomain::Config{.self = self_,
                                .life = daemon::new_daemon_life(skeleton_.life().node),
                                .saved_state = saved_state_,
                                .knobs = {}});
        quorum_.start();
        feed(Started{leftover_victims()});
        feed(ConfigChanged{config_id_, model_});
        if (is_cman_gone_) {
            feed(CmanGone{});
        }
        for (const Event& request : requests_.take()) {
            feed(request);
        }
    });
}

std::string Fenced::describe() const
{
    return domain_ ? domain_->describe() + rounds_.describe() : "waiting for cmand's document\n";
}

}  // namespace ha::fence
