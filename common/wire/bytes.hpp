// SPDX-License-Identifier: Apache-2.0
//
// Bounded reader and writer for binary payloads: little-endian integers, length-prefixed strings
// and lists. The reader never reads past its bytes: after the first failure it returns zeroes, and
// failed() tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"

namespace ha::wire {

class Writer
{
public:
    void u8(std::uint8_t value) { integer(value, 1); }
    void u16(std::uint16_t value) { integer(value, 2); }
    void u32(std::uint32_t value) { integer(value, 4); }
    void u64(std::uint64_t value) { integer(value, 8); }
    void boolean(bool value) { u8(value ? 1 : 0); }

    /// u32 length, then the bytes.
    void text(std::string_view value)
    {
        HA_ASSERT(value.size() <= UINT32_MAX);
        u32(static_cast<std::uint32_t>(value.size()));
        bytes_.append(value);
    }

    [[nodiscard]] std::string take() && { return std::move(bytes_); }

private:
    void integer(std::uint64_t value, int width)
    {
        for (int i = 0; i < width; ++i) {
            bytes_.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
        }
    }

    std::string bytes_;
};

class Reader
{
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u64() { return integer(8); }

    /// 0 or 1; anything else fails.
    bool boolean()
    {
        const std::uint8_t value = u8();
        failed_ = failed_ || value > 1;
        return value == 1;
    }

    std::string text()
    {
        const std::uint32_t size = u32();
        if (failed_ || size > rest_.size()) {
            failed_ = true;
            return {};
        }
        std::string value(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return value;
    }

    /// A list's length: at most one entry per remaining byte, so that no garbage asks for
    /// gigabytes.
    std::uint32_t count()
    {
        const std::uint32_t value = u32();
        if (failed_ || value > rest_.size()) {
            failed_ = true;
            return 0;
        }
        return value;
    }

    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

    /// Whole and nothing left over.
    [[nodiscard]] bool complete() const noexcept { return !failed_ && rest_.empty(); }

private:
    std::uint64_t integer(std::size_t width)
    {
        if (failed_ || rest_.size() < width) {
            failed_ = true;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
        }
        rest_.remove_prefix(width);
        return value;
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace ha::wire
