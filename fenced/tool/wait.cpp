// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/wait.hpp"

#include <time.h>

#include <chrono>

#include "common/io/clock.hpp"

namespace ha::fence::tool {
namespace {

constexpr Duration pause_between_tries = std::chrono::milliseconds{250};
constexpr Duration pause_between_complaints = std::chrono::seconds{10};

void sleep_for(Duration duration)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(duration - seconds);
    const timespec time{seconds.count(), rest.count()};
    ::nanosleep(&time, nullptr);
}

}  // namespace

Waited wait_for(const Program& program, int limit_s, const std::string& complaint,
                const std::function<Try()>& attempt)
{
    const TimePoint begin = io::now();
    TimePoint next_complaint = begin + pause_between_complaints;
    while (true) {
        const Try found = attempt();
        if (found != Try::again) {
            return found == Try::done ? Waited::done : Waited::gave_up;
        }
        const TimePoint now = io::now();
        if (limit_s >= 0 && now - begin >= std::chrono::seconds{limit_s}) {
            return Waited::timed_out;
        }
        if (now >= next_complaint) {
            program.complain(complaint);
            next_complaint += pause_between_complaints;
        }
        sleep_for(pause_between_tries);
    }
}

}  // namespace ha::fence::tool
