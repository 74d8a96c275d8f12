// SPDX-License-Identifier: Apache-2.0
//
// TokenHold: lets corosync rest sooner when nobody sends (docs/adr/0015). By its default the token
// goes round 30 times after the last message before the lowest member holds it. In a ring of one,
// corosync's two threads hand it to each other all the while, at real-time priority, and take the
// processors from fenced, the agents and rgmanager just when a lost node is to be fenced.
//
// The key totem.seqno_unchanged_const is set in the running corosync, not in corosync.conf, which
// stays what cluster.conf says; a value in cluster.conf holds.
#pragma once

#include <memory>

#include "common/base/result.hpp"
#include "common/io/timer.hpp"

namespace ha::io {
class Cmap;
class Loop;
}  // namespace ha::io

namespace ha::cman {

class TokenHold
{
public:
    explicit TokenHold(io::Loop& loop);
    ~TokenHold();  ///< the setting stays
    TokenHold(const TokenHold&) = delete;
    TokenHold& operator=(const TokenHold&) = delete;

    /// Once corosync answers. Sets the key unless it has a value, now and whenever a reload of
    /// corosync took it away; tries again until that succeeds, and says so in the log.
    void begin();

private:
    [[nodiscard]] Status watch();
    [[nodiscard]] Status set_unless_given();
    void retry_after(const Status& failed);

    io::Loop& loop_;
    io::Timer retry_timer_;
    std::unique_ptr<io::Cmap> cmap_;  ///< null until it is watched
    bool is_complained_of_ = false;
};

}  // namespace ha::cman
