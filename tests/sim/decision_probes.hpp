// SPDX-License-Identifier: Apache-2.0
//
// Rare branches of the cores, recognized by the reasons they give for their decisions.
#pragma once

#include <string_view>

#include "tests/sim/probes.hpp"

namespace ha::sim {

void note_decision(Probes& probes, std::string_view reason);

}  // namespace ha::sim
