# SPDX-License-Identifier: Apache-2.0
"""After a storm: does the cluster come to rest, and was nothing done that DESIGN section 6 forbids?"""
import time

from lab.journal import early_recoveries, inquorate_starts, runs, violations
from lab.wait import Overdue, Ticker, now, wait_until

from .plan import SERVICES
from .storm import CONSENSUS, TOKEN

FENCE_TIME, AGENTS_TIME = 1.0, 2.0
L1 = TOKEN + CONSENSUS + FENCE_TIME + 5.0 + AGENTS_TIME  # DESIGN section 6
BACK_OFF_MAX = 30.0  # of a victim whose agents failed before
SETTLING = 3 * BACK_OFF_MAX  # until nobody is dead and nobody a victim; restarts by a person included
EXEMPT = ("disabled", "failed")
NO_QUORUM = 247  # of clusvcadm
NO_ROW = ("", "", "")  # of a service that clustat does not show


def unsafe(entries):
    """S1, S2, S3 and S6, from the agents' own journal."""
    return violations(entries) + early_recoveries(entries) + inquorate_starts(entries)


def ask(node, *argv):
    """What a command prints; nothing when it does not end."""
    try:
        return node.run(list(argv), timeout=20).out
    except TimeoutError:
        return ""


def whole(lab, node):
    """Is the fence domain, as this node sees it, that of all nodes, without victims?"""
    lines = [line.split() for line in ask(node, "fence_tool", "ls").splitlines()]
    everybody = [str(each.id) for each in lab.nodes]
    return ["members", *everybody] in lines and ["wait", "state", "none"] in lines


def rows(node):
    """service -> (owner, state, flags) as clustat shows it."""
    found = {}
    for line in ask(node, "clustat").splitlines():
        words = line.split()
        if words and words[0].startswith("service:"):
            found[words[0].removeprefix("service:")] = (words[1], words[2], "".join(words[3:]))
    return found


def managers(node):
    """How many nodes take part in the service manager, as this one sees it."""
    return ask(node, "clustat").count(", rgmanager")


class Verdict:
    """Waits for rest, in three steps; each raises Overdue with what was missing."""

    def __init__(self, storm):
        self.storm = storm
        self.lab = storm.lab
        self.settled_s = self.served_s = 0.0
        self.quiet_since = None  # nothing is done to any node from then on
        self.ticker = Ticker()

    def settle(self):
        """Every victim settled, every node back in the domain and in the service manager."""
        begin = now()
        self.quiet_since = None

        def at_rest():
            return self.storm.restart_the_dead() and all(
                whole(self.lab, node) and managers(node) == len(self.lab.nodes) for node in self.lab.nodes)
        time.sleep(1.5 * (TOKEN + CONSENSUS))  # a cut that was just healed may still cost a ring
        try:
            wait_until(at_rest, SETTLING, "every victim settled, every node back")
        except Overdue as error:
            raise Overdue(f"{error}\n{self.describe()}") from None
        self.settled_s = now() - begin
        self.quiet_since = now()

    def stood_still(self):
        """Did corosync lose nodes although nothing was done to any, because the machine stood still?

        Nothing can be said then about what came too late. The witness is the lab's own clock (Ticker); a ring
        that shrank after a node was switched off or crashed, or without that witness, is the suite's.
        """
        if self.quiet_since is None:
            return False
        later = [entry for entry in self.lab.journal.entries() if entry.seconds > self.quiet_since]
        lost = next((entry.seconds for entry in later
                     if entry.word == "ring" and int(entry.values["members"]) < len(self.lab.nodes)), None)
        return (lost is not None
                and not any(entry.word in ("crash", "power-off") and entry.seconds < lost for entry in later)
                and self.ticker.longest(lost - 2 * (TOKEN + CONSENSUS), lost) > TOKEN / 2)

    def serve(self):
        """L1: every enabled service runs, on exactly one node by the journal, and all nodes say so."""
        begin = now()
        try:
            wait_until(lambda: all(self.is_served(name) for name in SERVICES), L1,
                       f"L1: every enabled service runs within {L1:.1f} s")
        except Overdue as error:
            raise Overdue(f"{error}\n{self.describe()}") from None
        self.served_s = now() - begin

    def is_served(self, service):
        seen = {rows(node).get(service) for node in self.lab.nodes}
        if len(seen) != 1 or None in seen:
            return False
        shown, = seen
        _, state, flags = shown
        if state in EXEMPT or "[Z]" in flags:
            return True
        if state == "stopped" and self.is_stopped_by_a_person(service):
            return not self.open_runs(service)
        return self.is_running(service, shown)

    def is_stopped_by_a_person(self, service):
        """Did clusvcadm -s succeed as the last verb, and no member come or go since? Then it may stay stopped."""
        verbs = self.lab.journal.entries("verb-end", service=service)
        if not verbs or verbs[-1].values["verb"] != "-s" or verbs[-1].values["result"] != "0":
            return False
        changed, members = [], {}
        for entry in self.lab.journal.entries():
            if entry.word in ("ring", "quorum"):
                seen_by = (entry.node, entry.life)
                if members.get(seen_by) != entry.values["members"]:  # else the token was lost, and nobody
                    changed.append(entry.seconds)
                members[seen_by] = entry.values["members"]
        for node in self.lab.nodes:
            changed += [seconds for words in (" is online", " is gone") for seconds, line in node.syslog(words)
                        if "Member " in line]
        return all(seconds < verbs[-1].seconds for seconds in changed)

    def open_runs(self, service):
        """(node, life) where it may run, by the agents' journal."""
        return [(run.node, run.life) for run in runs(self.lab.journal.entries())
                if run.service == service and run.end is None]

    def runs_only_on(self, service, owner):
        node = self.lab.by_name[owner]
        return self.open_runs(service) == [(node.name, node.life)]

    def revive(self):
        """What only a person may do: thaw, take back a failure, enable. Every service must obey."""
        node = self.lab.nodes[0]
        for name in SERVICES:
            _, state, flags = rows(node).get(name, NO_ROW)
            words = ["-U"] if "[Z]" in flags else []
            words += ["-d"] if state == "failed" else []
            is_kept_down = state in EXEMPT or (state == "stopped" and self.is_stopped_by_a_person(name))
            words += ["-e"] if is_kept_down else []
            for flag in words:
                wait_until(lambda f=flag, n=name: self.obeys(node, f, n), L1, f"clusvcadm {flag} {name} is obeyed")
        wait_until(lambda: all(self.is_running(name, shown.get(name, NO_ROW))
                               for shown in map(rows, self.lab.nodes) for name in SERVICES), L1,
                   "every service runs once a person enabled it")

    @staticmethod
    def obeys(node, flag, service):
        """False while the node has no quorum: knet takes up to a token's time to lose a link that flapped before."""
        done = node.run(["clusvcadm", flag, service])
        assert done.code in (0, NO_QUORUM), f"on {node.name}: {done}"
        return done.code == 0

    def is_running(self, service, row):
        """Does a node's row say so, and the journal, too?"""
        owner, state, _ = row
        return state == "started" and self.runs_only_on(service, owner)

    def describe(self):
        """What every node says, for the log of a failure."""
        lines = []
        for node in self.lab.nodes:
            lines.append(f"--- {node.name}: {'dead' if self.storm.is_dead(node) else 'alive'}")
            if node.is_on and not node.has_crashed():
                lines += [ask(node, "fence_tool", "ls"), ask(node, "clustat")]
        return "\n".join(lines)
