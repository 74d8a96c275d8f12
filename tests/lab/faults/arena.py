# SPDX-License-Identifier: Apache-2.0
"""The cluster of the matrix: one node for each place, and a spare one to be fenced while others are tried.

n1 has the lowest id and fences, n2 stands by, n3 owns both services, n4 runs none. Two of the first
three hold quorum even without n4, so that one of them may die while n4 is fenced.
"""
import signal

from lab.client import ADDRESS, Client
from lab.conf import cluster_conf, prefer, script_service
from lab.suite import Suite
from lab.wait import Ticker, wait_until

from . import cells

# With half of it as consensus, busy machines lost a node now and then while another one joined.
TOKEN, CONSENSUS = 2.0, 1.2
# knet needs up to 0.8 s more to trust its links again after the short stop; the token must outlast both. The
# long one outlasts token and consensus, so the others form a ring.
SHORT_STOP, LONG_STOP = 0.5, 4.5
SLOW = 2.0  # seconds an agent takes while something is done to a daemon
PLACES = {cells.FENCER: 1, cells.BYSTANDER: 2, cells.OWNER: 3, "spare": 4}
CONF = {
    "nodes": 4, "votes": {"n1": 2, "n2": 2, "n3": 2}, "rm_words": ' status_poll_interval="1"',
    "totem": f'token="{TOKEN * 1e3:.0f}" consensus="{CONSENSUS * 1e3:.0f}"', "post_join_delay": 20,
    "rm": "<failoverdomains>" + prefer("home", "n3", "n2", "n1", nofailback=0) + "</failoverdomains>"
          + script_service("web", "home", check=1, address=ADDRESS)
          + script_service("work", "home", recovery="restart", check=1, autostart=0),
}


class Arena:
    """`lab` has four nodes. Every question here is to wait for; what counts is read from the journal."""

    def __init__(self, lab):
        self.lab = lab
        self.suite = Suite(lab, cluster_conf(**CONF))
        self.suite.add_service_script("web", program="answer")
        self.suite.add_service_script("work")
        self.client = None
        self.ticker = Ticker()

    def at(self, place):
        return self.lab.node(PLACES[place])

    @property
    def owner(self):
        return self.at(cells.OWNER)

    def managers(self):
        return [self.at(place) for place in cells.PLACES]

    def begin(self):
        self.lab.power_on(self.lab.nodes)
        self.suite.start_cluster(*self.lab.nodes, until="fence_tool")
        for node in self.lab.nodes:
            node.spawn(["lab_ring"], log="lab_ring")
        self.suite.start_cluster(*self.managers(), first="rgmanager")
        self.client = Client()

    def come_back(self, place):
        """Power and the suite for a node that was fenced."""
        node = self.at(place)
        self.lab.switch_on(node)
        self.suite.start_cluster(node, until="fence_tool")
        node.spawn(["lab_ring"], log="lab_ring")
        if place != "spare":
            self.suite.start_cluster(node, first="rgmanager")

    def rest_as_is(self, work, deadline=60):
        """Waits until everybody is there, nobody a victim, web answers from the owner, work is as named."""
        wait_until(lambda: all(self.sees_all(node) for node in self.lab.nodes), deadline,
                   "all nodes in the fence domain of all")
        for node in self.managers():
            wait_until(lambda n=node: self.rows(n).get("web") == (self.owner.name, "started")
                       and self.managers_seen(n) == len(cells.PLACES), deadline,
                       f"{node.name}: web at home, every rgmanager there")
            wait_until(lambda n=node: self.is_work(n, work), deadline, f"{node.name}: work is {work}")
        self.client.wait_for(self.owner.name, deadline)

    def rest(self, work):
        """Brings the cluster there: work is enabled on the owner, or disabled."""
        other = {"started": "disabled", "disabled": "started"}[work]
        wait_until(lambda: self.rows(self.owner).get("work", ("", ""))[1] in (work, other), 30, "work is at rest")
        if self.rows(self.owner)["work"][1] == other:
            self.owner.check(["clusvcadm", "-e" if work == "started" else "-d", "work"])
        self.rest_as_is(work)

    def is_work(self, node, work):
        owner, state = self.rows(node).get("work", (None, None))
        return state == work and (state != "started" or owner == self.owner.name)

    def sees_all(self, node):
        """Is the fence domain whole for this node, without victims, and settled?"""
        lines = node.run(["fence_tool", "ls"]).out.splitlines()
        words = dict(line.split("  ", 1) if "  " in line else (line, "") for line in lines)
        members = " ".join(str(each.id) for each in self.lab.nodes)
        return (words.get("members", "").split() == members.split()
                and any(line.split() == ["wait", "state", "none"] for line in lines))

    @staticmethod
    def rows(node):
        """service -> (owner, state) as clustat shows it on a node."""
        found = {}
        for line in node.run(["clustat"]).out.splitlines():
            words = line.split()
            if words and words[0].startswith("service:"):
                found[words[0].removeprefix("service:")] = (words[1], words[2])
        return found

    @staticmethod
    def managers_seen(node):
        return node.run(["clustat"]).out.count("rgmanager")

    # --- what goes on meanwhile ---------------------------------------------------------------------

    def set_going(self, cell):
        """Begins what shall go on while the deed is done; returns once its agent is at work."""
        if cell.meanwhile == cells.FENCING:
            self.lab.power.behave("slow", seconds=SLOW)
            count = len(self.lab.journal.entries("agent-begin", plug="n4", action="off"))
            self.lab.crash(self.at("spare"))
            self.lab.journal.wait("agent-begin", 30, count=count + 1, plug="n4", action="off")
        elif cell.meanwhile != cells.IDLE:
            action = {cells.STARTING: "start", cells.STOPPING: "stop", cells.CHECKING: "status"}[cell.meanwhile]
            count = len(self.lab.journal.entries(f"{action}-is-slow", service="work"))
            self.suite.order("work", action, f"slow {SLOW:g}", node=self.owner)
            if cell.meanwhile != cells.CHECKING:
                flag = {cells.STARTING: "-e", cells.STOPPING: "-d"}[cell.meanwhile]
                self.owner.spawn(["clusvcadm", flag, "work"], log="clusvcadm")
            self.lab.journal.wait(f"{action}-is-slow", 30, count=count + 1, service="work")
            self.suite.obey("work", action, node=self.owner)  # once is enough

    def stop_going(self):
        self.lab.power.behave("ok")

    # --- the deed -----------------------------------------------------------------------------------

    def do(self, cell):
        """Kills the daemon and waits for its successor, or stops it for a while."""
        node = self.at(cell.place)
        old = node.pids(cell.daemon)
        assert len(old) == 1, f"{cell.daemon} on {node.name}: {old}"
        if cell.deed == cells.KILL:
            node.signal(cell.daemon, signal.SIGKILL)
        else:
            self.pause(node, cell.daemon, LONG_STOP if cell.deed == cells.LONG else SHORT_STOP)
        if cell.deed == cells.KILL and not cell.is_lethal:
            wait_until(lambda: set(node.pids(cell.daemon)) - set(old), 20, f"{cell.daemon} is back")

    def pause(self, node, daemon, seconds):
        """SIGSTOP, and SIGCONT after so long, or when the node is switched off."""
        node.signal(daemon, signal.SIGSTOP)
        end = self.lab.clock() + seconds
        wait_until(lambda: not node.is_on or self.lab.clock() >= end, seconds + 10, "the stop is over")
        if node.is_on:
            node.signal(daemon, signal.SIGCONT)
