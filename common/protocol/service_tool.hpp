// SPDX-License-Identifier: Apache-2.0
//
// The conversation on rgmanager's socket (RUN/rgmanager.sk): clustat and clusvcadm ask, rgmanager
// answers. One request at a time per connection. Who may connect (root and its group) may ask; only
// root may change anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/protocol/codec.hpp"
#include "common/protocol/service.hpp"

namespace ha::protocol {

struct ServiceStatusRequest {
    static constexpr std::uint16_t message_type = 1;
    static constexpr std::string_view message_name = "ServiceStatusRequest";

    friend bool operator==(const ServiceStatusRequest&, const ServiceStatusRequest&) = default;
};

/// A service as tools show it.
struct ServiceEntry {
    ServiceRow row;
    bool owner_is_online = false;
    std::string waits_for;  ///< one sentence: what it waits for and the command that ends it

    friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

struct ServiceStatusReply {
    static constexpr std::uint16_t message_type = 2;
    static constexpr std::string_view message_name = "ServiceStatusReply";

    std::vector<ServiceEntry> services;  ///< in byte order of their names
    std::vector<NodeId> online;          ///< nodes whose rgmanager is a member
    NodeId self;
    bool quorate = false;
    bool locked = false;

    friend bool operator==(const ServiceStatusReply&, const ServiceStatusReply&) = default;
};

enum class ServiceVerb {
    enable,
    enable_anywhere,
    disable,
    stop,
    restart,
    relocate,
    migrate,
    freeze,
    unfreeze,
    lock,
    unlock
};
BOOST_DESCRIBE_ENUM(ServiceVerb, enable, enable_anywhere, disable, stop, restart, relocate, migrate,
                    freeze, unfreeze, lock, unlock)

/// Answered when the whole operation is over, however long that takes.
struct ServiceRequest {
    static constexpr std::uint16_t message_type = 3;
    static constexpr std::string_view message_name = "ServiceRequest";

    ServiceVerb verb = ServiceVerb::enable;
    std::string service;  ///< `type:name`; "" for lock and unlock
    NodeId target;        ///< 0: none given

    friend bool operator==(const ServiceRequest&, const ServiceRequest&) = default;
};

struct ServiceReply {
    static constexpr std::uint16_t message_type = 4;
    static constexpr std::string_view message_name = "ServiceReply";

    ReturnCode code = ReturnCode::success;
    NodeId owner;     ///< after it; 0: nobody
    std::string why;  ///< one sentence, "" if the code says it all

    friend bool operator==(const ServiceReply&, const ServiceReply&) = default;
};

/// The daemon's whole state as text.
struct ServiceDumpRequest {
    static constexpr std::uint16_t message_type = 5;
    static constexpr std::string_view message_name = "ServiceDumpRequest";

    friend bool operator==(const ServiceDumpRequest&, const ServiceDumpRequest&) = default;
};

struct ServiceDump {
    static constexpr std::uint16_t message_type = 6;
    static constexpr std::string_view message_name = "ServiceDump";

    std::string text;

    friend bool operator==(const ServiceDump&, const ServiceDump&) = default;
};

BOOST_DESCRIBE_STRUCT(ServiceStatusRequest, (), ())
BOOST_DESCRIBE_STRUCT(ServiceEntry, (), (row, owner_is_online, waits_for))
BOOST_DESCRIBE_STRUCT(ServiceStatusReply, (), (services, online, self, quorate, locked))
BOOST_DESCRIBE_STRUCT(ServiceRequest, (), (verb, service, target))
BOOST_DESCRIBE_STRUCT(ServiceReply, (), (code, owner, why))
BOOST_DESCRIBE_STRUCT(ServiceDumpRequest, (), ())
BOOST_DESCRIBE_STRUCT(ServiceDump, (), (text))

/// The words clustat and clusvcadm print for them. Source: spec/rgmanager.md 5.1, 5.2.
[[nodiscard]] std::string_view text_of(ServiceState state);
[[nodiscard]] std::string_view text_of(ReturnCode code);

const Conversation& service_tool_conversation();

}  // namespace ha::protocol
