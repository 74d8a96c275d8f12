// SPDX-License-Identifier: Apache-2.0
#include "common/io/recorder.hpp"

#include <filesystem>
#include <vector>

#include <gmock/gmock.h>

#include "common/io/file.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::io {
namespace {

using test::TempDir;

std::vector<Recorder::Line> lines_of(const std::string& path)
{
    std::vector<Recorder::Line> lines;
    const Result<std::string> text = read_file(path);
    EXPECT_TRUE(text);
    std::size_t start = 0;
    while (text && start < text->size()) {
        const std::size_t end = text->find('\n', start);
        const Result<Recorder::Line> line = parse_record(text->substr(start, end + 1 - start));
        EXPECT_TRUE(line);
        lines.push_back(*line);
        start = end + 1;
    }
    return lines;
}

TEST(Recorder, gives_back_time_and_text_of_every_event)
{
    const TempDir dir;
    Recorder recorder(dir.file("events"), 10000);
    ASSERT_TRUE(recorder.open());
    recorder.record(TimePoint{Duration{17}}, "a\nb\tc\\n");
    recorder.record(TimePoint{Duration{18}}, "");
    EXPECT_THAT(lines_of(dir.file("events")),
                testing::ElementsAre(Recorder::Line{TimePoint{Duration{17}}, "a\nb\tc\\n"},
                                     Recorder::Line{TimePoint{Duration{18}}, ""}));
    EXPECT_EQ(recorder.dropped(), 0U);
}

TEST(Recorder, stays_within_its_bound_and_keeps_the_last_half)
{
    const TempDir dir;
    constexpr std::size_t bound = 2000;
    Recorder recorder(dir.file("events"), bound);
    ASSERT_TRUE(recorder.open());
    for (int i = 0; i < 1000; ++i) {
        recorder.record(TimePoint{Duration{i}}, "event number " + std::to_string(i));
        const std::size_t old = std::filesystem::exists(dir.file("events.old"))
                                    ? std::filesystem::file_size(dir.file("events.old"))
                                    : 0;
        ASSERT_LE(std::filesystem::file_size(dir.file("events")) + old, bound);
    }
    std::vector<Recorder::Line> lines = lines_of(dir.file("events.old"));
    const std::vector<Recorder::Line> last = lines_of(dir.file("events"));
    lines.insert(lines.end(), last.begin(), last.end());
    ASSERT_GE(lines.size(), bound / 2 / 25);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(lines[i].at.time_since_epoch().count(),
                  static_cast<std::int64_t>(1000 - lines.size() + i));
    }
}

TEST(Recorder, counts_what_it_cannot_keep_and_never_fails)
{
    const TempDir dir;
    Recorder closed(dir.file("none/events"), 1000);
    EXPECT_FALSE(closed.open());
    closed.record(TimePoint{}, "lost");
    EXPECT_EQ(closed.dropped(), 1U);

    Recorder small(dir.file("events"), 100);
    ASSERT_TRUE(small.open());
    small.record(TimePoint{}, std::string(200, 'x'));
    EXPECT_EQ(small.dropped(), 1U);
}

TEST(Recorder, moves_the_former_run_aside)
{
    const TempDir dir;
    for (int run = 1; run <= 2; ++run) {
        Recorder recorder(dir.file("events"), 1000);
        ASSERT_TRUE(recorder.open());
        recorder.record(TimePoint{}, "run " + std::to_string(run));
    }
    EXPECT_EQ(lines_of(dir.file("events.old")).at(0).text, "run 1");
    EXPECT_EQ(lines_of(dir.file("events")).at(0).text, "run 2");
}

TEST(Recorder, refuses_lines_that_are_none)
{
    for (const char* line : {"", "no tab", "x\ttext", "12\tbad \\q", "12\tends with \\"}) {
        EXPECT_FALSE(parse_record(line)) << line;
    }
}

}  // namespace
}  // namespace ha::io
