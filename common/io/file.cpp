// SPDX-License-Identifier: Apache-2.0
#include "common/io/file.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "common/io/detail/fd.hpp"

namespace ha::io {

namespace {

Status write_all(int fd, std::string_view text, const std::string& path)
{
    while (!text.empty()) {
        const ssize_t size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return errno_error("write " + path);
        }
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return ok();
}

std::string folder_of(const std::string& path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

Status sync_folder(const std::string& path)
{
    const Fd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() || ::fsync(folder.get()) != 0) {
        return errno_error("sync " + folder_of(path));
    }
    return ok();
}

Status write_temporary(const std::string& temporary, std::string_view text, mode_t mode, bool sync)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    Fd file(::open(temporary.c_str(), flags, mode));
    if (!file.is_open() && errno == EEXIST) {
        ::unlink(temporary.c_str());  // of a run that died here
        file = Fd(::open(temporary.c_str(), flags, mode));
    }
    if (!file.is_open()) {
        return errno_error("create " + temporary);
    }
    if (::fchmod(file.get(), mode) != 0) {
        return errno_error("chmod " + temporary);
    }
    if (Status written = write_all(file.get(), text, temporary); !written) {
        return written;
    }
    if (sync && ::fsync(file.get()) != 0) {
        return errno_error("sync " + temporary);
    }
    return ok();
}

Status replace(const std::string& path, std::string_view text, mode_t mode, bool sync)
{
    const std::string temporary = path + ".new." + std::to_string(::getpid());
    Status written = write_temporary(temporary, text, mode, sync);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
        written = errno_error("rename to " + path);
    }
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync ? sync_folder(path) : ok();
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max)
{
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return errno_error(path);
    }
    std::string text;
    std::array<char, 16384> bytes;
    for (;;) {
        const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return errno_error("read " + path);
        }
        if (size == 0) {
            return text;
        }
        text.append(bytes.data(), static_cast<std::size_t>(size));
        if (text.size() > bytes_max) {
            return Error{ErrorCode::too_large,
                         path + " is larger than " + std::to_string(bytes_max) + " bytes"};
        }
    }
}

Status write_file(const std::string& path, std::string_view text, mode_t mode)
{
    return replace(path, text, mode, true);
}

Status write_run_file(const std::string& path, std::string_view text, mode_t mode)
{
    return replace(path, text, mode, false);
}

Status make_directories(const std::string& path, mode_t mode)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return ok();
    }
    const std::string parent = std::filesystem::path(path).parent_path().string();
    if (!parent.empty()) {
        std::filesystem::create_directories(parent, error);
        if (error) {
            return errno_error("create " + parent, error.value());
        }
    }
    if (::mkdir(path.c_str(), mode) != 0) {
        // Another daemon that starts with us may have been first.
        return errno == EEXIST && std::filesystem::is_directory(path, error)
                   ? ok()
                   : Status{errno_error("create " + path)};
    }
    if (::chmod(path.c_str(), mode) != 0) {
        return errno_error("chmod " + path);
    }
    return ok();
}

Status remove_file(const std::string& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return errno_error("remove " + path);
    }
    return ok();
}

Result<FileLock> FileLock::take(const std::string& path)
{
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.is_open()) {
        return errno_error(path);
    }
    while (::flock(file.get(), LOCK_EX) != 0) {
        if (errno != EINTR) {
            return errno_error("lock " + path);
        }
    }
    return FileLock(file.release());
}

FileLock::~FileLock()
{
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1))
{}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    std::swap(fd_, other.fd_);
    return *this;
}

// ----------------------------------------------------------------------------------------- PidLock

namespace {

struct flock whole_file(short type)
{
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool is_named(int fd, const std::string& path)
{
    struct stat by_name {};
    struct stat by_fd {};
    return ::stat(path.c_str(), &by_name) == 0 && ::fstat(fd, &by_fd) == 0 &&
           by_name.st_ino == by_fd.st_ino && by_name.st_dev == by_fd.st_dev;
}

}  // namespace

Result<PidLock> PidLock::take(const std::string& path)
{
    Fd file;
    do {
        file = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (!file.is_open()) {
            return errno_error(path);
        }
        struct flock lock = whole_file(F_WRLCK);
        if (::fcntl(file.get(), F_SETLK, &lock) != 0) {
            if (errno == EAGAIN || errno == EACCES) {
                return Error{ErrorCode::already_exists, "process " + std::to_string(holder(path)) +
                                                            " holds " + path + ": it runs already"};
            }
            return errno_error("lock " + path);
        }
        // A former holder removes its file when it ends: what we locked may have no name any more.
    } while (!is_named(file.get(), path));

    if (::ftruncate(file.get(), 0) != 0) {
        return errno_error("truncate " + path);
    }
    if (Status written = write_all(file.get(), std::to_string(::getpid()) + "\n", path); !written) {
        return written.error();
    }
    return PidLock(file.release(), path);
}

pid_t PidLock::holder(const std::string& path)
{
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct flock lock = whole_file(F_WRLCK);
    if (!file.is_open() || ::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
        return 0;
    }
    return lock.l_pid;
}

PidLock::~PidLock()
{
    if (fd_ >= 0) {
        ::unlink(path_.c_str());
        ::close(fd_);
    }
}

PidLock::PidLock(PidLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_))
{}

PidLock& PidLock::operator=(PidLock&& other) noexcept
{
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
}

}  // namespace ha::io
