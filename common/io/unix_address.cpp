// SPDX-License-Identifier: Apache-2.0
#include "common/io/detail/unix_address.hpp"

#include <cstring>

namespace ha::io {

Result<UnixAddress> unix_address(const std::string& path)
{
    UnixAddress address;
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Error{ErrorCode::invalid_input, "socket path '" + path + "' has " +
                                                   std::to_string(path.size()) + " bytes, 1 to " +
                                                   std::to_string(sizeof address.sun_path - 1) +
                                                   " are possible"};
    }
    std::memcpy(static_cast<void*>(address.sun_path), path.c_str(), path.size() + 1);
    return address;
}

Result<Fd> connect_unix(const std::string& path)
{
    const Result<UnixAddress> address = unix_address(path);
    if (!address) {
        return address.error();
    }
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) {
        return errno_error("socket");
    }
    const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
    if (::connect(socket.get(), generic, sizeof *address) == 0) {
        return socket;
    }
    if (errno == ENOENT || errno == ECONNREFUSED) {
        return Error{ErrorCode::unavailable, "nobody listens on " + path};
    }
    if (errno == EAGAIN) {
        return Error{ErrorCode::busy, path + " has too many callers waiting"};
    }
    return errno_error(path);
}

}  // namespace ha::io
