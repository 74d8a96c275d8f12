// SPDX-License-Identifier: Apache-2.0
//
// Which kinds of fields the codec knows, and the descriptions of the ids every conversation uses.
#pragma once

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/codec.hpp"

namespace ha {

// Descriptions of what every conversation uses; found by Boost.Describe through their namespace.
BOOST_DESCRIBE_STRUCT(RingId, (), (representative, sequence))
BOOST_DESCRIBE_STRUCT(DaemonLife, (), (node, started_us))
BOOST_DESCRIBE_STRUCT(ConfigId, (), (version, hash))

}  // namespace ha

namespace ha::protocol::detail {

template <class T>
constexpr bool is_id = false;
template <class Tag, class T>
constexpr bool is_id<Id<Tag, T>> = true;

template <class T>
constexpr bool is_duration = false;
template <class Rep, class Period>
constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;

template <class T>
constexpr bool is_set = false;
template <class T>
constexpr bool is_set<std::set<T>> = true;

template <class T>
constexpr bool is_map = false;
template <class K, class V>
constexpr bool is_map<std::map<K, V>> = true;

template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept Enum = std::is_enum_v<T>;
template <class T>
concept Described = boost::describe::has_describe_members<T>::value;
/// Described in pieces below rather than by their fields.
template <class T>
concept Leaf = std::same_as<T, bool> || Integer<T> || Enum<T> || std::same_as<T, std::string> ||
    std::same_as<T, Secret> || std::same_as<T, NodeLife> || std::same_as<T, TimePoint> ||
    is_id<T> || is_duration<T>;

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public |
                                                         boost::describe::mod_inherited>;

template <class T>
std::string_view enumerator_name(T value)
{
    std::string_view found;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto entry) {
        if (entry.value == value) {
            found = entry.name;
        }
    });
    HA_ASSERT(!found.empty());  // an enum field holds a described enumerator
    return found;
}

template <class T>
std::optional<T> enumerator_value(std::string_view name)
{
    std::optional<T> found;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto entry) {
        if (name == entry.name) {
            found = entry.value;
        }
    });
    return found;
}

/// Microseconds of any duration. Precondition: it fits (289,000 years).
template <class Rep, class Period>
std::int64_t microseconds(std::chrono::duration<Rep, Period> duration)
{
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::micro>>(duration)
        .count();
}

template <class T>
std::string key_text(const T& key)
{
    if constexpr (std::same_as<T, std::string>) {
        return key;
    } else if constexpr (is_id<T>) {
        return std::to_string(key.value);
    } else {
        static_assert(Integer<T>, "map keys are text, ids or integers");
        return std::to_string(key);
    }
}

}  // namespace ha::protocol::detail
