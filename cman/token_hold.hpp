// SPDX-License-Identifier: Apache-2.0
//
// TokenHold: lets corosync rest as soon as nobody sends. By its default the token goes round 30
// times after the last message; in a ring of one its two threads, at real-time priority, hand it to
// each other all the while and take the processors from fenced, the agents and rgmanager just when
// a lost node is to be fenced. One round is enough: whoever sends wakes it at once.
//
// The key totem.seqno_unchanged_const is set in the running corosync, not in corosync.conf, which
// stays what cluster.conf says; a value in cluster.conf holds.
#pragma once

#include <memory>

#include "common/base/result.hpp"

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
    /// corosync took it away. Errors: unavailable (no corosync), system; nothing is set then.
    [[nodiscard]] Status begin();

private:
    [[nodiscard]] Status set_unless_given();

    io::Loop& loop_;
    std::unique_ptr<io::Cmap> cmap_;
};

}  // namespace ha::cman
