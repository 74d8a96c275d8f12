// SPDX-License-Identifier: Apache-2.0
//
// `<action name= depth= timeout= interval=/>` below a resource definition.
#pragma once

#include <vector>

#include "common/model/element.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

/// Applies the `<action>` children of `definition` in document order. Only given fields change; an
/// override that matches nothing is added if depth, timeout and interval are all given, else it is
/// ignored. An interval of 0 switches the check off.
void override_actions(std::vector<ActionRule>& actions, const model::Element& definition,
                      Notes& notes);

}  // namespace ha::service
