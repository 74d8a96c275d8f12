// SPDX-License-Identifier: Apache-2.0
#include "common/config/problem.hpp"

#include <algorithm>
#include <utility>

namespace ha::config {

std::string describe(const Problem& problem, std::string_view filename)
{
    std::string text(filename);
    text += ":" + std::to_string(problem.line) + ": ";
    if (problem.consequence == Consequence::warn) {
        text += "warning: ";
    }
    text += problem.subject + ": " + problem.what;
    if (!problem.accepted.empty()) {
        text += "; " + problem.accepted;
    }
    return text;
}

bool has_refusal(const std::vector<Problem>& problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
        return problem.consequence == Consequence::refuse;
    });
}

bool has_error(const std::vector<Problem>& problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
        return problem.consequence != Consequence::warn;
    });
}

void Report::refuse(std::string_view rule, At at, std::string what, std::string accepted)
{
    add_semantic(Consequence::refuse, rule, at, std::move(what), std::move(accepted));
}

void Report::complain(std::string_view rule, At at, std::string what, std::string accepted)
{
    add_semantic(Consequence::complain, rule, at, std::move(what), std::move(accepted));
}

void Report::warn(std::string_view rule, At at, std::string what, std::string accepted)
{
    add_semantic(Consequence::warn, rule, at, std::move(what), std::move(accepted));
}

void Report::add_semantic(Consequence consequence, std::string_view rule, At at, std::string what,
                          std::string accepted)
{
    problems_.push_back({Origin::semantic, consequence, std::string(rule), at.line,
                         std::string(at.subject), std::move(what), std::move(accepted)});
}

std::vector<Problem> Report::take() &&
{
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return std::move(problems_);
}

}  // namespace ha::config
