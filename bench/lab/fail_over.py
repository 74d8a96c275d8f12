#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the suite itself adds to a fail-over and to a relocation, on real corosync in the lab; on demand, what
its peer Pacemaker adds on the same machine in the same run.

Two nodes, one service of one script. Every round: the owner loses power and is fenced, the service
starts on the other node; the lost node returns and the service is relocated back. All times are taken
from the agents' journal (tests/lab/helpers/lab_wrap.cpp) and from an observer of corosync's rings
(lab_ring.cpp), never from the suite. The time of the agents themselves is subtracted.
"""
import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/lab"))

from lab import world  # pylint: disable=wrong-import-position
from lab.lab import Lab, kept_paths  # pylint: disable=wrong-import-position
from lab.wait import wait_until  # pylint: disable=wrong-import-position
from managers import ClusterSuite, Pacemaker  # pylint: disable=wrong-import-position

MEASURES = (  # name, words, goal in ms
    ("detection", "node lost to membership change: corosync alone", None),
    ("fence", "membership change to fence agent exec", 5),
    ("quorum", "  of it corosync itself: new ring to its quorum", None),
    ("start", "fence agent's end to first start action exec", 5),
    ("fail_over", "whole fail-over, without the agents' own time", 15),
    ("relocation", "whole relocation, without the agents' own time", 15),
)
MANAGERS = {"suite": ClusterSuite, "pacemaker": Pacemaker}


def calls(entries, matches):
    """(begin, end) of the agent calls whose values match, among journal entries, in order of their begin."""
    begun, found = {}, []
    for entry in entries:
        if "agent" not in entry.values or not matches(entry.values):
            continue
        key = (entry.node, entry.life, entry.values.get("pid"))
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
        print(f"{path} may be paged out: {os.strerror(ctypes.get_errno())}", file=sys.stderr)


def fence_calls(entries, name):
    """(begin, end) of the calls of the fence agent that switched this node."""
    done = [entry.seconds for entry in entries if entry.word == "agent-begin" and entry.values["plug"] == name
            and entry.values["action"] in ("off", "reboot")]
    return [(begin, end) for begin, end in calls(entries, lambda values: values["agent"] == "fence_lab")
            if any(begin < seconds < end for seconds in done)]


def took(intervals):
    """Seconds that at least one of them lasted."""
    total, covered = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        total += max(0.0, end - max(begin, covered))
        covered = max(covered, end)
    return total


class Bench:
    """The rounds of one manager."""

    def __init__(self, manager):
        self.manager = manager
        self.lab = manager.lab
        self.n1, self.n2 = self.lab.nodes
        self.found = {name: [] for name, *_ in MEASURES}

    def begin(self):
        self.lab.power_on(self.lab.nodes)
        self.manager.begin()
        self.n2.spawn(["lab_ring"], log="lab_ring")
        self.lab.journal.wait("quorum", 20)

    def play(self, rounds):
        for _ in range(rounds):
            self.fail_over()
            self.manager.bring_back()
            self.relocation()

    def mark(self):
        """The last moment the journal knows."""
        return self.lab.journal.entries()[-1].seconds

    def after(self, mark):
        return [entry for entry in self.lab.journal.entries() if entry.seconds > mark]

    def wait_started(self, node, mark):
        """Waits until all agents of a start on this node ended."""
        def is_started():
            ended = [entry for entry in self.after(mark) if entry.word == "run-end" and entry.node == node.name
                     and entry.values.get("action") == "start" and entry.values["result"] == "0"]
            return len(ended) >= self.manager.agents_of_a_start
        wait_until(is_started, 60, f"web is started on {node.name}")

    def fail_over(self):
        """n1 dies; everything up to the end of the start on n2."""
        mark = self.mark()
        self.lab.crash(self.n1)
        time.sleep(self.manager.keep_off)
        self.wait_started(self.n2, mark)
        entries = self.after(mark)
        ring = next(entry.seconds for entry in entries if entry.word == "ring" and entry.values["members"] == "1")
        crash = next(entry.seconds for entry in entries if entry.word == "crash")
        fencing = fence_calls(entries, self.n1.name)
        starting = calls(entries, lambda values: values.get("action") == "start")
        quorum = next(entry.seconds for entry in entries if entry.word == "quorum" and entry.seconds > ring)
        self.found["detection"].append(ring - crash)
        self.found["fence"].append(fencing[0][0] - ring)
        self.found["quorum"].append(quorum - ring)
        self.found["start"].append(starting[0][0] - fencing[-1][1])
        self.found["fail_over"].append(starting[-1][1] - ring - took(fencing) - took(starting))

    def relocation(self):
        """n1 is back; the service is sent there by a command on n2."""
        mark = self.mark()
        self.n2.check(["sh", "-c", f"lab_journal asked && {self.manager.relocate}"])
        self.wait_started(self.n1, mark)
        asked = self.lab.journal.entries("asked")[-1].seconds
        moving = calls(self.after(asked), lambda values: values.get("action") in ("start", "stop"))
        self.found["relocation"].append(moving[-1][1] - asked - took(moving))
        self.manager.wait_idle()

    def settings(self):
        """What corosync uses."""
        keys = ("token", "consensus", "join", "token_retransmit", "hold", "seqno_unchanged_const")
        return ", ".join(
            f"{key}=" + self.n2.check(["corosync-cmapctl", "-g", f"runtime.config.totem.{key}"]).split()[-1]
            for key in keys)


def measure(name, options):
    """Plays the rounds of one manager in a lab of its own."""
    world.enter(kept_paths(options.build))
    with Lab(nodes=2, build=options.build, logs=os.path.join(options.build, "lab-logs")) as lab:
        for instrument in ("lab_wrap", "lab_journal"):
            keep_in_memory(os.path.join(options.build, "lab", instrument))
        bench = Bench(MANAGERS[name](lab))
        bench.begin()
        bench.play(options.rounds)
        return {"settings": bench.settings(), "found": bench.found}


def measured(name, options):
    """The same by a program of its own: nobody leaves the namespaces of a lab."""
    command = [sys.executable, "-B", os.path.realpath(__file__), "--build", options.build,
               "--rounds", str(options.rounds), "--only", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(suite, peer, rounds):
    """Prints the table; says whether every goal was met."""
    print(f"corosync: {suite['settings']}, knet, no crypto, 2 nodes; {rounds} rounds, ms: median (min - max)")
    if peer:
        print("Pacemaker second, on the same settings, its node in command never the lost one")
        assert peer["settings"] == suite["settings"], peer["settings"]
    print(f"{'':50}{'goal':>6}  {'the suite':28}{'Pacemaker' if peer else ''}".rstrip())
    met = True
    for name, words, goal in MEASURES:
        is_met = goal is None or median(suite["found"][name]) * 1e3 <= goal
        met = met and is_met
        row = f"{words:50}{goal or '':>6}  {figures(suite['found'][name]):28}"
        row += figures(peer["found"][name]) if peer else ""
        print(row.rstrip() + ("" if is_met else "  MISSED"))
    return met


def median(values):
    """Of an even number the upper of the middle two: a figure that was measured."""
    return statistics.median_high(values)


def figures(seconds):
    values = [value * 1e3 for value in seconds]
    return f"{median(values):.1f} ({min(values):.1f} - {max(values):.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="build folder of the suite (preset release)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--peer", action="store_true",
                        help="Pacemaker, too, in the same way; install it with scripts/install-deps --all")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--only", choices=sorted(MANAGERS), help="the figures of this one as JSON, no table")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, options)))
        return 0
    if options.peer and not Pacemaker.is_installed():
        parser.error("Pacemaker is not installed; scripts/install-deps --all brings it")
    suite = measured("suite", options)
    peer = measured("pacemaker", options) if options.peer else None
    met = report(suite, peer, options.rounds)
    return 0 if met or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
