// SPDX-License-Identifier: Apache-2.0
//
// The four commands of rg_test (spec 6.3). Each returns the exit code.
#pragma once

#include <string>
#include <vector>

namespace ha::service {

struct RgTestContext {
    std::string agent_directory;
    std::string ocf_root;
    std::vector<std::string> arguments;  ///< what follows the command
};

int run_rules(const RgTestContext& context);
int run_test(const RgTestContext& context);
int run_noop(const RgTestContext& context);
int run_delta(const RgTestContext& context);

}  // namespace ha::service
