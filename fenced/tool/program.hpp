// SPDX-License-Identifier: Apache-2.0
//
// What the classic fence commands have in common: how they name themselves, complain and show a
// version.
#pragma once

#include <string>
#include <string_view>

namespace ha::fence::tool {

/// Speaks for one command. Source: spec fenced 4 (texts, streams, exit codes).
class Program
{
public:
    /// `name` as it stands in every message.
    explicit Program(std::string_view name) : name_(name) {}

    [[nodiscard]] const std::string& name() const { return name_; }

    /// `NAME: text` on stderr.
    void complain(std::string_view text) const;

    /// complain(), and the exit code 1.
    int fail(std::string_view text) const;

    /// getopt has complained already; adds the classic hint. Exit code 1.
    int bad_option() const;

    /// `NAME VERSION (built DATE TIME)` and the licence line, on stdout. Exit code 0.
    int show_version() const;

private:
    std::string name_;
};

/// `text` as atoi reads it: leading digits with a sign, else 0.
[[nodiscard]] int classic_number(std::string_view text);

}  // namespace ha::fence::tool
