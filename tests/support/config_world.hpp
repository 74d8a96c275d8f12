// SPDX-License-Identifier: Apache-2.0
//
// A machine for configuration tests: a fixed host name, hosts file, key files and agents, so that
// every check is deterministic wherever the test runs.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "common/config/facts.hpp"

namespace ha::test {

inline std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return file ? text.str() : std::string();
}

struct ConfigWorld {
    std::string uname = "node1";
    std::map<std::string, std::vector<config::Address>> hosts = {
        {"node1", {{false, "10.0.0.1"}}},
        {"node1.example.com", {{false, "10.0.0.9"}}},
        {"node2", {{false, "10.0.0.2"}}},
        {"node3", {{true, "fd00::3"}, {false, "10.0.0.3"}}},
        {"node1-b", {{false, "10.1.0.1"}}},
        {"node2-b", {{false, "10.1.0.2"}}},
        {"node3-b", {{false, "10.1.0.3"}}},
        {"node6", {{true, "fd00::6"}}},
        {"debian", {{false, "127.0.1.1"}}},
        {"an-node01.alteeve.com", {{false, "192.168.1.71"}}},
        {"an-node02.alteeve.com", {{false, "192.168.1.72"}}},
        {"n1", {{false, "10.0.0.1"}}},
        {"n2", {{false, "10.0.0.2"}}},
        {"n3", {{false, "10.0.0.3"}}},
        {"n1b", {{false, "10.1.0.1"}}},
        {"n2b", {{false, "10.1.0.2"}}},
        {"n3b", {{false, "10.1.0.3"}}},
    };
    std::vector<config::Address> interfaces;
    std::map<std::string, std::string> reverse;
    std::map<std::string, config::KeyFile> key_files = {
        {"/etc/cluster/alpha.key", {128, 0400}},
        {"/etc/cluster/short.key", {64, 0400}},
        {"/etc/cluster/long.key", {5000, 0400}},
        {"/etc/cluster/open.key", {128, 0666}},
    };

    [[nodiscard]] config::NameFacts names() const
    {
        config::NameFacts facts;
        facts.uname = uname;
        facts.interfaces = interfaces;
        facts.resolve = [known = hosts](const std::string& name) {
            const auto found = known.find(name);
            return found == known.end() ? std::vector<config::Address>{} : found->second;
        };
        facts.reverse_name = [known = reverse](const config::Address& address) {
            const auto found = known.find(address.text);
            return found == known.end() ? std::string() : found->second;
        };
        return facts;
    }

    [[nodiscard]] config::Facts facts() const
    {
        config::Facts facts;
        facts.names = names();
        facts.agent_found = [](const std::string& agent) { return agent != "fence_nowhere"; };
        facts.key_file = [known = key_files](const std::string& path) -> Result<config::KeyFile> {
            const auto found = known.find(path);
            if (found == known.end()) {
                return Error{ErrorCode::system, "No such file or directory"};
            }
            return found->second;
        };
        return facts;
    }
};

}  // namespace ha::test
