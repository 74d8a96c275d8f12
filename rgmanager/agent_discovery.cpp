// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/agent_discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/config/xml_tree.hpp"
#include "rgmanager/core/metadata.hpp"

namespace ha::service {
namespace {

namespace fs = std::filesystem;

bool is_executable_file(const fs::directory_entry& entry)
{
    std::error_code error;
    const fs::file_status status = entry.status(error);  // follows links
    constexpr fs::perms any_exec =
        fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    return !error && fs::is_regular_file(status) &&
           (status.permissions() & any_exec) != fs::perms::none;
}

/// The last extension with its dot, if it is one of the package manager's leftovers.
std::string bad_extension(const std::string& name)
{
    const std::size_t dot = name.rfind('.');
    const bool bad = dot != std::string::npos && name.compare(dot, 4, ".rpm") == 0;
    return bad ? name.substr(dot) : "";
}

Result<Rule> read_rule(const MetadataOutput& output)
{
    Result<model::Element> tree =
        config::parse_xml(output.text, output.agent, config::Doctype::ignore);
    if (!tree) {
        return tree.error();
    }
    return rule_from_metadata(*tree, output.agent);
}

/// Old agents may print blank lines before the XML declaration.
std::string without_leading_blanks(const std::string& text)
{
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start == std::string::npos ? "" : text.substr(start);
}

}  // namespace

Result<AgentDirectory> list_agents(const std::string& directory)
{
    std::error_code error;
    fs::directory_iterator entries(directory, error);
    AgentDirectory found;
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        const std::string name = entries->path().filename().string();
        if (name.ends_with('~') || !is_executable_file(*entries)) {
            continue;
        }
        const std::string path = directory + "/" + name;
        if (const std::string extension = bad_extension(name); !extension.empty()) {
            found.warnings.push_back("Ignoring " + path + ": Bad extension " + extension);
            continue;
        }
        found.agents.push_back(path);
    }
    if (error) {
        return Error{ErrorCode::system, directory + ": " + error.message()};
    }
    std::sort(found.agents.begin(), found.agents.end());
    std::sort(found.warnings.begin(), found.warnings.end());
    return found;
}

std::pair<RuleSet, Notes> rules_from_metadata(const std::vector<MetadataOutput>& outputs)
{
    RuleSet rules;
    Notes notes;
    for (const MetadataOutput& output : outputs) {
        const MetadataOutput trimmed{output.agent, without_leading_blanks(output.text)};
        if (trimmed.text.empty()) {
            continue;
        }
        Result<Rule> rule = read_rule(trimmed);
        if (!rule) {
            notes.push_back({NoteLevel::warning, rule.error().text});
            continue;
        }
        if (Status added = rules.add(*std::move(rule)); !added) {
            notes.push_back({NoteLevel::error, added.error().text});
        }
    }
    return {std::move(rules), std::move(notes)};
}

}  // namespace ha::service
