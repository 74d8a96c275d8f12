// SPDX-License-Identifier: Apache-2.0
//
// The header of every message, on cpg and on unix sockets, and the reader that finds frames in a
// stream.
//
//   offset  0        4         6      8         12
//           | magic  | version | type | length  | payload (length bytes) ...
//           | u32    | u16     | u16  | u32     |
//
// All integers little endian. A frame that does not fit (magic, version, bound) is an Error; the
// peer that sent it is not believed any further.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace ha::wire {

inline constexpr std::uint32_t frame_magic = 0x34534843;  // "CHS4"
inline constexpr std::size_t frame_header_bytes = 12;

/// Above 1,047,552 bytes libcpg fragments and sleeps inside the call (spec: toolbox); stay below.
inline constexpr std::size_t frame_payload_bytes_max = 1000 * 1000;

struct FrameHeader {
    std::uint16_t version = 1;
    std::uint16_t type = 0;
    std::uint32_t length = 0;  ///< of the payload, bytes

    friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

struct Frame {
    FrameHeader header;
    std::string payload;

    friend bool operator==(const Frame&, const Frame&) = default;
};

/// Header and payload as bytes; `length` is taken from the payload.
/// Precondition: payload.size() <= payload_max (sockets allow more than cpg).
[[nodiscard]] std::string encode_frame(std::uint16_t version, std::uint16_t type,
                                       std::string_view payload,
                                       std::size_t payload_max = frame_payload_bytes_max);

/// Exactly one whole frame, as a cpg message is. Errors: invalid_input, too_large.
[[nodiscard]] Result<Frame> decode_frame(std::string_view bytes,
                                         std::size_t payload_max = frame_payload_bytes_max);

/// Finds frames in a byte stream. After an Error the stream is lost; close it.
class FrameReader
{
public:
    explicit FrameReader(std::size_t payload_max = frame_payload_bytes_max)
        : payload_max_(payload_max)
    {}

    void feed(std::string_view bytes) { buffer_.append(bytes); }

    /// The next whole frame, nothing if more bytes are needed. Errors: invalid_input, too_large.
    [[nodiscard]] Result<std::optional<Frame>> next();

    /// Bytes held back, never more than one frame's bound plus what was fed last.
    [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size(); }

private:
    std::size_t payload_max_;
    std::string buffer_;
};

}  // namespace ha::wire
