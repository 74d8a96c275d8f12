// SPDX-License-Identifier: Apache-2.0
//
// Child: one running child of a ProcessRunner, from its gate to the end of its group. Order of
// calls: spawn, then abandon or (release, watch); or adopt, watch.
#pragma once

#include <sys/wait.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/io/detail/spawn.hpp"
#include "common/io/detail/tail_buffer.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/process.hpp"
#include "common/io/timer.hpp"

namespace ha::io {

class Child : public std::enable_shared_from_this<Child>
{
public:
    using OnEnd = std::function<void(const ProcessResult&)>;

    Child(Loop& loop, ProcessSpec spec);
    Child(Loop& loop, RecordedChild recorded);

    [[nodiscard]] Status spawn(WaitingHelper helper);
    [[nodiscard]] Status adopt();

    /// The child never runs its program; it is reaped.
    void abandon();

    /// Lets it run: the record is on disk.
    void release();

    void watch(OnEnd on_end);
    void unwatch();

    bool signal(int signal);
    void end(Duration grace);
    void kill();

    /// True if the child (not its group) is gone and no zombie of ours any more.
    bool reap();

    [[nodiscard]] const RecordedChild& record() const { return record_; }

private:
    struct Stream {
        explicit Stream(std::size_t bytes_max) : tail(bytes_max) {}

        Fd fd;
        TailBuffer tail;
        std::unique_ptr<FdWatch> watch;
    };

    enum class ReadState { more, empty, end };

    void watch_stream(Stream& stream);
    static ReadState read_stream(Stream& stream);
    static void drain(Stream& stream);
    void write_input();
    void on_exit();
    void wait_for_group();
    [[nodiscard]] ProcessResult make_result(const siginfo_t& status, bool is_known);
    void finish();

    Loop& loop_;
    ProcessSpec spec_;
    RecordedChild record_;
    SpawnedChild spawned_;
    std::size_t input_written_ = 0;
    Stream output_;
    Stream error_;
    Timer deadline_;
    Timer grace_;
    Timer group_poll_;
    Duration group_pause_{};
    OnEnd on_end_;
    ProcessResult result_;
    bool is_reaped_ = false;
    bool is_overrun_ = false;
    bool is_asked_to_end_ = false;  ///< SIGTERM was sent by end()
    bool is_killed_by_end_ = false;
    std::unique_ptr<FdWatch> input_watch_;
    std::unique_ptr<FdWatch> pid_watch_;
};

}  // namespace ha::io
