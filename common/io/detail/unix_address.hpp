// SPDX-License-Identifier: Apache-2.0
// Paths as socket addresses, and the connect all clients share.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "common/base/result.hpp"
#include "common/io/detail/fd.hpp"

namespace ha::io {

using UnixAddress = sockaddr_un;

/// Errors: invalid_input (too long for the kernel).
[[nodiscard]] Result<UnixAddress> unix_address(const std::string& path);

/// A connected, non-blocking socket. Never waits: a unix socket connects at once or not at all.
/// Errors: unavailable (nobody listens), busy (backlog full), permission_denied, system.
[[nodiscard]] Result<Fd> connect_unix(const std::string& path);

}  // namespace ha::io
