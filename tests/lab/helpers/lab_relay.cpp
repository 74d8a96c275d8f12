// SPDX-License-Identifier: Apache-2.0
//
// lab_relay CABLE TAP DELAY_MS JITTER_MS: carries every frame between the lab's end of a cable and
// a new tap interface (which the lab plugs into the bridge instead), each way DELAY_MS plus up to
// JITTER_MS late. Frames of one way keep their order. Prints "ready" once the tap exists. The
// kernel of the lab has no netem.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t frame_max = 70'000;  // a GSO frame with its virtio header
constexpr std::size_t queue_max =
    20'000;  // frames under way; more are dropped, as a full switch does

[[noreturn]] void give_up(const std::string& what)
{
    std::perror(("lab_relay: " + what).c_str());
    std::exit(111);
}

int open_cable(const std::string& name)
{
    const int cable = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
    const int on = 1;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
    packet_mreq promiscuous{};
    promiscuous.mr_ifindex = address.sll_ifindex;
    promiscuous.mr_type = PACKET_MR_PROMISC;
    if (cable < 0 || address.sll_ifindex == 0 ||
        setsockopt(cable, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0 ||
        setsockopt(cable, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
        bind(cable, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        setsockopt(cable, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) !=
            0) {
        give_up(name);
    }
    return cable;
}

int open_tap(const std::string& name)
{
    const int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) != 0) {
        give_up(name);
    }
    return tap;
}

struct Lateness {
    std::chrono::microseconds delay;
    std::chrono::microseconds jitter;
};

/// One way: reads frames from one descriptor and writes each to the other when it is due.
class Way
{
public:
    Way(int from, int to, Lateness lateness)
        : from_(from),
          to_(to),
          lateness_(lateness),
          random_(std::random_device{}())
    {}

    void take()
    {
        ssize_t length = 0;
        while ((length = read(from_, buffer_.data(), buffer_.size())) > 0) {
            if (frames_.size() >= queue_max) {
                continue;
            }
            std::uniform_int_distribution<std::int64_t> extra(0, lateness_.jitter.count());
            auto due = Clock::now() + lateness_.delay + std::chrono::microseconds(extra(random_));
            if (!frames_.empty()) {
                due = std::max(due, frames_.back().due);
            }
            frames_.push_back({due, {buffer_.begin(), buffer_.begin() + length}});
        }
    }

    /// Writes what is due; milliseconds until the next frame is, -1 for none.
    int give()
    {
        const auto now = Clock::now();
        while (!frames_.empty() && frames_.front().due <= now) {
            const auto& bytes = frames_.front().bytes;
            if (write(to_, bytes.data(), bytes.size()) < 0 && errno == EAGAIN) {
                return 1;
            }
            frames_.pop_front();  // written, or refused because the other end is down: lost
        }
        if (frames_.empty()) {
            return -1;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(frames_.front().due - now);
        return static_cast<int>(left.count());
    }

private:
    struct Frame {
        Clock::time_point due;
        std::vector<char> bytes;
    };

    int from_;
    int to_;
    Lateness lateness_;
    std::mt19937_64 random_;
    std::deque<Frame> frames_;
    std::array<char, frame_max> buffer_{};
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::fputs("usage: lab_relay CABLE TAP DELAY_MS JITTER_MS\n", stderr);
        return 100;
    }
    const Lateness lateness{std::chrono::microseconds(std::lround(std::atof(argv[3]) * 1000)),
                            std::chrono::microseconds(std::lround(std::atof(argv[4]) * 1000))};
    const int cable = open_cable(argv[1]);
    const int tap = open_tap(argv[2]);
    std::puts("ready");
    std::fflush(stdout);

    Way out(cable, tap, lateness);
    Way in(tap, cable, lateness);
    int wait = -1;
    while (true) {
        std::array<pollfd, 2> ready{pollfd{cable, POLLIN, 0}, pollfd{tap, POLLIN, 0}};
        if (poll(ready.data(), ready.size(), wait) < 0 && errno != EINTR) {
            give_up("poll");
        }
        if ((ready[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
            if_nametoindex(argv[1]) == 0) {
            return 0;  // the cable went with its node
        }
        out.take();
        in.take();
        const int next_out = out.give();
        const int next_in = in.give();
        wait = next_out < 0 ? next_in : next_in < 0 ? next_out : std::min(next_out, next_in);
    }
}
