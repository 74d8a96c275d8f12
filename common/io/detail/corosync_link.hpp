// SPDX-License-Identifier: Apache-2.0
//
// What every connection to corosync needs: connect with retries, watch its descriptor, dispatch,
// notice its death (dispatch fails), finalize. The handle's owner gives the four calls.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <corosync/corotypes.h>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/fd_watch.hpp"
#include "common/io/timer.hpp"

namespace ha::io {

class CorosyncLink
{
public:
    struct Calls {
        std::function<Result<int>()> connect;  ///< opens the handle; its descriptor
        std::function<void()> on_connect;
        std::function<cs_error_t()> dispatch;  ///< may destroy the link; then returns CS_OK
        std::function<void()> finalize;        ///< closes the handle; called once per connect
        std::function<void(const std::string& why)> on_lost;
    };

    CorosyncLink(Loop& loop, Duration retry, Calls calls);
    ~CorosyncLink();
    CorosyncLink(const CorosyncLink&) = delete;
    CorosyncLink& operator=(const CorosyncLink&) = delete;

    void start();
    void stop();
    [[nodiscard]] bool is_connected() const { return watch_ != nullptr; }

private:
    void attempt();
    void dispatch();

    Loop& loop_;
    Duration retry_;
    std::shared_ptr<Calls> calls_;
    Timer retry_timer_;
    std::unique_ptr<FdWatch> watch_;
};

/// corosync's error as ours, `what: words`.
[[nodiscard]] Error corosync_error(const std::string& what, cs_error_t error);

/// Calls `call` again while corosync says "try again", at most about 200 ms.
[[nodiscard]] cs_error_t try_again(const std::function<cs_error_t()>& call);

}  // namespace ha::io
