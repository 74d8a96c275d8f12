// SPDX-License-Identifier: Apache-2.0
#include "common/wire/frame.hpp"

#include "common/wire/bytes.hpp"

namespace ha::wire {

namespace {

Result<FrameHeader> decode_header(std::string_view bytes, std::size_t payload_max)
{
    Reader reader(bytes);
    const std::uint32_t magic = reader.u32();
    FrameHeader header;
    header.version = reader.u16();
    header.type = reader.u16();
    header.length = reader.u32();
    HA_ASSERT(!reader.failed());
    if (magic != frame_magic) {
        return Error{ErrorCode::invalid_input, "not a frame of the cluster suite (wrong magic)"};
    }
    if (header.length > payload_max) {
        return Error{ErrorCode::too_large, "frame of " + std::to_string(header.length) +
                                               " bytes, at most " + std::to_string(payload_max) +
                                               " are accepted"};
    }
    return header;
}

}  // namespace

std::string encode_frame(std::uint16_t version, std::uint16_t type, std::string_view payload,
                         std::size_t payload_max)
{
    HA_ASSERT(payload.size() <= payload_max);
    Writer writer;
    writer.u32(frame_magic);
    writer.u16(version);
    writer.u16(type);
    writer.u32(static_cast<std::uint32_t>(payload.size()));
    std::string bytes = std::move(writer).take();
    bytes.append(payload);
    return bytes;
}

Result<Frame> decode_frame(std::string_view bytes, std::size_t payload_max)
{
    if (bytes.size() < frame_header_bytes) {
        return Error{ErrorCode::invalid_input, "truncated frame: no whole header"};
    }
    Result<FrameHeader> header = decode_header(bytes, payload_max);
    if (!header) {
        return header.error();
    }
    const std::string_view payload = bytes.substr(frame_header_bytes);
    if (payload.size() != header->length) {
        return Error{ErrorCode::invalid_input, "frame says " + std::to_string(header->length) +
                                                   " bytes of payload, has " +
                                                   std::to_string(payload.size())};
    }
    return Frame{*header, std::string(payload)};
}

Result<std::optional<Frame>> FrameReader::next()
{
    if (buffer_.size() < frame_header_bytes) {
        return std::optional<Frame>{};
    }
    Result<FrameHeader> header = decode_header(buffer_, payload_max_);
    if (!header) {
        return header.error();
    }
    const std::size_t whole = frame_header_bytes + header->length;
    if (buffer_.size() < whole) {
        return std::optional<Frame>{};
    }
    Frame frame{*header, buffer_.substr(frame_header_bytes, header->length)};
    buffer_.erase(0, whole);
    return std::optional<Frame>{std::move(frame)};
}

}  // namespace ha::wire
