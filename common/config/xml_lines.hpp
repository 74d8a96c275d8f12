// SPDX-License-Identifier: Apache-2.0
//
// Where tags and attributes stand. libxml2 knows only the line on which a start tag ends; people
// write one attribute a line and want the line of the wrong one. This is no parser: it runs over
// bytes libxml2 has already found to be well-formed and only counts lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ha::config {

/// One start tag.
struct TagLine {
    int line = 0;       ///< of its `<`
    int text_line = 0;  ///< of the first character directly inside that is no white space; or 0
    std::vector<std::pair<std::string, int>> attributes;

    /// Line of the attribute (name as written, prefix included), or of the tag.
    [[nodiscard]] int attribute(std::string_view name) const;
};

/// In document order, as a walk over the tree meets the elements.
using TagLines = std::vector<TagLine>;

/// Nothing if the bytes are not in an encoding that has ASCII's bytes for markup (UTF-16), or if
/// counting went astray; then libxml2's own lines must do.
/// Precondition: `bytes` is well-formed XML.
std::optional<TagLines> find_tag_lines(std::string_view bytes);

}  // namespace ha::config
