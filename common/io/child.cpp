// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/child.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"
#include "common/io/detail/exec_order.hpp"
#include "common/io/detail/process_record.hpp"

namespace ha::io {

namespace {

constexpr std::size_t read_bytes = std::size_t{16} << 10;
constexpr Duration group_pause_min = std::chrono::milliseconds{1};
constexpr Duration group_pause_max = std::chrono::milliseconds{100};

}  // namespace

Child::Child(Loop& loop, ProcessSpec spec)
    : loop_(loop),
      spec_(std::move(spec)),
      output_(spec_.output_bytes_max),
      error_(spec_.output_bytes_max),
      deadline_(loop,
                [this] {
                    is_overrun_ = true;
                    kill();
                }),
      grace_(loop,
             [this] {
                 is_killed_by_end_ = true;
                 kill();
             }),
      group_poll_(loop, [this] { wait_for_group(); })
{}

Child::Child(Loop& loop, RecordedChild recorded) : Child(loop, ProcessSpec{})
{
    record_ = std::move(recorded);
}

Status Child::spawn(WaitingHelper helper)
{
    record_.started = now();
    if (spec_.timeout) {
        record_.deadline = record_.started + *spec_.timeout;
    }
    Result<SpawnedChild> spawned = give_order(std::move(helper), spec_);
    if (!spawned) {
        return spawned.error();
    }
    spawned_ = std::move(*spawned);
    record_.group = spawned_.pid;
    record_.start_ticks = spawned_.start_ticks;
    record_.subject = spec_.subject;
    record_.action = spec_.action;
    record_.outlives_parent = spec_.outlives_parent;
    return ok();
}

Status Child::adopt()
{
    Result<Fd> pidfd = open_pidfd(record_.group);
    // The descriptor first, then the start time: so that both speak of one process.
    const Result<std::uint64_t> ticks = process_start_ticks(record_.group);
    if (!pidfd || !ticks || *ticks != record_.start_ticks || !is_group_alive(record_)) {
        return Error{ErrorCode::not_found, "process " + std::to_string(record_.group) + " (" +
                                               record_.subject + ") is gone"};
    }
    spawned_.pid = record_.group;
    spawned_.pidfd = std::move(*pidfd);
    return ok();
}

void Child::abandon()
{
    spawned_.gate.reset();
    ::waitpid(spawned_.pid, nullptr, 0);  // the helper exits at once at the end of file
    is_reaped_ = true;
}

void Child::release()
{
    const char byte = spec_.outlives_parent ? go_and_outlive_parent : go_and_die_with_parent;
    // Cannot be short or block: the socket holds the order at most. If the child is dead already,
    // watch() tells.
    static_cast<void>(::send(spawned_.gate.get(), &byte, 1, MSG_NOSIGNAL));
}

// ---------------------------------------------------------------------------------------- watching

void Child::watch(OnEnd on_end)
{
    on_end_ = std::move(on_end);
    output_.fd = std::move(spawned_.output);
    error_.fd = std::move(spawned_.error);
    watch_stream(output_);
    watch_stream(error_);
    if (spawned_.input.is_open()) {
        input_watch_ =
            std::make_unique<FdWatch>(loop_, spawned_.input.get(), [weak = weak_from_this()] {
                if (const auto self = weak.lock()) {  // error: it reads no more
                    self->input_watch_.reset();
                    self->spawned_.input.reset();
                }
            });
        write_input();
    }
    pid_watch_ = std::make_unique<FdWatch>(loop_, spawned_.pidfd.get(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->on_exit();
        }
    });
    deadline_.set_or_cancel(record_.deadline);
}

void Child::unwatch()
{
    pid_watch_.reset();
    input_watch_.reset();
    output_.watch.reset();
    error_.watch.reset();
    deadline_.cancel();
    grace_.cancel();
    group_poll_.cancel();
}

void Child::watch_stream(Stream& stream)
{
    if (!stream.fd.is_open()) {
        return;
    }
    stream.watch =
        std::make_unique<FdWatch>(loop_, stream.fd.get(), [weak = weak_from_this(), &stream] {
            if (const auto self = weak.lock(); self && read_stream(stream) == ReadState::end) {
                stream.watch.reset();
                stream.fd.reset();
            }
        });
}

/// One bounded read per call: a flood does not starve the loop.
Child::ReadState Child::read_stream(Stream& stream)
{
    std::array<char, read_bytes> bytes;
    const ssize_t size = ::read(stream.fd.get(), bytes.data(), bytes.size());
    if (size > 0) {
        stream.tail.append({bytes.data(), static_cast<std::size_t>(size)});
        return ReadState::more;
    }
    return size < 0 && (errno == EAGAIN || errno == EINTR) ? ReadState::empty : ReadState::end;
}

