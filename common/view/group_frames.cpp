// SPDX-License-Identifier: Apache-2.0
#include "common/view/group_frames.hpp"

#include <type_traits>

#include "common/wire/bytes.hpp"
#include "common/wire/frame.hpp"

namespace ha::view {

namespace {

constexpr std::uint16_t wire_version = 1;

// One visitor per direction walks the fields of every frame in the order of `fields`; encode and
// decode cannot disagree.
class Encoder
{
public:
    void operator()(bool& value) { writer_.boolean(value); }
    void operator()(std::uint16_t& value) { writer_.u16(value); }
    void operator()(std::uint32_t& value) { writer_.u32(value); }
    void operator()(std::uint64_t& value) { writer_.u64(value); }
    void operator()(std::string& value) { writer_.text(value); }

    [[nodiscard]] std::string take() && { return std::move(writer_).take(); }

private:
    wire::Writer writer_;
};

class Decoder
{
public:
    explicit Decoder(std::string_view bytes) : reader_(bytes) {}

    void operator()(bool& value) { value = reader_.boolean(); }
    void operator()(std::uint16_t& value) { value = reader_.u16(); }
    void operator()(std::uint32_t& value) { value = reader_.u32(); }
    void operator()(std::uint64_t& value) { value = reader_.u64(); }
    void operator()(std::string& value) { value = reader_.text(); }

    [[nodiscard]] bool complete() const { return reader_.complete(); }
    [[nodiscard]] bool failed() const { return reader_.failed(); }

private:
    wire::Reader reader_;
};

template <class Coder>
void fields(Coder& coder, NodeId& id)
{
    coder(id.value);
}

template <class Coder>
void fields(Coder& coder, RingId& ring)
{
    coder(ring.representative.value);
    coder(ring.sequence);
}

template <class Coder>
void fields(Coder& coder, ConfigId& id)
{
    coder(id.version);
    coder(id.hash);
}

template <class Coder>
void fields(Coder& coder, FrameOrigin& origin)
{
    coder(origin.life.node.value);
    coder(origin.life.started_us);
    coder(origin.admission.value);
    fields(coder, origin.ring);
    coder(origin.change.value);
    coder(origin.attempt);
}

template <class Coder>
void fields(Coder& coder, JoinRequestFrame& frame)
{
    coder(frame.nonce);
    coder(frame.protocol_min);
    coder(frame.protocol_max);
    coder(frame.quorate);
    fields(coder, frame.held);
    coder(frame.admission_floor.value);
    coder(frame.resync);
    coder(frame.report);
}

template <class Coder>
void fields(Coder& coder, SnapshotFrame& frame)
{
    fields(coder, frame.to);
    coder(frame.nonce);
    coder(frame.index);
    coder(frame.count);
    coder(frame.checksum);
    coder(frame.bytes);
}

template <class Coder>
void fields(Coder& coder, ReadyFrame& frame)
{
    fields(coder, frame.config);
    coder(frame.admission_floor.value);
    coder(frame.senior.node.value);
    coder(frame.senior.started_us);
    coder(frame.report);
}

template <class Coder>
void fields(Coder& coder, AnnounceFrame& frame)
{
    coder(frame.quorate);
    fields(coder, frame.active);
    fields(coder, frame.held);
    coder(frame.ripe);
    fields(coder, frame.senior);
    coder(frame.digest);
    coder(frame.refuses);
}

template <class Coder>
void fields(Coder& coder, AppFrame& frame)
{
    coder(frame.ticket);
    coder(frame.payload);
}

template <class Coder>
void fields(Coder& coder, BarrierFrame& frame)
{
    coder(frame.ticket);
}

template <class Coder>
void fields(Coder& coder, GoodbyeFrame& frame)
{
    coder(frame.empty);
}

template <class Coder>
void fields(Coder& coder, ActivateFrame& frame)
{
    fields(coder, frame.config);
}

template <class Coder>
void fields(Coder& coder, RefusalFrame& frame)
{
    fields(coder, frame.to);
    coder(frame.nonce);
    coder(frame.again);
    coder(frame.reason);
}

template <class Coder>
void fields(Coder& coder, DieFrame& frame)
{
    fields(coder, frame.to);
    coder(frame.life.value);
    coder(frame.reason);
}

// The type number on the wire is the variant's index plus one: dense, and never reused.
template <std::size_t Index = 0>
Result<GroupFrame> decode_alternative(std::size_t index, std::string_view payload)
{
    if constexpr (Index < std::variant_size_v<GroupFrame>) {
        if (index != Index) {
            return decode_alternative<Index + 1>(index, payload);
        }
        std::variant_alternative_t<Index, GroupFrame> frame;
        Decoder decoder(payload);
        fields(decoder, frame.origin);
        fields(decoder, frame);
        if (!decoder.complete()) {
            return Error{ErrorCode::invalid_input, "truncated or overlong group frame"};
        }
        return GroupFrame(std::move(frame));
    } else {
        return Error{ErrorCode::invalid_input, "unknown type of group frame"};
    }
}

}  // namespace

std::string encode_group_frame(const GroupFrame& frame)
{
    GroupFrame copy = frame;
    Encoder encoder;
    std::visit(
        [&encoder](auto& alternative) {
            fields(encoder, alternative.origin);
            fields(encoder, alternative);
        },
        copy);
    const auto type = static_cast<std::uint16_t>(frame.index() + 1);
    return wire::encode_frame(wire_version, type, std::move(encoder).take());
}

Result<GroupFrame> decode_group_frame(std::string_view bytes)
{
    Result<wire::Frame> frame = wire::decode_frame(bytes);
    if (!frame) {
        return frame.error();
    }
    if (frame->header.version != wire_version) {
        return Error{ErrorCode::invalid_input, "group frame of version " +
                                                   std::to_string(frame->header.version) +
                                                   ", version 1 is accepted"};
    }
    if (frame->header.type == 0) {
        return Error{ErrorCode::invalid_input, "unknown type of group frame"};
    }
    return decode_alternative(frame->header.type - 1U, frame->payload);
}

std::optional<FrameOrigin> origin_of_unknown_type(std::string_view bytes)
{
    Result<wire::Frame> frame = wire::decode_frame(bytes);
    if (!frame || frame->header.version != wire_version ||
        (frame->header.type > 0 && frame->header.type <= std::variant_size_v<GroupFrame>)) {
        return std::nullopt;
    }
    FrameOrigin origin;
    Decoder decoder(frame->payload);
    fields(decoder, origin);
    return decoder.failed() ? std::nullopt : std::optional(origin);
}

std::uint64_t checksum(std::string_view bytes)
{
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001B3ULL;
    }
    return hash;
}

std::string_view name_of(const GroupFrame& frame)
{
    static constexpr std::string_view names[] = {"JoinRequest", "Snapshot", "Ready",   "Announce",
                                                 "App",         "Barrier",  "Goodbye", "Activate",
                                                 "Refusal",     "Die"};
    static_assert(std::size(names) == std::variant_size_v<GroupFrame>);
    return names[frame.index()];
}

const FrameOrigin& origin_of(const GroupFrame& frame)
{
    return std::visit(
        [](const auto& alternative) -> const FrameOrigin& { return alternative.origin; }, frame);
}

}  // namespace ha::view
