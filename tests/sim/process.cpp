// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/process.hpp"

#include <utility>

namespace ha::sim {

Machine::Process::Process(World& world, Machine& machine, std::string name, bool is_first,
                          Random random)
    : world_(world),
      machine_(machine),
      name_(std::move(name)),
      is_first_(is_first),
      random_(random),
      life_{machine.life_,
            static_cast<std::uint64_t>(world.scheduler_.now().time_since_epoch().count())}
{}

void Machine::Process::begin(const DaemonFactory& factory)
{
    daemon_ = factory(*this);
    run([](Daemon& daemon) { daemon.start(); });
}

void Machine::Process::end()
{
    ended_ = true;
    backlog_.clear();
    wake_at(std::nullopt);
    // Not now: the daemon may be on the stack.
    world_.scheduler_.after(Duration{0}, [self = shared_from_this()] { self->daemon_.reset(); });
}

void Machine::Process::run(Call call)
{
    if (ended_ || exiting_) {
        return;
    }
    if (stops_ > 0) {
        backlog_.push_back(std::move(call));
        return;
    }
    call(*daemon_);
}

void Machine::Process::deliver(const view::GroupEvent& event)
{
    run([this, event](Daemon& daemon) {
        if (snapshots_.is_begun_anew(machine_.id_, event)) {
            world_.probes().reached("a snapshot was begun anew");
        }
        daemon.on_cluster(event);
    });
}

void Machine::Process::later(Duration delay, Call call)
{
    world_.scheduler_.after(delay, [self = shared_from_this(), call = std::move(call)]() mutable {
        self->run(std::move(call));
    });
}

void Machine::Process::hold(Duration how_long)
{
    stop();
    world_.scheduler_.after(how_long, [self = shared_from_this()] { self->go_on(); });
}

void Machine::Process::stop()
{
    if (stops_++ == 0) {
        stopped_at_ = world_.now();
    }
}

/// What the shells' sleep watch finds comes before all that waited meanwhile.
void Machine::Process::go_on()
{
    if (stops_ == 0 || --stops_ > 0) {
        return;
    }
    if (world_.now() - stopped_at_ > world_.options().delays.token) {
        world_.probes().reached("a daemon slept longer than the token");
        backlog_.emplace_front([](Daemon& daemon) { daemon.on_overslept(); });
    }
    while (stops_ == 0 && !backlog_.empty() && !ended_ && !exiting_) {
        const Call call = std::move(backlog_.front());
        backlog_.pop_front();
        call(*daemon_);
    }
}

NodeId Machine::Process::self() const
{
    return machine_.id_;
}

TimePoint Machine::Process::now() const
{
    return machine_.local_time(world_.scheduler_.now());
}

const ActiveConfig& Machine::Process::config() const
{
    return world_.config_;
}

void Machine::Process::join_group()
{
    if (!ended_) {
        world_.network_->join_group(machine_.id_, name_);
    }
}

void Machine::Process::leave_group()
{
    if (!ended_) {
        world_.network_->leave_group(machine_.id_, name_);
    }
}

void Machine::Process::multicast(std::string bytes)
{
    if (!ended_) {
        world_.network_->multicast(machine_.id_, name_, std::move(bytes));
    }
}

void Machine::Process::wake_at(std::optional<TimePoint> when)
{
    if (wake_ && wake_when_ == when) {
        return;
    }
    if (wake_) {
        world_.scheduler_.cancel(*std::exchange(wake_, std::nullopt));
    }
    wake_when_ = when;
    if (when && !ended_) {
        wake_ = world_.scheduler_.at(machine_.true_time(*when), [self = shared_from_this()] {
            self->wake_.reset();
            self->run([](Daemon& daemon) { daemon.on_time(); });
        });
    }
}

void Machine::Process::after(Duration delay, std::function<void()> what)
{
    later(delay, [what = std::move(what)](Daemon&) { what(); });
}

void Machine::Process::send_local(const std::string& daemon, LocalMessage message)
{
    if (!ended_) {
        machine_.send_local(name_, daemon, std::move(message));
    }
}

bool Machine::Process::write_file(const std::string& name, std::string text)
{
    if (ended_ || machine_.disk_is_full_) {
        return false;
    }
    machine_.files_[name] = std::move(text);
    return true;
}

void Machine::Process::rename_file(const std::string& from, const std::string& to)
{
    auto file = ended_ ? decltype(machine_.files_)::node_type{} : machine_.files_.extract(from);
    if (!file.empty()) {
        machine_.files_[to] = std::move(file.mapped());
    }
}

void Machine::Process::remove_file(const std::string& name)
{
    if (!ended_) {
        machine_.files_.erase(name);
    }
}

std::string Machine::Process::read_file(const std::string& name) const
{
    const auto found = machine_.files_.find(name);
    return found != machine_.files_.end() ? found->second : "";
}

ChildId Machine::Process::spawn(ChildSpec spec)
{
    return ended_ ? 0 : machine_.spawn(shared_from_this(), std::move(spec));
}

void Machine::Process::kill_child(ChildId id)
{
    const auto child = machine_.children_.find(id);
    if (ended_ || child == machine_.children_.end() || child->second.is_being_killed) {
        return;
    }
    child->second.is_being_killed = true;
    machine_.later(Duration{random_.between(100, 50'000)},
                   [&machine = machine_, id] { machine.child_ended(id, true); });
}

std::vector<ChildInfo> Machine::Process::leftover_children() const
{
    std::vector<ChildInfo> infos;
    for (const auto& [id, child] : machine_.children_) {
        const std::shared_ptr<Process> parent = child.parent.lock();
        const bool is_orphan = !parent || parent->ended_;
        if (is_orphan && !child.is_of_shell) {
            infos.push_back(ChildInfo{id, child.spec.subject, child.runs});
        }
    }
    return infos;
}

void Machine::Process::reap_leftover(ChildId child)
{
    if (!ended_) {
        machine_.child_ended(child, true);
    }
}

void Machine::Process::kill_cluster_stack(NodeId node, const std::string& reason)
{
    // corosync_cfg_kill_node is a message on the ring: it needs one.
    if (!ended_ && world_.network_->ring_members(machine_.id_).contains(node) &&
        world_.network_->connected(machine_.id_, node)) {
        world_.scheduler_.after(
            Duration{random_.between(300, 3'000)},
            [&world = world_, node, reason] { world.stop_stack(node, reason); });
    }
}

void Machine::Process::exit(const std::string& reason, bool restart)
{
    if (ended_ || exiting_) {
        return;
    }
    exiting_ = true;
    const std::uint64_t boot = machine_.boots_;
    world_.scheduler_.after(Duration{0}, [self = shared_from_this(), reason, restart, boot] {
        if (!self->ended_ && self->machine_.boots_ == boot) {
            // Whoever starts over keeps the document it had.
            self->machine_.end_daemon(self->name_, reason, restart, true);
        }
    });
}

void Machine::Process::trace(const std::string& what)
{
    world_.trace(machine_.id_, name_ + ": " + what);
}

void Machine::Process::decided(const std::string& what)
{
    world_.trace(machine_.id_, name_ + ": " + what, LineKind::decision);
}

}  // namespace ha::sim