void Child::write_input()
{
    while (input_written_ < spec_.input.size()) {
        const ssize_t size = ::write(spawned_.input.get(), spec_.input.data() + input_written_,
                                     spec_.input.size() - input_written_);
        if (size < 0 && errno == EAGAIN) {
            input_watch_->when_writable([weak = weak_from_this()] {
                if (const auto self = weak.lock()) {
                    self->write_input();
                }
            });
            return;
        }
        if (size < 0 && errno != EINTR) {
            break;  // it closed its stdin: its business
        }
        input_written_ += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    input_watch_.reset();
    spawned_.input.reset();
}

// ------------------------------------------------------------------------------------------ ending

bool Child::signal(int signal)
{
    return !is_reaped_ && ::kill(-record_.group, signal) == 0;
}

void Child::kill()
{
    if (!is_reaped_) {
        ::kill(-record_.group, SIGKILL);
    }
}

void Child::end(Duration grace)
{
    if (grace <= Duration::zero()) {
        is_killed_by_end_ = true;
        kill();
        return;
    }
    is_asked_to_end_ = true;
    signal(SIGTERM);
    const TimePoint due = now() + grace;
    grace_.set(std::min(grace_.due().value_or(due), due));
}

bool Child::reap()
{
    if (!is_reaped_) {
        is_reaped_ = ::waitpid(spawned_.pid, nullptr, WNOHANG) == spawned_.pid;
    }
    return is_reaped_;
}

/// The process is a zombie (or, adopted, gone). Its pid and group stay reserved until we reap it,
/// so the group is killed before that; then what is left in the pipes is read; then it is reaped.
void Child::on_exit()
{
    siginfo_t status{};
    const auto id = static_cast<id_t>(spawned_.pidfd.get());
    const int waited = ::waitid(P_PIDFD, id, &status, WEXITED | WNOHANG | WNOWAIT);
    if (waited == 0 && status.si_pid == 0) {
        return;  // not yet
    }
    const bool is_known = waited == 0;
    unwatch();
    result_ = make_result(status, is_known);
    const bool by_itself =
        result_.outcome == ProcessOutcome::exited || result_.outcome == ProcessOutcome::signalled;
    const bool keep_group = spec_.keep_group_after_exit && by_itself;
    if (!keep_group && is_known) {
        ::kill(-record_.group, SIGKILL);
    }
    drain(output_);
    drain(error_);
    reap();
    is_reaped_ = true;
    result_.duration = now() - record_.started;
    if (keep_group) {
        finish();
    } else {
        group_pause_ = group_pause_min;
        wait_for_group();
    }
}

void Child::drain(Stream& stream)
{
    // More than a pipe holds; bounded, because a survivor of the group may flood.
    constexpr int reads_max = 128;
    for (int i = 0; i < reads_max && stream.fd.is_open(); ++i) {
        if (read_stream(stream) != ReadState::more) {
            break;
        }
    }
    stream.fd.reset();
}

ProcessResult Child::make_result(const siginfo_t& status, bool is_known)
{
    ProcessResult result;
    result.started = record_.started;
    if (!is_known) {
        result.outcome = ProcessOutcome::unknown;
        return result;
    }
    const bool has_exited = status.si_code == CLD_EXITED;
    if (has_exited) {
        result.exit_code = status.si_status;
    } else {
        result.signal = status.si_status;
    }
    const ssize_t told =
        ::recv(spawned_.gate.get(), &result.exec_errno, sizeof result.exec_errno, 0);
    const bool is_killed = !has_exited && status.si_status == SIGKILL;
    if (told == static_cast<ssize_t>(sizeof result.exec_errno)) {
        result.outcome = ProcessOutcome::exec_failed;
    } else if (is_asked_to_end_ || (is_killed_by_end_ && is_killed)) {
        result.outcome = ProcessOutcome::ended;
    } else if (is_overrun_ && is_killed) {
        result.outcome = ProcessOutcome::timed_out;
    } else {
        // Exited before our signal came, or killed by somebody else.
        result.outcome = has_exited ? ProcessOutcome::exited : ProcessOutcome::signalled;
    }
    return result;
}

/// Killed processes need a moment to go, some (in the kernel, on a dead disk) for ever.
void Child::wait_for_group()
{
    if (!is_group_alive(record_)) {
        finish();
        return;
    }
    kill_group(record_);
    group_poll_.set_in(group_pause_);
    group_pause_ = std::min(2 * group_pause_, group_pause_max);
}

void Child::finish()
{
    result_.output_truncated = output_.tail.is_truncated() || error_.tail.is_truncated();
    result_.output = output_.tail.take();
    result_.error_output = error_.tail.take();
    const auto self = shared_from_this();
    const OnEnd on_end = std::move(on_end_);
    on_end(result_);
}

}  // namespace ha::io
