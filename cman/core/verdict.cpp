// SPDX-License-Identifier: Apache-2.0
#include "cman/core/verdict.hpp"

#include <algorithm>
#include <utility>

namespace ha::cman {

ConfigVerdict::ConfigVerdict(NodeId self, ConfigId own, bool established)
    : self_(self),
      own_(std::move(own)),
      is_established_(established)
{}

void ConfigVerdict::set_present(const std::set<NodeId>& members)
{
    present_ = members;
    std::erase_if(said_, [&](const auto& peer) { return !members.contains(peer.first); });
    judge();
}

void ConfigVerdict::hear(NodeId peer, PeerConfig said)
{
    if (present_.contains(peer)) {
        said_[peer] = std::move(said);
        judge();
    }
}

void ConfigVerdict::replace_own(ConfigId own)
{
    own_ = std::move(own);
    judge();
}

void ConfigVerdict::establish()
{
    is_established_ = true;
    judge();
}

bool ConfigVerdict::loses_to(NodeId peer, const PeerConfig& said) const
{
    if (said.config == own_) {
        return false;
    }
    if (said.is_established != is_established_) {
        return said.is_established;
    }
    if (said.config.version != own_.version) {
        return own_.version < said.config.version;
    }
    return peer < self_;
}

void ConfigVerdict::judge()
{
    against_ = NodeId{};
    for (const auto& [peer, said] : said_) {
        const bool is_newest =
            against_.value == 0 || said_.at(against_).config.version < said.config.version;
        if (peer != self_ && loses_to(peer, said) && is_newest) {
            against_ = peer;
        }
    }
    if (against_.value != 0) {
        state_ = ConfigState::refused;
        return;
    }
    const bool is_complete = present_.contains(self_) &&
                             std::all_of(present_.begin(), present_.end(),
                                         [&](NodeId member) { return said_.contains(member); });
    state_ = is_established_ || is_complete ? ConfigState::accepted : ConfigState::undecided;
}

std::string ConfigVerdict::explain(const std::string& name) const
{
    if (state_ != ConfigState::refused) {
        return {};
    }
    const ConfigId& other = said_.at(against_).config;
    const std::string mine = "this node's cluster.conf has version " + std::to_string(own_.version);
    const std::string copy = "copy cluster.conf from " + name + " and join again";
    if (own_.version < other.version) {
        return mine + ", the cluster runs version " + std::to_string(other.version) + ": " + copy;
    }
    if (own_.version > other.version) {
        return mine + ", the cluster still runs version " + std::to_string(other.version) +
               ": activate the new one there first (cman_tool version -r on " + name + "), or " +
               copy;
    }
    return mine + " as on " + name + ", but another content: " + copy;
}

}  // namespace ha::cman
