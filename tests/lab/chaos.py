#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random chaos on real corosync: faults drawn from a seed, then silence, then the safety rules.

`chaos.py --seed 17` plays one run; `chaos.py --runs 200` seeds 1 to 200 (or from --first on), two at a
time; with --state DIR runs that passed are not repeated. What is checked is read from the agents' own
journal: no double start (S1), nothing recovered before its node was settled (S2), nothing started
without quorum (S3), no two fence agents at once (S6); then every victim settled and every enabled
service running within its bound (L1). The real world does not repeat itself: a seed repeats the faults.
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from faults import plan  # pylint: disable=wrong-import-position
from faults.storm import Storm  # pylint: disable=wrong-import-position
from faults.verdict import Verdict, unsafe  # pylint: disable=wrong-import-position
from lab import world  # pylint: disable=wrong-import-position
from lab.lab import Lab, kept_paths  # pylint: disable=wrong-import-position
from lab.wait import Overdue, wait_until  # pylint: disable=wrong-import-position


VOID = 75  # exit code of a run in which the machine stood still: nothing can be said about its bounds
TRIES = 4  # of such a seed


def play(options):
    """One run in namespaces of its own; raises on what must not be. Returns the exit code."""
    drawn = plan.draw(options.seed, options.nodes, options.seconds)
    world.enter(kept_paths(options.build))

    def say(line):
        if options.verbose:
            print("   " + line, flush=True)
    with Lab(nodes=drawn.nodes, build=options.build, logs=options.logs, real_time=False) as lab:
        storm = Storm(lab, drawn, say)
        storm.begin()
        verdict = Verdict(storm)
        late = came_late(verdict.settle, verdict.serve)
        if not late:
            say("the storm begins")
            lab.write("storm-begins")
            storm.run()
            storm.calm()
            lab.write("storm-ends")
            say("the storm is over")
            late = came_late(verdict.settle, verdict.serve, verdict.revive)
        found = unsafe(lab.journal.entries())
        if late and not found and verdict.stood_still():
            print(f"void   seed {drawn.seed}: the machine stood still longer than the token: {late}", flush=True)
            lab.collect_logs()
            return VOID
        found += [late] if late else []
        assert not found, "\n".join(found)
        print(summary(drawn, storm, verdict, lab.journal.entries()), flush=True)
        return 0


def came_late(*steps):
    """What was not there within its bound; None: everything was."""
    try:
        for step in steps:
            step()
    except Overdue as error:
        return str(error)
    return None


def summary(drawn, storm, verdict, entries):
    count = {word: sum(entry.word == word for entry in entries) for word in ("power-off", "start-begin")}
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(storm.done.items()) if number)
    return (f"ok     seed {drawn.seed}, {drawn.nodes} nodes, {drawn.action}: "
            f"{sum(storm.done.values())} faults ({kinds}); {count['power-off']} power-offs, "
            f"{count['start-begin']} starts; settled after {verdict.settled_s:.1f} s, "
            f"served after {verdict.served_s:.1f} s")


