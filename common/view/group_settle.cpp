// SPDX-License-Identifier: Apache-2.0
// When a view is settled, who keeps it from that, and the switch to another document.
#include <algorithm>
#include <utility>

#include "common/view/group.hpp"
#include "common/view/output_scope.hpp"

namespace ha::view {

bool Group::rings_agree() const
{
    return ring_ && quorum_ring_ && *ring_ == *quorum_ring_;
}

bool Group::has_state() const
{
    return phase_ == Phase::synced || phase_ == Phase::admitted;
}

std::set<NodeId> Group::inquorate_holders() const
{
    const VotingRules* rules = held_config_ ? voting(*held_config_) : nullptr;
    if (phase_ != Phase::joining || rules == nullptr) {
        return {};
    }
    std::set<NodeId> holders;
    std::uint32_t votes = 0;
    for (const auto& [node, heard] : heard_) {
        if (heard.announce && present_.contains(node)) {
            holders.insert(node);
            votes += rules->votes_of(node);
        }
    }
    return votes < rules->quorum() ? holders : std::set<NodeId>{};
}

/// Before a view settles everybody present has said whether it is a member here, a joiner, or a
/// member of another table; else an unripe table could act while a senior one is already in the
/// ring.
bool Group::all_present_were_heard() const
{
    if (now_ >= change_began_ + config_.knobs.announce_timeout) {
        return true;
    }
    return std::all_of(present_.begin(), present_.end(), [this](NodeId node) {
        return admitted_.contains(node) || departed_.contains(node) || heard_.contains(node);
    });
}

const AnnounceFrame* Group::word_of(NodeId node) const
{
    const auto heard = heard_.find(node);
    const bool is_there = heard != heard_.end() && heard->second.announce &&
                          heard->second.announce->origin.change == change_;
    return is_there ? &*heard->second.announce : nullptr;
}

bool Group::all_members_announced_alike() const
{
    const AnnounceFrame* first = nullptr;
    for (const auto& [node, member] : admitted_) {
        const AnnounceFrame* word = word_of(node);
        first = first == nullptr ? word : first;
        if (word == nullptr || word->quorate != first->quorate || word->active != first->active ||
            word->refuses || is_refused(member)) {
            return false;
        }
    }
    return first != nullptr && first->active == active_config_ &&
           first->quorate == quorum_says_quorate_;
}

/// Every member announced this ring, but not all call it quorate.
void Group::note_disagreement()
{
    bool somebody_is = false;
    bool somebody_is_not = false;
    for (const auto& [node, member] : admitted_) {
        const AnnounceFrame* word = word_of(node);
        if (word == nullptr) {
            disagreement_since_.reset();
            return;
        }
        (word->quorate ? somebody_is : somebody_is_not) = true;
    }
    if (!somebody_is || !somebody_is_not) {
        disagreement_since_.reset();
    } else if (!disagreement_since_) {
        disagreement_since_ = now_;
    }
}

void Group::update_settled()
{
    if (rings_agree()) {
        note_disagreement();
    } else {
        disagreement_since_.reset();
    }
    const bool now_settled = phase_ == Phase::admitted && !own_goodbye_ && !resyncing_ &&
                             rings_agree() &&
                             ((all_present_were_heard() && all_members_announced_alike()) ||
                              config_.knobs.mutant_act_on_unsettled_view);
    if (!now_settled) {
        unsettle();
        return;
    }
    View view = make_view();
    if (!settled_ || view != view_) {
        settled_ = true;
        view_ = std::move(view);
        out_->push_back(ViewSettled{view_});
    }
    propose_activation();
}

void Group::refuse(NodeId node, std::vector<GroupOutput>& out)
{
    const OutputScope scope(out_, out);
    if (phase_ == Phase::synced) {
        start_join();  // the state this node holds lacks what it cannot read
        return;
    }
    const auto member = admitted_.find(node);
    if (phase_ == Phase::admitted && member != admitted_.end() && node != config_.self) {
        mark_refused(member->second);
    }
}

/// Who can read it is in another state from here on, whatever the digest says of the bytes: when
/// they compare what they hold, they must differ.
void Group::mark_refused(const Member& member)
{
    note_in_digest(~member.admission.value);
    refused_[member.node] = member;
    speak();
    update_settled();
}

bool Group::is_refused(const Member& member) const
{
    const auto refused = refused_.find(member.node);
    return refused != refused_.end() && refused->second == member;
}

bool Group::refuses_a_member() const
{
    return std::any_of(admitted_.begin(), admitted_.end(),
                       [this](const auto& entry) { return is_refused(entry.second); });
}

/// Of the admitted members, by these rules.
std::uint32_t Group::admitted_votes(const VotingRules& rules) const
{
    std::uint32_t votes = 0;
    for (const auto& [node, member] : admitted_) {
        votes += rules.votes_of(node);
    }
    return votes;
}

bool Group::has_quorum_without(NodeId node) const
{
    const VotingRules* rules = voting(active_config_);
    const std::uint32_t own =
        rules != nullptr && admitted_.contains(node) ? rules->votes_of(node) : 0;
    return rules != nullptr && admitted_votes(*rules) - own >= rules->quorum();
}

View Group::make_view() const
{
    View view;
    view.ring = *ring_;
    view.change = change_;
    view.config = active_config_;
    for (const auto& [node, member] : admitted_) {
        view.members.push_back(member);
    }
    if (const VotingRules* rules = voting(active_config_)) {
        const std::uint32_t votes = admitted_votes(*rules);
        view.quorate = quorum_says_quorate_ && votes >= rules->quorum();
        view.has_majority = view.quorate && 2 * votes > rules->total();
    }
    return view;
}

/// The lowest member proposes the switch once everybody holds the same newer document.
void Group::propose_activation()
{
    if (senior() != config_.self || !settled_) {
        return;
    }
    const ConfigId candidate = *held_config_;
    if (candidate.version <= active_config_.version || activation_proposed_ == candidate) {
        return;
    }
    for (const auto& [node, member] : admitted_) {
        const AnnounceFrame* word = word_of(node);
        if (word == nullptr || word->held != candidate) {
            return;
        }
    }
    activation_proposed_ = candidate;
    send(ActivateFrame{origin(), candidate});
}

const VotingRules* Group::voting(const ConfigId& id) const
{
    const auto rules = voting_.find(id);
    return rules != voting_.end() ? &rules->second : nullptr;
}

void Group::name_whom_we_wait_for()
{
    if (phase_ != Phase::admitted || settled_ || !rings_agree()) {
        return;
    }
    if (disagreement_since_ && now_ >= *disagreement_since_ + config_.knobs.announce_timeout) {
        name_the_inquorate();
    }
    if (now_ >= change_began_ + config_.knobs.announce_timeout) {
        name_the_silent();
    }
}

void Group::name_the_silent()
{
    for (const auto& [node, member] : admitted_) {
        if (word_of(node) == nullptr && node != config_.self &&
            called_silent_.insert(node).second) {
            out_->push_back(MemberSilent{member});
        }
    }
}

bool Group::is_silent(NodeId node) const
{
    const AnnounceFrame* word = word_of(node);
    return !settled_ && called_silent_.contains(node) &&
           (word == nullptr || word->quorate != quorum_says_quorate_);
}

/// All are in one ring, which is quorate, and some say for long that it is not: their cmand has
/// another document (DESIGN 5) or hangs. They keep all others from acting, so they count as silent.
void Group::name_the_inquorate()
{
    const VotingRules* rules = voting(active_config_);
    std::uint32_t votes = 0;
    std::vector<Member> inquorate;
    for (const auto& [node, member] : admitted_) {
        const AnnounceFrame& word = *word_of(node);  // note_disagreement() has seen it
        if (!word.quorate) {
            inquorate.push_back(member);
        } else if (rules != nullptr) {
            votes += rules->votes_of(node);
        }
    }
    if (!quorum_says_quorate_ || rules == nullptr || votes < rules->quorum()) {
        return;
    }
    for (const Member& member : inquorate) {
        if (called_silent_.insert(member.node).second) {
            out_->push_back(MemberSilent{member});
        }
    }
}

/// A document that no cmand brings here within the time is none of this cluster's.
void Group::refuse_overdue_documents()
{
    for (auto joiner = ahead_since_.begin(); joiner != ahead_since_.end();) {
        if (now_ < joiner->second + config_.knobs.announce_timeout) {
            ++joiner;
            continue;
        }
        const auto heard = heard_.find(joiner->first);
        if (heard != heard_.end() && heard->second.join && senior() == config_.self) {
            send(RefusalFrame{origin(), joiner->first, heard->second.join->nonce, false,
                              words_of_refused_document(heard->second.join->held)});
        }
        joiner = ahead_since_.erase(joiner);
    }
}

}  // namespace ha::view
