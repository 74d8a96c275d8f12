// SPDX-License-Identifier: Apache-2.0
//
// Mutants of common/view's Group, which both kinds of group in the simulation can have: fenced's by
// these names, rgmanager's with "services_" before them.
#pragma once

#include <map>
#include <string>

#include "common/view/group_events.hpp"

namespace ha::sim {

inline const std::map<std::string, bool view::GroupKnobs::*>& group_mutants()
{
    using view::GroupKnobs;
    static const std::map<std::string, bool GroupKnobs::*> mutants{
        {"act_on_unsettled_view", &GroupKnobs::mutant_act_on_unsettled_view},
        {"skip_barrier", &GroupKnobs::mutant_skip_barrier},
    };
    return mutants;
}

}  // namespace ha::sim
