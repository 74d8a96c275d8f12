// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/resolve.hpp"

#include <netdb.h>

#include <array>
#include <memory>

namespace ha::fence::tool {

std::vector<config::Address> resolve(const std::string& name)
{
    std::vector<config::Address> found;
    addrinfo* list = nullptr;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;  // one entry per address
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
    for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(info->ai_addr, info->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0) {
            found.push_back({info->ai_family == AF_INET6, text.data()});
        }
    }
    return found;
}

}  // namespace ha::fence::tool
