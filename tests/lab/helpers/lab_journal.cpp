// SPDX-License-Identifier: Apache-2.0
//
// lab_journal WORD key=value...: one line for the lab's journal. A program and not a shell function
// because a shell cannot read CLOCK_MONOTONIC.
#include <cstdio>
#include <string>

#include "tests/lab/helpers/note.hpp"

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: lab_journal WORD [key=value ...]\n", stderr);
        return 100;
    }
    std::string words = argv[1];
    for (int i = 2; i < argc; ++i) {
        words += std::string(" ") + argv[i];
    }
    if (!ha::lab::note(words)) {
        std::perror("lab_journal");
        return 111;
    }
    return 0;
}
