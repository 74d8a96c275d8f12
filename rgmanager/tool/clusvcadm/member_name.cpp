// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/clusvcadm/member_name.hpp"

#include <strings.h>

#include <algorithm>
#include <cctype>

namespace ha::service::clusvcadm {

namespace {

std::size_t common_prefix(const std::string& left, const std::string& right)
{
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    return static_cast<std::size_t>(
        std::mismatch(left.begin(), left.end(), right.begin(), right.end(), same).first -
        left.begin());
}

}  // namespace

MemberMatch match_member(const std::string& typed, const std::vector<std::string>& members)
{
    for (const std::string& member : members) {
        if (::strcasecmp(member.c_str(), typed.c_str()) == 0) {
            return {member, {}};
        }
    }
    MemberMatch match;
    match.words.push_back("'" + typed + "' not in membership list");
    std::size_t best = 0;
    std::vector<std::string> closest;
    for (const std::string& member : members) {
        const std::size_t length = common_prefix(typed, member);
        if (length > best) {
            best = length;
            closest.clear();
        }
        if (length == best && length > 0) {
            closest.push_back(member);
        }
    }
    if (closest.size() == 1) {
        match.name = closest.front();
        match.words.push_back("Closest match: '" + closest.front() + "'");
    } else if (closest.empty()) {
        match.words.push_back("No matches for '" + typed + "' found");
    } else {
        match.words.push_back("More than one possible match for '" + typed + "' found");
    }
    return match;
}

}  // namespace ha::service::clusvcadm
