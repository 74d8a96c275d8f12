// SPDX-License-Identifier: Apache-2.0
#include "common/protocol/codec_impl.hpp"

namespace ha::protocol {

namespace detail {

std::string quoted_text(std::string_view text)
{
    constexpr std::size_t limit = 120;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char character : text.substr(0, limit)) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte == 0x7f) {
            out += std::string("\\x") + digits[byte >> 4U] + digits[byte & 0xfU];
        } else {
            out += (character == '"' || character == '\\') ? std::string{'\\', character}
                                                           : std::string{character};
        }
    }
    out += text.size() > limit ? "\"... (" + std::to_string(text.size()) + " bytes)" : "\"";
    return out;
}

Result<json::value> parse(std::string_view text)
{
    json::parse_options options;
    options.allow_invalid_utf8 = true;  // names, paths and agents' words are bytes
    json::error_code error;
    json::value value =
        json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error) {
        return Error{ErrorCode::invalid_input, "message is no JSON: " + error.message()};
    }
    return value;
}

}  // namespace detail

std::string Conversation::print_frame(std::uint16_t type, std::string_view text) const
{
    if (type == 0 || type > messages.size()) {
        return std::string(name) + ": unknown message type " + std::to_string(type);
    }
    const MessageInfo& info = messages[type - 1U];
    const Result<std::string> printed = info.round_trip(text);
    return printed ? *printed : std::string(info.name) + ": " + printed.error().text;
}

}  // namespace ha::protocol
