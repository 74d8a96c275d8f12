// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/temporary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ha::cman {
namespace {

Error failed(const std::string& path)
{
    const bool exists = errno == EEXIST;
    return Error{exists ? ErrorCode::already_exists : ErrorCode::system,
                 "temporary file " + path + ": " + std::strerror(errno) +
                     (exists ? " (use -o to overwrite it)" : "")};
}

bool write_all(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Result<TemporaryCopy> TemporaryCopy::write(const std::string& name, std::string_view bytes,
                                           bool overwrite)
{
    std::string path = name.empty() ? "/tmp/ccs_config_validate.XXXXXX" : name;
    // An existing file is never written into: it may be a link, or readable by others.
    if (overwrite && !name.empty() && ::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return failed(path);
    }
    const int descriptor =
        name.empty() ? ::mkostemp(path.data(), O_CLOEXEC)
                     : ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return failed(path);
    }
    TemporaryCopy copy(path);
    const bool is_written = write_all(descriptor, bytes);
    if (!is_written || ::close(descriptor) != 0) {
        return failed(path);
    }
    return copy;
}

TemporaryCopy::TemporaryCopy(TemporaryCopy&& other) noexcept
    : path_(std::exchange(other.path_, std::string()))
{}

TemporaryCopy::~TemporaryCopy()
{
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

std::string TemporaryCopy::keep()
{
    return std::exchange(path_, std::string());
}

}  // namespace ha::cman
