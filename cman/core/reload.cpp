// SPDX-License-Identifier: Apache-2.0
#include "cman/core/reload.hpp"

#include <algorithm>
#include <utility>

#include "common/base/hash.hpp"

namespace ha::cman {

Reload::Reload(ReloadConfig config) : config_(std::move(config))
{}

ReloadStep Reload::on(const ReloadEvent& event, TimePoint now)
{
    now_ = now;
    actions_.clear();
    std::visit([this](const auto& happened) { handle(happened); }, event);
    reload_if_alike();
    return ReloadStep{std::exchange(actions_, {}), wake_at()};
}

// ------------------------------------------------------------------------------------- being asked

void Reload::handle(const ReloadAsked& event)
{
    const std::size_t pieces =
        (event.document.size() + config_.chunk_bytes - 1) / config_.chunk_bytes;
    std::string why_not;
    if (open_ || request_) {
        why_not = "another reload is under way, begun on " +
                  name(open_ ? open_->from : config_.self) + "; try again";
    } else if (wanted_) {
        why_not = "this node is about to take version " + std::to_string(wanted_->version) +
                  " from the others; try again";
    } else if (!event.own_files && pieces > config_.chunks_max) {
        why_not = "cluster.conf is too large to be carried";
    }
    if (!why_not.empty()) {
        actions_.emplace_back(AnswerReload{event.client, false, true, why_not});
        return;
    }
    request_ = Request{event.client, event.config, ++config_.last_number, {}, false, {}};
    request_->deadline = now_ + config_.vote_patience;
    const auto chunks = event.own_files ? 0U : static_cast<std::uint32_t>(pieces);
    actions_.emplace_back(SendOffer{request_->number, event.config, chunks});
    if (!event.own_files) {
        send_document(event.config, NodeId{}, event.document);
    }
}

void Reload::send_document(const ConfigId& config, NodeId to, const std::string& document)
{
    const auto count = static_cast<std::uint32_t>((document.size() + config_.chunk_bytes - 1) /
                                                  config_.chunk_bytes);
    for (std::uint32_t index = 0; index < count; ++index) {
        actions_.emplace_back(
            SendChunk{config, to, index, count,
                      document.substr(index * config_.chunk_bytes, config_.chunk_bytes)});
    }
}

/// Before the Commit is sent: everybody forgets the offer.
void Reload::fail_request(const std::string& why)
{
    actions_.emplace_back(SendDrop{request_->number});
    actions_.emplace_back(AnswerReload{request_->client, false, false, why});
    request_.reset();
}

void Reload::handle(const VoteDelivered& event)
{
    const bool is_ours = request_ && !request_->is_committed && event.to == config_.self &&
                         event.number == request_->number;
    if (!is_ours) {
        return;
    }
    if (!event.accepted) {
        fail_request(name(event.from) + ": " + event.why);
        return;
    }
    request_->voted.insert(event.from);
    if (std::includes(request_->voted.begin(), request_->voted.end(), peers_.begin(),
                      peers_.end())) {
        request_->is_committed = true;
        request_->deadline = now_ + config_.switch_patience;
        actions_.emplace_back(SendCommit{request_->number});
    }
}

// ---------------------------------------------------------------------------------- every cmand

void Reload::handle(const OfferDelivered& event)
{
    if (open_) {
        const bool is_ours = request_ && event.from == config_.self &&
                             event.number == request_->number && !request_->is_committed;
        if (is_ours) {
            actions_.emplace_back(AnswerReload{
                request_->client, false, true,
                "another reload is under way, begun on " + name(open_->from) + "; try again"});
            request_.reset();
        }
        return;
    }
    if (event.chunks > config_.chunks_max) {
        return;  // no build of ours sends that
    }
    open_ = Open{event.from, event.number, event.config, std::nullopt, false};
    if (event.chunks == 0) {
        actions_.emplace_back(Load{event.config, std::nullopt, false});
    } else {
        open_->assembly = Assembly{event.config, event.from, event.chunks, {}};
    }
}

void Reload::handle(const ChunkDelivered& event)
{
    const bool is_of_offer = event.to.value == 0 && open_ && open_->assembly;
    const bool is_wanted = event.to == config_.self && wanted_ && *wanted_ == event.config;
    if (is_wanted && (!arriving_ || arriving_->from != event.from)) {
        arriving_ = Assembly{event.config, event.from, event.count, {}};
    }
    std::optional<Assembly>* assembly = is_of_offer ? &open_->assembly
                                        : is_wanted ? &arriving_
                                                    : nullptr;
    if (assembly == nullptr || event.count > config_.chunks_max) {
        return;
    }
    if (const auto document = take(**assembly, event)) {
        assembly->reset();
        actions_.emplace_back(Load{event.config, *document, is_wanted});
    }
}

/// The whole document once all pieces are there and are what their name says.
std::optional<std::string> Reload::take(Assembly& assembly, const ChunkDelivered& chunk)
{
    const bool fits = chunk.from == assembly.from && chunk.config == assembly.config &&
                      chunk.count == assembly.count && chunk.index < chunk.count;
    if (!fits) {
        return std::nullopt;
    }
    assembly.pieces[chunk.index] = chunk.bytes;
    if (assembly.pieces.size() < assembly.count) {
        return std::nullopt;
    }
    std::string document;
    for (const auto& [index, bytes] : assembly.pieces) {
        document += bytes;
    }
    assembly.pieces.clear();
    return sha256_hex(document) == assembly.config.hash ? std::optional(document) : std::nullopt;
}

void Reload::handle(const Loaded& event)
{
    if (wanted_ && *wanted_ == event.config) {
        if (event.accepted) {
            actions_.emplace_back(Switch{event.config});
        } else {
            wanted_.reset();
            actions_.emplace_back(CatchUpFailed{event.config, event.why});
        }
        return;
    }
    if (!open_ || open_->config != event.config) {
        return;
    }
    open_->is_ready = event.accepted;
    if (event.accepted) {
        actions_.emplace_back(AskFence{open_->number, event.config});
    } else {
        actions_.emplace_back(SendVote{open_->from, open_->number, false, event.why});
    }
}

void Reload::handle(const FenceAnswered& event)
{
    if (open_ && open_->number == event.number && open_->is_ready) {
        actions_.emplace_back(SendVote{open_->from, open_->number, event.accepted, event.why});
    }
}

void Reload::handle(const CommitDelivered& event)
{
    if (!open_ || open_->from != event.from || open_->number != event.number) {
        return;
    }
    if (open_->is_ready) {
        actions_.emplace_back(Switch{open_->config});
    }
    open_.reset();  // who is not ready came after the votes: it catches up
}

void Reload::handle(const DropDelivered& event)
{
    if (open_ && open_->from == event.from && open_->number == event.number) {
        close_open();
    }
}

void Reload::close_open()
{
    actions_.emplace_back(Forget{open_->config});
    open_.reset();
}

void Reload::handle(const ReloadPeers& event)
{
    const bool is_changed = event.members != peers_;
    peers_ = event.members;
    std::erase_if(said_, [&](const auto& known) { return !peers_.contains(known.first); });
    if (open_ && !peers_.contains(open_->from)) {
        close_open();
    }
    if (is_changed && request_ && !request_->is_committed) {
        fail_request("a node came or went meanwhile; try again");
    }
    if (reload_is_under_way_ && is_changed) {
        reload_is_under_way_ = false;  // its word may be lost: once more does no harm
    }
}

// ------------------------------------------------------------------------------ after the switch

void Reload::handle(const Switched& event)
{
    config_.active = event.config;
    config_.document = event.document;
    config_.names = event.names;
    awaits_reload_ = awaits_reload_ || event.needs_corosync_reload;
    wanted_.reset();
    arriving_.reset();
    if (open_ && open_->config == event.config) {
        open_.reset();
    }
    actions_.emplace_back(TellSwitched{});  // with awaits_reload() as it is now
}

void Reload::handle(const PeerRuns& event)
{
    if (peers_.contains(event.peer)) {
        said_[event.peer] = event;
    }
}

std::set<NodeId> Reload::not_alike() const
{
    std::set<NodeId> others;
    for (const NodeId peer : peers_) {
        const auto said = said_.find(peer);
        if (said == said_.end() || said->second.config != config_.active) {
            others.insert(peer);
        }
    }
    return others;
}

/// All run the same document: corosync reads its file again where that is due, and who asked hears
/// that it is done.
void Reload::reload_if_alike()
{
    if (open_ || peers_.empty() || !not_alike().empty()) {
        return;
    }
    const bool is_due = std::any_of(said_.begin(), said_.end(),
                                    [](const auto& said) { return said.second.awaits_reload; });
    if (is_due) {
        if (*peers_.begin() == config_.self && !reload_is_under_way_) {
            reload_is_under_way_ = true;
            actions_.emplace_back(ReloadCorosync{config_.active});
        }
        return;
    }
    if (request_ && request_->is_committed && request_->config == config_.active) {
        actions_.emplace_back(AnswerReload{request_->client, true, false, {}});
        request_.reset();
    }
}

void Reload::handle(const ReloadedDelivered& event)
{
    if (event.config != config_.active) {
        return;
    }
    reload_is_under_way_ = false;
    awaits_reload_ = false;
    for (auto& [peer, said] : said_) {
        said.awaits_reload = false;
    }
    if (!event.why_not.empty() && request_ && request_->is_committed) {
        actions_.emplace_back(
            AnswerReload{request_->client, false, false,
                         "version " + std::to_string(event.config.version) +
                             " is active, but corosync did not read it: " + event.why_not});
        request_.reset();
    }
}

// ------------------------------------------------------------------------------------ catching up

void Reload::handle(const Behind& event)
{
    if (wanted_ && *wanted_ == event.config) {
        return;
    }
    if (open_ && open_->is_ready && open_->config == event.config) {
        actions_.emplace_back(Switch{event.config});  // its Commit did not reach this node
        return;
    }
    wanted_ = event.config;
    arriving_.reset();
    wanted_since_ = now_;
    want_again();
}

void Reload::want_again()
{
    wanted_next_ = now_ + config_.wanted_repeat;
    actions_.emplace_back(SendWanted{*wanted_});
}

void Reload::handle(const WantedDelivered& event)
{
    if (event.config != config_.active || event.from == config_.self) {
        return;
    }
    for (const auto& [peer, said] : said_) {
        if (peer != event.from && said.config == event.config) {
            if (peer == config_.self) {
                send_document(event.config, event.from, config_.document);
            }
            return;  // the lowest one that runs it
        }
    }
}

void Reload::handle(const ReloadTimePassed&)
{
    if (wanted_ && now_ >= wanted_since_ + config_.wanted_patience) {
        actions_.emplace_back(CatchUpFailed{*wanted_, "no node sent it"});
        wanted_.reset();
    } else if (wanted_ && now_ >= wanted_next_) {
        want_again();
    }
    if (!request_ || now_ < request_->deadline) {
        return;
    }
    if (request_->is_committed) {
        actions_.emplace_back(AnswerReload{
            request_->client, false, false,
            "version " + std::to_string(request_->config.version) +
                " is being activated, but these nodes have not said yet that they run it: " +
                names(not_alike())});
        request_.reset();
        return;
    }
    std::set<NodeId> silent = peers_;
    for (const NodeId node : request_->voted) {
        silent.erase(node);
    }
    fail_request("no answer from " + names(silent));
}

std::optional<TimePoint> Reload::wake_at() const
{
    std::optional<TimePoint> due;
    if (request_) {
        due = request_->deadline;
    }
    if (wanted_) {
        due = due ? std::min(*due, wanted_next_) : wanted_next_;
    }
    return due;
}

// ------------------------------------------------------------------------------------------- words

std::string Reload::name(NodeId node) const
{
    const auto known = config_.names.find(node);
    return known != config_.names.end() ? known->second : "node " + std::to_string(node.value);
}

std::string Reload::names(const std::set<NodeId>& nodes) const
{
    std::string text;
    for (const NodeId node : nodes) {
        text += (text.empty() ? "" : ", ") + name(node);
    }
    return text;
}

std::string Reload::describe() const
{
    std::string text;
    if (open_) {
        text += "reload to version " + std::to_string(open_->config.version) + " asked on " +
                name(open_->from) + (open_->is_ready ? ", ready here" : ", not ready here") + "\n";
    }
    if (wanted_) {
        text += "wants version " + std::to_string(wanted_->version) + " of the others\n";
    }
    if (awaits_reload_) {
        text += "corosync has to read its configuration again\n";
    }
    return text;
}

}  // namespace ha::cman
