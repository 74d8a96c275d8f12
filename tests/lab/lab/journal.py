# SPDX-License-Identifier: Apache-2.0
"""The journal: one append-only file that all agents of all nodes and the power switch write to.

A line: `NANOSECONDS NODE LIFE WORD key=value ...` on CLOCK_MONOTONIC, written by one write(2), so the
order of the lines is an order of events. What ran where is proven from here, never from a daemon's table.
"""
import dataclasses
import os

from .wait import wait_until


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line. `life` counts a node's power-ons; 0 stands for the lab itself."""
    time_ns: int
    node: str
    life: int
    word: str
    values: dict

    @property
    def seconds(self):
        return self.time_ns / 1e9

    def __str__(self):
        values = " ".join(f"{key}={value}" for key, value in self.values.items())
        return f"{self.seconds:.6f} {self.node}.{self.life} {self.word} {values}"


class Journal:
    """Reads and writes the file."""

    def __init__(self, path):
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        os.chmod(path, 0o666)

    def write(self, time_ns, node, life, word, /, **values):
        words = [str(time_ns), node, str(life), word]
        words += [f"{key}={value}" for key, value in values.items()]
        os.write(self._file, (" ".join(words) + "\n").encode())

    def entries(self, word=None, node=None, **values):
        """All entries so far that match, in order."""
        found = []
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    break
                parts = line.split()
                entry = Entry(int(parts[0]), parts[1], int(parts[2]), parts[3],
                              dict(part.split("=", 1) for part in parts[4:]))
                if word in (None, entry.word) and node in (None, entry.node) and all(
                        entry.values.get(key) == str(value) for key, value in values.items()):
                    found.append(entry)
        return found

    def wait(self, word, deadline, count=1, **match):
        """Waits until `count` such entries exist; returns the last of them."""
        name = f"{count} journal entries {word} {match}"

        def enough():
            found = self.entries(word, **match)
            return found[count - 1] if len(found) >= count else None
        return wait_until(enough, deadline, name)


@dataclasses.dataclass(frozen=True)
class Run:
    """A stretch of the journal in which one node life may have had a service running."""
    service: str
    node: str
    life: int
    begin: Entry
    end: Entry  # None: still running


def runs(entries):
    """The stretches of every service: from the first start action to the end of a successful stop, or to
    the moment the node was gone. (A start that failed still counts until it was stopped.)
    """
    open_runs, closed = {}, []

    def close(key, entry):
        begin = open_runs.pop(key, None)
        if begin:
            closed.append(Run(key[0], key[1], key[2], begin, entry))

    for entry in entries:
        service = entry.values.get("service")
        key = (service, entry.node, entry.life)
        if entry.word == "start-begin":
            open_runs.setdefault(key, entry)
        elif entry.word == "stop-end" and entry.values.get("result") == "0":
            close(key, entry)
        elif entry.word in ("power-off", "crash"):
            for other in [k for k in open_runs
                          if (k[1], str(k[2])) == (entry.values["plug"], entry.values["life"])]:
                close(other, entry)
    closed += [Run(*key, begin, None) for key, begin in open_runs.items()]
    return sorted(closed, key=lambda run: run.begin.time_ns)


def violations(entries):
    """S1 from the journal: sentences, one per service found on two node lives at once or disk opened twice."""
    found = []
    order = {id(entry): index for index, entry in enumerate(entries)}
    all_runs = runs(entries)
    for index, first in enumerate(all_runs):
        for second in all_runs[index + 1:]:
            if first.service != second.service:
                continue
            if first.end is None or order[id(first.end)] > order[id(second.begin)]:
                found.append(f"S1: {first.service} on {first.node}.{first.life} since {first.begin}, "
                             f"and started on {second.node}.{second.life}: {second.begin}")
    found += [f"S1: second open of a shared disk: {entry}" for entry in entries
              if entry.word == "disk-refused"]
    found += [f"S6: two fence agents for one node at once: {entry}" for entry in entries
              if entry.word == "fence-overlap"]
    return found


def settles(entry):
    """Does it prove a node to be off: an agent's success, a device that says so, or a person's word?"""
    if entry.word == "agent-end":
        wanted = {"off": "0", "reboot": "0", "status": "2"}
        return entry.values["result"] == wanted.get(entry.values["action"])
    return entry.word == "acknowledged"


def early_recoveries(entries):
    """S2 for every node life: starts of what a lost node ran although nothing had settled that life.

    A life is lost at its `crash` or `power-off`; an agent's success, a person's word or the node's next
    life (`power-on`) settles it.
    """
    found = []
    last_run, lost = {}, set()  # service -> (node, life) that ran it last; lives lost and not settled
    for entry in entries:
        service, plug = entry.values.get("service"), entry.values.get("plug")
        if entry.word == "start-begin":
            if last_run.get(service) in lost and last_run[service][0] != entry.node:
                found.append(f"S2: {entry} although {last_run[service]} was not settled")
            last_run[service] = (entry.node, str(entry.life))
        elif entry.word == "stop-end" and entry.values.get("result") == "0" \
                and last_run.get(service) == (entry.node, str(entry.life)):
            del last_run[service]
        elif entry.word in ("crash", "power-off"):
            lost.add((plug, entry.values["life"]))
        elif entry.word == "power-on" or settles(entry):
            lost = {life for life in lost if life[0] != plug}
    return found


def inquorate_starts(entries, slack=1.0):
    """S3: starts on a node whose observer (helpers/lab_ring) had seen quorum lost `slack` seconds before."""
    found, lost_at = [], {}
    for entry in entries:
        key = (entry.node, entry.life)
        if entry.word == "quorum" and entry.values["quorate"] == "1":
            lost_at.pop(key, None)
        elif entry.word == "quorum":
            lost_at.setdefault(key, entry.seconds)
        elif entry.word == "start-begin" and entry.seconds > lost_at.get(key, entry.seconds) + slack:
            found.append(f"S3: {entry} on an inquorate node since {lost_at[key]:.6f}")
    return found


def starts_before_fenced(entries, victim, life):
    """S2 from the journal: starts of what the victim ran that began before it was settled."""
    found, owned = [], set()
    fenced = False
    for entry in entries:
        if entry.word == "start-begin" and (entry.node, entry.life) == (victim, life):
            owned.add(entry.values["service"])
        elif entry.values.get("plug") == victim and settles(entry):
            fenced = True
        elif entry.word == "stop-end" and entry.values.get("result") == "0" \
                and (entry.node, entry.life) == (victim, life):
            owned.discard(entry.values["service"])
        elif entry.word == "start-begin" and not fenced and entry.node != victim \
                and entry.values["service"] in owned:
            found.append(f"S2: {entry} although {victim}.{life} was not fenced")
    return found
