// SPDX-License-Identifier: Apache-2.0
//
// What a fence agent gets on its stdin, and what of it may be shown to people.
// Intuition: the text is the agents' oldest contract (spec fenced 3.2), so it is built line by line
// in the old order and never escaped; the new rules (no `agent`, `option` translated, status never
// fences) only leave out or append lines. Runs nothing and logs nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/model/model.hpp"

namespace ha::fence {

/// What is asked of a device.
enum class Purpose {
    fence,    ///< what the configuration says; the agent's own default without `action`
    unfence,  ///< refused unless the configuration says on or enable: a default action would fence
    status,   ///< `action=status` and nothing else, whatever the configuration says
};

/// The stdin text of the agent of `step` for the node `node_name` (the configured name):
/// device attributes, `nodename=` unless the text has one, fencedevice attributes (these come last
/// and win), `action=` appended when only `option=` is given. Errors: too_large beyond `bytes_max`;
/// invalid_input when a value holds a line break or NUL (it would become a second argument), or
/// when an unfence step does not say on or enable.
[[nodiscard]] Result<std::string> agent_arguments(const model::FenceStep& step,
                                                  std::string_view node_name, Purpose purpose,
                                                  std::size_t bytes_max);

/// The value that agents take for `key`: the last line wins.
[[nodiscard]] std::optional<std::string> effective_value(const model::FenceStep& step,
                                                         std::string_view key);

/// The action that will be carried out, lower case; "" when the agent's default rules.
[[nodiscard]] std::string effective_action(const model::FenceStep& step);

/// `base` and what the step itself asks the agent to wait (`delay`, `power_wait`, seconds).
[[nodiscard]] Duration agent_deadline(const model::FenceStep& step, Duration base);

/// Whether the value of this argument must never be shown.
[[nodiscard]] bool is_secret(std::string_view key);

/// The values in `arguments` that must never be shown, longest first.
[[nodiscard]] std::vector<std::string> secret_values(std::string_view arguments);

/// `arguments` as shown to people: line breaks as blanks, secrets masked.
[[nodiscard]] std::string printable_arguments(std::string_view arguments);

/// `text` (an agent's output) with every secret of `arguments` masked.
[[nodiscard]] std::string masked_output(std::string_view text, std::string_view arguments);

/// The last line of an agent's output that says something, masked, without control characters,
/// bounded.
[[nodiscard]] std::string last_words(std::string_view output, std::string_view arguments);

}  // namespace ha::fence
