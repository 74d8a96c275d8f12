// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/decision_probes.hpp"

#include <array>

namespace ha::sim {

namespace {

struct DecisionProbe {
    std::string_view words;  ///< part of the reason
    const char* name;
};

/// A core that words a reason anew makes the long sweep fail: its probe is not reached any more.
constexpr std::array decision_probes{
    // fenced
    DecisionProbe{"continued with", "fenced: a domain goes on after all of its fenced died"},
    DecisionProbe{"another domain is senior", "fenced: of two domains one is dropped"},
    DecisionProbe{"is a member of another fence domain", "fenced: two domains meet"},
    DecisionProbe{"speaks again in a life", "fenced: a life that is over or a victim's speaks"},
    DecisionProbe{"runs on from a domain of before", "fenced: a node returns dirty"},
    DecisionProbe{"could not stop everything in time", "fenced: a cut-off node gives itself up"},
    DecisionProbe{"told to die by", "fenced: a node is told to die"},
    DecisionProbe{"did not return in time", "fenced: a pending node becomes a victim"},
    DecisionProbe{"fence round is overdue", "fenced: a fencer is overdue"},
    DecisionProbe{"did not announce itself", "fenced: a silent member becomes a victim"},
    DecisionProbe{"left in good order", "fenced: a node left clean"},
    DecisionProbe{"another round is open", "fenced: a second round is void"},
    DecisionProbe{"result of a round that is not open", "fenced: a result comes too late"},
    DecisionProbe{"cmand of this node did not come back", "fenced: cmand stays away"},
    DecisionProbe{"before fenced was started again", "fenced: reset before joining"},
    // rgmanager
    DecisionProbe{"belongs to another service table", "services: two tables meet"},
    DecisionProbe{"in a life that must be fenced", "services: a barred life speaks"},
    DecisionProbe{"based on version", "services: a change comes second"},
    DecisionProbe{"the sender does not own it", "services: a change of a stranger's row"},
    DecisionProbe{"claim was not confirmed", "services: members change during a claim"},
    DecisionProbe{"a node it needs left", "services: an operation loses its target or requester"},
    DecisionProbe{"restarted while it was starting", "services: adopted in the middle of a start"},
    DecisionProbe{"failed before rgmanager was restarted", "services: a failed stop is remembered"},
    DecisionProbe{"after it had stopped everything", "services: an owner left in good order"},
    DecisionProbe{"stopped when its node lost quorum", "services: stopped by loss of quorum"},
    DecisionProbe{"its owner is settled", "services: the owner of a row is settled"},
    DecisionProbe{"its owner is back in a new life", "services: the owner is back before the fact"},
    DecisionProbe{"nothing runs there any more", "services: a node that reset is released"},
    DecisionProbe{" did not come back: its fence", "services: a fence is demanded for rgmanager"},
    DecisionProbe{"is not this node's; it is stopped", "services: what is not mine is stopped"},
    DecisionProbe{"resources may still be allocated",
                  "services: disabled although its stop failed"},
    DecisionProbe{"suits it better", "services: failback"},
    DecisionProbe{"back on its original owner", "services: a relocation goes home"},
    DecisionProbe{"; next, ", "services: a failed start is tried elsewhere"},
    DecisionProbe{"this node is unsafe", "services: a node is unsafe"},
    DecisionProbe{"the saved service table cannot be read", "services: a torn file"},
};

}  // namespace

void note_decision(Probes& probes, std::string_view reason)
{
    for (const DecisionProbe& probe : decision_probes) {
        if (reason.find(probe.words) != std::string_view::npos) {
            probes.reached(probe.name);
        }
    }
}

}  // namespace ha::sim
