// SPDX-License-Identifier: Apache-2.0
//
// The state table of one service: which state follows which input; everything else is void on all
// members alike. Total over states and inputs, checked by the compiler, printed into docs, walked
// by a test.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/protocol/service.hpp"

namespace ha::service {

using protocol::Operation;
using protocol::OperationKind;
using protocol::Outcome;
using protocol::Owner;
using protocol::ReturnCode;
using protocol::RowChange;
using protocol::ServiceInput;
using protocol::ServiceRow;
using protocol::ServiceState;

/// States a row of the table can have, dense; in the order of ServiceState.
inline constexpr std::array table_states{ServiceState::stopped,    ServiceState::starting,
                                         ServiceState::started,    ServiceState::stopping,
                                         ServiceState::failed,     ServiceState::recoverable,
                                         ServiceState::recovering, ServiceState::disabled};

inline constexpr std::size_t table_input_count =
    static_cast<std::size_t>(ServiceInput::guest_expected) + 1;

/// The state after `input`, or nothing: the change is void. Precondition: `state` is one of
/// table_states.
[[nodiscard]] std::optional<ServiceState> next_state(ServiceState state, ServiceInput input);

/// An owner runs agents: starting, stopping, recoverable.
[[nodiscard]] constexpr bool is_transitional(ServiceState state)
{
    return state == ServiceState::starting || state == ServiceState::stopping ||
           state == ServiceState::recoverable || state == ServiceState::recovering;
}

/// starting, started, stopping, recoverable: the row has an owner.
[[nodiscard]] constexpr bool is_held(ServiceState state)
{
    return state == ServiceState::starting || state == ServiceState::started ||
           state == ServiceState::stopping || state == ServiceState::recoverable;
}

/// Its requests start something; a second one during a relocation gets EDEADLCK.
[[nodiscard]] constexpr bool is_start_like(OperationKind kind)
{
    return kind == OperationKind::enable || kind == OperationKind::enable_anywhere ||
           kind == OperationKind::restart || kind == OperationKind::relocate;
}

/// Its target, as the owner of a row would be written.
[[nodiscard]] inline Owner target_of(const Operation& op)
{
    return {op.target, op.target_life, op.target_admission};
}

/// A migration handed it to its target, which has not said yet that it runs there.
[[nodiscard]] inline bool is_arriving(const ServiceRow& row)
{
    return row.op.kind == OperationKind::migrate && row.op.target == row.owner.node;
}

/// A migration to this node life is open: the guest may come, or be there.
[[nodiscard]] inline bool is_migrating_to(const ServiceRow& row, const NodeLife& life)
{
    return row.op.kind == OperationKind::migrate && row.op.target_life.node == life;
}

/// A migration was asked for, and its target has not noted yet that the guest may come: nothing was
/// begun.
[[nodiscard]] inline bool is_announced(const ServiceRow& row)
{
    return row.state == ServiceState::started && row.op.kind == OperationKind::migrate &&
           !row.op.is_expected && !is_arriving(row);
}

/// A migration made it failed, and its target, which may have got the guest, has not stopped what
/// is left of it yet.
[[nodiscard]] inline bool has_unproven_end(const ServiceRow& row)
{
    return row.state == ServiceState::failed && row.op.kind == OperationKind::migrate &&
           row.op.target != row.owner.node;
}

/// What must hold of every row. Empty, or what is wrong with it.
[[nodiscard]] std::string broken_invariant(const ServiceRow& row);

/// clustat's words: "started", "disabled", ...
[[nodiscard]] std::string_view state_text(ServiceState state);

/// The tools' words of spec/rgmanager.md 5.2: "Success", "Failure", ...
[[nodiscard]] std::string_view return_text(ReturnCode code);

[[nodiscard]] std::string_view input_text(ServiceInput input);
[[nodiscard]] std::string_view operation_text(OperationKind kind);

/// The whole table as text, one line per possible step. Goes into docs/.
[[nodiscard]] std::string print_state_table();

}  // namespace ha::service
