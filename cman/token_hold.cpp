// SPDX-License-Identifier: Apache-2.0
#include "cman/token_hold.hpp"

#include <string>

#include "common/io/cmap.hpp"
#include "common/io/loop.hpp"
#include "common/log/log.hpp"

namespace ha::cman {

namespace {

constexpr const char* key = "totem.seqno_unchanged_const";
constexpr std::uint32_t rounds = 1;  ///< of the token without a new message

}  // namespace

TokenHold::TokenHold(io::Loop& loop) : loop_(loop)
{}

TokenHold::~TokenHold() = default;

Status TokenHold::begin()
{
    Result<io::Cmap> cmap = io::Cmap::connect();
    if (!cmap) {
        return cmap.error();
    }
    cmap_ = std::make_unique<io::Cmap>(*std::move(cmap));
    if (const Status set = set_unless_given(); !set) {
        return set;
    }
    return cmap_->track(loop_, key, [this](const std::string&, const std::string& value) {
        if (!value.empty()) {
            return;
        }
        if (const Status set = set_unless_given(); !set) {
            log::debug("corosync's token goes round in vain", {{"reason", set.error().text}});
        }
    });
}

Status TokenHold::set_unless_given()
{
    const Result<std::string> given = cmap_->get(key);
    if (given || given.error().code != ErrorCode::not_found) {
        return given ? ok() : Status(given.error());
    }
    return cmap_->set_number(key, rounds);
}

}  // namespace ha::cman
