// SPDX-License-Identifier: Apache-2.0
//
// One line for the lab's journal (tests/lab/lab/journal.py): time on CLOCK_MONOTONIC, node, life,
// then words. One write, so lines of different nodes never mix.
#pragma once

#include <sys/utsname.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace ha::lab {

inline std::int64_t now_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

/// What power-on this is, as the lab counts; empty outside of a lab.
inline std::string current_life()
{
    char text[32];
    const int file = open("/run/lab/life", O_RDONLY | O_CLOEXEC);
    const ssize_t size = read(file, text, sizeof text);
    close(file);
    std::string life(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    return life.substr(0, life.find_first_of(" \n"));
}

/// `at_ns`: when it happened, should writing it down come later. False when the journal cannot be
/// written; errno says why.
inline bool note(const std::string& words, std::int64_t at_ns = now_ns())
{
    utsname name{};
    uname(&name);
    const std::string life = current_life();
    const std::string line =
        std::to_string(at_ns) + " " + name.nodename + " " + life + " " + words + "\n";

    const int file = open("/lab/journal", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    close(file);
    return written && !life.empty();
}

}  // namespace ha::lab
