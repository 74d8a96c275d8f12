// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/change_rules.hpp"

namespace ha::service {

namespace {

using view::Member;

/// Inputs that a member may propose for a row that another one owns.
bool is_open_to_all(ServiceInput input)
{
    return input == ServiceInput::begin_operation || input == ServiceInput::freeze ||
           input == ServiceInput::unfreeze;
}

/// What the target of a migration says before it begins (it notes the guest, or refuses it), and
/// after it made the service failed (nothing of it is left there).
bool is_word_of_target(const ServiceRow& before, const RowChange& change, const Member& sender)
{
    const bool begins = is_announced(before) && (change.input == ServiceInput::guest_expected ||
                                                 change.input == ServiceInput::end_operation);
    const bool clears = has_unproven_end(before) && change.input == ServiceInput::end_operation;
    return (begins || clears) && is_owner(target_of(before.op), sender);
}

/// Who may take a row that nobody owns, and by which input.
bool takes_ownership(ServiceInput input)
{
    return input == ServiceInput::claim || input == ServiceInput::begin_stop ||
           input == ServiceInput::stop_failed;
}

}  // namespace

bool is_owner(const Owner& owner, const Member& member)
{
    return owner.node == member.node && owner.life == member.life;
}

std::string objection(const ServiceRow& before, const RowChange& change, const Member& sender)
{
    const ServiceRow& after = change.row;
    if (before.version != change.based_on) {
        return "based on version " + std::to_string(change.based_on) + ", the row is at " +
               std::to_string(before.version);
    }
    if (next_state(before.state, change.input) != after.state) {
        return std::string(input_text(change.input)) + " does not lead from " +
               std::string(state_text(before.state)) + " to " +
               std::string(state_text(after.state));
    }
    if (std::string broken = broken_invariant(after); !broken.empty()) {
        return broken;
    }
    if (change.input == ServiceInput::claim && after.owner.admission.value == 0) {
        return "a claim names the claimer's admission in the fence domain";
    }
    if (change.input == ServiceInput::begin_operation && before.op.kind != OperationKind::none) {
        return "an operation is open";
    }
    if (change.input == ServiceInput::begin_operation && after.op.kind == OperationKind::migrate &&
        after.op.target_admission.value == 0) {
        return "a migration names its target's admission in the fence domain";
    }
    if (before.owner.is_somebody()) {
        if (!is_owner(before.owner, sender)) {
            const bool is_open =
                is_open_to_all(change.input) || is_word_of_target(before, change, sender);
            return is_open && after.owner == before.owner ? std::string{}
                                                          : "the sender does not own it";
        }
        return after.owner.is_somebody() && after.owner != before.owner &&
                       change.input != ServiceInput::migrated
                   ? "ownership cannot be handed over"
                   : std::string{};
    }
    if (after.owner.is_somebody() &&
        !(takes_ownership(change.input) && is_owner(after.owner, sender))) {
        return "only the claimer itself can become owner";
    }
    return {};
}

}  // namespace ha::service
