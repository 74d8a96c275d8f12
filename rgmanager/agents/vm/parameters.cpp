// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/agents/vm/parameters.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

namespace ha::service::vm {

namespace {

constexpr int time_to_destroy_s = 15;  ///< of the action's time, kept for pulling the plug

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) {
        parts.push_back(part);
    }
    return parts;
}

bool is_on(const std::string& value)
{
    return value == "1" || value == "yes" || value == "true" || value == "on";
}

/// What is no number of seconds above 0 sets no limit.
int seconds_of(const std::string& text)
{
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    return is_number ? std::max(seconds, 0) : 0;
}

bool is_auto(const std::string& value)
{
    return value.empty() || value == "auto";
}

std::string snapshot_file(const Parameters& parameters)
{
    return parameters.snapshot.empty() ? "" : parameters.snapshot + "/" + parameters.name;
}

bool is_xen(const Parameters& parameters)
{
    return parameters.hypervisor == "xen" || parameters.hypervisor_uri.rfind("xen", 0) == 0;
}

}  // namespace

Parameters read_parameters(const std::function<const char*(const char*)>& environment)
{
    const auto value = [&environment](const std::string& name) {
        const char* const text = environment(("OCF_RESKEY_" + name).c_str());
        return std::string(text != nullptr ? text : "");
    };
    Parameters parameters;
    parameters.name = value("name");
    parameters.hypervisor = value("hypervisor");
    parameters.hypervisor_uri = value("hypervisor_uri");
    parameters.migration_uri = value("migration_uri");
    parameters.migration_mapping = value("migration_mapping");
    parameters.migrate = value("migrate");
    parameters.xmlfile = value("xmlfile");
    parameters.path = value("path");
    parameters.snapshot = value("snapshot");
    parameters.tunnelled = is_on(value("tunnelled"));
    parameters.no_kill = is_on(value("no_kill"));
    parameters.timeout_s = seconds_of(value("RGMANAGER_meta_timeout"));
    return parameters;
}

std::string hypervisor_uri(const Parameters& parameters)
{
    if (!is_auto(parameters.hypervisor_uri)) {
        return parameters.hypervisor_uri;
    }
    return is_xen(parameters) ? "xen:///system" : "qemu:///system";
}

std::string mapped_target(const Parameters& parameters, const std::string& member)
{
    for (const std::string& pair : split(parameters.migration_mapping, ',')) {
        const std::size_t colon = pair.find(':');
        if (colon != std::string::npos && pair.substr(0, colon) == member) {
            return pair.substr(colon + 1);
        }
    }
    return member;
}

StartSource start_source(const Parameters& parameters)
{
    StartSource source{parameters.xmlfile, snapshot_file(parameters)};
    if (!source.xmlfile.empty()) {
        return source;
    }
    for (const std::string& folder : split(parameters.path, ':')) {
        for (const std::string& candidate :
             {folder + "/" + parameters.name, folder + "/" + parameters.name + ".xml"}) {
            if (source.xmlfile.empty() && ::access(candidate.c_str(), R_OK) == 0) {
                source.xmlfile = candidate;
            }
        }
    }
    return source;
}

StopOptions stop_options(const Parameters& parameters)
{
    StopOptions options;
    if (parameters.timeout_s > 0) {
        options.patience =
            std::chrono::seconds{std::max(1, parameters.timeout_s - time_to_destroy_s)};
    }
    options.may_destroy = !parameters.no_kill;
    options.snapshot = snapshot_file(parameters);
    return options;
}

MigrateOptions migrate_options(const Parameters& parameters, const std::string& member)
{
    const std::string target = mapped_target(parameters, member);
    MigrateOptions options;
    options.destination_uri =
        (is_xen(parameters) ? "xen+ssh://" : "qemu+ssh://") + target + "/system";
    if (!is_auto(parameters.migration_uri)) {
        options.migration_uri = parameters.migration_uri;
        const std::size_t placeholder = options.migration_uri.find("%s");
        if (placeholder != std::string::npos) {
            options.migration_uri.replace(placeholder, 2, target);
        }
    }
    options.live = parameters.migrate != "pause";
    options.tunnelled = parameters.tunnelled;
    return options;
}

}  // namespace ha::service::vm
