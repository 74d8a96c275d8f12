// SPDX-License-Identifier: Apache-2.0
//
// Runs every agent of the agent directory as `PATH meta-data`, a few at a time, beside the daemon's
// other work.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/io/process.hpp"
#include "rgmanager/core/note.hpp"
#include "rgmanager/core/rule.hpp"

namespace ha::service {

class MetadataRun
{
public:
    using Done = std::function<void(RuleSet rules, Notes notes)>;

    /// `children` outlives this; `done` is called once, from the loop, and may destroy this.
    MetadataRun(io::ProcessRunner& children, const std::string& directory, Done done);
    ~MetadataRun();
    MetadataRun(const MetadataRun&) = delete;
    MetadataRun& operator=(const MetadataRun&) = delete;

    /// Once. Calls `done` at once when there is no agent at all.
    void start();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ha::service
