// SPDX-License-Identifier: Apache-2.0
#include "cman/local_facts.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

namespace ha::cman {

namespace {

struct AddrinfoDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct IfaddrsDeleter {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

std::optional<config::Address> literal_of(const sockaddr* address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &ipv4->sin_addr, text.data(), text.size());
        return config::Address{false, text.data()};
    }
    if (address->sa_family == AF_INET6) {
        const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(address);
        ::inet_ntop(AF_INET6, &ipv6->sin6_addr, text.data(), text.size());
        return config::Address{true, text.data()};
    }
    return std::nullopt;
}

std::vector<config::Address> resolve(const std::string& name)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* raw = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &raw) != 0) {
        return {};
    }
    const std::unique_ptr<addrinfo, AddrinfoDeleter> list(raw);
    std::vector<config::Address> addresses;
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        const std::optional<config::Address> address = literal_of(entry->ai_addr);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
            addresses.push_back(*address);
        }
    }
    return addresses;
}

std::string reverse_name(const config::Address& address)
{
    sockaddr_storage storage{};
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
    storage.ss_family = address.ipv6 ? AF_INET6 : AF_INET;
    void* bytes = address.ipv6 ? static_cast<void*>(&ipv6->sin6_addr) : &ipv4->sin_addr;
    if (::inet_pton(storage.ss_family, address.text.c_str(), bytes) != 1) {
        return "";
    }
    const socklen_t length = address.ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    std::array<char, NI_MAXHOST> host{};
    const int failed = ::getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length,
                                     host.data(), host.size(), nullptr, 0, NI_NAMEREQD);
    return failed == 0 ? host.data() : "";
}

std::vector<config::Address> interfaces()
{
    ifaddrs* raw = nullptr;
    if (::getifaddrs(&raw) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, IfaddrsDeleter> list(raw);
    std::vector<config::Address> addresses;
    for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        if (const std::optional<config::Address> address = literal_of(entry->ifa_addr)) {
            addresses.push_back(*address);
        }
    }
    return addresses;
}

bool is_agent_found(const std::string& search_path, const std::string& agent)
{
    if (agent.find('/') != std::string::npos) {
        return ::access(agent.c_str(), X_OK) == 0;
    }
    std::istringstream folders(search_path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (::access((folder + "/" + agent).c_str(), X_OK) == 0) {
            return true;
        }
    }
    return false;
}

Result<config::KeyFile> key_file(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
        return Error{ErrorCode::system, path + ": " + std::strerror(errno)};
    }
    return config::KeyFile{static_cast<std::uint64_t>(status.st_size), status.st_mode & 07777U};
}

std::string uname_n()
{
    utsname names{};
    return ::uname(&names) == 0 ? names.nodename : "";
}

}  // namespace

config::Facts local_facts(const Roots& roots, std::optional<std::string> override_name)
{
    config::Facts facts;
    facts.names = config::NameFacts{.uname = uname_n(),
                                    .override_name = std::move(override_name),
                                    .interfaces = interfaces(),
                                    .reverse_name = reverse_name,
                                    .resolve = resolve};
    facts.agent_found = [search_path = roots.fence_agent_path](const std::string& agent) {
        return is_agent_found(search_path, agent);
    };
    facts.key_file = key_file;
    return facts;
}

}  // namespace ha::cman