class Series:
    """Many seeds, some at a time, each in a program of its own; keeps what passed."""

    def __init__(self, options):
        self.options = options
        self.folder = options.state or tempfile.mkdtemp(prefix="chaos.")
        os.makedirs(self.folder, exist_ok=True)
        self.kept = os.path.join(self.folder, "passed")
        self.passed = {}  # seed -> its line
        self.voids = collections.Counter()  # by seed
        if os.path.exists(self.kept):
            with open(self.kept, encoding="utf-8") as file:
                self.passed = {int(line.split()[2].rstrip(",")): line.rstrip("\n") for line in file}

    def log(self, seed):
        return os.path.join(self.folder, f"{seed}.log")

    def command(self, seed):
        """What plays this seed."""
        options = self.options
        words = ["python3", "-B", os.path.relpath(__file__), "--seed", str(seed), "--seconds",
                 f"{options.seconds:g}", "--build", os.path.relpath(options.build), "--verbose"]
        words += ["--nodes", str(options.nodes)] if options.nodes else []
        return words + (["--logs", options.logs] if options.logs else [])

    def start(self, seed):
        with open(self.log(seed), "w", encoding="utf-8") as output:
            return subprocess.Popen(self.options.through.split() + self.command(seed), stdout=output,
                                    stderr=subprocess.STDOUT)

    def finish(self, seed, code):
        """Prints the line of a run that ended, keeps it if it passed; its exit code, not 0 if it did not."""
        with open(self.log(seed), encoding="utf-8") as file:
            text = file.read()
        line = next((each for each in text.splitlines() if each.startswith("ok ")), None)
        if code == 0 and line:
            self.passed[seed] = line
            with open(self.kept, "a", encoding="utf-8") as file:
                file.write(line + "\n")
            print(line, flush=True)
            return 0
        self.voids[seed] += code == VOID
        if code == VOID and self.voids[seed] < TRIES:
            os.replace(self.log(seed), self.log(f"{seed}.void{self.voids[seed]}"))
            print(next(each for each in text.splitlines() if each.startswith("void ")) + "; again", flush=True)
            return VOID
        print(f"FAILED seed {seed}, exit {code}; again with: {' '.join(self.command(seed))}\n{text}", flush=True)
        return 1

    def run(self):
        options = self.options
        every = range(options.first, options.first + options.runs)
        waiting = [seed for seed in every if seed not in self.passed]
        print(f"{len(every)} runs of {options.seconds:g} s, {len(every) - len(waiting)} passed before", flush=True)
        running, failed = {}, []
        while waiting or running:
            while waiting and len(running) < options.jobs:
                seed = waiting.pop(0)
                running[seed] = self.start(seed)
            ended = wait_until(lambda: [seed for seed, child in running.items() if child.poll() is not None],
                               3600, "the end of a run")
            for seed in ended:
                code = self.finish(seed, running.pop(seed).returncode)
                if code == VOID:
                    waiting.append(seed)
                elif code != 0:
                    failed.append(seed)
        print(self.total([self.passed[seed] for seed in every if seed in self.passed]))
        print(f"{len(every) - len(failed)} passed, {len(failed)} failed, {self.voids.total()} times void"
              + (f": seeds {' '.join(map(str, sorted(failed)))}" if failed else ""))
        if not failed and not options.state:
            shutil.rmtree(self.folder)
        return 1 if failed else 0

    @staticmethod
    def total(lines):
        """One line over all that passed."""
        def numbers(before, after):
            return [float(found) for line in lines for found in re.findall(f"{before}([0-9.]+){after}", line)] or [0.0]
        return (f"{sum(numbers('', ' faults')):.0f} faults, {sum(numbers('', ' power-offs')):.0f} power-offs, "
                f"{sum(numbers('', ' starts')):.0f} starts; longest until settled "
                f"{max(numbers('settled after ', ' s')):.1f} s, until served "
                f"{max(numbers('served after ', ' s')):.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("HA_BUILD"), help="build folder of the suite")
    parser.add_argument("--logs", default=os.environ.get("HA_LAB_LOGS"), help="where logs of failures go")
    parser.add_argument("--seed", type=int, help="play this one here and now")
    parser.add_argument("--nodes", type=int, choices=plan.SIZES, help="instead of what the seed draws")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long faults go on (default 60)")
    parser.add_argument("--verbose", action="store_true", help="tell of every fault")
    parser.add_argument("--runs", type=int, default=3, help="how many seeds without --seed (default 3)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (default 1)")
    parser.add_argument("--jobs", type=int, default=4, help="runs side by side (default 4)")
    parser.add_argument("--state", help="folder of what passed: it is not played again")
    parser.add_argument("--through", default="", help="a command that runs each (for instance nice)")
    options = parser.parse_args()
    if not options.build:
        parser.error("--build or HA_BUILD is needed")
    if options.seed is None:
        return Series(options).run()
    return play(options)


if __name__ == "__main__":
    sys.exit(main())
