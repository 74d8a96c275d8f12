// SPDX-License-Identifier: Apache-2.0
#include "fenced/agent_search.hpp"

#include <sys/stat.h>

#include <unistd.h>

namespace ha::fence {
namespace {

bool is_program(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> find_agent(std::string_view agent, std::string_view search_path)
{
    if (agent.find('/') != std::string_view::npos) {
        std::string path(agent);
        if (path.front() == '/' && is_program(path)) {
            return path;
        }
        return Error{ErrorCode::not_found,
                     "agent " + path + " is no executable with an absolute path"};
    }
    std::string_view rest = search_path;
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        const std::string_view folder = rest.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
        if (folder.empty()) {
            continue;
        }
        std::string path = std::string(folder) + "/" + std::string(agent);
        if (is_program(path)) {
            return path;
        }
    }
    return Error{ErrorCode::not_found,
                 "agent " + std::string(agent) + " not found in " + std::string(search_path)};
}

}  // namespace ha::fence
