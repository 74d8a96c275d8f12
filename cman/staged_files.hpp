// SPDX-License-Identifier: Apache-2.0
//
// StagedFiles: texts that wait on disk, each beside the file that it is to replace, so that the
// replacement itself needs no room and cannot fail for want of it:
//
//   stage()           FILE  FILE.staged      or the reason, and nothing waits
//   put_into_place()  FILE (the new text)
//   drop()            FILE (the old one)
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace ha::cman {

class StagedFiles
{
public:
    struct File {
        std::string path;
        std::string text;
        mode_t mode = 0600;
    };

    StagedFiles() = default;
    ~StagedFiles() { drop(); }
    StagedFiles(const StagedFiles&) = delete;
    StagedFiles& operator=(const StagedFiles&) = delete;

    /// What waited before is dropped. Errors: those of io::write_file, with the file's own name.
    [[nodiscard]] Status stage(const std::vector<File>& files);

    /// In the order in which they were staged. All are tried; the first error is told.
    [[nodiscard]] Status put_into_place();

    void drop();

    /// Of a process that died between stage() and put_into_place().
    static void remove_left_over(const std::string& path);

private:
    std::vector<std::string> paths_;  ///< the files to be replaced
};

}  // namespace ha::cman
