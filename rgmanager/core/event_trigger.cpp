// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/event_trigger.hpp"

#include <algorithm>

#include "rgmanager/core/values.hpp"

namespace ha::service {
namespace {

using model::Element;

constexpr int priority_max = 100;
constexpr const char* default_script = "/usr/share/cluster/default_event_script.sl";

std::optional<std::string> text_of(const Element& element, std::string_view attribute)
{
    const auto value = element.attribute(attribute);
    return value ? std::optional(std::string(*value)) : std::nullopt;
}

std::optional<EventClass> class_of(std::string_view text)
{
    if (text.empty()) {
        return EventClass::any;
    }
    if (text == "node") {
        return EventClass::node;
    }
    if (text == "service" || text == "resource" || text == "rg") {
        return EventClass::service;
    }
    return std::nullopt;
}

bool is_blank(const std::string& text)
{
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::optional<EventTrigger> read_event(const Element& element, Notes& notes)
{
    EventTrigger event;
    event.name = text_of(element, "name").value_or("");
    const auto reject = [&](const std::string& reason) {
        notes.push_back({NoteLevel::error, "Event " + event.name + " left out: " + reason});
        return std::nullopt;
    };
    const auto event_class = class_of(element.attribute("class").value_or(""));
    if (!event_class) {
        return reject("class " + text_of(element, "class").value_or("") + " is not implemented");
    }
    event.event_class = *event_class;
    if (const auto priority = element.attribute("priority")) {
        event.priority = leading_integer(*priority);
    }
    if (event.priority < 1 || event.priority > priority_max) {
        return reject("priority must be 1 to 100");
    }
    event.file = text_of(element, "file").value_or("");
    event.script = event.file.empty() ? element.text : "";
    if (event.file.empty() && is_blank(event.script)) {
        return reject("it has neither a file nor a script");
    }
    event.node = text_of(element, "node_id");
    if (!event.node) {
        event.node = text_of(element, "node");
    }
    event.node_state = text_of(element, "node_state");
    event.service = text_of(element, "service");
    event.service_state = text_of(element, "service_state");
    return event;
}

}  // namespace

std::vector<EventTrigger> read_event_triggers(const Element& rm, Notes& notes)
{
    std::vector<EventTrigger> events;
    const Element* section = rm.child("events");
    for (const Element& element : section != nullptr ? section->children : std::vector<Element>{}) {
        if (element.name != "event") {
            continue;
        }
        if (!element.attribute("name")) {
            break;
        }
        if (auto event = read_event(element, notes)) {
            events.push_back(std::move(*event));
        }
    }
    EventTrigger fallback;
    fallback.name = "Default";
    fallback.priority = priority_max;
    fallback.file = default_script;
    events.push_back(std::move(fallback));
    std::stable_sort(
        events.begin(), events.end(),
        [](const EventTrigger& a, const EventTrigger& b) { return a.priority < b.priority; });
    return events;
}

}  // namespace ha::service
