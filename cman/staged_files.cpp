// SPDX-License-Identifier: Apache-2.0
#include "cman/staged_files.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/io/file.hpp"

namespace ha::cman {

namespace {

std::string staged(const std::string& path)
{
    return path + ".staged";
}

}  // namespace

Status StagedFiles::stage(const std::vector<File>& files)
{
    drop();
    for (const File& file : files) {
        if (const Status written = io::write_file(staged(file.path), file.text, file.mode);
            !written) {
            drop();
            return Error{written.error().code,
                         "the new " + file.path + " cannot be kept ready: " + written.error().text};
        }
        paths_.push_back(file.path);
    }
    return ok();
}

Status StagedFiles::put_into_place()
{
    Status placed = ok();
    for (const std::string& path : std::exchange(paths_, {})) {
        if (std::rename(staged(path).c_str(), path.c_str()) != 0 && placed) {
            placed = Error{ErrorCode::system, path + ": " + std::strerror(errno)};
        }
    }
    return placed;
}

void StagedFiles::drop()
{
    for (const std::string& path : std::exchange(paths_, {})) {
        remove_left_over(path);
    }
}

void StagedFiles::remove_left_over(const std::string& path)
{
    const std::filesystem::path waiting = staged(path);
    static_cast<void>(io::remove_file(waiting));
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(waiting.parent_path(), ignored)) {
        // A process was killed while it wrote one (io::write_file).
        if (entry.path().filename().string().starts_with(waiting.filename().string() + ".new.")) {
            static_cast<void>(io::remove_file(entry.path()));
        }
    }
}

}  // namespace ha::cman
