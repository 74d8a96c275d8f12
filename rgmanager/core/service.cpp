// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/service.hpp"

#include <algorithm>

#include "common/protocol/service_tool.hpp"

namespace ha::service {

namespace {

/// State index + 1, so that the value-initialized cell is "void".
using Cell = unsigned char;
using Row = std::array<Cell, table_input_count>;
using Table = std::array<Row, table_states.size()>;

constexpr std::size_t index_of(ServiceState state)
{
    for (std::size_t index = 0; index < table_states.size(); ++index) {
        if (table_states[index] == state) {
            return index;
        }
    }
    return table_states.size();
}

struct Builder {
    Row row{};

    constexpr Builder& on(ServiceInput input, ServiceState next)
    {
        row[static_cast<std::size_t>(input)] = static_cast<Cell>(index_of(next) + 1);
        return *this;
    }
};

using enum ServiceInput;
using S = ServiceState;

// One row per state, in the order of table_states.
constexpr Table table{
    // stopped: eligible; a report of an unproven stop makes it failed
    Builder{}
        .on(claim, S::starting)
        .on(begin_stop, S::stopping)
        .on(stop_failed, S::failed)
        .on(give_up, S::stopped)
        .on(disable_idle, S::disabled)
        .on(begin_operation, S::stopped)
        .on(end_operation, S::stopped)
        .on(freeze, S::stopped)
        .on(unfreeze, S::stopped)
        .on(operation_dropped, S::stopped)
        .row,
    // starting: its owner runs start, or waits for the confirmation of its claim
    Builder{}
        .on(claim_lost, S::stopped)
        .on(start_succeeded, S::started)
        .on(start_failed, S::recoverable)
        .on(begin_stop, S::stopping)
        .on(begin_recovery, S::recoverable)
        .on(stop_failed, S::failed)
        .on(adopted, S::starting)
        .on(owner_settled, S::stopped)
        .on(operation_dropped, S::starting)
        .on(found_stopped, S::stopped)
        .row,
    // started
    Builder{}
        .on(begin_stop, S::stopping)
        .on(begin_recovery, S::recoverable)
        .on(stop_failed, S::failed)
        .on(begin_operation, S::started)
        .on(end_operation, S::started)
        .on(migrated, S::started)
        .on(freeze, S::started)
        .on(unfreeze, S::started)
        .on(adopted, S::started)
        .on(owner_settled, S::stopped)
        .on(operation_dropped, S::started)
        .on(found_stopped, S::stopped)
        .on(reconfigured, S::started)
        .on(guest_expected, S::started)
        .row,
    // stopping: its owner runs a normal stop
    Builder{}
        .on(stop_succeeded, S::stopped)
        .on(stop_to_disabled, S::disabled)
        .on(stop_failed, S::failed)
        .on(disable_regardless, S::disabled)
        .on(adopted, S::stopping)
        .on(owner_settled, S::stopped)
        .on(owner_settled_disabled, S::disabled)
        .on(operation_dropped, S::stopping)
        .on(found_stopped, S::stopped)
        .row,
    // failed: only a person's disable leads on, through stopping
    Builder{}
        .on(begin_stop, S::stopping)
        .on(begin_operation, S::failed)
        .on(stop_failed, S::failed)
        .on(end_operation, S::failed)
        .on(adopted, S::failed)
        .on(owner_settled, S::failed)
        .on(operation_dropped, S::failed)
        .row,
    // recoverable: its owner runs stop after a failure
    Builder{}
        .on(stop_succeeded, S::stopped)
        .on(stop_to_disabled, S::disabled)
        .on(stop_to_recovering, S::recovering)
        .on(stop_failed, S::failed)
        .on(adopted, S::recoverable)
        .on(owner_settled, S::stopped)
        .on(operation_dropped, S::recoverable)
        .on(found_stopped, S::stopped)
        .row,
    // recovering: nobody's; the operation says who may claim it next
    Builder{}
        .on(claim, S::starting)
        .on(stop_failed, S::failed)
        .on(give_up, S::stopped)
        .on(disable_idle, S::disabled)
        .on(operation_dropped, S::stopped)
        .row,
    // disabled
    Builder{}
        .on(claim, S::starting)
        .on(begin_stop, S::stopping)
        .on(stop_failed, S::failed)
        .on(begin_operation, S::disabled)
        .on(end_operation, S::disabled)
        .on(freeze, S::disabled)
        .on(unfreeze, S::disabled)
        .on(operation_dropped, S::disabled)
        .row,
};

constexpr bool leads_to(S from, S to)
{
    for (const Cell cell : table[index_of(from)]) {
        if (cell == index_of(to) + 1) {
            return true;
        }
    }
    return false;
}

constexpr bool has_way_out(S from)
{
    for (const S to : table_states) {
        if (to != from && leads_to(from, to)) {
            return true;
        }
    }
    return false;
}

constexpr bool nobody_else_leads_to(S to, std::initializer_list<S> allowed)
{
    for (const S from : table_states) {
        const bool is_allowed = std::find(allowed.begin(), allowed.end(), from) != allowed.end();
        if (!is_allowed && leads_to(from, to)) {
            return false;
        }
    }
    return true;
}

constexpr bool every_state_has_a_way_out()
{
    return std::all_of(table_states.begin(), table_states.end(), has_way_out);
}

static_assert(nobody_else_leads_to(S::stopping, {S::stopped, S::starting, S::started, S::stopping,
                                                 S::failed, S::disabled}));
static_assert(!leads_to(S::failed, S::starting) && !leads_to(S::failed, S::started) &&
                  !leads_to(S::failed, S::stopped) && !leads_to(S::failed, S::recovering) &&
                  !leads_to(S::failed, S::disabled),
              "failed never starts by itself");
static_assert(nobody_else_leads_to(S::started, {S::starting, S::started}),
              "only a start makes started");
static_assert(nobody_else_leads_to(S::starting,
                                   {S::stopped, S::recovering, S::disabled, S::starting}),
              "only a claim of a row that nobody holds makes starting");
static_assert(nobody_else_leads_to(S::recovering, {S::recoverable}),
              "recovery begins with a proven stop");
static_assert(every_state_has_a_way_out());

constexpr std::array<std::string_view, table_input_count> input_names{"claim",
                                                                      "claim_lost",
                                                                      "start_succeeded",
                                                                      "start_failed",
                                                                      "begin_stop",
                                                                      "begin_recovery",
                                                                      "stop_succeeded",
                                                                      "stop_to_disabled",
                                                                      "stop_to_recovering",
                                                                      "stop_failed",
                                                                      "disable_regardless",
                                                                      "give_up",
                                                                      "disable_idle",
                                                                      "begin_operation",
                                                                      "end_operation",
                                                                      "migrated",
                                                                      "freeze",
                                                                      "unfreeze",
                                                                      "adopted",
                                                                      "owner_settled",
                                                                      "owner_settled_disabled",
                                                                      "operation_dropped",
                                                                      "found_stopped",
                                                                      "reconfigured",
                                                                      "guest_expected"};

}  // namespace

std::optional<ServiceState> next_state(ServiceState state, ServiceInput input)
{
    const std::size_t row = index_of(state);
    const auto column = static_cast<std::size_t>(input);
    HA_ASSERT(row < table.size() && column < table_input_count);
    const Cell cell = table[row][column];
    return cell == 0 ? std::nullopt : std::optional(table_states[cell - 1U]);
}

std::string broken_invariant(const ServiceRow& row)
{
    if (index_of(row.state) == table_states.size()) {
        return "no state of the table";
    }
    if (is_held(row.state) && !row.owner.is_somebody()) {
        return std::string(state_text(row.state)) + " without owner";
    }
    if (!is_held(row.state) && row.state != ServiceState::failed && row.owner.is_somebody()) {
        return std::string(state_text(row.state)) + " with an owner";
    }
    if (row.state == ServiceState::recovering && row.op.kind == OperationKind::none) {
        return "recovering without operation";
    }
    return {};
}

std::string_view state_text(ServiceState state)
{
    return protocol::text_of(state);
}

std::string_view return_text(ReturnCode code)
{
    return protocol::text_of(code);
}

std::string_view input_text(ServiceInput input)
{
    return input_names[static_cast<std::size_t>(input)];
}

std::string_view operation_text(OperationKind kind)
{
    switch (kind) {
        case OperationKind::none:
            return "none";
        case OperationKind::enable:
            return "enable";
        case OperationKind::enable_anywhere:
            return "enable anywhere";
        case OperationKind::disable:
            return "disable";
        case OperationKind::stop:
            return "stop";
        case OperationKind::restart:
            return "restart";
        case OperationKind::relocate:
            return "relocate";
        case OperationKind::migrate:
            return "migrate";
        case OperationKind::recover:
            return "recover";
    }
    return "unknown";
}

std::string print_state_table()
{
    std::string out;
    for (const ServiceState state : table_states) {
        for (std::size_t input = 0; input < table_input_count; ++input) {
            if (const auto next = next_state(state, static_cast<ServiceInput>(input))) {
                out += std::string(state_text(state)) + " -- " + std::string(input_names[input]) +
                       " -> " + std::string(state_text(*next)) + "\n";
            }
        }
    }
    return out;
}

}  // namespace ha::service
