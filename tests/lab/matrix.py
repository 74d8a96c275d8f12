#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The matrix of faults: what is done to which daemon on which node, while what else goes on.

Plays the cells on real corosync and prints their outcomes, read from the agents' journal, as a table.
Exit 1 if one is not what DESIGN section 5 demands.
"""
import argparse
import json
import os
import select
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from faults import cells  # pylint: disable=wrong-import-position
from faults.play import VOID, play  # pylint: disable=wrong-import-position
from lab import syscalls, world  # pylint: disable=wrong-import-position
from lab.lab import kept_paths  # pylint: disable=wrong-import-position

TRIES = 4  # of a cell in which the machine stood still


class Group:
    """Cells that share a cluster, in a child of this program; a new one after each failure."""

    def __init__(self, some_cells, options):
        self.left = some_cells
        self.options = options
        self.failures = 0
        self.pid = self.reports = None

    def start(self):
        """Starts a child for the cells that are left."""
        read, write = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            syscalls.die_with_parent()
            world.enter(kept_paths(self.options.build))
            with os.fdopen(write, "w") as pipe:
                def report(cell, words, problem, seconds):
                    print(json.dumps([self.left.index(cell), words, problem, seconds]), file=pipe, flush=True)
                play(self.left, self.options.build, self.options.logs, report)
            sys.exit(0)
        os.close(write)
        self.reports = os.fdopen(read)


class Matrix:
    """Runs groups side by side and collects their outcomes."""

    def __init__(self):
        self.found, self.problems, self.tries = {}, {}, {}

    def take(self, group, line):
        index, words, problem, seconds = json.loads(line)
        cell = group.left[index]
        self.tries[cell] = self.tries.get(cell, 0) + 1
        if problem == VOID and self.tries[cell] < TRIES:
            print(f"void   {cell}: the machine stood still longer than the token; again", flush=True)
            return
        self.found[cell] = words if problem is None else f"WRONG: {words}"
        if problem:
            self.problems[cell] = problem
        print(f"{'ok    ' if problem is None else 'WRONG '} {cell}: {words} ({seconds:.1f} s)"
              + (f"\n  {problem}" if problem else ""), flush=True)

    def run(self, groups):
        """One cell is reported at a time; a group whose child ends early goes on in a new one."""
        for group in groups:
            group.start()
        while groups:
            for group in list(groups):
                line = group.reports.readline() if self.is_ready(group, groups) else None
                if line:
                    self.take(group, line)
                elif line == "":
                    self.ended(group, groups)

    @staticmethod
    def is_ready(group, groups):
        return group.reports in select.select([each.reports for each in groups], [], [])[0]

    def ended(self, group, groups):
        """Its child is gone: what is left is played in a new cluster, unless even that does not come up."""
        group.reports.close()
        code = os.waitstatus_to_exitcode(os.waitpid(group.pid, 0)[1])
        left = [cell for cell in group.left if cell not in self.found]
        group.failures += code != 0
        if code and (not left or group.failures == TRIES):
            self.problems[f"a cluster of {len(group.left)} cells"] = f"ended with code {code}"
            groups.remove(group)
        elif left:
            group.left = left
            group.start()
        else:
            groups.remove(group)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.environ.get("HA_BUILD"), help="build folder of the suite")
    parser.add_argument("--logs", default=os.environ.get("HA_LAB_LOGS"), help="where logs of failures go")
    parser.add_argument("--slice", action="store_true", help="only one cell for each daemon")
    parser.add_argument("--only", default="", help="only cells whose description contains this text")
    parser.add_argument("--jobs", type=int, default=2, help="clusters side by side (default 2)")
    options = parser.parse_args()
    chosen = [cell for cell in (cells.SLICE if options.slice else cells.all_cells())
              if options.only in str(cell)]
    if not chosen:
        parser.error(f"no cell is described by {options.only!r}")
    jobs = min(options.jobs, len(chosen))
    size = -(-len(chosen) // jobs)
    matrix = Matrix()
    matrix.run([Group(chosen[begin:begin + size], options) for begin in range(0, len(chosen), size)])
    print("\n" + cells.table(matrix.found))
    missing = [cell for cell in chosen if cell not in matrix.found]
    for cell, problem in matrix.problems.items():
        print(f"\n{cell}:\n  {problem}")
    print(f"\n{len(matrix.found)} of {len(chosen)} cells played, {len(matrix.problems)} wrong")
    return 1 if matrix.problems or missing else 0


if __name__ == "__main__":
    sys.exit(main())
