// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "cman/tool/cman_tool/arguments.hpp"

namespace ha::cman {

namespace {

struct Help {
    Operation operation;
    std::string_view text;
};

constexpr std::array helps{
    Help{Operation::join, R"(join: join the cluster
  -n NAME     this node's name in cluster.conf
  -c NAME     cluster name
  -N ID       this node's id
  -v VOTES    this node's votes
  -e VOTES    expected votes
  -2          two-node cluster (needs -e 1)
  -p PORT     UDP port
  -k FILE     key file
  -D[fail|warn|none]  what to do when cluster.conf does not validate
  -P          no realtime priority
  -w          wait until this node is a member
  -q          wait until the cluster is quorate
  -t SECONDS  give up waiting (exit code 2)
)"},
    Help{Operation::leave, R"(leave [remove] [force]: leave the cluster
  remove      the others lower their expected votes
  force       leave even if daemons still use the cluster; the node will be fenced
  -w          retry until it worked, and wait until it is done
  -t SECONDS  give up waiting (exit code 2)
)"},
    Help{Operation::kill, R"(kill: end another node; it will be fenced
  -n NAME     node to kill, may be repeated
)"},
    Help{Operation::expected, R"(expected: set the expected votes
  -e VOTES    new expected votes
)"},
    Help{Operation::votes, R"(votes: set the votes of a node until the next configuration load
  -v VOTES    new votes
  -n NAME     node, else this one
)"},
    Help{Operation::version, R"(version: show the version and that of the configuration
  -r          load cluster.conf anew
  -D[fail|warn|none]  what to do when cluster.conf does not validate
  -S          do not distribute the file
)"},
    Help{Operation::wait, R"(wait: wait until this node is a member
  -q          until the cluster is quorate
  -t SECONDS  give up waiting (exit code 2)
)"},
    Help{Operation::status, "status: show the state of the cluster as this node sees it\n"},
    Help{Operation::nodes, R"(nodes: list the nodes
  -a          show addresses
  -n NAME     only this node, may be repeated
  -F FIELDS   only these fields: id,name,type,addr,votes,exp,state
)"},
    Help{Operation::services,
         "services: show the groups of the cluster's daemons (group_tool ls)\n"},
    Help{Operation::debug, R"(debug: debug messages
  -d[N]       0 switches them off
)"},
};

}  // namespace

std::string usage(const std::string& program, Operation operation)
{
    std::string text =
        "Usage:\n\n" + program +
        " <join|leave|kill|expected|votes|version|wait|status|nodes|services|debug> [options]\n\n";
    for (const Help& help : helps) {
        if (operation == Operation::none || operation == help.operation) {
            text += std::string(help.text) + "\n";
        }
    }
    text += "  -h          show this help\n  -V          show the version\n";
    return text;
}

}  // namespace ha::cman
