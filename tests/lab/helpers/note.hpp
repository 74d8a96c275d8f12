// SPDX-License-Identifier: Apache-2.0
//
// One line for the lab's journal (tests/lab/lab/journal.py): time on CLOCK_MONOTONIC, node, life,
// then words. One write, so lines of different nodes never mix.
#pragma once

#include <sys/utsname.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace ha::lab {

/// False when the journal cannot be written; errno says why.
inline bool note(const std::string& words)
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    utsname name{};
    uname(&name);
    std::string life;
    std::ifstream("/run/lab/life") >> life;
    const long long nanoseconds = now.tv_sec * 1'000'000'000LL + now.tv_nsec;
    const std::string line =
        std::to_string(nanoseconds) + " " + name.nodename + " " + life + " " + words + "\n";

    const int file = open("/lab/journal", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    close(file);
    return written && !life.empty();
}

}  // namespace ha::lab
