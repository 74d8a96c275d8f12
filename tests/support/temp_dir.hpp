// SPDX-License-Identifier: Apache-2.0
// A folder of its own for one test, removed with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "common/base/assert.hpp"

namespace ha::test {

class TempDir
{
public:
    TempDir()
    {
        std::string pattern = std::filesystem::temp_directory_path() / "ha_test_XXXXXX";
        HA_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TempDir()
    {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace ha::test
