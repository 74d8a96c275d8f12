// SPDX-License-Identifier: Apache-2.0
//
// An event of the domain as one line of text, for the record of inputs that an incident leaves
// behind.
#pragma once

#include <string>

#include "fenced/core/domain.hpp"

namespace ha::fence {

/// The event's name and its values; frames in hexadecimal, so that they can be fed again.
[[nodiscard]] std::string event_text(const Event& event);

}  // namespace ha::fence
