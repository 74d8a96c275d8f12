// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/listing.hpp"

#include <array>
#include <string_view>

namespace ha::fence::tool {
namespace {

constexpr std::array<std::string_view, 4> wait_words{"none", "quorum", "messages", "fencing"};
constexpr std::array<std::string_view, 5> how_words{"none", "agent", "member", "override",
                                                    "external"};

std::string node_line(const protocol::ListedNode& node)
{
    return "nodeid " + std::to_string(node.id.value) + " member " + (node.is_member ? "1" : "0") +
           " victim " + (node.is_victim ? "1" : "0") + " last fence master " +
           std::to_string(node.last_master.value) + " how " +
           std::string(how_words.at(static_cast<std::size_t>(node.how))) + "\n";
}

}  // namespace

std::string render_listing(const protocol::DomainListing& listing, bool with_nodes)
{
    std::string text = "fence domain\n";
    const auto line = [&text](std::string_view name, std::string_view value) {
        text += name;
        text.append(14 - name.size(), ' ');
        text += value;
        text += '\n';
    };
    line("member count", std::to_string(listing.member_count));
    line("victim count", std::to_string(listing.victim_count));
    line("victim now", std::to_string(listing.victim_now.value));
    line("master nodeid", std::to_string(listing.master.value));
    line("wait state", wait_words.at(static_cast<std::size_t>(listing.wait)));
    std::string members;
    for (const NodeId member : listing.members) {
        members += std::to_string(member.value) + " ";
    }
    line("members", members);
    for (const protocol::ListedNode& node : listing.nodes) {
        if (!node.waiting.empty()) {
            line("waiting for", node.name + ": " + node.waiting);
        }
    }
    if (with_nodes) {
        text += "all nodes\n";
        for (const protocol::ListedNode& node : listing.nodes) {
            text += node_line(node);
        }
    }
    text += '\n';
    return text;
}

}  // namespace ha::fence::tool
