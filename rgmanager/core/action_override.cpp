// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/action_override.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "rgmanager/core/values.hpp"

namespace ha::service {
namespace {

using model::Element;

struct Override {
    std::string name;
    std::optional<int> depth;  ///< nothing: every existing entry of the name
    std::optional<std::chrono::seconds> timeout;
    std::optional<std::chrono::seconds> interval;
};

std::optional<std::chrono::seconds> time_of(const Element& element, std::string_view attribute)
{
    const auto text = element.attribute(attribute);
    return text ? std::optional(parse_time_value(*text)) : std::nullopt;
}

Override read_override(const Element& element)
{
    Override wanted;
    wanted.name = std::string(element.attribute("name").value_or(""));
    wanted.timeout = time_of(element, "timeout");
    wanted.interval = time_of(element, "interval");
    const auto depth = element.attribute("depth");
    const bool has_depth = wanted.name == "status" || wanted.name == "monitor";
    if (has_depth && depth && *depth != "*") {
        wanted.depth = std::max(0, leading_integer(*depth));
    }
    return wanted;
}

/// ` WHAT: A->B` and the new figure, if it is given and differs.
std::string change(const char* what, std::chrono::seconds& figure,
                   const std::optional<std::chrono::seconds>& wanted)
{
    if (!wanted || *wanted == figure) {
        return "";
    }
    std::string text = std::string(" ") + what + ": " + std::to_string(figure.count()) + "->" +
                       std::to_string(wanted->count());
    figure = *wanted;
    return text;
}

void apply(std::vector<ActionRule>& actions, const Override& wanted, Notes& notes)
{
    bool matched = false;
    for (ActionRule& action : actions) {
        if (action.name != wanted.name || (wanted.depth && *wanted.depth != action.depth)) {
            continue;
        }
        matched = true;
        const std::string timeout = change("timeout", action.timeout, wanted.timeout);
        const std::string changes = timeout + change("interval", action.interval, wanted.interval);
        if (!changes.empty()) {
            notes.push_back({NoteLevel::info, "Replacing action '" + action.name + "' depth " +
                                                  std::to_string(action.depth) + ":" + changes});
        }
    }
    if (!matched && wanted.depth && wanted.timeout && wanted.interval) {
        actions.push_back({wanted.name, *wanted.depth, *wanted.timeout, *wanted.interval});
    }
}

}  // namespace

void override_actions(std::vector<ActionRule>& actions, const Element& definition, Notes& notes)
{
    for (const Element& child : definition.children) {
        if (child.name == "action" && child.attribute("name")) {
            apply(actions, read_override(child), notes);
        }
    }
}

}  // namespace ha::service
