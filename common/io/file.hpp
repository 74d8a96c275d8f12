// SPDX-License-Identifier: Apache-2.0
//
// Files: whole, bounded, atomic. And the lock that keeps a daemon from running twice.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace ha::io {

/// Reads a whole file. Errors: not_found, permission_denied, too_large (over `bytes_max`), system.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t bytes_max = std::size_t{16} << 20);

/// Temporary file beside it, fsync, rename, fsync of the folder: readers see the old or the new
/// text, never a part. The mode holds from the first byte on.
[[nodiscard]] Status write_file(const std::string& path, std::string_view text, mode_t mode = 0644);

/// The same without both fsyncs: survives the death of the daemon, not of the machine. For the run
/// root.
[[nodiscard]] Status write_run_file(const std::string& path, std::string_view text,
                                    mode_t mode = 0644);

/// mkdir -p; `mode` for the last part. An existing directory is fine as it is.
[[nodiscard]] Status make_directories(const std::string& path, mode_t mode = 0755);

/// Removes a file; one that is not there is fine.
[[nodiscard]] Status remove_file(const std::string& path);

/// Excludes other processes for a moment (flock on a file of its own, which stays). Waits; held
/// until destroyed.
class FileLock
{
public:
    /// Errors: system.
    [[nodiscard]] static Result<FileLock> take(const std::string& path);
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

private:
    explicit FileLock(int fd) : fd_(fd) {}

    int fd_ = -1;
};

/// A pid file that is write-locked (fcntl) for the life of the process: the lock, not the file,
/// says that the daemon runs. Take it after the last fork (a child does not inherit fcntl locks).
class PidLock
{
public:
    /// Errors: already_exists (text names the pid that holds it), system.
    [[nodiscard]] static Result<PidLock> take(const std::string& path);

    /// Pid of the process that holds the lock on `path`; 0 if nobody does.
    /// Precondition: not this process itself (closing any descriptor of a file drops a fcntl lock).
    [[nodiscard]] static pid_t holder(const std::string& path);

    ~PidLock();  ///< releases it and removes the file
    PidLock(PidLock&& other) noexcept;
    PidLock& operator=(PidLock&& other) noexcept;

private:
    PidLock(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

    int fd_ = -1;
    std::string path_;
};

}  // namespace ha::io
