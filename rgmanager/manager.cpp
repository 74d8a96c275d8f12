// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/manager.hpp"

#include <ctime>
#include <utility>

#include "common/io/clock.hpp"
#include "common/io/loop.hpp"
#include "common/log/log.hpp"
#include "rgmanager/former_run.hpp"

namespace ha::service {

namespace {

constexpr Duration wall_clock_period = std::chrono::minutes{1};
constexpr Duration watch_period = std::chrono::milliseconds{250};

const std::string socket_name = "rgmanager.sk";

Event as_event(const view::GroupEvent& event)
{
    return event;
}

void log_note(const std::string& service, const Note& note)
{
    static constexpr log::Event events[] = {log::Event::service_debug, log::Event::service_info,
                                            log::Event::service_notice, log::Event::service_warning,
                                            log::Event::service_error};
    const log::Event event = events[static_cast<std::size_t>(note.level)];
    if (service.empty()) {
        log::write(event, note.text);
    } else {
        log::write(event, note.text, {{"service", service}});
    }
}

}  // namespace

Manager::Manager(daemon::Skeleton& skeleton, bool skip_initial_stop)
    : skeleton_(skeleton),
      roots_(skeleton.roots()),
      skip_initial_stop_(skip_initial_stop),
      life_(skeleton.life()),
      children_(skeleton.loop(), {.records_directory = roots_.run_file("agents"),
                                  .owner = "rgmanager",
                                  .exec_helper = roots_.libexec_file("ha-exec"),
                                  .spares = 4}),
      runner_(skeleton.loop(), children_, roots_.agents,
              {.on_finished = [this](const TaskFinished& finished) { enqueue(finished); },
               .on_note = log_note}),
      cman_(skeleton.loop(), {.path = roots_.run_file("cmand.sk"), .client = "rgmanager"},
            {.on_document =
                 [this](const protocol::ActiveDocument& document) { document_came(document); },
             .why_not_leave = [this] { return core_ ? core_->reason_to_stay() : std::string(); },
             .on_stopping = [this](const std::string& reason) { cluster_lost(reason); }}),
      fence_(skeleton.loop(), roots_.run_file("fenced.sk"),
             [this](const std::optional<protocol::FenceFacts>& facts) {
                 facts_ = facts;
                 enqueue(FactsChanged{facts});
             }),
      cpg_(skeleton.loop(), {.group = "rgmanager"},
           {.on_joined = [](NodeId) {},
            .on_event = [this](const view::GroupEvent& event) { enqueue(as_event(event)); },
            .on_stranger = [](NodeId node,
                              std::uint32_t pid) { daemon::log_stranger("rgmanager", node, pid); },
            .on_lost = [this](const std::string& why) { cluster_lost(why); }}),
      quorum_(skeleton.loop(), {},
              {.on_quorum = [this](const view::QuorumChanged& quorum) { quorum_came(quorum); },
               .on_nodes = nullptr,
               .on_lost = [this](const std::string& why) { cluster_lost(why); }}),
      server_(skeleton.loop(), {.path = roots_.run_file(socket_name), .mode = 0660, .limits = {}},
              {.on_connect = nullptr,
               .on_frame = [this](io::ConnectionId from,
                                  const io::SocketFrame& frame) { frame_came(from, frame); },
               .on_close = [this](io::ConnectionId connection) { client_closed(connection); }}),
      wake_(skeleton.loop(), [this] { enqueue(TimePassed{}); }),
      wall_clock_(skeleton.loop(), [this] { tell_wall_clock(); }),
      watch_(skeleton.loop(), [this] {
          check_sleep();
          if (!is_draining_) {
              drain();
          }
          watch_.set_in(watch_period);
      })
{}

Manager::~Manager() = default;

Status Manager::start(std::function<void()> on_ready)
{
    on_ready_ = std::move(on_ready);
    log::write(log::Event::service_notice, "Resource Group Manager Starting");
    const auto left_over = children_.end_recorded_children();
    if (!left_over) {
        return left_over.error();
    }
    std::vector<io::RecordedChild> unended;
    for (const io::RecordedChild& child : *left_over) {
        if (child.ended) {
            log::write(log::Event::service_warning, "an agent of a former rgmanager was ended",
                       {{"service", child.subject}, {"action", child.action}});
        } else {
            unended.push_back(child);
            log::write(log::Event::service_error,
                       "an agent of a former rgmanager cannot be ended: its service is held",
                       {{"service", child.subject},
                        {"action", child.action},
                        {"process_group", child.group}});
        }
    }
    runner_.hold(std::move(unended));
    const FormerRun former = read_former_run(roots_, life_.node);
    is_first_of_life_ = former.is_first_of_life;
    saved_state_ = former.state;
    is_saved_state_doubted_ = former.is_state_doubted;
    if (former.is_doubted) {
        log::write(log::Event::service_warning,
                   "the run root does not say in which life of this node an rgmanager ran before "
                   "(rgmanager.life is cut or gone): one did");
    }
    if (former.is_state_doubted) {
        log::write(
            log::Event::service_warning,
            "a former rgmanager was stopping frozen services for loss of quorum: their status "
            "is asked once, and one that is not well is stopped");
    }
    if (auto marked = mark_life(roots_, life_.node); !marked) {
        return marked;
    }
    if (auto opened = server_.open(); !opened) {
        return opened;
    }
    watch_.set_in(watch_period);
    cman_.start();
    fence_.start();
    quorum_.start();
    log::write(log::Event::service_info, "Waiting for CMAN to start");
    return ok();
}

/// A new daemon life has a new core; what the node already knows is told to it at once.
void Manager::create_core()
{
    ServiceManager::Config config;
    config.self = self_;
    config.life = life_;
    core_ = std::make_unique<ServiceManager>(config);
    enqueue(Started{saved_state_, is_first_of_life_, skip_initial_stop_, is_saved_state_doubted_});
    tell_wall_clock();
    if (quorum_seen_) {
        quorum_came(*quorum_seen_);
    }
    if (newest_) {
        enqueue(ServicesConfigured{*newest_});
    }
    for (const ServicesDocument& former : former_) {
        enqueue(FormerDocument{former});
    }
    if (facts_) {
        enqueue(FactsChanged{*facts_});
    }
}

/// A machine that stood still longer than the token was given up by its peers, whatever waits in
/// our sockets: what was confirmed before it slept is not acted on (DESIGN 3).
void Manager::check_sleep()
{
    const Duration slept = sleep_.slept(io::now());
    if (!core_ || token_ == Duration::zero() || slept <= token_) {
        return;
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(slept).count();
    log::write(log::Event::service_overslept,
               "this process stood still for " + std::to_string(ms) + " ms");
    events_.emplace_front(Overslept{});
}

void Manager::enqueue(Event event)
{
    if (!core_) {
        return;  // what matters is told again when there is one
    }
    check_sleep();
    events_.push_back(std::move(event));
    if (!is_draining_) {
        drain();
    }
}

void Manager::drain()
{
    is_draining_ = true;
    while (!events_.empty() && core_) {
        const Event event = std::move(events_.front());
        events_.pop_front();
        const Step step = core_->on(event, io::now());
        for (const Action& action : step.actions) {
            handle(action);
        }
        wake_.set_or_cancel(step.wake_at);
    }
    is_draining_ = false;
}

void Manager::quorum_came(const view::QuorumChanged& quorum)
{
    quorum_seen_ = quorum;
    enqueue(as_event(view::QuorumChanged{quorum.ring, quorum.quorate && config_accepted_}));
}

/// corosync is gone, or cmand says that this node is no member any more.
void Manager::cluster_lost(const std::string& why)
{
    if (finished_ || is_cluster_lost_) {
        return;  // three connections break at once
    }
    is_cluster_lost_ = true;
    log::write(log::Event::service_error, "the cluster is gone", {{"reason", why}});
    if (begins_anew_) {
        return;  // left_group() ends this process
    }
    if (!core_) {
        skeleton_.stop(ExitCode::system);
        return;
    }
    enqueue(CorosyncLost{});
}

void Manager::tell_wall_clock()
{
    const auto since_boot =
        std::chrono::duration_cast<std::chrono::seconds>(io::now().time_since_epoch()).count();
    enqueue(WallClockSet{std::time(nullptr) - since_boot});
    wall_clock_.set_in(wall_clock_period);
}

void Manager::shut_down()
{
    is_shutting_down_ = true;
    log::write(log::Event::service_notice, "Shutting down");
    if (!core_) {
        skeleton_.stop(ExitCode::done);
        return;
    }
    enqueue(ShutdownRequested{});
}

std::string Manager::describe() const
{
    std::string text = "rgmanager of node " + std::to_string(self_.value) + "\n";
    text += core_ ? core_->describe() : "waits for cmand\n";
    return text + runner_.describe();
}

}  // namespace ha::service
