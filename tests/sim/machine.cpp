// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/machine.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/sim/process.hpp"

namespace ha::sim {

namespace {

/// From fork to the byte that lets the child execute: one write and fsync.
constexpr Duration record_takes_max = std::chrono::milliseconds{2};

}  // namespace

Machine::Machine(World& world, NodeId id, Random random)
    : world_(world),
      id_(id),
      random_(random),
      cman_random_(random.fork())
{}

Machine::~Machine() = default;

// ------------------------------------------------------- power

void Machine::power_on()
{
    if (powered_) {
        return;
    }
    powered_ = true;
    booted_at_ = world_.scheduler_.now();
    const std::int64_t skew = world_.options().clock_skew_ppm_max;
    skew_ppm_ = skew == 0 ? 0 : random_.between(-skew, skew);
    ++boots_;
    life_ = NodeLife{"n" + std::to_string(id_.value) + "." + std::to_string(boots_)};
    world_.trace(id_, "power on, life " + life_.value, LineKind::journal);
    const WorldOptions& options = world_.options();
    later(Duration{random_.between(options.boot_time_min.count(), options.boot_time_max.count())},
          [this] { boot(); });
}

void Machine::power_off(const std::string& why)
{
    if (!powered_) {
        return;
    }
    world_.trace(id_, "power off: " + why, LineKind::journal);
    powered_ = false;
    stack_runs_ = false;
    is_paused_ = false;
    disk_is_full_ = false;
    stop_cman();
    longest_without_cman_ = {};
    due_in_pause_.clear();
    world_.network_->go_on(id_);
    for (auto& [name, process] : processes_) {
        process->end();
    }
    processes_.clear();
    children_.clear();
    ++world_.children_version_;
    files_.clear();
    starts_.clear();
    socket_free_.clear();
    world_.network_->stop_node(id_);
}

void Machine::later(Duration delay, std::function<void()> what)
{
    const std::uint64_t boot = boots_;
    world_.scheduler_.after(delay, [this, boot, what = std::move(what)] {
        if (powered_ && boots_ == boot) {
            is_paused_ ? due_in_pause_.push_back(what) : what();
        }
    });
}

void Machine::pause()
{
    if (powered_ && !is_paused_) {
        world_.trace(id_, "stands still", LineKind::journal);
        is_paused_ = true;
        world_.network_->stand_still(id_);
        for (const auto& [name, process] : processes_) {
            process->stop();
        }
    }
}

void Machine::resume()
{
    if (!is_paused_) {
        return;
    }
    world_.trace(id_, "goes on", LineKind::journal);
    is_paused_ = false;
    world_.network_->go_on(id_);
    for (const auto& what : std::exchange(due_in_pause_, {})) {
        what();
    }
    const auto processes = processes_;  // one may end another, or itself
    for (const auto& [name, process] : processes) {
        process->go_on();
    }
}

TimePoint Machine::local_time(TimePoint true_time) const
{
    const Duration since_boot = true_time - booted_at_;
    return TimePoint{since_boot + since_boot * skew_ppm_ / 1'000'000};
}

/// The first moment at which its clock shows `local_time`, or a microsecond later.
TimePoint Machine::true_time(TimePoint local_time) const
{
    if (local_time == TimePoint::max() || skew_ppm_ == 0) {
        return local_time == TimePoint::max() ? local_time
                                              : booted_at_ + local_time.time_since_epoch();
    }
    const Duration shown = local_time.time_since_epoch();
    return booted_at_ + shown * 1'000'000 / (1'000'000 + skew_ppm_) + Duration{2};
}

void Machine::cut_files_in_half(const std::string& daemon)
{
    for (auto& [name, text] : files_) {
        if (name.starts_with(daemon)) {
            text.resize(text.size() / 2);
        }
    }
}

void Machine::boot()
{
    stack_runs_ = true;
    cman_runs_ = true;
    world_.network_->start_node(id_);
    world_.trace(id_, "corosync runs");
    start_daemons(0);
}

void Machine::start_daemons(std::size_t index)
{
    if (index >= world_.factories_.size()) {
        return;
    }
    later(Duration{random_.between(100'000, 1'500'000)}, [this, index] {
        if (stack_runs_) {
            start_daemon(world_.factories_[index].first, false);
        }
        start_daemons(index + 1);
    });
}

void Machine::stop_stack(const std::string& why)
{
    if (!stack_runs_) {
        return;
    }
    world_.trace(id_, "corosync stops: " + why, LineKind::journal);
    stack_runs_ = false;
    stop_cman();
    world_.network_->stop_node(id_);
    for (const auto& [name, process] : processes_) {
        process->later(Duration{random_.between(1'000, 1'000'000)},
                       [](Daemon& daemon) { daemon.on_cluster_lost(); });
    }
}

// ----------------------------------------------------- daemons

void Machine::start_daemon(const std::string& name, bool holds_document)
{
    if (processes_.contains(name)) {
        return;
    }
    if (!cman_runs_ && !holds_document) {
        waits_for_cman_.insert(name);
        return;
    }
    const auto factory = std::find_if(world_.factories_.begin(), world_.factories_.end(),
                                      [&](const auto& entry) { return entry.first == name; });
    const bool is_first = ++starts_[name] == 1;
    auto process = std::make_shared<Process>(world_, *this, name, is_first, random_.fork());
    processes_[name] = process;
    world_.trace(id_, name + " starts", LineKind::journal);
    world_.network_->open_group(id_, name);
    process->begin(factory->second);
    tell_peers(name, true);
    if (!cman_runs_) {
        tell_of_cman(process);
    }
}

void Machine::end_daemon(const std::string& name, const std::string& why, bool restart,
                         bool holds_document)
{
    const auto found = processes_.find(name);
    if (found == processes_.end()) {
        return;
    }
    world_.trace(id_, name + " ends: " + why, LineKind::journal);
    found->second->end();
    drop_unrecorded(found->second.get());
    processes_.erase(found);
    world_.network_->close_group(id_, name);
    tell_peers(name, false);
    if (restart) {
        supervise(name, holds_document);
    }
}

void Machine::supervise(const std::string& name, bool holds_document)
{
    later(Duration{random_.between(20'000, world_.options().restart_delay_max.count())},
          [this, name, holds_document] {
              if (stack_runs_) {
                  start_daemon(name, holds_document);
              }
          });
}

void Machine::kill_daemon(const std::string& name, bool restart)
{
    if (name == cman_name) {
        kill_cman(restart);
    } else {
        end_daemon(name, "kill -9", restart, false);
    }
}

void Machine::hold_daemon(const std::string& name, Duration how_long)
{
    const auto found = processes_.find(name);
    if (found != processes_.end()) {
        world_.trace(id_, name + " is stopped for a while");
        found->second->hold(how_long);
    }
}

void Machine::stop_daemon(const std::string& name)
{
    const auto found = processes_.find(name);
    if (found != processes_.end()) {
        world_.trace(id_, name + " is stopped", LineKind::journal);
        found->second->stop();
    }
}

void Machine::continue_daemon(const std::string& name)
{
    const auto found = processes_.find(name);
    if (found != processes_.end()) {
        world_.trace(id_, name + " goes on", LineKind::journal);
        found->second->go_on();
    }
}

void Machine::start_daemon_by_hand(const std::string& name)
{
    if (name == cman_name) {
        start_cman();
    } else if (stack_runs_) {
        start_daemon(name, false);
    }
}

void Machine::deliver(const std::string& daemon, const view::GroupEvent& event)
{
    const auto found = processes_.find(daemon);
    if (found != processes_.end()) {
        found->second->deliver(event);
    }
}

void Machine::config_changed()
{
    for (const auto& [name, process] : processes_) {
        process->later(Duration{random_.between(100, 200'000)},
                       [](Daemon& daemon) { daemon.on_config(); });
    }
}

// ----------------------------------------------------- sockets

void Machine::tell_peers(const std::string& name, bool is_up)
{
    for (const auto& [peer, process] : processes_) {
        if (peer == name) {
            continue;
        }
        const Duration delay{random_.between(50, world_.options().local_delay_max.count())};
        process->later(delay, [name, is_up](Daemon& daemon) {
            is_up ? daemon.on_local_up(name) : daemon.on_local_down(name);
        });
        if (is_up) {
            processes_.at(name)->later(delay,
                                       [peer = peer](Daemon& daemon) { daemon.on_local_up(peer); });
        }
    }
}

void Machine::send_local(const std::string& from, const std::string& to, LocalMessage message)
{
    const auto receiver = processes_.find(to);
    if (receiver == processes_.end()) {
        return;
    }
    TimePoint& free = socket_free_[{from, to}];
    const TimePoint now = world_.scheduler_.now();
    free = std::max(free,
                    now + Duration{random_.between(20, world_.options().local_delay_max.count())});
    receiver->second->later(free - now, [from, message = std::move(message)](Daemon& daemon) {
        daemon.on_local(from, message);
    });
}

// ---------------------------------------------------- children

ChildId Machine::spawn(const std::shared_ptr<Process>& parent, ChildSpec spec)
{
    const ChildId id = ++last_child_;
    world_.trace(id_, "forks: " + spec.subject);
    children_[id] = Child{std::move(spec), parent, false, false, parent == nullptr};
    ++world_.children_version_;
    later(Duration{random_.between(50, record_takes_max.count())}, [this, id] { execute(id); });
    return id;
}

/// The byte from its parent: the record is on disk.
void Machine::execute(ChildId id)
{
    const auto found = children_.find(id);
    if (found == children_.end() || found->second.is_being_killed) {
        return;
    }
    found->second.runs = true;
    ++world_.children_version_;
    const ChildSpec& spec = found->second.spec;
    world_.trace(id_, "begins: " + spec.subject,
                 spec.is_routine ? LineKind::detail : LineKind::journal);
    for (std::size_t index = 0; index < spec.effects.size(); ++index) {
        later(spec.effects[index].after, [this, id, index] { happen(id, index); });
    }
    if (spec.takes != Duration::max()) {
        later(spec.takes, [this, id] { child_ended(id, false); });
    }
}

/// Their parent died before the byte: they read an end of file and exit.
void Machine::drop_unrecorded(const Process* parent)
{
    for (auto child = children_.begin(); child != children_.end();) {
        const bool is_orphan = !child->second.runs && child->second.parent.lock().get() == parent;
        if (is_orphan) {
            world_.probes().reached("a child died with its parent before its record");
            world_.trace(id_, "vanishes: " + child->second.spec.subject, LineKind::journal);
        }
        child = is_orphan ? children_.erase(child) : std::next(child);
    }
    ++world_.children_version_;
}

void Machine::happen(ChildId id, std::size_t effect)
{
    const auto child = children_.find(id);
    if (child != children_.end() && !child->second.is_being_killed) {
        const std::function<void()> what = child->second.spec.effects[effect].happen;
        what();
    }
}

void Machine::child_ended(ChildId id, bool was_killed)
{
    const auto child = children_.extract(id);
    if (child.empty()) {
        return;
    }
    ++world_.children_version_;
    const ChildSpec& spec = child.mapped().spec;
    const std::string outcome = was_killed ? "killed" : spec.outcome;
    world_.trace(id_, "ends: " + spec.subject + (outcome.empty() ? "" : " (" + outcome + ")"),
                 spec.is_routine ? LineKind::detail : LineKind::journal);
    const std::shared_ptr<Process> parent = child.mapped().parent.lock();
    if (parent && child.mapped().spec.ended) {
        parent->run(
            [ended = child.mapped().spec.ended, was_killed](Daemon&) { ended(was_killed); });
    } else if (child.mapped().is_of_shell && child.mapped().spec.ended) {
        child.mapped().spec.ended(was_killed);
    }
}

// ------------------------------------------------------- truth

NodeStatus Machine::status() const
{
    return NodeStatus{id_,   powered_, stack_runs_, is_paused_,
                      life_, boots_,   cman_runs_,  longest_without_cman()};
}

Daemon* Machine::daemon(const std::string& name)
{
    const auto found = processes_.find(name);
    return found != processes_.end() ? found->second->daemon() : nullptr;
}

bool Machine::is_stopped(const std::string& name) const
{
    const auto found = processes_.find(name);
    return found != processes_.end() && found->second->is_stopped();
}

std::vector<ChildInfo> Machine::children() const
{
    std::vector<ChildInfo> infos;
    for (const auto& [id, child] : children_) {
        infos.push_back(ChildInfo{id, child.spec.subject, child.runs});
    }
    return infos;
}

}  // namespace ha::sim
