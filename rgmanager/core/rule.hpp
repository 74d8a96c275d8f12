// SPDX-License-Identifier: Apache-2.0
//
// What an agent's metadata says about one type of service resource: its attributes, actions, child
// types and flags. A RuleSet is the sorted collection of them, the vocabulary of `<rm>`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace ha::service {

struct AttributeRule {
    std::string name;
    bool primary = false;
    bool unique = false;
    bool required = false;
    bool reconfig = false;                     ///< a change needs no stop and start
    std::optional<std::string> inherit;        ///< expression `A` or `TYPE%A`; beats a default
    std::optional<std::string> default_value;  ///< of metadata, or of `<resource-defaults>`

    friend bool operator==(const AttributeRule&, const AttributeRule&) = default;
};

/// One (name, depth) entry. Depth is 0 for everything but status and monitor.
struct ActionRule {
    std::string name;
    int depth = 0;
    std::chrono::seconds timeout{0};   ///< 0: none
    std::chrono::seconds interval{0};  ///< 0: never polled

    friend bool operator==(const ActionRule&, const ActionRule&) = default;
};

struct ChildRule {
    std::string type;
    int start_level = 0;  ///< 1..100 in use, 0: none
    int stop_level = 0;
    bool forbidden = false;

    friend bool operator==(const ChildRule&, const ChildRule&) = default;
};

struct Rule {
    std::string type;
    std::string agent;      ///< path of the agent
    int max_instances = 0;  ///< occurrences in all trees; 0: no limit
    bool init_on_add = true;
    bool destroy_on_delete = true;
    std::vector<AttributeRule> attributes;  ///< never empty; the key is at index 0
    std::vector<ActionRule> actions;
    std::vector<ChildRule> children;  ///< one entry per type

    [[nodiscard]] const AttributeRule* attribute(std::string_view name) const;
    [[nodiscard]] const ActionRule* action(std::string_view name, int depth) const;
    [[nodiscard]] const ChildRule* child(std::string_view child_type) const;

    friend bool operator==(const Rule&, const Rule&) = default;
};

class RuleSet
{
public:
    /// Keeps the set sorted by type without regard to case.
    /// Errors: already_exists, `Error storing TYPE: Duplicate`.
    [[nodiscard]] Status add(Rule rule);

    /// Exact type, or nullptr.
    [[nodiscard]] const Rule* find(std::string_view type) const;

    /// Type without regard to case, or nullptr.
    [[nodiscard]] const Rule* find_without_case(std::string_view type) const;

    [[nodiscard]] const std::vector<Rule>& all() const noexcept { return rules_; }

    /// For `<resource-defaults>` only: type and actions stay as they are. nullptr if unknown.
    [[nodiscard]] Rule* find_to_change(std::string_view type);

    friend bool operator==(const RuleSet&, const RuleSet&) = default;

private:
    std::vector<Rule> rules_;
};

}  // namespace ha::service
