// SPDX-License-Identifier: Apache-2.0
//
// How `<rm>` and agents' metadata spell times, numbers and flags.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/text.hpp"

namespace ha::service {

/// Sum of `<digits>[unit]` terms: s m h d w y in either case, no unit = seconds, y = 365 d.
/// A term with an unknown unit counts 0; empty text is 0; a sum beyond ten thousand years is 0.
[[nodiscard]] std::chrono::seconds parse_time_value(std::string_view text);

/// The leading decimal integer as C's atoi reads it (blanks, sign, digits); 0 if there is none.
/// Saturates instead of overflowing.
[[nodiscard]] int leading_integer(std::string_view text);

/// Metadata flags: an integer other than 0, or a value that starts with `y` or `Y`.
[[nodiscard]] bool is_metadata_flag_on(std::optional<std::string_view> text);

/// Before in alphabetical order without regard to ASCII case.
[[nodiscard]] bool less_without_case(std::string_view left, std::string_view right);

}  // namespace ha::service
