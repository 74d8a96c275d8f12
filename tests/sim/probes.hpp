// SPDX-License-Identifier: Apache-2.0
//
// Probes mark rare branches. A sweep adds them up over its seeds and fails if one was never
// reached.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ha::sim {

class Probes
{
public:
    void reached(const std::string& name) { ++count_[name]; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& all() const { return count_; }

private:
    std::map<std::string, std::uint64_t> count_;
};

}  // namespace ha::sim
