// SPDX-License-Identifier: Apache-2.0
//
// The way from bytes to a checked model: read_xml -> validate (schema table) -> build_model ->
// checks. One call for cmand, the daemons (they get the bytes from cmand) and the offline tools, so
// that all of them read a file alike.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/config/facts.hpp"
#include "common/config/problem.hpp"
#include "common/model/element.hpp"
#include "common/model/model.hpp"

namespace ha::config {

struct Loaded {
    ConfigId id;  ///< config_version and SHA-256 of the bytes
    model::ClusterModel model;
    /// Names resolved once (spec/cman.md 3.2), document order; empty without NameFacts.
    std::vector<model::NodeAddress> addresses;
    std::optional<NodeId> local;  ///< this machine; nothing without NameFacts or if it is no node
    std::vector<Problem> problems;
    model::Element tree;

    /// Class E: neither start nor reload with it, whatever `-D` says.
    [[nodiscard]] bool is_refused() const { return has_refusal(problems); }

    /// Has complaints or refusals: `Configuration fails to validate`.
    [[nodiscard]] bool is_invalid() const { return has_error(problems); }
};

/// The model is always whole: what is wrong in the file has the value of the attribute's default in
/// it, and a problem in the list. Whether it may be used is for the caller: is_refused(),
/// is_invalid(). Error (invalid_input, text `FILENAME:LINE: ...`): the bytes are no XML document
/// within our bounds.
Result<Loaded> load(std::string_view bytes, std::string_view filename, const Facts& facts = {});

}  // namespace ha::config
