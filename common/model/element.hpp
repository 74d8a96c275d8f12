// SPDX-License-Identifier: Apache-2.0
//
// One XML element as a value: what the tree reader hands on and what `<rm>` stays until agents'
// metadata give it types. Names and values are decoded text; order of attributes and children is
// document order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ha::model {

struct Attribute {
    std::string name;
    std::string value;
    int line = 0;  ///< 1-based line it stands on; 0 if not from a file

    friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// Copying recurses, as deep as a document may be (config::XmlLimits).
struct Element {  // NOLINT(misc-no-recursion)
    std::string name;
    std::vector<Attribute> attributes;
    std::vector<Element> children;
    std::string text;   ///< concatenated text content; only `<event>` scripts use it
    int line = 0;       ///< 1-based; 0 if not from a file
    int text_line = 0;  ///< where the text begins, leading white space aside; 0 if there is none

    /// Value of the attribute, or nothing.
    [[nodiscard]] std::optional<std::string_view> attribute(std::string_view attribute_name) const
    {
        for (const Attribute& candidate : attributes) {
            if (candidate.name == attribute_name) {
                return candidate.value;
            }
        }
        return std::nullopt;
    }

    /// First child of that name, or nullptr. Valid while this element lives and is not changed.
    [[nodiscard]] const Element* child(std::string_view child_name) const
    {
        for (const Element& candidate : children) {
            if (candidate.name == child_name) {
                return &candidate;
            }
        }
        return nullptr;
    }

    friend bool operator==(const Element&, const Element&) = default;
};

}  // namespace ha::model
