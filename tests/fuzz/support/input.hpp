// SPDX-License-Identifier: Apache-2.0
//
// The fuzzer's bytes as a supply of small decisions; an empty supply gives zeroes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ha::fuzz {

class Input
{
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size)
    {}

    [[nodiscard]] bool is_empty() const { return rest_.empty(); }

    std::uint8_t byte()
    {
        if (rest_.empty()) {
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    /// 0 to `count` - 1; 0 for an empty range.
    std::size_t index(std::size_t count)
    {
        const std::size_t drawn = byte() + 256U * byte();
        return count == 0 ? 0 : drawn % count;
    }

    /// Up to 255 bytes: one byte says how many.
    std::string text() { return take(byte()); }

    std::string take(std::size_t count)
    {
        std::string taken(rest_.substr(0, count));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string all() { return take(rest_.size()); }

private:
    std::string_view rest_;
};

}  // namespace ha::fuzz
