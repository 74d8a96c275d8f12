// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: a value or an Error, never both, never silently dropped.
// g++ 12 has std::expected only in C++23 mode, and Boost 1.81's system::result is not
// [[nodiscard]]. Expected failures (an agent failed, a bad file) travel as Result; impossible
// states are HA_ASSERT.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "common/base/assert.hpp"

namespace ha {

/// A code exists only if some caller reacts to it differently.
enum class ErrorCode {
    invalid_input,      ///< the text or message is wrong; repeating it will not help
    not_found,          ///< the named thing does not exist
    already_exists,     ///< the named thing exists or runs already
    permission_denied,  ///< the caller may not do this
    unavailable,        ///< the other side does not run or does not answer now
    timed_out,          ///< a deadline passed
    too_large,          ///< a bound of ours was exceeded
    busy,               ///< refused now; the same request may succeed later
    system,             ///< a system call failed; the text holds errno's words
};

/// A place in our source. (clang 14, which runs the fuzzers and clang-tidy, has no
/// std::source_location.)
struct SourcePlace {
    const char* file = "";
    int line = 0;

    static constexpr SourcePlace here(const char* file = __builtin_FILE(),
                                      int line = __builtin_LINE())
    {
        return {file, line};
    }
};

/// What went wrong: a code for the program, a text for the person, the place in our source.
struct Error {
    ErrorCode code = ErrorCode::system;
    std::string text;
    SourcePlace where;

    Error(ErrorCode error_code, std::string error_text, SourcePlace place = SourcePlace::here())
        : code(error_code),
          text(std::move(error_text)),
          where(place)
    {}
};

/// The value of a Result<void>.
struct Done {
    friend bool operator==(const Done&, const Done&) = default;
};

template <class T>
class [[nodiscard]] Result
{
public:
    using Value = T;

    // Implicit on purpose: `return value;` and `return Error{...};` both read as they should.
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Precondition: has_value().
    [[nodiscard]] T& value() &
    {
        HA_ASSERT(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const&
    {
        HA_ASSERT(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() &&
    {
        HA_ASSERT(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    /// Precondition: !has_value().
    [[nodiscard]] const Error& error() const
    {
        HA_ASSERT(!has_value());
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<T, Error> state_;
};

/// A Result without a value: `return ok();` or an Error.
using Status = Result<Done>;

[[nodiscard]] inline Status ok()
{
    return Done{};
}

}  // namespace ha
