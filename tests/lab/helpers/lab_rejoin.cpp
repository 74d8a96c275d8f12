// SPDX-License-Identifier: Apache-2.0
//
// lab_rejoin: the suite's own cpg shell against a corosync that takes nothing for a while. Joins a
// group, sends until frames have to wait, leaves with them unsent, joins again as another life
// would, and says one word. Exits 0 if that word comes back, 1 with words if it does not in time.
#include <cstdio>
#include <string>

#include "common/io/cpg.hpp"
#include "common/io/loop.hpp"
#include "common/io/timer.hpp"

namespace {

using ha::io::Cpg;
using ha::io::Loop;
using ha::io::Timer;

constexpr std::size_t frame_bytes = 900'000;
constexpr int frames_max = 60;  ///< what corosync and its clients hold is far less
const std::string last_word = "here again";

class Rejoin
{
public:
    [[nodiscard]] int run()
    {
        patience_.set_in(std::chrono::seconds{20});
        cpg_.join();
        loop_.run();
        if (exit_code_ != 0) {
            std::fprintf(stderr, "%s; %zu bytes wait to be sent\n", why_.c_str(),
                         cpg_.queued_bytes());
        }
        return exit_code_;
    }

private:
    void joined() { why_ = ++lives_ == 1 ? "never joined" : "the word did not come back"; }

    void event_came(const ha::view::GroupEvent& event)
    {
        if (std::holds_alternative<ha::view::GroupChanged>(event)) {
            lives_ == 1 ? leave_with_frames_unsent() : static_cast<void>(cpg_.send(last_word));
        } else if (const auto* frame = std::get_if<ha::view::FrameDelivered>(&event);
                   frame != nullptr && lives_ == 2 && frame->bytes == last_word) {
            end(0);
        }
    }

    void leave_with_frames_unsent()
    {
        for (int i = 0; i < frames_max && cpg_.queued_bytes() < 2 * frame_bytes; ++i) {
            (void)cpg_.send(std::string(frame_bytes, 'x'));
        }
        if (cpg_.queued_bytes() == 0) {
            why_ = "corosync took everything: nothing had to wait";
            end(1);
            return;
        }
        cpg_.leave([this] { cpg_.join(); });
    }

    void end(int code)
    {
        exit_code_ = code;
        loop_.stop();
    }

    Loop loop_;
    std::string why_ = "corosync does not answer";
    int lives_ = 0;
    int exit_code_ = 1;
    Timer patience_{loop_, [this] { end(1); }};
    Cpg cpg_{loop_,
             {.group = "lab_rejoin"},
             {.on_joined = [this](ha::NodeId) { joined(); },
              .on_event = [this](const ha::view::GroupEvent& event) { event_came(event); },
              .on_stranger = [](ha::NodeId, std::uint32_t) {},
              .on_lost =
                  [this](const std::string& why) {
                      why_ = why;
                      end(1);
                  }}};
};

}  // namespace

int main()
{
    return Rejoin().run();
}
