// SPDX-License-Identifier: Apache-2.0
//
// Frames below the applications' messages. What is read as a group frame is written back as the
// same bytes; a stream gives the same frames however it is cut, and holds back no more than one; a
// snapshot of any content, its checksum right, leaves a joiner able to go on. The first byte
// chooses.
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/assert.hpp"
#include "common/view/group.hpp"
#include "common/wire/frame.hpp"
#include "tests/fuzz/support/input.hpp"

namespace {

using namespace ha;

constexpr std::size_t payload_max = 300;

void check_group_frame(const std::string& bytes)
{
    const auto frame = view::decode_group_frame(bytes);
    if (!frame) {
        HA_ASSERT(!frame.error().text.empty());
        return;
    }
    HA_ASSERT(view::encode_group_frame(*frame) == bytes);
    HA_ASSERT(!view::name_of(*frame).empty());
}

/// Frames, and whether the stream ended in an error.
struct Heard {
    std::vector<wire::Frame> frames;
    bool failed = false;

    friend bool operator==(const Heard&, const Heard&) = default;
};

Heard read_stream(const std::string& bytes, std::size_t piece)
{
    Heard heard;
    wire::FrameReader reader(payload_max);
    for (std::size_t at = 0; at < bytes.size() && !heard.failed; at += piece) {
        reader.feed(std::string_view(bytes).substr(at, piece));
        while (true) {
            auto next = reader.next();
            if (!next) {
                heard.failed = true;
                break;
            }
            if (!*next) {
                break;
            }
            HA_ASSERT((*next)->payload.size() == (*next)->header.length);
            heard.frames.push_back(std::move(**next));
        }
        HA_ASSERT(heard.failed ||
                  reader.buffered() < wire::frame_header_bytes + payload_max + piece);
    }
    return heard;
}

void check_stream(const std::string& bytes)
{
    const Heard whole = read_stream(bytes, bytes.size() + 1);
    HA_ASSERT(read_stream(bytes, 1) == whole);
    HA_ASSERT(read_stream(bytes, 7) == whole);
}

/// A joiner takes its state from a member that may send anything.
class Joiner
{
public:
    Joiner() : group_(config())
    {
        view::VotingRules voting;
        voting.votes = {{NodeId{1}, 1}, {NodeId{2}, 1}};
        feed(view::ConfigHeld{ConfigId{1, "hash"}, voting});
        feed(view::RingChanged{{NodeId{1}, 4}, {NodeId{1}, NodeId{2}}});
        feed(view::QuorumChanged{{NodeId{1}, 4}, true});
        feed(view::GroupChanged{{NodeId{1}, NodeId{2}}, {}, {NodeId{1}}});
        hear_own();
    }

    void take(std::string blob, fuzz::Input& input)
    {
        view::SnapshotFrame frame;
        frame.to = NodeId{1};
        frame.nonce = nonce_;
        frame.count = 1;
        frame.checksum = view::checksum(blob);
        frame.bytes = std::move(blob);
        feed(view::FrameDelivered{NodeId{2}, view::encode_group_frame(frame)});
        hear_own();
        feed(view::RingChanged{{NodeId{1}, 8}, {NodeId{1}, NodeId{2}}});
        feed(view::QuorumChanged{{NodeId{1}, 8}, input.byte() % 2 == 0});
        hear_own();
        feed(view::GroupChanged{{NodeId{1}}, {{NodeId{2}, view::LeaveReason::node_down}}, {}});
        hear_own();
        HA_ASSERT(!group_.describe().empty());
    }

private:
    static view::Group::Config config()
    {
        view::Group::Config config;
        config.self = NodeId{1};
        config.life = {NodeLife{"life1"}, 1};
        return config;
    }

    void feed(const view::GroupEvent& event)
    {
        handle(group_.on(event, now_));
        while (group_.has_replay()) {
            handle(group_.replay(now_));
        }
    }

    void handle(const std::vector<view::GroupOutput>& outputs)  // NOLINT(misc-no-recursion)
    {
        for (const view::GroupOutput& output : outputs) {
            if (const auto* send = std::get_if<view::Send>(&output)) {
                sent_.push_back(send->bytes);
            } else if (std::holds_alternative<view::SnapshotWanted>(output)) {
                std::vector<view::GroupOutput> answer;
                group_.give_snapshot("state", answer);
                handle(answer);
            }
        }
    }

    void hear_own()
    {
        constexpr int rounds_max = 50;
        for (int round = 0; round < rounds_max && !sent_.empty(); ++round) {
            for (const std::string& bytes : std::exchange(sent_, {})) {
                const auto frame = view::decode_group_frame(bytes);
                HA_ASSERT(frame);
                if (const auto* request = std::get_if<view::JoinRequestFrame>(&*frame)) {
                    nonce_ = request->nonce;
                }
                feed(view::FrameDelivered{NodeId{1}, bytes});
            }
        }
    }

    view::Group group_;
    std::uint64_t nonce_ = 0;
    std::vector<std::string> sent_;
    TimePoint now_{std::chrono::hours{1}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Input input(data, size);
    switch (input.byte() % 3) {
        case 0:
            check_group_frame(input.all());
            break;
        case 1:
            check_stream(input.all());
            break;
        default: {
            Joiner joiner;
            fuzz::Input choice(data, size);
            joiner.take(input.all(), choice);
            break;
        }
    }
    return 0;
}
