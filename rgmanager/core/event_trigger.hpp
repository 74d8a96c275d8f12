// SPDX-License-Identifier: Apache-2.0
//
// `<events>` of central processing (spec 1.6), as far as they are configuration: they are read and
// shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/model/element.hpp"
#include "rgmanager/core/note.hpp"

namespace ha::service {

enum class EventClass { any, node, service };

struct EventTrigger {
    std::string name;
    int priority = 99;  ///< 1 to 100, 1 first
    EventClass event_class = EventClass::any;
    std::string file;                          ///< wins over `script`
    std::string script;                        ///< inline text
    std::optional<std::string> node;           ///< node_id, else node: as written
    std::optional<std::string> node_state;     ///< as written
    std::optional<std::string> service;        ///< full `type:name`
    std::optional<std::string> service_state;  ///< as written

    friend bool operator==(const EventTrigger&, const EventTrigger&) = default;
};

/// Events of `<rm>` in order of priority, then document order, and the `Default` one that is always
/// there. Reading ends at the first event without a name; one that is not usable is left out and
/// noted.
[[nodiscard]] std::vector<EventTrigger> read_event_triggers(const model::Element& rm, Notes& notes);

}  // namespace ha::service
