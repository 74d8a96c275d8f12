// SPDX-License-Identifier: Apache-2.0
#include "fenced/override_fifo.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/io/fd_watch.hpp"

namespace ha::fence {
namespace {

constexpr std::size_t name_bytes_max = 127;

Error system_error(const std::string& what, const std::string& path)
{
    return {ErrorCode::system, what + " " + path + ": " + std::strerror(errno)};
}

}  // namespace

std::string written_name(std::string_view bytes)
{
    bytes = bytes.substr(0, name_bytes_max);
    const auto end =
        std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return {bytes.begin(), end};
}

OverrideFifo::OverrideFifo(io::Loop& loop, std::function<void(const std::string&)> on_name)
    : loop_(loop),
      on_name_(std::move(on_name))
{}

OverrideFifo::~OverrideFifo()
{
    close();
}

Status OverrideFifo::open(const std::string& path)
{
    if (is_open() && path_ == path) {
        return ok();
    }
    close();
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_error("cannot replace", path);
    }
    if (::mkfifo(path.c_str(), 0600) != 0) {
        return system_error("cannot make", path);
    }
    // Read and write: a writer that closes must not leave us at end of file for ever.
    fd_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) {
        return system_error("cannot open", path);
    }
    path_ = path;
    watch_ = std::make_unique<io::FdWatch>(loop_, fd_, [this] { read_name(); });
    return ok();
}

void OverrideFifo::close()
{
    if (!is_open()) {
        return;
    }
    watch_.reset();
    ::close(fd_);
    fd_ = -1;
    ::unlink(path_.c_str());
}

void OverrideFifo::read_name()
{
    std::array<char, 4096> buffer{};
    const ssize_t bytes = ::read(fd_, buffer.data(), buffer.size());
    if (bytes > 0) {
        const std::string name = written_name({buffer.data(), static_cast<std::size_t>(bytes)});
        on_name_(name);  // may close or destroy this
    }
}

}  // namespace ha::fence
