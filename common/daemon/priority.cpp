// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/priority.hpp"

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

}  // namespace ha::daemon
