#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the suite itself adds to a fail-over and to a relocation, on real corosync in the lab.

Two nodes, one service of one script. Every round: the owner loses power and is fenced, the service
starts on the other node; the lost node returns and the service is relocated back. All times are taken
from the agents' journal (tests/lab/helpers/lab_wrap.cpp) and from an observer of corosync's rings
(lab_ring.cpp), never from the suite. The time of the agents themselves is subtracted.
"""
import argparse
import ctypes
import os
import statistics
import sys
import time

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/lab"))

from lab import world  # pylint: disable=wrong-import-position
from lab.conf import cluster_conf, prefer, script_service  # pylint: disable=wrong-import-position
from lab.lab import Lab, kept_paths  # pylint: disable=wrong-import-position
from lab.suite import Suite  # pylint: disable=wrong-import-position

MEASURES = (  # name, words, goal in ms
    ("fence", "membership change to fence agent exec", 5),
    ("quorum", "  of it corosync itself: new ring to its quorum", None),
    ("start", "fence agent's end to first start action exec", 5),
    ("fail_over", "whole fail-over, without the agents' own time", 15),
    ("relocation", "whole relocation, without the agents' own time", 15),
)
KEEP_OFF = 2.0  # s after a crash: whoever looks into the journal meanwhile takes a processor from the suite
RM = ("<failoverdomains>" + prefer("n1_first", "n1", "n2") + "</failoverdomains>"
      + script_service("web", "n1_first"))


def calls(entries, agent_filter):
    """(begin, end) of the agent calls among journal entries, in order of their begin."""
    begun, found = {}, []
    for entry in entries:
        if not agent_filter(entry.values.get("agent")):
            continue
        key = (entry.node, *(entry.values.get(name) for name in ("agent", "action", "resource")))
        if entry.word == "run-begin":
            begun[key] = entry.seconds
        elif entry.word == "run-end" and key in begun:
            found.append((begun.pop(key), entry.seconds))
    return sorted(found)


def keep_in_memory(path):
    """An instrument that the kernel must read from a disk again would be measured as the suite's time."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    prot_read, map_private = 1, 2
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        place = libc.mmap(None, size, prot_read, map_private, file.fileno(), 0)
    if place == ctypes.c_void_p(-1).value or libc.mlock(place, size) != 0:
        print(f"{path} may be paged out: {os.strerror(ctypes.get_errno())}")


def took(intervals):
    return sum(end - begin for begin, end in intervals)


class Bench:
    """The rounds."""

    def __init__(self, lab):
        self.lab = lab
        self.n1, self.n2 = lab.nodes
        self.suite = Suite(lab, cluster_conf(rm=RM, action="reboot"))
        self.suite.add_service_script("web")
        self.found = {name: [] for name, *_ in MEASURES}

    def begin(self):
        self.lab.power_on(self.lab.nodes)
        self.suite.start_cluster(self.n1, self.n2, until="fence_tool")
        self.n2.spawn(["lab_ring"], log="lab_ring")
        self.suite.start_cluster(self.n1, first="rgmanager")
        self.wait_started(1, self.n1)
        self.suite.start_cluster(self.n2, first="rgmanager")
        self.wait_idle()

    def wait_started(self, count, node):
        return self.lab.journal.wait("start-end", 60, count=count, node=node.name, service="web")

    def wait_idle(self):
        """Both nodes know each other as members of the service group and show the service started."""
        for node in self.lab.nodes:
            Suite.wait_output(node, ["clustat"], lambda text: text.count("rgmanager") == 2
                              and " started" in text, 60, f"clustat on {node.name}")

    def after(self, mark):
        return [entry for entry in self.lab.journal.entries() if entry.seconds >= mark]

    def fail_over(self, number):
        """n1 dies; everything up to the end of the start on n2."""
        crash_mark = self.lab.journal.entries()[-1].seconds
        self.lab.crash(self.n1)
        time.sleep(KEEP_OFF)
        self.wait_started(number, self.n2)
        self.lab.journal.wait("run-end", 20, count=2 * number, node="n2", action="start")
        entries = self.after(crash_mark)
        ring = next(entry.seconds for entry in entries if entry.word == "ring")
        fencing = calls(entries, lambda agent: agent == "fence_lab")
        starting = calls(entries, lambda agent: agent not in (None, "fence_lab"))
        quorum = next(entry.seconds for entry in entries if entry.word == "quorum")
        self.found["fence"].append(fencing[0][0] - ring)
        self.found["quorum"].append(quorum - ring)
        self.found["start"].append(starting[0][0] - fencing[-1][1])
        self.found["fail_over"].append(starting[-1][1] - ring - took(fencing) - took(starting))

    def relocation(self):
        """n1 is back; the service is sent there by clusvcadm on n2."""
        self.suite.start_cluster(self.n1)
        self.wait_idle()
        self.n2.check(["sh", "-c", "lab_journal asked && exec clusvcadm -r web -m n1"])
        asked = self.lab.journal.entries("asked")[-1].seconds
        moving = calls(self.after(asked), lambda agent: agent is not None)
        self.found["relocation"].append(moving[-1][1] - asked - took(moving))
        self.wait_idle()

    def settings(self):
        """What corosync uses."""
        keys = ("token", "consensus", "join", "token_retransmit")
        return ", ".join(
            self.n2.check(["corosync-cmapctl", "-g", f"runtime.config.totem.{key}"]).split()[0]
            .removeprefix("runtime.config.totem.") + "="
            + self.n2.check(["corosync-cmapctl", "-g", f"runtime.config.totem.{key}"]).split()[-1]
            for key in keys)

    def report(self, rounds):
        print(f"corosync: {self.settings()} (ms), knet, no crypto, 2 nodes; {rounds} rounds, ms")
        print(f"{'':52} {'median':>8} {'min':>8} {'max':>8}   goal")
        met = True
        for name, words, goal in MEASURES:
            values = [value * 1e3 for value in self.found[name]]
            median = statistics.median(values)
            is_met = goal is None or median <= goal
            met = met and is_met
            mark = "" if is_met else "  MISSED"
            print(f"{words:52} {median:8.1f} {min(values):8.1f} {max(values):8.1f} {goal or '':6}{mark}")
        return met


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="build folder of the suite (preset release)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    options = parser.parse_args()
    world.enter(kept_paths(options.build))
    with Lab(nodes=2, build=options.build, logs=os.path.join(options.build, "lab-logs")) as lab:
        for instrument in ("lab_wrap", "lab_journal"):
            keep_in_memory(os.path.join(options.build, "lab", instrument))
        bench = Bench(lab)
        bench.begin()
        for number in range(1, options.rounds + 1):
            bench.fail_over(number)
            bench.relocation()
        met = bench.report(options.rounds)
    return 0 if met or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
