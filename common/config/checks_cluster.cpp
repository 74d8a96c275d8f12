// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "common/config/checks.hpp"
#include "common/config/nearest.hpp"
#include "common/config/values.hpp"

namespace ha::config {
namespace {

using model::Element;

/// corosync takes no shorter key, and reads no longer one.
constexpr std::uint64_t key_bytes_min = 128;
constexpr std::uint64_t key_bytes_max = 4096;
constexpr std::size_t cluster_name_max = 15;

void check_name(const Checked& checked, Report& report)
{
    const std::size_t length = checked.model.name.size();
    if (checked.tree.attribute("name") && (length == 0 || length > cluster_name_max)) {
        report.refuse("C13", at(checked.tree, "name"),
                      "Invalid cluster name. It must be 15 characters or fewer",
                      "it has " + std::to_string(length) + "; 1 to 15 are accepted");
    }
}

void check_transport(const Element& cman, Report& report)
{
    const std::string_view transport = cman.attribute("transport").value_or("udp");
    if (cman.attribute("broadcast") == "yes" && transport != "udpb") {
        report.refuse("", at(cman, "broadcast"),
                      "broadcast=\"yes\" does not go with transport " + std::string(transport),
                      "remove broadcast: corosync 3 sends to each node by itself");
    }
}

/// A character reference can bring a line break into a value, and with it lines of its own into
/// what corosync and the fence agents read.
// Recursion is bounded by the depth of the tree (XmlLimits).
void check_characters(const Element& element, Report& report)  // NOLINT(misc-no-recursion)
{
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    for (const model::Attribute& attribute : element.attributes) {
        if (std::any_of(attribute.value.begin(), attribute.value.end(), is_control)) {
            report.refuse("", {attribute.line, attribute.name},
                          "contains a line break or another control character",
                          "text of one line is accepted");
        }
    }
    for (const Element& child : element.children) {
        if (child.name != "rm") {
            check_characters(child, report);
        }
    }
}

/// A brace opens or closes a section in corosync.conf wherever it stands.
void check_braces(const Checked& checked, Report& report)
{
    const auto check = [&](const Element& element, std::string_view attribute) {
        const auto value = element.attribute(attribute);
        if (value && value->find_first_of("{}") != std::string_view::npos) {
            report.refuse("", at(element, attribute), "contains a brace",
                          "text without { and } is accepted");
        }
    };
    check(checked.tree, "name");
    for (const Element& section : checked.tree.children) {
        for (const std::string_view attribute : {"keyfile", "logfile", "uid", "gid"}) {
            check(section, attribute);
        }
        for (const Element& child : section.children) {
            if (child.name == "clusternode" || child.name == "logging_daemon") {
                check(child, "name");
                check(child, "logfile");
            }
        }
    }
}

/// knet needs one port a link, the same on all nodes.
void check_ports(const Checked& checked, Report& report)
{
    const model::Node* first = nullptr;
    const auto elements = node_elements(checked.tree);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const model::Node& node = checked.model.nodes[i];
        if (!node.altname) {
            continue;
        }
        if (first == nullptr) {
            first = &node;
        } else if (node.altname_port != first->altname_port) {
            const Element& altname = *elements[i]->child("altname");
            report.refuse(
                "C14", at(altname, "port"),
                "the port of the second link differs between " + first->name + " and " + node.name,
                "the same port on all nodes is accepted");
        }
    }
}

void check_links(const Checked& checked, Report& report)
{
    const Element* totem = checked.tree.child("totem");
    bool has_second = false;
    for (const model::Node& node : checked.model.nodes) {
        has_second = has_second || node.altname.has_value();
    }
    if (totem != nullptr && has_second && checked.model.totem.rrp_mode == "none") {
        report.warn("", at(*totem, "rrp_mode"),
                    "\"none\" has no meaning with two links; passive is used",
                    "active or passive is accepted");
    }
}

void check_key_file(const Checked& checked, const Facts& facts, Report& report)
{
    const std::string& path = checked.model.totem.keyfile;
    if (!facts.key_file || path.empty() || !checked.model.totem.secauth) {
        return;
    }
    const Element* owner = checked.tree.child("cman");
    if (owner == nullptr || !owner->attribute("keyfile")) {
        owner = checked.tree.child("totem");
    }
    const Report::At where = at(*owner, "keyfile");
    const Result<KeyFile> key = facts.key_file(path);
    if (!key) {
        report.refuse("C25", where, "cannot read " + path + ": " + key.error().text,
                      "a key file of 128 to 4096 bytes is accepted");
    } else if (key->bytes < key_bytes_min) {
        report.refuse("C25", where,
                      "Could only read " + std::to_string(key->bytes * 8) +
                          " bits of minimum 1024 bits from " + path,
                      "make one with: corosync-keygen -k " + path);
    } else if (key->bytes > key_bytes_max) {
        report.refuse("C25", where, path + " has " + std::to_string(key->bytes) + " bytes",
                      "at most 4096 bytes are accepted");
    } else if ((key->mode & 022) != 0) {
        report.warn("C25", where, path + " may be written by group or others",
                    "run: chmod 0400 " + path);
    }
}

constexpr std::array<std::string_view, 9> daemon_names = {
    "corosync",     "qdiskd",    "groupd", "fenced",      "dlm_controld",
    "gfs_controld", "rgmanager", "cman",   "cmannotifyd",
};
constexpr std::array<std::string_view, 20> facilities = {
    "auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",   "lpr",
    "mail",   "news",     "syslog", "user",   "uucp",   "local0", "local1",
    "local2", "local3",   "local4", "local5", "local6", "local7",
};
constexpr std::array<std::string_view, 11> priorities = {
    "emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug", "panic",
};
constexpr std::array<std::string_view, 6> live_subsystems = {"CPG",   "MAIN",   "SERV",
                                                             "TOTEM", "QUORUM", "CMAN"};
constexpr std::array<std::string_view, 4> gone_subsystems = {"CLM", "CONFDB", "CKPT", "EVT"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words)
{
    for (const std::string_view candidate : words) {
        if (equal_without_case(candidate, word)) {
            return true;
        }
    }
    return false;
}

void check_known(const Element& element, std::string_view attribute,
                 std::span<const std::string_view> words, std::string_view consequence,
                 Report& report)
{
    const auto value = element.attribute(attribute);
    if (!value || is_one_of(*value, words)) {
        return;
    }
    const auto near = nearest(*value, words);
    report.warn("", at(element, attribute),
                "\"" + std::string(*value) + "\" is not known; " + std::string(consequence),
                near ? "did you mean \"" + std::string(*near) + "\"?" : std::string());
}

void check_one_logging(const Element& logging, Report& report)
{
    check_known(logging, "syslog_facility", facilities, "local4 is used", report);
    check_known(logging, "syslog_priority", priorities, "info is used", report);
    check_known(logging, "logfile_priority", priorities, "info is used", report);
}

}  // namespace

