// SPDX-License-Identifier: Apache-2.0
//
// For the one .cpp of each conversation: defines and instantiates what codec.hpp declares.
#pragma once

#include <array>

#include <boost/preprocessor/seq/for_each.hpp>
#include <boost/preprocessor/variadic/to_seq.hpp>

#include "common/protocol/codec_json.hpp"
#include "common/protocol/codec_print.hpp"

namespace ha::protocol::detail {

/// The text as a JSON value, or why it is none.
Result<json::value> parse(std::string_view text);

template <class T>
Result<std::string> round_trip(std::string_view text)
{
    Result<T> first = decode<T>(text);
    if (!first) {
        return first.error();
    }
    const Result<T> second = decode<T>(encode(*first));
    HA_ASSERT(second && encode(*second) == encode(*first));
    return print(*first);
}

template <class... T>
constexpr bool are_dense()
{
    std::uint16_t expected = 0;
    return ((T::message_type == ++expected) && ...);
}

}  // namespace ha::protocol::detail

namespace ha::protocol {

template <class T>
std::string encode(const T& message)
{
    return boost::json::serialize(detail::to_value(message));
}

template <class T>
Result<T> decode(std::string_view text)
{
    const Result<boost::json::value> value = detail::parse(text);
    if (!value) {
        return value.error();
    }
    T message{};
    detail::Reader reader;
    if (!detail::from_value(*value, message, reader)) {
        return Error{ErrorCode::invalid_input, reader.error()};
    }
    return message;
}

template <class T>
std::string print(const T& message)
{
    std::string out;
    if constexpr (requires { T::message_name; }) {
        out = T::message_name;
    }
    detail::print_value(message, out);
    return out;
}

}  // namespace ha::protocol

#define HA_PROTOCOL_INSTANTIATE(r, data, T)               \
    template std::string encode<T>(const T&);             \
    template ::ha::Result<T> decode<T>(std::string_view); \
    template std::string print<T>(const T&);
#define HA_PROTOCOL_INFO(r, data, T) \
    MessageInfo{T::message_type, T::message_name, &detail::field_list<T>, &detail::round_trip<T>},

/// In namespace ha::protocol: encode, decode and print for described structs that are no messages
/// of their own (records in the run root, snapshots).
#define HA_PROTOCOL_STRUCTS(...) \
    BOOST_PP_SEQ_FOR_EACH(HA_PROTOCOL_INSTANTIATE, _, BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__))

/// In namespace ha::protocol: defines `const Conversation& function()` and everything its messages
/// need. The messages stand in the order of their types, from 1 without a gap.
#define HA_CONVERSATION(function, name, ...)                                                    \
    BOOST_PP_SEQ_FOR_EACH(HA_PROTOCOL_INSTANTIATE, _, BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__))    \
    static_assert(detail::are_dense<__VA_ARGS__>(),                                             \
                  "message types are 1, 2, 3, ... in this order");                              \
    const Conversation& function()                                                              \
    {                                                                                           \
        static constexpr std::array messages{                                                   \
            BOOST_PP_SEQ_FOR_EACH(HA_PROTOCOL_INFO, _, BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__))}; \
        static const Conversation conversation{name, messages};                                 \
        return conversation;                                                                    \
    }
