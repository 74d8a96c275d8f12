// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/priority.hpp"

#include <sys/wait.h>

#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace ha::daemon {
namespace {

/// In a process of its own, that the test program itself stays as it is: the exit code is 0 when
/// what is said of daemon and child holds.
int in_a_daemon(int (*look)())
{
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        ::_exit(look());
    }
    int status = 0;
    ::waitpid(daemon, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Priority, comes_before_others_where_that_is_allowed_and_says_where_not)
{
    EXPECT_EQ(in_a_daemon([] {
                  const int before = ::sched_getscheduler(0);
                  const Status first = run_before_others();
                  const int after = ::sched_getscheduler(0);
                  if (!first) {
                      const bool is_told = first.error().code == ErrorCode::permission_denied;
                      return is_told && after == before ? 0 : 1;
                  }
                  return after == (SCHED_RR | SCHED_RESET_ON_FORK) ? 0 : 2;
              }),
              0);
}

TEST(Priority, is_not_handed_on_to_agents)
{
    EXPECT_EQ(in_a_daemon([] {
                  static_cast<void>(run_before_others());
                  return in_a_daemon([] { return ::sched_getscheduler(0) == SCHED_OTHER ? 0 : 1; });
              }),
              0);
}

/// In kB, from /proc/self/status.
long locked_memory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmLck:")) {
            return std::stol(line.substr(line.find_first_of("0123456789")));
        }
    }
    return -1;
}

TEST(Memory, of_a_daemon_stays_where_that_is_allowed_and_that_of_its_agents_does_not)
{
    EXPECT_EQ(in_a_daemon([] {
                  const Status stays = stay_in_memory();
                  if (!stays) {
                      return stays.error().code == ErrorCode::permission_denied ? 0 : 1;
                  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
                  if (locked_memory() <= 0) {
                      return 2;
                  }
#endif
                  return in_a_daemon([] { return locked_memory() == 0 ? 0 : 3; });
              }),
              0);
}

}  // namespace
}  // namespace ha::daemon
