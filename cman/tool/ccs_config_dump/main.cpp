// SPDX-License-Identifier: Apache-2.0
//
// ccs_config_dump: the running configuration as XML (spec/cman.md 6.2).
#include <unistd.h>

#include <cstdio>
#include <string>

#include "cman/tool/ccs_config_dump/dump.hpp"
#include "cman/tool/ccs_config_dump/running_document.hpp"

namespace {

constexpr int exit_failed = 255;

constexpr const char* usage =
    "Usage:\n"
    "\n"
    "ccs_config_dump [options]\n"
    "\n"
    "Prints the configuration that this node's cluster runs with, as XML. It contains passwords "
    "and is\n"
    "for root only. What the manager found out itself is in it too: cman/@nodename, "
    "cman/@cluster_id.\n"
    "\n"
    "Options:\n"
    "  -r  Print the running configuration (the default).\n"
    "  -h  Print this help, then exit.\n"
    "  -V  Print version information, then exit.\n"
    "\n"
    "Exit: 0 printed, 255 failed.\n";

int print_running_configuration()
{
    using namespace ha::cman;
    const auto running = running_document(ha::Roots::from_environment());
    if (!running) {
        std::fprintf(stderr, "Unable to get the configuration\n%s\n", running.error().text.c_str());
        return exit_failed;
    }
    const auto text = dump_document(running->bytes, running->local_name);
    if (!text) {
        std::fprintf(stderr, "%s\n", text.error().text.c_str());
        return exit_failed;
    }
    const bool is_written = std::fwrite(text->data(), 1, text->size(), stdout) == text->size();
    return is_written && std::fflush(stdout) == 0 ? 0 : exit_failed;
}

}  // namespace

int main(int argc, char** argv)
{
    for (int letter = 0; (letter = ::getopt(argc, argv, "rhV")) != -1;) {
        switch (letter) {
            case 'r':
                break;
            case 'h':
                std::fputs(usage, stdout);
                return 0;
            case 'V':
                std::puts("ccs_config_dump 4.0.0");
                return 0;
            default:
                std::fputs("Please use '-h' for usage.\n", stderr);
                return exit_failed;
        }
    }
    if (optind < argc) {
        std::fprintf(stderr, "unknown option %s\n", argv[optind]);
        return exit_failed;
    }
    return print_running_configuration();
}
