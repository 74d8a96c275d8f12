// SPDX-License-Identifier: Apache-2.0
//
// to_value: a described struct as JSON. from_value: JSON into the struct, with the path of what is
// wrong.
#pragma once

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <boost/json.hpp>

#include "common/protocol/codec_traits.hpp"

namespace ha::protocol::detail {

namespace json = boost::json;

// ---------------------------------------------------------------------------------------- to JSON

template <class T>
json::value to_value(const T& field)
{
    if constexpr (std::same_as<T, bool>) {
        return field;
    } else if constexpr (Integer<T>) {
        using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
        return static_cast<Wide>(field);
    } else if constexpr (Enum<T>) {
        return json::value(enumerator_name(field));
    } else if constexpr (std::same_as<T, std::string>) {
        return json::value(std::string_view(field));
    } else if constexpr (std::same_as<T, Secret>) {
        return json::value(std::string_view(field.bytes));
    } else if constexpr (std::same_as<T, NodeLife> || is_id<T>) {
        return to_value(field.value);
    } else if constexpr (std::same_as<T, TimePoint>) {
        return microseconds(field.time_since_epoch());
    } else if constexpr (is_duration<T>) {
        return microseconds(field);
    } else if constexpr (is_optional<T>) {
        return field ? to_value(*field) : json::value(nullptr);
    } else if constexpr (is_vector<T> || is_set<T>) {
        json::array array;
        array.reserve(field.size());
        for (const auto& element : field) {
            array.push_back(to_value(static_cast<const typename T::value_type&>(element)));
        }
        return array;
    } else if constexpr (is_map<T>) {
        json::object object;
        for (const auto& [key, element] : field) {
            object.emplace(key_text(key), to_value(element));
        }
        return object;
    } else {
        static_assert(Described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        json::object object;
        boost::mp11::mp_for_each<Members<T>>(
            [&](auto member) { object.emplace(member.name, to_value(field.*member.pointer)); });
        return object;
    }
}

// -------------------------------------------------------------------------------------- from JSON

/// Where the decoder is, and the first thing that was wrong.
class Reader
{
public:
    void enter_field(std::string_view name)
    {
        lengths_.push_back(path_.size());
        path_ += path_.empty() ? "" : ".";
        path_ += name;
    }
    void enter_index(std::size_t index)
    {
        lengths_.push_back(path_.size());
        path_ += "[" + std::to_string(index) + "]";
    }
    void leave()
    {
        path_.resize(lengths_.back());
        lengths_.pop_back();
    }

    /// Always false, so that a reader of a field can return it.
    bool fail(std::string_view expected, const json::value& got)
    {
        error_ = path_.empty() ? "message" : path_;
        // A key of a map is the sender's: it makes no lines of its own in a log.
        std::replace_if(
            error_.begin(), error_.end(),
            [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
        error_ += ": expected ";
        error_ += expected;
        error_ += ", got " + shortened(json::serialize(got));
        return false;
    }
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    static std::string shortened(const std::string& text)
    {
        constexpr std::size_t limit = 40;
        return text.size() <= limit ? text : text.substr(0, limit) + "...";
    }

    std::string path_;
    std::vector<std::size_t> lengths_;
    std::string error_;
};

template <class T>
bool from_value(const json::value& value, T& field, Reader& reader);

template <Integer T>
bool from_number(const json::value& value, T& field, Reader& reader)
{
    const auto in_range = [](auto number) { return std::in_range<T>(number); };
    if (const std::int64_t* number = value.if_int64(); number != nullptr && in_range(*number)) {
        field = static_cast<T>(*number);
        return true;
    }
    if (const std::uint64_t* number = value.if_uint64(); number != nullptr && in_range(*number)) {
        field = static_cast<T>(*number);
        return true;
    }
    return reader.fail("an integer " + std::to_string(std::numeric_limits<T>::min()) + ".." +
                           std::to_string(std::numeric_limits<T>::max()),
                       value);
}

template <class Rep, class Period>
bool from_microseconds(const json::value& value, std::chrono::duration<Rep, Period>& field,
                       Reader& reader)
{
    std::int64_t count = 0;
    if (!from_number(value, count, reader)) {
        return false;
    }
    const std::chrono::duration<std::int64_t, std::micro> exact{count};
    const auto converted =
        std::chrono::duration_cast<std::chrono::duration<std::int64_t, Period>>(exact);
    if (converted != exact || !std::in_range<Rep>(converted.count())) {
        return reader.fail("whole units of the field in microseconds", value);
    }
    field = std::chrono::duration<Rep, Period>{static_cast<Rep>(converted.count())};
    return true;
}

template <Enum T>
bool from_enumerator(const json::value& value, T& field, Reader& reader)
{
    if (const json::string* name = value.if_string(); name != nullptr) {
        if (const std::optional<T> known = enumerator_value<T>(std::string_view(*name))) {
            field = *known;
            return true;
        }
    }
    std::string expected = "one of";
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto entry) { expected += std::string(" ") + entry.name; });
    return reader.fail(expected, value);
}

inline bool from_text(const json::value& value, std::string& field, Reader& reader)
{
    const json::string* text = value.if_string();
    if (text == nullptr) {
        return reader.fail("text", value);
    }
    field.assign(text->data(), text->size());
    return true;
}

template <class T>
bool from_array(const json::value& value, T& field, Reader& reader)
{
    const json::array* array = value.if_array();
    if (array == nullptr) {
        return reader.fail("an array", value);
    }
    field.clear();
    for (std::size_t index = 0; index < array->size(); ++index) {
        typename T::value_type element{};
        reader.enter_index(index);
        if (!from_value((*array)[index], element, reader)) {
            return false;
        }
        reader.leave();
        field.insert(field.end(), std::move(element));
    }
    return true;
}

template <class K>
bool from_key(std::string_view text, K& key)
{
    if constexpr (std::same_as<K, std::string>) {
        key = text;
        return true;
    } else if constexpr (is_id<K>) {
        return from_key(text, key.value);
    } else {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key);
        return error == std::errc{} && end == text.data() + text.size();
    }
}

template <class K, class V>
bool from_object(const json::value& value, std::map<K, V>& field, Reader& reader)
{
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return reader.fail("an object", value);
    }
    field.clear();
    for (const auto& [name, element] : *object) {
        K key{};
        reader.enter_field(name);
        if (!from_key(std::string_view(name), key)) {
            return reader.fail("a number as key", json::value(name));
        }
        if (!from_value(element, field[std::move(key)], reader)) {
            return false;
        }
        reader.leave();
    }
    return true;
}

