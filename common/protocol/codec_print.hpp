// SPDX-License-Identifier: Apache-2.0
//
// print_value: a described struct as text for logs. type_name and field_list: its fields for the
// protocol document.
#pragma once

#include "common/protocol/codec_traits.hpp"

namespace ha::protocol::detail {

/// Text between quotes, control characters as \xNN, cut after 120 bytes.
std::string quoted_text(std::string_view text);

template <class T>
void print_value(const T& field, std::string& out)
{
    const auto list = [&out](const auto& elements, auto&& print_one) {
        out += '[';
        bool first = true;
        for (const auto& element : elements) {
            out += first ? "" : ", ";
            first = false;
            print_one(element);
        }
        out += ']';
    };
    if constexpr (std::same_as<T, bool>) {
        out += field ? "true" : "false";
    } else if constexpr (Integer<T>) {
        out += std::to_string(field);
    } else if constexpr (Enum<T>) {
        out += enumerator_name(field);
    } else if constexpr (std::same_as<T, std::string>) {
        out += quoted_text(field);
    } else if constexpr (std::same_as<T, Secret>) {
        out += "<" + std::to_string(field.bytes.size()) + " bytes>";
    } else if constexpr (std::same_as<T, NodeLife> || is_id<T>) {
        print_value(field.value, out);
    } else if constexpr (std::same_as<T, TimePoint>) {
        out += std::to_string(microseconds(field.time_since_epoch())) + "us";
    } else if constexpr (is_duration<T>) {
        out += std::to_string(microseconds(field)) + "us";
    } else if constexpr (is_optional<T>) {
        field ? print_value(*field, out) : static_cast<void>(out += "none");
    } else if constexpr (is_vector<T> || is_set<T>) {
        list(field, [&out](const auto& element) {
            print_value(static_cast<const typename T::value_type&>(element), out);
        });
    } else if constexpr (is_map<T>) {
        list(field, [&out](const auto& entry) {
            out += quoted_text(key_text(entry.first)) + ": ";
            print_value(entry.second, out);
        });
    } else {
        out += '{';
        bool first = true;
        boost::mp11::mp_for_each<Members<T>>([&](auto member) {
            out += first ? "" : ", ";
            first = false;
            out += std::string(member.name) + "=";
            print_value(field.*member.pointer, out);
        });
        out += '}';
    }
}

// -------------------------------------------------------------------------------------- type names

template <class T>
std::string type_name()
{
    if constexpr (std::same_as<T, bool>) {
        return "bool";
    } else if constexpr (Integer<T>) {
        return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(sizeof(T) * 8);
    } else if constexpr (Enum<T>) {
        std::string names;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
            [&](auto entry) { names += (names.empty() ? "" : "|") + std::string(entry.name); });
        return names;
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, NodeLife>) {
        return "text";
    } else if constexpr (std::same_as<T, Secret>) {
        return "secret text";
    } else if constexpr (is_id<T>) {
        return type_name<decltype(T::value)>();
    } else if constexpr (std::same_as<T, TimePoint> || is_duration<T>) {
        return "microseconds";
    } else if constexpr (is_optional<T>) {
        return type_name<typename T::value_type>() + "?";
    } else if constexpr (is_vector<T> || is_set<T>) {
        return type_name<typename T::value_type>() + "[]";
    } else if constexpr (is_map<T>) {
        return "{" + type_name<typename T::key_type>() + ": " +
               type_name<typename T::mapped_type>() + "}";
    } else {
        std::string fields;
        boost::mp11::mp_for_each<Members<T>>([&](auto member) {
            using Field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
            fields +=
                (fields.empty() ? "" : ", ") + std::string(member.name) + ": " + type_name<Field>();
        });
        return "{" + fields + "}";
    }
}

template <Described T>
std::string field_list()
{
    std::string lines;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        using Field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
        lines += std::string(member.name) + ": " + type_name<Field>() + "\n";
    });
    return lines;
}

}  // namespace ha::protocol::detail