Report::At at(const model::Element& element, std::string_view attribute)
{
    for (const model::Attribute& candidate : element.attributes) {
        if (candidate.name == attribute) {
            return {candidate.line, attribute};
        }
    }
    return {element.line, attribute};
}

std::vector<const model::Element*> node_elements(const model::Element& tree)
{
    std::vector<const model::Element*> nodes;
    if (const Element* list = tree.child("clusternodes")) {
        for (const Element& node : list->children) {
            if (node.name == "clusternode") {
                nodes.push_back(&node);
            }
        }
    }
    return nodes;
}

void check_cluster(const Checked& checked, const Facts& facts, Report& report)
{
    check_name(checked, report);
    check_characters(checked.tree, report);
    check_braces(checked, report);
    if (const Element* cman = checked.tree.child("cman")) {
        check_transport(*cman, report);
    }
    check_ports(checked, report);
    check_links(checked, report);
    check_key_file(checked, facts, report);
}

void check_logging(const Checked& checked, Report& report)
{
    const Element* logging = checked.tree.child("logging");
    if (logging == nullptr) {
        return;
    }
    check_one_logging(*logging, report);
    for (const Element& daemon : logging->children) {
        if (daemon.name != "logging_daemon") {
            continue;
        }
        check_one_logging(daemon, report);
        check_known(daemon, "name", daemon_names, "no daemon reads this", report);
        const auto subsys = daemon.attribute("subsys");
        if (subsys && is_one_of(*subsys, gone_subsystems)) {
            report.warn("", at(daemon, "subsys"),
                        std::string(*subsys) + " does not exist in corosync 3; ignored");
        } else {
            check_known(daemon, "subsys", live_subsystems, "ignored", report);
        }
    }
}

}  // namespace ha::config
