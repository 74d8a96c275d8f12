// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace ha::cman {

/// A copy of what is checked, mode 0600; removed when it goes out of scope unless kept.
class TemporaryCopy
{
public:
    /// `name` empty: a new name in /tmp. Errors: already_exists (without `overwrite`), system.
    static Result<TemporaryCopy> write(const std::string& name, std::string_view bytes,
                                       bool overwrite);

    TemporaryCopy(TemporaryCopy&& other) noexcept;
    TemporaryCopy& operator=(TemporaryCopy&&) = delete;
    ~TemporaryCopy();

    /// The file stays; its name.
    std::string keep();

private:
    explicit TemporaryCopy(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

}  // namespace ha::cman
