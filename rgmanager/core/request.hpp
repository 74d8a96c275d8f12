// SPDX-License-Identifier: Apache-2.0
//
// Requests: what clusvcadm asks, judged against a row. Pure: the verdict is an answer, or the
// change of the row that begins the operation. Source: spec/rgmanager.md 5.2-5.5, 5.8, 5.9; DESIGN
// 4 for EAGAIN on transitional rows.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/view/group.hpp"
#include "rgmanager/core/events.hpp"
#include "rgmanager/core/placement.hpp"

namespace ha::service {

/// What a verdict depends on. Members are the admitted ones of the settled view.
struct RequestWorld {
    const ServicesDocument& document;
    const Placement& placement;
    const std::map<NodeId, view::Member>& members;
    view::Member self;
    AdmissionNumber self_admission;                      ///< to the fence domain
    std::map<NodeId, AdmissionNumber> fence_admissions;  ///< of members
    bool locked = false;
    std::string claims_blocked;  ///< why nothing may be claimed now, or ""
    std::uint64_t membership_epoch = 0;
};

struct Verdict {
    std::optional<RowChange> change;  ///< propose it; the answer comes with the operation's end
    ReturnCode code = ReturnCode::success;
    std::string why;
};

/// Why a failed row cannot be disabled yet, for has_unproven_end(row).
[[nodiscard]] std::string words_of_unproven_end(const std::string& target);

/// Precondition: not lock or unlock; the view is settled and quorate.
[[nodiscard]] Verdict judge(const Requested& request, const ServiceRow& row,
                            const RequestWorld& world);

}  // namespace ha::service
