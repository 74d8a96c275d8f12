// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/base/assert.hpp"

namespace ha::view {

/// Points `slot` at the outputs of the call under way, and at nothing afterwards.
template <class Output>
class OutputScope
{
public:
    OutputScope(std::vector<Output>*& slot, std::vector<Output>& out) : slot_(slot)
    {
        HA_ASSERT(slot_ == nullptr);
        slot_ = &out;
    }
    ~OutputScope() { slot_ = nullptr; }
    OutputScope(const OutputScope&) = delete;
    OutputScope& operator=(const OutputScope&) = delete;

private:
    std::vector<Output>*& slot_;
};

}  // namespace ha::view
