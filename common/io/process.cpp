// SPDX-License-Identifier: Apache-2.0
#include "common/io/process.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"
#include "common/io/detail/child.hpp"
#include "common/io/detail/process_record.hpp"
#include "common/io/file.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"

extern char** environ;  // NOLINT: POSIX names it so

namespace ha::io {

namespace {

constexpr Duration poll_pause = std::chrono::milliseconds{5};
constexpr Duration destructor_patience = std::chrono::seconds{2};
constexpr Duration refill_delay = std::chrono::milliseconds{100};

bool wait_until_gone(const std::vector<RecordedChild>& children, TimePoint deadline)
{
    for (;;) {
        if (std::none_of(children.begin(), children.end(), is_group_alive)) {
            return true;
        }
        if (now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(poll_pause);
    }
}

std::string seconds_text(Duration duration)
{
    const auto tenths = duration.count() / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

std::string ProcessResult::describe() const
{
    switch (outcome) {
        case ProcessOutcome::exited:
            return "exit code " + std::to_string(exit_code);
        case ProcessOutcome::signalled:
            return "killed by signal " + std::to_string(signal);
        case ProcessOutcome::timed_out:
            return "timed out after " + seconds_text(duration);
        case ProcessOutcome::ended:
            return "ended by us after " + seconds_text(duration);
        case ProcessOutcome::exec_failed:
            return std::string("cannot execute: ") + std::strerror(exec_errno);
        case ProcessOutcome::unknown:
            return "ended, nobody knows how";
    }
    HA_ASSERT(false);
}

std::vector<std::string> base_environment()
{
    std::vector<std::string> environment{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (std::string_view(*variable).starts_with("HA_")) {
            environment.emplace_back(*variable);
        }
    }
    return environment;
}

// ----------------------------------------------------------------------------------- ProcessRunner

struct ProcessRunner::Impl : std::enable_shared_from_this<ProcessRunner::Impl> {
    using OnEnd = std::function<void(const ProcessResult&)>;

    Impl(Loop& event_loop, Config runner_config)
        : loop(event_loop),
          config(std::move(runner_config)),
          refill(event_loop, [this] { keep_spares(); })
    {}

    [[nodiscard]] std::string record_path(pid_t group) const
    {
        return config.records_directory + "/" + config.owner + "." + std::to_string(group);
    }

    [[nodiscard]] std::vector<std::pair<std::string, RecordedChild>> read_records() const;
    ChildId add(std::shared_ptr<Child> child, OnEnd on_end);
    void finish(ChildId id, const OnEnd& on_end, const ProcessResult& result);
    [[nodiscard]] std::shared_ptr<Child> find(ChildId id) const;
    [[nodiscard]] Status spawn(Child& child);
    void keep_spares();

    Loop& loop;
    Config config;
    std::map<ChildId, std::shared_ptr<Child>> children;
    std::uint64_t last_id = 0;
    std::vector<WaitingHelper> spares;
    Timer refill;
};

std::vector<std::pair<std::string, RecordedChild>> ProcessRunner::Impl::read_records() const
{
    std::vector<std::pair<std::string, RecordedChild>> records;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(config.records_directory, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(config.owner + ".")) {
            continue;
        }
        const Result<std::string> text = read_file(entry.path().string(), 65536);
        const Result<RecordedChild> record =
            text ? parse_process_record(*text) : Result<RecordedChild>(text.error());
        if (record) {
            records.emplace_back(entry.path().string(), *record);
        } else {
            // Half-written by a daemon that died here: its child never got the byte.
            static_cast<void>(remove_file(entry.path().string()));
        }
    }
    return records;
}

std::shared_ptr<Child> ProcessRunner::Impl::find(ChildId id) const
{
    const auto found = children.find(id);
    return found == children.end() ? nullptr : found->second;
}

/// With a spare, if there is one; others then follow at leisure.
Status ProcessRunner::Impl::spawn(Child& child)
{
    if (config.spares > 0) {
        refill.set_in(refill_delay);
    }
    if (!spares.empty()) {
        WaitingHelper helper = std::move(spares.back());
        spares.pop_back();
        if (child.spawn(std::move(helper))) {
            return ok();
        }
        // Somebody killed it, or the order itself is wrong: a new one tells which.
    }
    Result<WaitingHelper> helper = spawn_helper(config.exec_helper);
    return helper ? child.spawn(std::move(*helper)) : Status{helper.error()};
}

void ProcessRunner::Impl::keep_spares()
{
    while (spares.size() < config.spares) {
        Result<WaitingHelper> helper = spawn_helper(config.exec_helper);
        if (!helper) {
            return;  // start() says why, should it still be so then
        }
        spares.push_back(std::move(*helper));
    }
}

ChildId ProcessRunner::Impl::add(std::shared_ptr<Child> child, OnEnd on_end)
{
    const ChildId id{++last_id};
    child->watch([weak = weak_from_this(), id, on_end = std::move(on_end)](const auto& result) {
        if (const auto self = weak.lock()) {
            self->finish(id, on_end, result);
        }
    });
    children.emplace(id, std::move(child));
    return id;
}

void ProcessRunner::Impl::finish(ChildId id, const OnEnd& on_end, const ProcessResult& result)
{
    const auto found = children.find(id);
    HA_ASSERT(found != children.end());
    static_cast<void>(remove_file(record_path(found->second->record().group)));
    const auto child = std::move(found->second);
    children.erase(found);
    on_end(result);
}

ProcessRunner::ProcessRunner(Loop& loop, Config config)
    : impl_(std::make_shared<Impl>(loop, std::move(config)))
{}

ProcessRunner::~ProcessRunner()
{
    std::vector<RecordedChild> dying;
    for (auto& [id, child] : impl_->children) {
        child->unwatch();
        if (!child->record().outlives_parent) {
            child->kill();
            dying.push_back(child->record());
        }
    }
    wait_until_gone(dying, now() + destructor_patience);
    for (auto& [id, child] : impl_->children) {
        const bool is_gone = !child->record().outlives_parent && child->reap();
        if (is_gone) {
            static_cast<void>(remove_file(impl_->record_path(child->record().group)));
        }
    }
}

Result<std::vector<RecordedChild>> ProcessRunner::end_recorded_children(Duration patience)
{
    if (Status made = make_directories(impl_->config.records_directory, 0700); !made) {
        return made.error();
    }
    const auto records = impl_->read_records();
    std::vector<RecordedChild> to_end;
    for (const auto& [path, child] : records) {
        if (!child.outlives_parent) {
            kill_group(child);
            to_end.push_back(child);
        }
    }
    wait_until_gone(to_end, now() + patience);

    std::vector<RecordedChild> result;
    for (const auto& [path, child] : records) {
        result.push_back(child);
        result.back().ended = !is_group_alive(child);
        if (result.back().ended) {
            static_cast<void>(remove_file(path));
        }
    }
    impl_->keep_spares();
    return result;
}

Result<ChildId> ProcessRunner::start(ProcessSpec spec,
                                     std::function<void(const ProcessResult&)> on_end)
{
    HA_ASSERT(!spec.argv.empty());
    auto child = std::make_shared<Child>(impl_->loop, std::move(spec));
    if (Status spawned = impl_->spawn(*child); !spawned) {
        return spawned.error();
    }
    const std::string path = impl_->record_path(child->record().group);
    if (Status recorded = write_run_file(path, format_record(child->record()), 0600); !recorded) {
        child->abandon();  // it never got the byte: nothing ran
        return recorded.error();
    }
    child->release();
    return impl_->add(std::move(child), std::move(on_end));
}

Result<ChildId> ProcessRunner::adopt(const RecordedChild& recorded,
                                     std::function<void(const ProcessResult&)> on_end)
{
    auto child = std::make_shared<Child>(impl_->loop, recorded);
    if (Status adopted = child->adopt(); !adopted) {
        return adopted.error();
    }
    return impl_->add(std::move(child), std::move(on_end));
}

bool ProcessRunner::signal(ChildId child, int signal)
{
    const auto found = impl_->find(child);
    return found != nullptr && found->signal(signal);
}

void ProcessRunner::end(ChildId child, Duration grace)
{
    if (const auto found = impl_->find(child)) {
        found->end(grace);
    }
}

void ProcessRunner::end_all(Duration grace)
{
    for (const auto& [id, child] : impl_->children) {
        child->end(grace);
    }
}

std::size_t ProcessRunner::running() const
{
    return impl_->children.size();
}

std::optional<pid_t> ProcessRunner::pid(ChildId child) const
{
    const auto found = impl_->find(child);
    return found == nullptr ? std::nullopt : std::optional<pid_t>(found->record().group);
}

}  // namespace ha::io
