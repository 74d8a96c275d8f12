// SPDX-License-Identifier: Apache-2.0
//
// Mutants of what the simulated shells do around the cores. Each undoes one sentence of DESIGN.
#pragma once

#include <map>
#include <string>

namespace ha::sim {

struct ShellMutants {
    /// DESIGN 5: "a starting daemon first ends and reaps every recorded group".
    bool leave_leftovers = false;
    /// DESIGN 4: "fenced keeps in the run root which groups this node life joined".
    bool forget_groups = false;
    /// DESIGN 4: "Losing quorum ends running fence agents."
    bool agents_run_on = false;
    /// DESIGN 4: "Settled touches only rows claimed under that admission or an earlier one".
    bool settle_later_admissions = false;
    /// DESIGN 3: "a new table may claim only when ... every domain member so recorded has joined
    /// and reported what it runs".
    bool claim_before_reports = false;
};

inline const std::map<std::string, bool ShellMutants::*>& shell_mutants()
{
    static const std::map<std::string, bool ShellMutants::*> mutants{
        {"agents_run_on", &ShellMutants::agents_run_on},
        {"claim_before_reports", &ShellMutants::claim_before_reports},
        {"forget_groups", &ShellMutants::forget_groups},
        {"leave_leftovers", &ShellMutants::leave_leftovers},
        {"settle_later_admissions", &ShellMutants::settle_later_admissions},
    };
    return mutants;
}

}  // namespace ha::sim
