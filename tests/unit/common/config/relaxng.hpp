// SPDX-License-Identifier: Apache-2.0
//
// schemas/cluster.rng as xmllint sees it, without a process for each document.
#pragma once

#include <memory>
#include <string>

namespace ha::config {

class RelaxNg
{
public:
    /// Aborts the test program if the schema is not one.
    explicit RelaxNg(const std::string& schema_file);
    ~RelaxNg();
    RelaxNg(const RelaxNg&) = delete;
    RelaxNg& operator=(const RelaxNg&) = delete;

    /// Whether the document is well-formed and valid.
    [[nodiscard]] bool accepts(const std::string& document) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace ha::config
