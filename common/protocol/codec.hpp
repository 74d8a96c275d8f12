// SPDX-License-Identifier: Apache-2.0
//
// Messages as text: every message is a plain struct described once with Boost.Describe; the JSON
// codec, the printer for logs, the fuzzer's table and the protocol document come from that
// description. Message headers include this file and never Boost.JSON: one .cpp per conversation
// instantiates its messages with HA_CONVERSATION of codec_impl.hpp.
//
// Rules of the codec (decode):
// - unknown fields are ignored, missing fields keep their default: old and new builds understand
//   each other;
// - integers are range checked, 1.0 is no integer, a bool is no integer;
// - strings are bytes: anything survives a round trip, UTF-8 or not;
// - enums are their enumerators' names; ids their number; NodeLife its text; RingId, DaemonLife,
//   ConfigId objects;
// - std::optional: null or missing is empty; vectors and sets are arrays; maps are objects (keys:
//   text or id);
// - durations are whole microseconds, whatever the field's own unit;
// - an error names the path of the wrong field: "members[2].life: expected text, got 7".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "common/base/result.hpp"

namespace ha::protocol {

/// The text of a message. Never fails: what a described struct can hold can be sent.
template <class T>
[[nodiscard]] std::string encode(const T& message);

/// Errors: invalid_input with the path of the first wrong field.
template <class T>
[[nodiscard]] Result<T> decode(std::string_view text);

/// One line for logs: `LeaveRequest{force=true, remove=false}`. Long texts are cut, Secret shows
/// its size only.
template <class T>
[[nodiscard]] std::string print(const T& message);

/// Bytes that must not appear in logs (a document with passwords). On the wire it is text.
struct Secret {
    std::string bytes;

    friend bool operator==(const Secret&, const Secret&) = default;
};

/// What programs without the type know of a message: the log printer, the fuzzer, the protocol
/// document.
struct MessageInfo {
    std::uint16_t type = 0;   ///< T::message_type, dense from 1 within its conversation
    std::string_view name;    ///< T's name without namespace
    std::string (*fields)();  ///< "name: type" of each field, one per line
    /// Decodes, encodes, decodes again; the printed message, or the decoder's error.
    Result<std::string> (*round_trip)(std::string_view text);
};

/// All messages of one socket or group.
struct Conversation {
    std::string_view name;
    std::span<const MessageInfo> messages;  ///< index = type - 1

    /// The printed message, or why it cannot be read.
    [[nodiscard]] std::string print_frame(std::uint16_t type, std::string_view text) const;
};

}  // namespace ha::protocol
