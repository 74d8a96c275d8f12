// SPDX-License-Identifier: Apache-2.0
//
// lab_journal WORD key=value...: one line for the lab's journal (tests/lab/lab/journal.py), with the time on
// CLOCK_MONOTONIC, the node and its life. One write, so lines of different nodes never mix. A program and
// not a shell function because a shell cannot read that clock.
#include <sys/utsname.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: lab_journal WORD [key=value ...]\n", stderr);
        return 100;
    }
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    utsname name{};
    uname(&name);
    std::string life;
    std::ifstream("/run/lab/life") >> life;

    std::string line =
        std::to_string(now.tv_sec * 1'000'000'000 + now.tv_nsec) + " " + name.nodename + " " + life;
    for (int i = 1; i < argc; ++i) {
        line += std::string(" ") + argv[i];
    }
    line += "\n";
    const int file = open("/lab/journal", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (life.empty() || file < 0 ||
        write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        std::perror("lab_journal");
        return 111;
    }
    return 0;
}
