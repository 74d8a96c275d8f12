// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/model/element.hpp"

namespace ha::config {

/// The tree as an XML document in the form of ccs_config_dump: declaration, one tab a level, `/>`
/// where nothing is inside, special characters escaped so that reading it gives the same tree. The
/// text of an element stands before its children; it is left out if it is white space only.
std::string write_xml(const model::Element& tree);

}  // namespace ha::config
