// SPDX-License-Identifier: Apache-2.0
//
// What cluster.conf may contain: every element and attribute with type, range and default, as one
// constant table (spec/cman.md 1.1-1.10, spec/fenced.md 2.1, spec/rgmanager.md 1). validate.cpp
// walks a tree along it, build_model.cpp takes the defaults from it, and a test walks it to prove
// that schemas/cluster.rng says the same. It knows nothing of meaning across attributes: that is
// checks.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace ha::config {

/// How the text of an attribute is read.
enum class Kind {
    text,           ///< anything
    nonempty,       ///< at least one character
    integer,        ///< decimal, optional sign, within [min, max]
    word,           ///< one of `words`, exactly
    word_any_case,  ///< one of `words`, upper or lower case
    yes_or_count,   ///< `yes`, `no` or a number from 0
    duration,       ///< seconds, or terms like 1m30s (s m h d w y)
    depth,          ///< a number from 0, or `*`
    id,             ///< a name (XML NCName) that is unique among all ids of the file
    id_reference,   ///< the name of an id of the file
};

struct AttributeRule {
    std::string_view name;
    Kind kind = Kind::text;
    bool required = false;
    /// Missing or wrong: nothing may start, whatever `-D` says, because no meaning is left.
    bool essential = false;
    /// Handed to corosync under its own name.
    bool passed = false;
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int32_t>::max();
    std::string_view words{};     ///< separated by blanks
    std::string_view fallback{};  ///< value if absent; empty: none, or computed in build_model.cpp
    std::string_view notice{};    ///< warning when it is set: what became of its meaning
    std::string_view quiet{};     ///< values (words) for which the notice is not given
};

struct ElementRule;

/// How often an element may stand in its parent; `max` 0: any number of times.
struct ChildRule {
    const ElementRule* rule;
    int min = 0;
    int max = 1;
};

struct ElementRule {
    std::string_view name;  ///< `*`: any name but those in `excluded` and those of sibling rules
    std::span<const AttributeRule> attributes{};
    std::span<const ChildRule> children{};
    bool any_attribute = false;  ///< attributes not listed are accepted as text
    bool any_content = false;    ///< everything below is accepted
    bool text = false;           ///< character data counts
    std::string_view excluded{};
    std::string_view notice{};  ///< as in AttributeRule

    [[nodiscard]] const AttributeRule* attribute(std::string_view attribute_name) const;

    /// The rule for a child of that name: an exact one before `*`. nullptr: none.
    [[nodiscard]] const ChildRule* child(std::string_view child_name) const;
};

/// `<cluster>`, the root; everything else hangs below it.
const ElementRule& cluster_rule();

/// Rules build_model.cpp and checks reach for directly. Precondition: the path exists.
/// Example: rule_at("cman"), rule_at("clusternodes/clusternode").
const ElementRule& rule_at(std::string_view path);

/// Calls `use(word)` for each of `words`.
template <class Use>
void for_each_word(std::string_view words, Use use)
{
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        if (end != 0) {
            use(words.substr(0, end));
        }
        words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
    }
}

bool contains_word(std::string_view words, std::string_view word);

}  // namespace ha::config
