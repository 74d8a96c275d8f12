// SPDX-License-Identifier: Apache-2.0
//
// Texts of attributes as values: one reading of numbers, words and times for validation, for
// building the model and for the checks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/text.hpp"
#include "common/config/schema_table.hpp"
#include "common/model/element.hpp"

namespace ha::config {

/// Decimal with optional sign; white space around it is XML's affair and ignored. Nothing: no
/// number, or outside of 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Seconds of `90`, `1m30s`, `1h` (s m h d w y, either case, y = 365 d); terms add up.
/// At most 2^31; nothing: not such a text.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// Whether the text is a value of that attribute; id_reference looks only at the spelling.
bool is_valid(const AttributeRule& rule, std::string_view text);

/// What would be accepted, as a phrase: "a whole number from 1 to 65535".
std::string accepted_values(const AttributeRule& rule);

/// yes, on, true or a number other than 0.
bool is_truthy(std::string_view text);

/// The attributes of one element, read along the table: a missing or wrong value is the fallback's.
/// Precondition of every reader: the rule has an attribute of that name.
class Values
{
public:
    /// `element` may be nullptr: then everything has its fallback.
    Values(const model::Element* element, const ElementRule& rule) : element_(element), rule_(rule)
    {}

    /// The value if it is there and valid.
    [[nodiscard]] std::optional<std::string> given(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> given_integer(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const { return is_truthy(text(name)); }

private:
    const model::Element* element_;
    const ElementRule& rule_;
};

}  // namespace ha::config
