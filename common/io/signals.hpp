// SPDX-License-Identifier: Apache-2.0
//
// Signals as loop callbacks.
#pragma once

#include <functional>
#include <memory>

namespace ha::io {

class Loop;

class Signals
{
public:
    explicit Signals(Loop& loop);
    ~Signals();  ///< unblocks them: the default action is back
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// `handler` runs in the loop each time `signal` arrived (several arrivals may count once).
    /// Precondition: this signal has no handler yet.
    void on(int signal, std::function<void()> handler);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::io
