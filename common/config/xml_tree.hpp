// SPDX-License-Identifier: Apache-2.0
//
// Bytes of an XML file as a model::Element tree, with line numbers: the only place that knows
// libxml2. The tree is well-formed XML and nothing more; what it means is for validate.hpp
// (cluster.conf) and for rgmanager/core (agents' metadata). Nothing outside the bytes is ever read:
// no network, no DTD, no entities of a document's own, and every size has a bound.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"
#include "common/model/element.hpp"

namespace ha::config {

/// Bounds of one document. A document beyond one of them is refused as a whole.
struct XmlLimits {
    std::size_t bytes_max = 4u << 20;
    std::size_t depth_max = 64;
    std::size_t elements_max = 200'000;
};

/// Whether a document may have a `<!DOCTYPE ...>`. `refuse` is for cluster.conf. `ignore` is for
/// agents' metadata, which conventionally names an external DTD: the name is skipped, never opened,
/// and a document with an internal subset (`[...]`, the home of entities) is refused even so.
enum class Doctype { refuse, ignore };

/// Why bytes are no tree.
struct Malformed {
    int line = 0;      ///< 1-based; 0 if it concerns the whole document
    std::string what;  ///< one sentence, no file name, no newline

    friend bool operator==(const Malformed&, const Malformed&) = default;
};

/// Attributes and children keep document order; entities of XML itself (`&lt;`, `&#10;`) are
/// decoded; comments and processing instructions are dropped; a name in a namespace keeps its
/// prefix, or its
/// `{uri}` if it has none, so that it never equals a plain name.
std::variant<model::Element, Malformed> read_xml(std::string_view bytes,
                                                 Doctype doctype = Doctype::refuse,
                                                 const XmlLimits& limits = {});

/// The same for callers that only want a tree or a sentence. Error text: `FILENAME:LINE: what`.
Result<model::Element> parse_xml(std::string_view bytes, std::string_view filename,
                                 Doctype doctype = Doctype::refuse, const XmlLimits& limits = {});

}  // namespace ha::config
