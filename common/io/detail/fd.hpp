// SPDX-License-Identifier: Apache-2.0
// A descriptor that closes itself, and errno as an Error.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/result.hpp"

namespace ha::io {

class Fd
{
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    void reset() noexcept
    {
        if (fd_ >= 0) {
            ::close(fd_);
            fd_ = -1;
        }
    }

private:
    int fd_ = -1;
};

/// `what: words of errno`, with the code callers tell apart.
[[nodiscard]] inline Error errno_error(const std::string& what, int error = errno)
{
    ErrorCode code = ErrorCode::system;
    if (error == ENOENT) {
        code = ErrorCode::not_found;
    } else if (error == EACCES || error == EPERM) {
        code = ErrorCode::permission_denied;
    }
    return Error{code, what + ": " + std::strerror(error)};
}

}  // namespace ha::io
