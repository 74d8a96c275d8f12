# SPDX-License-Identifier: Apache-2.0
"""A lab: nodes, links, shared disks, power switch and journal under one roof.

    with Lab(nodes=2) as lab:
        lab.power_on(lab.nodes)
        lab.node(1).check(["hostname"])

The program must have gone inside first (world.enter). On an exception the logs are collected.
"""
import os
import re
import shutil
import subprocess
import time

from . import world
from .disk import DiskGate
from .journal import Journal, violations
from .network import CLIENT, Network, address
from .node import Node
from .power import PowerSwitch
from .wait import now

CRASHES = "(4|6|7|8|11)"  # signals by which a program ends itself in error
SANITIZER_LOG = "/var/log/cluster/sanitizer"
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


class Lab:
    """`nodes`: how many, or their names in order of node id. `build`: build folder with bin/, if needed.

    `real_time`: may the nodes' daemons have real-time priority? Several clusters of three and more nodes
    whose corosyncs have it starve each other on one machine's processors.
    """

    def __init__(self, nodes, links=1, build=None, logs=None, real_time=True):
        assert world.folder, "world.enter() comes first"
        self.folder = world.folder
        self.build = os.path.realpath(build) if build else None
        self.logs = logs  # folder of the machine where logs go when something fails
        self.kept_paths = kept_paths(build)
        self.real_time = real_time
        self.binds = []  # (source, target in every node, read only)
        self.links = {}  # path in every node -> target of the symbolic link
        self.shared = os.path.join(self.folder, "shared")
        os.mkdir(self.shared)
        self.journal = Journal(os.path.join(self.shared, "journal"))
        self.disks = DiskGate(self.journal)
        self.network = Network(links, os.path.join(self.build, "lab/lab_relay") if self.build else None)
        names = [f"n{number}" for number in range(1, nodes + 1)] if isinstance(nodes, int) else nodes
        self.nodes = [Node(self, number, name) for number, name in enumerate(names, 1)]
        self.by_name = {node.name: node for node in self.nodes}
        self.power = PowerSwitch(self)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        complaints = [] if kind else self.complaints()
        if complaints or kind not in (None, SystemExit, KeyboardInterrupt):
            self.collect_logs()
        self.close()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def complaints(self):
        """What sanitizers found in the programs of any node, and daemons that died by an error."""
        found = []
        for node in self.nodes:
            folder, prefix = os.path.split(node.disk_path(SANITIZER_LOG))
            for name in sorted(os.listdir(folder)):
                if name.startswith(prefix + "."):
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                        found.append(f"{node.name}: {file.read()}")
            found += [f"{node.name}: {line}" for _, line in node.syslog("supervised_restarted")
                      if re.search(f"signal {CRASHES}\\b", line)]
        return found

    def close(self):
        """Takes all power away. (Should this not happen, the kernel does it: see world.py.)"""
        for node in self.nodes:
            node.switch_off()
            self.delay(node, 0)

    def node(self, node_id):
        return self.nodes[node_id - 1]

    @staticmethod
    def clock():
        """Seconds of the journal's clock."""
        return now()

    def write(self, word, /, **values):
        """An entry of the lab itself in the journal."""
        self.journal.write(int(now() * 1e9), "lab", 0, word, **values)

    def hosts(self):
        """/etc/hosts of every node: the names on link 0, NAME-b, NAME-c on the links after it."""
        lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost", f"{address(0, CLIENT)} client"]
        for node in self.nodes:
            for link in range(self.network.links):
                suffix = "" if link == 0 else "-" + chr(ord("a") + link)
                lines.append(f"{address(link, node.id)} {node.name}{suffix}")
        return "\n".join(lines) + "\n"

    def add_disk(self, name, mebibytes=64, filesystem="ext4"):
        """A shared disk /dev/lab/NAME on every node powered on from now on."""
        disk = self.disks.add(name, self.folder, mebibytes)
        if filesystem:
            subprocess.run([f"mkfs.{filesystem}", "-q", "-F", disk.image], check=True)
        return disk

    def power_on(self, nodes):
        """First power-on, by the hand of whoever set the cluster up."""
        for node in nodes:
            node.power_on()
            self.write("power-on", plug=node.name, life=node.life)

    def switch_on(self, node):
        """A person presses the button of a node that was switched off."""
        self.power.press(node)

    def crash(self, node):
        """A failure: the node is gone at once, its power switch still says on (Node.crash)."""
        node.crash()
        self.write("crash", plug=node.name, life=node.life)

    def cut(self, node, link=None):
        self.network.cut(node.id, link)

    def partition(self, groups, link=None):
        """For instance partition([[1], [2, 3]]), by node ids."""
        self.network.partition(groups, link)

    def delay(self, node, milliseconds, jitter=0, link=None):
        self.network.delay(node.id, milliseconds, jitter, link)

    def heal(self):
        self.network.heal()

    @staticmethod
    def drop(node, hook):
        """Drops all packets that come in ("input") or go out ("output"): a cut in one direction.

        None: none any more. Gone with the node's power, like every setting of its network.
        """
        if not node.is_on or node.has_crashed():
            return
        rules = "table inet lab {}\ndelete table inet lab\n"
        if hook:
            to_itself = {"input": "iif", "output": "oif"}[hook] + " lo accept"
            rules += (f"table inet lab {{ chain cut {{ type filter hook {hook} priority 0; policy drop; "
                      f"{to_itself}; }}; }}\n")
        done = node.run(["nft", "-f", "-"], input=rules)
        assert done.code in (0, None), done

    def check_journal(self):
        """Raises when the journal shows a service on two nodes at once."""
        found = violations(self.journal.entries())
        assert not found, "\n".join(found)

    def collect_logs(self):
        """Copies what nodes wrote (logs, output, journal) to the machine; returns the folder."""
        if not self.logs:
            return None
        target = os.path.join(self.logs, time.strftime("%H%M%S") + f"-{os.urandom(2).hex()}")
        os.makedirs(target)
        shutil.copy(self.journal.path, target)
        for node in self.nodes:
            for source in (node.disk_path("/var/log/cluster"), os.path.join(node.folder, "out")):
                shutil.copytree(source, os.path.join(target, node.name), dirs_exist_ok=True)
        print(f"logs: {target}")
        return target


def kept_paths(build):
    """What must be visible at the same place inside every node."""
    paths = [ROOT]
    if build and not os.path.realpath(build).startswith(ROOT + "/"):
        paths.append(os.path.realpath(build))
    return paths
