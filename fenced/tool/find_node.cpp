// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/find_node.hpp"

#include <netdb.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace ha::fence::tool {
namespace {

std::string_view before_dot(std::string_view name)
{
    return name.substr(0, name.find('.'));
}

bool equal_without_case(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string lowered(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// The node's name and its second one.
std::vector<std::string> names_of(const model::Node& node)
{
    std::vector<std::string> names{node.name};
    if (node.altname) {
        names.push_back(*node.altname);
    }
    return names;
}

bool is_spelled(const model::Node& node, std::string_view typed)
{
    return std::ranges::any_of(names_of(node), [typed](const std::string& name) {
        return equal_without_case(before_dot(name), before_dot(typed));
    });
}

bool is_known_as(const model::Node& node, const std::set<std::string>& aliases,
                 const Resolve& resolve)
{
    return std::ranges::any_of(names_of(node), [&](const std::string& name) {
        const std::vector<std::string> others = resolve(name);
        return aliases.contains(lowered(name)) ||
               std::ranges::any_of(others, [&](const std::string& other) {
                   return aliases.contains(lowered(other));
               });
    });
}

std::string name_info(const addrinfo& info, int flags)
{
    std::array<char, NI_MAXHOST> host{};
    const int failed =
        ::getnameinfo(info.ai_addr, info.ai_addrlen, host.data(), host.size(), nullptr, 0, flags);
    return failed == 0 ? host.data() : "";
}

}  // namespace

std::vector<std::string> resolve_on_this_machine(const std::string& name)
{
    std::vector<std::string> found;
    addrinfo* list = nullptr;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
    for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
        for (const int flags : {NI_NUMERICHOST, NI_NAMEREQD}) {
            if (std::string text = name_info(*info, flags); !text.empty()) {
                found.push_back(std::move(text));
            }
        }
    }
    return found;
}

const model::Node* find_node(const model::ClusterModel& model, const std::string& typed,
                             const Resolve& resolve)
{
    if (const model::Node* node = model.node(std::string_view(typed))) {
        return node;
    }
    if (const model::Node* node = model.node(before_dot(typed))) {
        return node;
    }
    // An address is not cut at its first dot.
    const bool is_number =
        std::ranges::all_of(typed, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    const auto spelled = std::ranges::find_if(model.nodes, [&](const model::Node& node) {
        return !is_number && is_spelled(node, typed);
    });
    if (spelled != model.nodes.end()) {
        return &*spelled;
    }
    std::set<std::string> aliases;
    for (std::string& alias : resolve(typed)) {
        aliases.insert(lowered(std::move(alias)));
    }
    const auto known = std::ranges::find_if(model.nodes, [&](const model::Node& node) {
        return !aliases.empty() && is_known_as(node, aliases, resolve);
    });
    return known != model.nodes.end() ? &*known : nullptr;
}

}  // namespace ha::fence::tool
