// SPDX-License-Identifier: Apache-2.0
#include "common/io/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "common/io/detail/unix_address.hpp"
#include "common/wire/frame.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_dir.hpp"

namespace ha::io {
namespace {

using namespace std::chrono_literals;
using test::run_for;
using test::run_until;
using testing::ElementsAre;

/// A server that keeps what it hears; a raw socket per client, to misbehave with.
class UnixSocketTest : public testing::Test
{
protected:
    void serve(SocketLimits limits = {})
    {
        server_ = std::make_unique<UnixServer>(
            loop_, UnixServer::Config{path_, 0600, limits},
            UnixServer::Handlers{[this](ConnectionId id) { connected_.push_back(id); },
                                 [this](ConnectionId id, const SocketFrame& frame) {
                                     received_.push_back(frame);
                                     if (on_frame_) {
                                         on_frame_(id, frame);
                                     }
                                 },
                                 [this](ConnectionId id) { closed_.push_back(id); }});
        const Status opened = server_->open();
        ASSERT_TRUE(opened) << opened.error().text;
    }

    Fd raw_client()
    {
        Result<Fd> socket = connect_unix(path_);
        EXPECT_TRUE(socket);
        const std::size_t before = connected_.size();
        EXPECT_TRUE(run_until(loop_, [&] { return connected_.size() > before; }));
        return std::move(*socket);
    }

