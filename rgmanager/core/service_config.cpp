// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/core/service_config.hpp"

#include <charconv>

namespace ha::service {

namespace {

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& character : out) {
        if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
    }
    return out;
}

/// The number a text starts with; nothing if it starts with none.
bool starts_with_number(std::string_view text, int& value)
{
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

}  // namespace

RecoveryPolicy read_recovery_policy(std::string_view text)
{
    const std::string word = lowered(text);
    if (word == "relocate") {
        return RecoveryPolicy::relocate;
    }
    if (word == "disable") {
        return RecoveryPolicy::disable;
    }
    if (word == "restart-disable" || word == "restart,disable") {
        return RecoveryPolicy::restart_disable;
    }
    return RecoveryPolicy::restart;
}

bool read_autostart(std::string_view text)
{
    const std::string word = lowered(text);
    int number = 0;
    if (starts_with_number(word, number)) {
        return number != 0;
    }
    return word != "no" && word != "false" && word != "off";
}

bool read_exclusive(std::string_view text)
{
    const std::string word = lowered(text);
    int number = 0;
    return word == "yes" || (starts_with_number(word, number) && number > 0);
}

const ServiceConfig* ServicesDocument::find(const std::string& service) const
{
    const auto found = services.find(service);
    return found == services.end() ? nullptr : &found->second;
}

const FailoverDomain* ServicesDocument::domain_of(const ServiceConfig& service) const
{
    return service.domain.empty() ? nullptr : find_domain(domains, service.domain);
}

std::string ServicesDocument::node_name(NodeId node) const
{
    const auto found = node_names.find(node);
    return found == node_names.end() ? "node " + std::to_string(node.value) : found->second;
}

}  // namespace ha::service
