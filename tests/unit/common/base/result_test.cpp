// SPDX-License-Identifier: Apache-2.0
#include "common/base/result.hpp"

#include <memory>
#include <string_view>

#include <gtest/gtest.h>

namespace ha {
namespace {

Result<int> half(int number)
{
    if (number % 2 != 0) {
        return Error{ErrorCode::invalid_input, "odd"};
    }
    return number / 2;
}

TEST(Result, holds_a_value_or_an_error)
{
    EXPECT_TRUE(half(4));
    EXPECT_EQ(*half(4), 2);
    const Result<int> odd = half(3);
    EXPECT_FALSE(odd);
    EXPECT_EQ(odd.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(odd.error().text, "odd");
}

TEST(Result, error_knows_where_it_was_made)
{
    const Error error{ErrorCode::system, "x"};
    EXPECT_EQ(error.where.line, __LINE__ - 1);
    EXPECT_TRUE(std::string_view(error.where.file).ends_with("result_test.cpp"));
}

TEST(Result, gives_away_what_can_only_be_moved)
{
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, stops_the_program_when_asked_for_what_it_does_not_hold)
{
    EXPECT_DEATH(static_cast<void>(half(3).value()), "impossible state");
    EXPECT_DEATH(static_cast<void>(half(4).error()), "impossible state");
}

TEST(Result, status_is_a_result_without_a_value)
{
    const auto check = [](bool good) -> Status {
        return good ? ok() : Status{Error{ErrorCode::busy, "later"}};
    };
    EXPECT_TRUE(check(true));
    EXPECT_EQ(check(false).error().code, ErrorCode::busy);
}

}  // namespace
}  // namespace ha
