// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/base/result.hpp"
#include "common/base/roots.hpp"
#include "rgmanager/tool/clustat/report.hpp"

namespace ha::service::clustat {

/// Asks cmand, then rgmanager; each for a second at most, so that status answers even when one of
/// them hangs. Errors: cmand does not answer. An rgmanager that does not answer is part of the
/// report.
[[nodiscard]] Result<Report> gather(const Roots& roots);

}  // namespace ha::service::clustat
