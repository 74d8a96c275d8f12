// SPDX-License-Identifier: Apache-2.0
#include "fenced/core/domain_codec.hpp"

#include <array>
#include <type_traits>
#include <utility>

#include "common/wire/frame.hpp"

namespace ha::fence {

namespace {

constexpr std::uint16_t message_version = 1;

template <std::size_t... Index>
constexpr bool types_match_positions(std::index_sequence<Index...>)
{
    return ((std::variant_alternative_t<Index, GroupMessage>::message_type == Index + 1) && ...);
}

constexpr auto all_messages = std::make_index_sequence<std::variant_size_v<GroupMessage>>{};
static_assert(types_match_positions(all_messages), "a message's type is its place in GroupMessage");

template <std::size_t Index>
Result<GroupMessage> decode_as(std::string_view payload)
{
    auto message = protocol::decode<std::variant_alternative_t<Index, GroupMessage>>(payload);
    if (!message) {
        return message.error();
    }
    return GroupMessage{std::in_place_index<Index>, std::move(*message)};
}

template <std::size_t... Index>
Result<GroupMessage> decode_type(std::size_t index, std::string_view payload,
                                 std::index_sequence<Index...>)
{
    static constexpr std::array decoders{&decode_as<Index>...};
    return decoders.at(index)(payload);
}

}  // namespace

std::string encode_message(const GroupMessage& message)
{
    return std::visit(
        [](const auto& alternative) {
            using Message = std::decay_t<decltype(alternative)>;
            return wire::encode_frame(message_version, Message::message_type,
                                      protocol::encode(alternative));
        },
        message);
}

Result<GroupMessage> decode_message(std::string_view bytes)
{
    Result<wire::Frame> frame = wire::decode_frame(bytes);
    if (!frame) {
        return frame.error();
    }
    const std::uint16_t type = frame->header.type;
    if (frame->header.version != message_version || type == 0 ||
        type > std::variant_size_v<GroupMessage>) {
        return Error{ErrorCode::invalid_input, "unknown fence message: version " +
                                                   std::to_string(frame->header.version) +
                                                   ", type " + std::to_string(type)};
    }
    return decode_type(type - 1U, frame->payload, all_messages);
}

}  // namespace ha::fence