template <Described T>
bool from_fields(const json::value& value, T& field, Reader& reader)
{
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return reader.fail("an object", value);
    }
    bool good = true;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        const json::value* found = good ? object->if_contains(member.name) : nullptr;
        if (found == nullptr) {
            return;
        }
        reader.enter_field(member.name);
        good = from_value(*found, field.*member.pointer, reader);
        reader.leave();
    });
    return good;
}

template <class T>
bool from_value(const json::value& value, T& field, Reader& reader)
{
    if constexpr (std::same_as<T, bool>) {
        const bool* flag = value.if_bool();
        return flag != nullptr ? (field = *flag, true) : reader.fail("true or false", value);
    } else if constexpr (Integer<T>) {
        return from_number(value, field, reader);
    } else if constexpr (Enum<T>) {
        return from_enumerator(value, field, reader);
    } else if constexpr (std::same_as<T, std::string>) {
        return from_text(value, field, reader);
    } else if constexpr (std::same_as<T, Secret>) {
        return from_text(value, field.bytes, reader);
    } else if constexpr (std::same_as<T, NodeLife> || is_id<T>) {
        return from_value(value, field.value, reader);
    } else if constexpr (std::same_as<T, TimePoint>) {
        Duration since{};
        return from_microseconds(value, since, reader) && (field = TimePoint{since}, true);
    } else if constexpr (is_duration<T>) {
        return from_microseconds(value, field, reader);
    } else if constexpr (is_optional<T>) {
        if (value.is_null()) {
            field.reset();
            return true;
        }
        return from_value(value, field.emplace(), reader);
    } else if constexpr (is_vector<T> || is_set<T>) {
        return from_array(value, field, reader);
    } else if constexpr (is_map<T>) {
        return from_object(value, field, reader);
    } else {
        static_assert(Described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        return from_fields(value, field, reader);
    }
}

}  // namespace ha::protocol::detail