    static void send_raw(const Fd& socket, std::string_view bytes)
    {
        ASSERT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    /// True once the server hung up on this socket.
    bool is_hung_up(const Fd& socket)
    {
        return run_until(loop_, [&] {
            char byte = 0;
            const ssize_t size = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
            return size == 0 || (size < 0 && errno == ECONNRESET);
        });
    }

    test::TempDir dir_;
    std::string path_ = dir_.file("d.sk");
    Loop loop_;
    std::unique_ptr<UnixServer> server_;
    std::vector<ConnectionId> connected_;
    std::vector<ConnectionId> closed_;
    std::vector<SocketFrame> received_;
    std::function<void(ConnectionId, const SocketFrame&)> on_frame_;
};

TEST_F(UnixSocketTest, frames_arrive_whole_whatever_pieces_they_come_in)
{
    serve();
    const Fd client = raw_client();
    const std::string bytes =
        wire::encode_frame(1, 7, "hello") + wire::encode_frame(1, 8, std::string(100'000, 'x'));
    for (std::size_t at = 0; at < bytes.size(); at += 4093) {
        send_raw(client, bytes.substr(at, 4093));
        loop_.run_one();
    }
    ASSERT_TRUE(run_until(loop_, [&] { return received_.size() == 2; }));
    EXPECT_EQ(received_[0], (SocketFrame{7, "hello"}));
    EXPECT_EQ(received_[1].payload.size(), 100'000U);
}

TEST_F(UnixSocketTest, garbage_ends_only_the_connection_it_came_from)
{
    serve();
    const Fd good = raw_client();
    const Fd bad = raw_client();
    send_raw(bad, "GET / HTTP/1.1\r\nHost: nobody\r\n\r\n");
    EXPECT_TRUE(is_hung_up(bad));
    EXPECT_THAT(closed_, ElementsAre(connected_[1]));
    send_raw(good, wire::encode_frame(1, 1, "still here"));
    EXPECT_TRUE(run_until(loop_, [&] { return received_.size() == 1; }));
}

TEST_F(UnixSocketTest, frame_over_the_bound_is_refused_before_it_is_read)
{
    SocketLimits limits;
    limits.frame_bytes_max = 1000;
    serve(limits);
    const Fd client = raw_client();
    send_raw(client, wire::encode_frame(1, 1, std::string(1001, 'x')));
    EXPECT_TRUE(is_hung_up(client));
    EXPECT_TRUE(received_.empty());
}

TEST_F(UnixSocketTest, frame_of_another_version_is_refused)
{
    serve();
    const Fd client = raw_client();
    send_raw(client, wire::encode_frame(2, 1, "from the future"));
    EXPECT_TRUE(is_hung_up(client));
    EXPECT_TRUE(received_.empty());
}

TEST_F(UnixSocketTest, client_that_never_reads_is_dropped_at_the_bound)
{
    SocketLimits limits;
    limits.queued_bytes_max = 1'000'000;
    serve(limits);
    const Fd lazy = raw_client();
    const std::string block(100'000, 'x');
    int accepted = 0;
    while (server_->send(connected_[0], 1, block)) {
        ASSERT_LT(++accepted, 100) << "the queue has no bound";
    }
    EXPECT_GE(accepted, 9);
    EXPECT_TRUE(closed_.empty()) << "told from the loop, not inside send";
    ASSERT_TRUE(run_until(loop_, [&] { return closed_.size() == 1; }));
    EXPECT_EQ(server_->client_count(), 0U);
    EXPECT_FALSE(server_->send(connected_[0], 1, "gone"));
}

TEST_F(UnixSocketTest, slow_client_gets_everything_in_the_end)
{
    serve();
    const Fd slow = raw_client();
    std::string expected;
    for (int i = 0; i < 30; ++i) {
        const std::string payload(100'000, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(server_->send(connected_[0], 1, payload));
        expected += wire::encode_frame(1, 1, payload);
    }
    server_->close(connected_[0]);
    std::string got;
    std::vector<char> bytes(10'000);
    ASSERT_TRUE(run_until(loop_, [&] {
        const ssize_t size = ::recv(slow.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size > 0) {
            got.append(bytes.data(), static_cast<std::size_t>(size));
            loop_.post([] {});  // keeps the loop turning
        }
        return size == 0;
    }));
    EXPECT_EQ(got, expected);
    EXPECT_TRUE(closed_.empty()) << "our own close is no event";
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(UnixSocketTest, after_close_nothing_more_is_heard)
{
    serve();
    on_frame_ = [&](ConnectionId id, const SocketFrame&) { server_->close(id); };
    const Fd client = raw_client();
    send_raw(client, wire::encode_frame(1, 1, "first") + wire::encode_frame(1, 2, "second"));
    EXPECT_TRUE(is_hung_up(client));
    EXPECT_EQ(received_.size(), 1U);
}

TEST_F(UnixSocketTest, peer_is_known_by_the_kernels_word)
{
    serve();
    const Fd client = raw_client();
    const PeerCredentials peer = server_->peer(connected_[0]);
    EXPECT_EQ(peer.uid, ::getuid());
    EXPECT_EQ(peer.gid, ::getgid());
    EXPECT_EQ(peer.pid, ::getpid());
    EXPECT_FALSE(server_->peer(ConnectionId{999}).is_root()) << "nobody has no rights";
}

TEST_F(UnixSocketTest, has_places_for_a_bounded_number_of_clients)
{
    SocketLimits limits;
    limits.clients_max = 4;
    serve(limits);
    std::vector<Fd> clients;
    for (int i = 0; i < 4; ++i) {
        if (::getuid() != 0 && i >= 2) {
            break;  // half of the places are root's
        }
        clients.push_back(raw_client());
    }
    Result<Fd> surplus = connect_unix(path_);
    ASSERT_TRUE(surplus);
    EXPECT_TRUE(is_hung_up(*surplus));
    const std::size_t before = server_->client_count();
    clients.pop_back();
    EXPECT_TRUE(run_until(loop_, [&] { return server_->client_count() == before - 1; }));
    clients.push_back(raw_client());
}

TEST_F(UnixSocketTest, server_may_be_destroyed_by_its_own_callback)
{
    serve();
    on_frame_ = [&](ConnectionId, const SocketFrame&) { server_.reset(); };
    const Fd client = raw_client();
    send_raw(client, wire::encode_frame(1, 1, "a") + wire::encode_frame(1, 1, "b"));
    EXPECT_TRUE(is_hung_up(client));
    EXPECT_EQ(received_.size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, stale_file_is_replaced_a_living_server_is_not)
{
    serve();
    UnixServer second(loop_, {path_, 0600, {}}, {});
    EXPECT_EQ(second.open().error().code, ErrorCode::already_exists);

    const std::string stale = dir_.file("stale.sk");
    {
        const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const Result<UnixAddress> address = unix_address(stale);
        ASSERT_EQ(
            ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address), 0);
    }
    UnixServer third(loop_, {stale, 0640, {}}, {});
    EXPECT_TRUE(third.open());
    struct stat info {};
    ASSERT_EQ(::stat(stale.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0640U);
}

TEST_F(UnixSocketTest, path_too_long_for_the_kernel_is_an_error)
{
    UnixServer server(loop_, {dir_.file(std::string(200, 'x')), 0600, {}}, {});
    EXPECT_EQ(server.open().error().code, ErrorCode::invalid_input);
}

// ----------------------------------------------------------------------------- reconnecting client

TEST_F(UnixSocketTest, client_waits_for_its_server_and_comes_back_after_each_loss)
{
    int connects = 0;
    std::vector<std::string> losses;
    std::vector<SocketFrame> answers;
    UnixClient client(loop_, {path_, 10ms, {}},
                      {[&] {
                           ++connects;
                           EXPECT_TRUE(client.send(1, "subscribe"));
                       },
                       [&](const SocketFrame& frame) { answers.push_back(frame); },
                       [&](const std::string& why) { losses.push_back(why); }});
    client.start();
    run_for(loop_, 30ms);
    EXPECT_FALSE(client.is_connected());
    EXPECT_FALSE(client.send(1, "too early"));

    on_frame_ = [&](ConnectionId id, const SocketFrame&) { server_->send(id, 2, "document"); };
    serve();
    ASSERT_TRUE(run_until(loop_, [&] { return answers.size() == 1; }));
    server_.reset();
    ASSERT_TRUE(run_until(loop_, [&] { return losses.size() == 1; }));
    serve();
    ASSERT_TRUE(run_until(loop_, [&] { return answers.size() == 2; }));
    EXPECT_EQ(connects, 2);

    client.stop();
    EXPECT_TRUE(run_until(loop_, [&] { return closed_.size() == 1; }));
    EXPECT_EQ(losses.size(), 1U) << "our own stop is no loss";
}

// --------------------------------------------------------------------------------- blocking client

class BlockingClientTest : public UnixSocketTest
{
protected:
    /// The daemon's side, on a thread of its own while a test blocks.
    void run_server()
    {
        thread_ = std::thread([this] {
            while (!is_stopping_) {
                run_for(loop_, 5ms);
            }
        });
    }

    void TearDown() override
    {
        is_stopping_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    std::atomic<bool> is_stopping_ = false;
    std::thread thread_;
};

TEST_F(BlockingClientTest, asks_and_gets_its_answer)
{
    serve();
    on_frame_ = [&](ConnectionId id, const SocketFrame& frame) {
        server_->send(id, static_cast<std::uint16_t>(frame.type + 1), frame.payload + "!");
    };
    run_server();
    Result<BlockingClient> client = BlockingClient::connect(path_, now() + 10s);
    ASSERT_TRUE(client);
    const std::string large(1'000'000, 'q');
    ASSERT_TRUE(client->send(1, large, now() + 10s));
    const Result<SocketFrame> answer = client->receive(now() + 10s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, 2);
    EXPECT_EQ(answer->payload, large + "!");
}

TEST_F(BlockingClientTest, says_when_nobody_listens)
{
    EXPECT_EQ(BlockingClient::connect(path_, now() + 1s).error().code, ErrorCode::unavailable);
}

TEST_F(BlockingClientTest, gives_up_at_its_deadline)
{
    serve();
    run_server();
    Result<BlockingClient> client = BlockingClient::connect(path_, now() + 10s);
    ASSERT_TRUE(client);
    const TimePoint start = now();
    const Result<SocketFrame> answer = client->receive(start + 50ms);
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LT(now() - start, 10s);
}

TEST_F(BlockingClientTest, says_when_the_daemon_hangs_up)
{
    serve();
    on_frame_ = [&](ConnectionId id, const SocketFrame&) { server_->close(id); };
    run_server();
    Result<BlockingClient> client = BlockingClient::connect(path_, now() + 10s);
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send(1, "go away", now() + 10s));
    EXPECT_EQ(client->receive(now() + 10s).error().code, ErrorCode::unavailable);
}

TEST_F(BlockingClientTest, takes_no_garbage_for_an_answer)
{
    const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Result<UnixAddress> address = unix_address(path_);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address),
              0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    Result<BlockingClient> client = BlockingClient::connect(path_, now() + 10s);
    ASSERT_TRUE(client);
    const Fd accepted(::accept(listener.get(), nullptr, nullptr));
    send_raw(accepted, "this is not a frame of ours");
    EXPECT_EQ(client->receive(now() + 10s).error().code, ErrorCode::invalid_input);
}

}  // namespace
}  // namespace ha::io
