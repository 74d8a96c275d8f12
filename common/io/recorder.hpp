// SPDX-License-Identifier: Apache-2.0
//
// Recorder: keeps the last input events of a core in two files, PATH and PATH.old, so that an
// incident can be replayed and becomes a test by copying it. One event is one line: time, tab,
// text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace ha::io {

class Recorder
{
public:
    /// Keeps at least the last `bytes_max / 2` and at most `bytes_max` bytes of lines.
    Recorder(std::string path, std::size_t bytes_max);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Starts afresh; the former run's events move to PATH.old. Errors: system.
    [[nodiscard]] Status open();

    /// Written at once (no fsync). Newlines, tabs and backslashes in `text` are escaped. A failure
    /// to write is kept silent, counted in dropped(): recording never harms the daemon.
    void record(TimePoint at, std::string_view text);

    [[nodiscard]] std::size_t dropped() const { return dropped_; }

    struct Line {
        TimePoint at;
        std::string text;

        friend bool operator==(const Line&, const Line&) = default;
    };

private:
    Status rotate();

    std::string path_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t dropped_ = 0;
    int fd_ = -1;
};

/// One line back into time and text. Errors: invalid_input.
[[nodiscard]] Result<Recorder::Line> parse_record(std::string_view line);

}  // namespace ha::io
