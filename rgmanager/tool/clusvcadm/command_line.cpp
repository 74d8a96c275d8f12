// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/tool/clusvcadm/command_line.hpp"

#include <getopt.h>

namespace ha::service::clusvcadm {

using protocol::ServiceVerb;

const char* const usage =
    "usage: clusvcadm [command]\n"
    "\n"
    "Resource Group Control Commands:\n"
    "  clusvcadm -v                     Display version and exit\n"
    "  clusvcadm -d <group>             Disable <group>\n"
    "  clusvcadm -e <group>             Enable <group> on the local node\n"
    "  clusvcadm -e <group> -F          Enable <group> according to failover domain rules\n"
    "  clusvcadm -e <group> -m <member> Enable <group> on <member>\n"
    "  clusvcadm -r <group> -m <member> Relocate <group> to <member>\n"
    "  clusvcadm -M <group> -m <member> Migrate <group> to <member> (virtual machines only)\n"
    "  clusvcadm -q                     Quiet operation\n"
    "  clusvcadm -R <group>             Restart <group> in place\n"
    "  clusvcadm -s <group>             Stop <group>; it starts again at the next membership "
    "change\n"
    "  clusvcadm -Z <group>             Freeze <group> where it is: no checks, no recovery\n"
    "  clusvcadm -U <group>             Unfreeze <group>\n"
    "\n"
    "Resource Group Locking (for cluster shutdown and debugging):\n"
    "  clusvcadm -l                     Lock: no service starts on any node\n"
    "  clusvcadm -S                     Show lock state\n"
    "  clusvcadm -u                     Unlock\n";

namespace {

constexpr std::size_t service_name_max = 63;

struct Action {
    int letter;
    ServiceVerb verb;
};

constexpr Action actions[] = {
    {'e', ServiceVerb::enable},  {'d', ServiceVerb::disable},  {'s', ServiceVerb::stop},
    {'R', ServiceVerb::restart}, {'r', ServiceVerb::relocate}, {'M', ServiceVerb::migrate},
    {'Z', ServiceVerb::freeze},  {'U', ServiceVerb::unfreeze},
};

CommandLine at_once(CommandLine line, CommandLine::Kind kind, ServiceVerb verb = ServiceVerb::lock)
{
    line.kind = kind;
    line.verb = verb;
    line.service.clear();
    line.member.clear();
    return line;
}

CommandLine finished(CommandLine line, bool by_failover_domain)
{
    if (line.service.empty()) {
        return at_once(line, CommandLine::Kind::usage);
    }
    line.kind = CommandLine::Kind::request;
    if (by_failover_domain && !line.member.empty()) {
        line.kind = CommandLine::Kind::error;
        line.error = "Cannot use '-F' with '-n' or '-m'";
    } else if (line.verb == ServiceVerb::migrate && line.member.empty()) {
        line.kind = CommandLine::Kind::error;
        line.error = "Migration requires a target cluster member";
    } else if (by_failover_domain && line.verb == ServiceVerb::enable) {
        line.verb = ServiceVerb::enable_anywhere;
    }
    return line;
}

}  // namespace

std::string full_service_name(const std::string& name)
{
    const std::string full = name.find(':') == std::string::npos ? "service:" + name : name;
    return full.substr(0, service_name_max);
}

CommandLine parse(const std::vector<std::string>& arguments)
{
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), "clusvcadm");
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);

    CommandLine line;
    bool by_failover_domain = false;
    optind = 0;  // GNU: begin anew
    opterr = 0;
    for (int letter = 0; (letter = ::getopt(static_cast<int>(words.size()), argv.data(),
                                            "lSue:M:d:r:n:m:FvR:s:qZ:U:h?")) != -1;) {
        switch (letter) {
            case 'l':
                return at_once(line, CommandLine::Kind::request, ServiceVerb::lock);
            case 'u':
                return at_once(line, CommandLine::Kind::request, ServiceVerb::unlock);
            case 'S':
                return at_once(line, CommandLine::Kind::show_lock);
            case 'v':
                return at_once(line, CommandLine::Kind::version);
            case 'F':
                by_failover_domain = true;
                continue;
            case 'q':
                line.is_quiet = true;
                continue;
            case 'm':
            case 'n':
                line.member = optarg;
                continue;
            default:
                break;
        }
        const Action* chosen = nullptr;
        for (const Action& action : actions) {
            chosen = action.letter == letter ? &action : chosen;
        }
        if (chosen == nullptr) {
            return at_once(line, CommandLine::Kind::usage);
        }
        line.verb = chosen->verb;
        line.service = full_service_name(optarg);
    }
    return finished(line, by_failover_domain);
}

}  // namespace ha::service::clusvcadm
