// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cman/tool/cman_tool/arguments.hpp"
#include "cman/tool/cman_tool/commands.hpp"
#include "cman/tool/cman_tool/connection.hpp"

namespace ha::cman {

void fail(const std::string& program, const std::string& text, int code)
{
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program.c_str(), text.c_str());
    std::exit(code);
}

namespace {

constexpr int timed_out_code = 2;
const char* program_name = "cman_tool";

extern "C" void on_alarm(int)
{
    constexpr char text[] = ": Timed-out waiting for cluster\n";
    const auto ignored = ::write(STDERR_FILENO, program_name, __builtin_strlen(program_name)) +
                         ::write(STDERR_FILENO, text, sizeof(text) - 1);
    static_cast<void>(ignored);
    ::_exit(timed_out_code);
}

/// -t limits the whole operation; only where something is waited for.
void start_alarm(const Arguments& arguments)
{
    if (!arguments.timeout_s || *arguments.timeout_s == 0) {
        return;
    }
    const bool is_waiting =
        arguments.wait || arguments.quorum || arguments.operation == Operation::wait;
    if (!is_waiting) {
        fail(arguments.program, "timeout is only appropriate with wait");
    }
    ::signal(SIGALRM, on_alarm);
    ::alarm(static_cast<unsigned>(*arguments.timeout_s));
}

int run(const Arguments& arguments)
{
    const Roots roots = Roots::from_environment();
    switch (arguments.operation) {
        case Operation::join:
            return run_join(arguments, roots);
        case Operation::leave:
            return run_leave(arguments, roots);
        case Operation::kill:
            return run_kill(arguments, roots);
        case Operation::expected:
            return run_expected(arguments, roots);
        case Operation::votes:
            return run_votes(arguments, roots);
        case Operation::version:
            return run_version(arguments, roots);
        case Operation::wait:
            return run_wait(arguments, roots);
        case Operation::status:
            return run_status(arguments, roots);
        case Operation::nodes:
            return run_nodes(arguments, roots);
        case Operation::services:
            return run_services(arguments);
        case Operation::debug:
            return 0;  // SIGUSR1 and debug="on" replace it
        case Operation::none:
            break;
    }
    return 1;
}

}  // namespace
}  // namespace ha::cman

int main(int argc, char** argv)
{
    ha::cman::Arguments arguments;
    if (const auto exit = ha::cman::parse_arguments(argc, argv, arguments)) {
        std::fputs(exit->out.c_str(), stdout);
        std::fputs(exit->error.c_str(), stderr);
        return exit->code;
    }
    ha::cman::program_name = argv[0];
    ha::cman::start_alarm(arguments);
    return ha::cman::run(arguments);
}
