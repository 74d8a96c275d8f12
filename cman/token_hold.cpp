// SPDX-License-Identifier: Apache-2.0
#include "cman/token_hold.hpp"

#include <utility>

#include "common/io/cmap.hpp"
#include "common/io/loop.hpp"
#include "common/log/log.hpp"

namespace ha::cman {

namespace {

constexpr const char* key = "totem.seqno_unchanged_const";
/// Rounds of the token without a new message. More than the four in which the members of a new ring
/// agree that it is there, and than the five (miss_count_const) after which a lost message is asked
/// for: a token held before that would delay both by the hold time, over half a second by default.
constexpr std::uint32_t rounds = 10;
constexpr Duration retry_pause = std::chrono::seconds{5};

}  // namespace

TokenHold::TokenHold(io::Loop& loop) : loop_(loop), retry_timer_(loop, [this] { begin(); })
{}

TokenHold::~TokenHold() = default;

void TokenHold::begin()
{
    Status done = cmap_ ? ok() : watch();  // first, or a reload in between would be missed
    if (done) {
        done = set_unless_given();
    }
    if (!done) {
        retry_after(done);
    }
}

Status TokenHold::watch()
{
    Result<io::Cmap> connected = io::Cmap::connect();
    if (!connected) {
        return connected.error();
    }
    auto cmap = std::make_unique<io::Cmap>(*std::move(connected));
    const Status tracked =
        cmap->track(loop_, key, [this](const std::string&, const std::string& value) {
            if (value.empty()) {
                begin();
            }
        });
    if (tracked) {
        cmap_ = std::move(cmap);
    }
    return tracked;
}

Status TokenHold::set_unless_given()
{
    const Result<std::string> given = cmap_->get(key);
    if (given || given.error().code != ErrorCode::not_found) {
        return given ? ok() : Status(given.error());
    }
    return cmap_->set_number(key, rounds);
}

void TokenHold::retry_after(const Status& failed)
{
    if (!is_complained_of_) {
        log::write(log::Event::corosync_setting_failed, failed.error().text, {{"key", key}});
        is_complained_of_ = true;
    }
    retry_timer_.set_in(retry_pause);
}

}  // namespace ha::cman
