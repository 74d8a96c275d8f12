// SPDX-License-Identifier: Apache-2.0
#include "common/wire/frame.hpp"

#include <gtest/gtest.h>

#include "common/wire/bytes.hpp"

namespace ha::wire {

namespace {

TEST(FrameReader, finds_frames_whatever_the_pieces)
{
    const std::string stream =
        encode_frame(1, 7, "first") + encode_frame(2, 8, "") + encode_frame(3, 9, "third");
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        FrameReader reader;
        std::vector<Frame> found;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            reader.feed(std::string_view(stream).substr(at, piece));
            while (true) {
                const auto frame = reader.next();
                ASSERT_TRUE(frame);
                if (!*frame) {
                    break;
                }
                found.push_back(**frame);
            }
        }
        ASSERT_EQ(found.size(), 3U);
        EXPECT_EQ(found[0].payload, "first");
        EXPECT_EQ(found[1].header.type, 8);
        EXPECT_EQ(found[2].payload, "third");
        EXPECT_EQ(reader.buffered(), 0U);
    }
}

TEST(FrameReader, refuses_wrong_magic_and_frames_above_the_bound)
{
    FrameReader garbage;
    garbage.feed("GET / HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(garbage.next());
    FrameReader small(10);
    small.feed(encode_frame(1, 1, "eleven bytes"));
    const auto refused = small.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST(Frame, a_single_frame_must_be_whole_and_alone)
{
    const std::string bytes = encode_frame(1, 2, "payload");
    EXPECT_TRUE(decode_frame(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_frame(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_frame(bytes + "x"));
}

TEST(Reader, never_reads_past_the_end_and_stays_failed)
{
    Reader reader("\x05");
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_TRUE(reader.failed());
    EXPECT_EQ(reader.u8(), 0U);
}

TEST(Reader, a_length_that_promises_more_than_there_is_fails)
{
    Writer writer;
    writer.u32(1'000'000'000);
    const std::string bytes = std::move(writer).take();
    Reader text(bytes);
    EXPECT_EQ(text.text(), "");
    EXPECT_TRUE(text.failed());
    Reader list(bytes);
    EXPECT_EQ(list.count(), 0U);
    EXPECT_TRUE(list.failed());
}

TEST(Reader, gives_back_what_the_writer_took)
{
    Writer writer;
    writer.u8(1);
    writer.u16(65535);
    writer.u32(4'000'000'000U);
    writer.u64(0xFEDCBA9876543210ULL);
    writer.boolean(true);
    writer.text(std::string("with \0 in it", 12));
    const std::string bytes = std::move(writer).take();
    Reader reader(bytes);
    EXPECT_EQ(reader.u8(), 1);
    EXPECT_EQ(reader.u16(), 65535);
    EXPECT_EQ(reader.u32(), 4'000'000'000U);
    EXPECT_EQ(reader.u64(), 0xFEDCBA9876543210ULL);
    EXPECT_TRUE(reader.boolean());
    EXPECT_EQ(reader.text().size(), 12U);
    EXPECT_TRUE(reader.complete());
}

}  // namespace

}  // namespace ha::wire
