#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""However a lab ends, nothing of it is left: no process, namespace, mount, loop device, bridge, file.

Starts a lab of two nodes with corosync and a mounted shared disk, notes what it consists of as the
machine sees it, ends it in one of several ways, and looks for every single thing noted.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from lab import bare, world  # pylint: disable=wrong-import-position
from lab.lab import Lab, kept_paths  # pylint: disable=wrong-import-position
from lab.wait import wait_until  # pylint: disable=wrong-import-position

KINDS = ("pid", "mnt", "net", "uts", "ipc")
OWN = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS}


def child(how):
    """The lab under test: tells when it is up, then ends as it was told."""
    world.enter(kept_paths(None))
    with Lab(nodes=2) as lab:
        lab.add_disk("data")
        lab.power_on(lab.nodes)
        lab.nodes[0].check(["mount", "/dev/lab/data", "/mnt"])
        bare.start_corosync(lab, lab.nodes)
        bare.wait_members(lab.nodes[0], [1, 2])
        loops = [number for disk in lab.disks.disks.values() for number, _ in disk.loops.values()]
        print(json.dumps({"loops": loops}), flush=True)
        if how == "exception":
            raise RuntimeError("on purpose")
        if how == "return":
            return
        while True:
            signal.pause()


def all_parents():
    """Parent of every process of the machine."""
    parents = {}
    for other in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{other}/stat", encoding="utf-8", errors="replace") as file:
                parents[int(other)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    return parents


def processes_below(pid, parents):
    """All descendants of a process."""
    found, more = set(), {pid}
    while more:
        found |= more
        more = {other for other, parent in parents.items() if parent in found} - found
    return found


def namespaces_of(pids):
    """Their namespaces, without the machine's own."""
    found = set()
    for pid in pids:
        for kind in KINDS:
            try:
                name = os.readlink(f"/proc/{pid}/ns/{kind}")
            except OSError:
                continue
            if name != OWN[kind]:
                found.add(name)
    return found


def everyone():
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit()]


def machine():
    """What a lab could leave outside: mounts, links and files by the names it uses. (Others work here.)"""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line for line in file if re.search(r" - \S+ lab", line)
                  or line.split()[4].startswith(world.PLACES)]
    links = [name for name in os.listdir("/sys/class/net") if re.match(r"br\d|n\d+l\d|link\d", name)]
    files = {place: sorted(os.listdir(place)) for place in world.PLACES if os.path.isdir(place)}
    return {"mounts": mounts, "links": sorted(links), **files}


class NothingIsLeft(unittest.TestCase):
    """One test per way of ending."""

    def end(self, how, *signals):
        before = machine()
        with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(
                [sys.executable, __file__, "--child", how], stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True) as lab:
            self.addCleanup(kill_if_running, lab)
            line = lab.stdout.readline()
            errors.seek(0)
            self.assertTrue(line, errors.read())
            loops = json.loads(line)["loops"]
            if not signals:
                lab.wait(60)
                return self.look(before, loops, set(), set())
            parents = all_parents()
            pids = processes_below(lab.pid, parents) - {lab.pid}
            inside, = [pid for pid in pids if parents[pid] == lab.pid]
            spaces = namespaces_of(pids)
            self.assertGreater(len(pids), 4)
            self.assertGreater(len(spaces), 8)
            self.assertTrue(any(os.path.exists(f"/sys/block/loop{n}/loop/backing_file") for n in loops))
            for who, number in signals:
                target = {"outside": lab.pid, "inside": inside}[who]
                os.kill(target, number)
            lab.wait(60)
        return self.look(before, loops, pids, spaces)

    def look(self, before, loops, pids, spaces):
        wait_until(lambda: not pids & set(everyone()), 20, "processes gone")
        wait_until(lambda: not spaces & namespaces_of(everyone()), 20, "namespaces gone")
        for number in loops:
            wait_until(lambda n=number: not backing_of_a_lab(n), 20, f"loop device {number} detached")
        self.assertEqual(before, machine())

    def test_after_a_normal_end(self):
        self.end("return")

    def test_after_an_exception(self):
        self.end("exception")

    def test_after_ctrl_c(self):
        self.end("wait", ("outside", signal.SIGINT), ("inside", signal.SIGINT))

    def test_after_sigterm(self):
        self.end("wait", ("outside", signal.SIGTERM))

    def test_after_sigkill_of_the_process_outside(self):
        self.end("wait", ("outside", signal.SIGKILL))

    def test_after_sigkill_of_the_process_inside(self):
        self.end("wait", ("inside", signal.SIGKILL))


def kill_if_running(process):
    if process.poll() is None:
        process.kill()


def backing_of_a_lab(number):
    """Is the loop device still attached to the image of the lab under test?"""
    try:
        with open(f"/sys/block/loop{number}/loop/backing_file", encoding="utf-8") as file:
            return file.read().strip().split()[0].endswith("/data.img")
    except OSError:
        return False


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
    else:
        unittest.main(verbosity=2)
