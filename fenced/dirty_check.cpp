// SPDX-License-Identifier: Apache-2.0
#include "fenced/dirty_check.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/io/file.hpp"

namespace ha::fence {
namespace {

bool is_mounted_without_locking(const std::filesystem::path& entry)
{
    const auto protocol = io::read_file((entry / "lock_module" / "proto_name").string(), 4096);
    return protocol && protocol->starts_with("lock_nolock");
}

}  // namespace

std::vector<std::string> uncontrolled_entries(const std::vector<std::string>& directories)
{
    std::vector<std::string> found;
    for (const std::string& directory : directories) {
        std::error_code not_there;
        for (const auto& entry : std::filesystem::directory_iterator(directory, not_there)) {
            if (!is_mounted_without_locking(entry.path())) {
                found.push_back(entry.path().string());
            }
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace ha::fence
