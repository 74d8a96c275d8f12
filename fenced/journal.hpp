// SPDX-License-Identifier: Apache-2.0
//
// Journal: what fenced says. Every line goes to the event log and to a bounded record in memory
// that `fence_tool dump` prints, as lines `EPOCHSECONDS text`; debug lines always reach the record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/log/log.hpp"

namespace ha::fence {

class Journal
{
public:
    explicit Journal(std::size_t bytes_max = std::size_t{1} << 20) : bytes_max_(bytes_max) {}

    /// Logs an event and records it. Neither words nor fields may hold a secret.
    void note(log::Event event, const std::string& words,
              const std::vector<log::Field>& fields = {});

    /// Recorded, and logged at debug level.
    void debug(const std::string& words);

    /// The lines kept, oldest first.
    [[nodiscard]] std::string text() const;

    /// Adds one line; the oldest go when the bound is passed. Control characters become blanks.
    void record(std::int64_t seconds, std::string_view words);

private:
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::deque<std::string> lines_;
};

}  // namespace ha::fence
