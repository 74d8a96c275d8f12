// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/priority.hpp"

#include <sys/mman.h>
#include <sys/resource.h>

#include <sched.h>

#include <cerrno>
#include <cstring>

namespace ha::daemon {

Status run_before_others()
{
    sched_param param{};
    param.sched_priority = ::sched_get_priority_min(SCHED_RR);
    if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) != 0) {
        return Error{ErrorCode::permission_denied,
                     std::string("no realtime priority: ") + std::strerror(errno)};
    }
    return ok();
}

Status stay_in_memory()
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // Only where no limit counts (CAP_IPC_LOCK): with one, a later allocation would fail. So
    // nothing is allowed while it is asked for.
    rlimit allowed{};
    if (::getrlimit(RLIMIT_MEMLOCK, &allowed) != 0) {
        return Error{ErrorCode::system, std::string("getrlimit: ") + std::strerror(errno)};
    }
    const rlimit none{0, allowed.rlim_max};
    const bool is_asked = ::setrlimit(RLIMIT_MEMLOCK, &none) == 0;
    const bool stays = is_asked && ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    const int error = errno;
    static_cast<void>(::setrlimit(RLIMIT_MEMLOCK, &allowed));
    if (!stays) {
        return Error{ErrorCode::permission_denied,
                     std::string("memory may be paged out: ") + std::strerror(error)};
    }
#endif
    return ok();
}

}  // namespace ha::daemon
