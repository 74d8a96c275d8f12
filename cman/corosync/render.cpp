// SPDX-License-Identifier: Apache-2.0
#include "cman/corosync/render.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/base/hash.hpp"

namespace ha::cman {
namespace {

using model::ClusterModel;
using model::Logging;

/// Text with corosync's sections; a newline follows every brace.
class Writer
{
public:
    void open(std::string_view section)
    {
        indent().append(section).append(" {\n");
        ++depth_;
    }

    void close()
    {
        --depth_;
        indent().append("}\n");
    }

    void key(std::string_view name, std::string_view value)
    {
        indent().append(name).append(": ").append(value) += '\n';
    }

    void key(std::string_view name, std::uint64_t value) { key(name, std::to_string(value)); }

    void key(std::string_view name, std::chrono::milliseconds value)
    {
        key(name, std::to_string(value.count()));
    }

    void comment(std::string_view text) { text_.append("# ").append(text) += '\n'; }

    [[nodiscard]] std::string take() && { return std::move(text_); }

private:
    std::string& indent() { return text_.append(4 * depth_, ' '); }

    std::string text_;
    std::size_t depth_ = 0;
};

bool has_second_link(const ClusterModel& model)
{
    return std::any_of(model.nodes.begin(), model.nodes.end(),
                       [](const model::Node& node) { return node.altname.has_value(); });
}

std::uint16_t second_port(const ClusterModel& model)
{
    for (const model::Node& node : model.nodes) {
        if (node.altname_port) {
            return *node.altname_port;
        }
    }
    return static_cast<std::uint16_t>(model.totem.port + 1);
}

/// Without a key file the key says no more than the cluster's name: clusters on one network do not
/// mix, and nothing is secret. Its 128 characters are the least that corosync takes.
void write_crypto(const ClusterModel& model, Writer& out)
{
    if (!model.totem.secauth) {
        out.key("crypto_cipher", "none");
        out.key("crypto_hash", "none");
        return;
    }
    out.key("crypto_model", "nss");
    out.key("crypto_cipher", "aes256");
    out.key("crypto_hash", "sha256");
    if (model.totem.keyfile.empty()) {
        out.key("key", sha512_hex(model.name));
    } else {
        out.key("keyfile", model.totem.keyfile);
    }
}

void write_interface(int number, std::uint16_t port, Writer& out)
{
    out.open("interface");
    out.key("linknumber", static_cast<std::uint64_t>(number));
    out.key("mcastport", port);
    out.close();
}

void write_totem(const ClusterModel& model, Writer& out)
{
    out.open("totem");
    out.key("version", "2");
    out.key("cluster_name", model.name);
    out.key("transport", "knet");
    out.key("ip_version", model.totem.ipv6 ? "ipv6-4" : "ipv4-6");
    out.key("token", model.totem.token);
    out.key("token_coefficient", "0");
    out.key("join", model.totem.join);
    out.key("consensus", model.totem.consensus);
    out.key("fail_recv_const", model.totem.fail_recv_const);
    for (const model::KeyValue& passed : model.totem.passed) {
        out.key(passed.key, passed.value);
    }
    const bool two_links = has_second_link(model);
    if (two_links) {
        out.key("link_mode", model.totem.rrp_mode == "active" ? "active" : "passive");
    }
    write_crypto(model, out);
    write_interface(0, model.totem.port, out);
    if (two_links) {
        write_interface(1, second_port(model), out);
    }
    out.close();
}

void write_nodes(const ClusterModel& model, const std::vector<model::NodeAddress>& addresses,
                 Writer& out)
{
    out.open("nodelist");
    for (const model::Node& node : model.nodes) {
        const auto address = std::find_if(
            addresses.begin(), addresses.end(),
            [&](const model::NodeAddress& candidate) { return candidate.node == node.id; });
        if (address == addresses.end() || address->link0.empty()) {
            continue;
        }
        out.open("node");
        out.key("nodeid", node.id.value);
        out.key("name", node.name);
        out.key("ring0_addr", address->link0);
        if (!address->link1.empty()) {
            out.key("ring1_addr", address->link1);
        }
        out.key("quorum_votes", node.votes);
        out.close();
    }
    out.close();
}

/// wait_for_all is always written: votequorum would turn it on with two_node, and a node that boots
/// alone could never fence its peer.
void write_quorum(const model::Quorum& quorum, Writer& out)
{
    out.open("quorum");
    out.key("provider", "corosync_votequorum");
    if (quorum.two_node) {
        out.key("expected_votes", "2");
        out.key("two_node", "1");
    } else if (quorum.expected_votes) {
        out.key("expected_votes", *quorum.expected_votes);
    }
    out.key("wait_for_all", quorum.wait_for_all ? "1" : "0");
    out.close();
}

void write_uidgids(const ClusterModel& model, Writer& out)
{
    for (const model::UidGid& ids : model.uidgids) {
        out.open("uidgid");
        if (!ids.uid.empty()) {
            out.key("uid", ids.uid);
        }
        if (!ids.gid.empty()) {
            out.key("gid", ids.gid);
        }
        out.close();
    }
}

/// `first` where it says something, else `second`.
Logging overlaid(Logging first, const Logging& second)
{
    const auto fill = [](auto& value, const auto& other) {
        if (!value) {
            value = other;
        }
    };
    fill(first.to_syslog, second.to_syslog);
    fill(first.to_logfile, second.to_logfile);
    fill(first.syslog_facility, second.syslog_facility);
    fill(first.syslog_priority, second.syslog_priority);
    fill(first.logfile_priority, second.logfile_priority);
    fill(first.logfile, second.logfile);
    fill(first.debug, second.debug);
    return first;
}

std::string_view yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

/// Names that corosync would refuse leave the default, silently as ever; validation warned of them.
std::string known(const std::optional<std::string>& name, std::string_view names,
                  std::string_view otherwise)
{
    if (!name) {
        return std::string(otherwise);
    }
    std::string lowered = *name;
    for (char& c : lowered) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const std::string padded = " " + lowered + " ";
    return names.find(padded) == std::string_view::npos ? std::string(otherwise) : lowered;
}

constexpr std::string_view facilities =
    " auth authpriv cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 "
    "local3 "
    "local4 local5 local6 local7 ";
constexpr std::string_view priorities =
    " alert crit debug emerg err error info notice warn warning ";
constexpr std::string_view subsystems = " CPG MAIN SERV TOTEM QUORUM ";

void write_subsystem(const Logging& logging, Writer& out)
{
    out.open("logger_subsys");
    out.key("subsys", logging.subsys);
    if (logging.to_syslog) {
        out.key("to_syslog", yes_or_no(*logging.to_syslog));
    }
    if (logging.to_logfile) {
        out.key("to_logfile", yes_or_no(*logging.to_logfile));
    }
    if (logging.syslog_facility) {
        out.key("syslog_facility", known(logging.syslog_facility, facilities, "local4"));
    }
    if (logging.syslog_priority) {
        out.key("syslog_priority", known(logging.syslog_priority, priorities, "info"));
    }
    if (logging.logfile) {
        out.key("logfile", *logging.logfile);
    }
    if (logging.logfile_priority) {
        out.key("logfile_priority", known(logging.logfile_priority, priorities, "info"));
    }
    if (logging.debug) {
        out.key("debug", *logging.debug ? "on" : "off");
    }
    out.close();
}

void write_logging(const ClusterModel& model, const RenderOptions& options, Writer& out)
{
    Logging logging = model.logging;
    for (const Logging& daemon : model.logging_daemons) {
        if (daemon.name == "corosync" && daemon.subsys.empty()) {
            logging = overlaid(daemon, logging);
        }
    }
    out.open("logging");
    out.key("to_stderr", "no");
    out.key("to_syslog", yes_or_no(logging.to_syslog.value_or(true)));
    out.key("syslog_facility", known(logging.syslog_facility, facilities, "local4"));
    out.key("syslog_priority", known(logging.syslog_priority, priorities, "info"));
    out.key("to_logfile", yes_or_no(logging.to_logfile.value_or(true)));
    out.key("logfile", logging.logfile.value_or(options.logfile));
    const bool is_debug = logging.debug.value_or(false);
    out.key("logfile_priority",
            is_debug ? "debug" : known(logging.logfile_priority, priorities, "info"));
    out.key("timestamp", "on");
    for (const Logging& daemon : model.logging_daemons) {
        const bool is_ours = daemon.name == "corosync" && !daemon.subsys.empty();
        if (is_ours && subsystems.find(" " + daemon.subsys + " ") != std::string_view::npos) {
            write_subsystem(daemon, out);
        }
    }
    out.close();
}

}  // namespace

std::string render(const ClusterModel& model, const std::vector<model::NodeAddress>& addresses,
                   const RenderOptions& options)
{
    Writer out;
    out.comment("generated from cluster.conf, config_version " +
                std::to_string(model.config_version));
    write_totem(model, out);
    write_nodes(model, addresses, out);
    write_quorum(model.quorum, out);
    write_uidgids(model, out);
    write_logging(model, options, out);
    if (!options.realtime) {
        out.open("system");
        out.key("sched_rr", "no");
        out.close();
    }
    return std::move(out).take();
}

}  // namespace ha::cman
