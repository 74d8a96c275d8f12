# SPDX-License-Identifier: Apache-2.0
"""Carries a plan out on a cluster, and afterwards brings everything back that faults took away."""
import collections
import heapq
import signal
import subprocess
import time

from lab.conf import cluster_conf, prefer, script_service
from lab.lab import Lab
from lab.suite import Suite
from lab.wait import now

from .plan import DAEMONS, SERVICES

TOKEN, CONSENSUS = 1.0, 1.2
METHODS = (("first", ("pdu1",)), ("second", ("pdu2",)))
# As init/cman and init/rgmanager do, but with the patience of a person who saw the whole site lose power.
STEPS = ("cman_tool -t 600 -w join", "{ lab_ring & }", "cman_tool -t 600 -q wait",
         "ha-supervise -b -- fenced", "fence_tool join -w 600", "ha-supervise -b -- rgmanager")
IDLE_MAX = 8.0  # seconds a node may stand there, not starting, without its daemons until a person restarts it


def conf(plan):
    """cluster.conf: two methods, services with every recovery policy, with and without a home."""
    names = [f"n{number}" for number in range(1, plan.nodes + 1)]
    domains = (prefer("first", *names, nofailback=0) + prefer("last", *reversed(names)))
    rm = ("<failoverdomains>" + domains + "</failoverdomains>"
          + script_service("a", "first", recovery="relocate", check=1)
          + script_service("b", "last", recovery="restart", check=1)
          + script_service("c", recovery="relocate", check=1)
          + script_service("d", "last", recovery="restart", check=2))
    return cluster_conf(nodes=plan.nodes, methods=METHODS, action=plan.action, post_join_delay=6, rm=rm,
                        totem=f'token="{TOKEN * 1e3:.0f}" consensus="{CONSENSUS * 1e3:.0f}"',
                        rm_words=' status_poll_interval="1"')


class Storm:
    """One cluster under a plan."""

    def __init__(self, lab: Lab, plan, say):
        self.lab = lab
        self.plan = plan
        self.say = say
        self.suite = Suite(lab, conf(plan))
        for name in SERVICES:
            self.suite.add_service_script(name)
        self.done = collections.Counter()
        self.undo = []  # heap of (time, number, function)
        self.count = 0
        self.starting = {}  # node name -> its last chain of STEPS
        self.idle_since = {}

    # --- nodes ------------------------------------------------------------------------------------

    def begin(self):
        self.lab.power_on(self.lab.nodes)
        for node in self.lab.nodes:
            self.start(node)
        self.lab.power.on_power_on = self.start  # a node that is reset boots with the cluster enabled

    def start(self, node):
        self.starting[node.name] = self.suite.start_in_order(node, STEPS)

    def is_dead(self, node):
        """Off, crashed, or on without corosync or without one of its daemons."""
        return not node.is_on or any(not node.pids(daemon) for daemon in DAEMONS)

    def bring_back(self, node):
        """A person resets it. (With `reboot` as action the fence agent may have done so already.)"""
        self.lab.power.reset(node)

    # --- faults -----------------------------------------------------------------------------------

    def later(self, seconds, function):
        self.count += 1
        heapq.heappush(self.undo, (now() + seconds, self.count, function))

    def run(self):
        """All faults of the plan, each at its time, and what undoes them."""
        begin = now()
        for fault in self.plan.faults:
            self.pass_time(begin + fault.at)
            was_done = self.do(fault)
            self.done[fault.kind] += was_done
            self.say(f"{now() - begin:5.1f} {'' if was_done else '(not possible) '}{fault}")
        self.pass_time(begin + self.plan.seconds)

    def do(self, fault):
        """False when it is not possible: what it is about is not there, or is being switched off just now."""
        node = self.lab.node(fault.node)
        try:
            return bool(getattr(self, "do_" + fault.kind)(fault, node))
        except RuntimeError:
            if not node.has_crashed():
                raise
            return False

    def pass_time(self, until):
        """Sleeps until then; the faults' own time is what is tested, no condition stands for it."""
        while True:
            due = min([until] + [entry[0] for entry in self.undo[:1]])
            time.sleep(max(0.0, due - now()))
            if self.undo and self.undo[0][0] <= now():
                heapq.heappop(self.undo)[2]()
            elif now() >= until:
                return

    def do_crash(self, _fault, node):
        if not node.is_on or node.has_crashed():
            return False
        self.lab.crash(node)
        return True

    def do_return(self, _fault, node):
        if not self.is_dead(node):
            return False
        self.bring_back(node)
        return True

    def do_blackout(self, fault, _node):
        for node in self.lab.nodes:
            if node.is_on and not node.has_crashed():
                self.lab.crash(node)
        for number in fault.words:
            self.bring_back(self.lab.node(number))
        return True

    def do_cut(self, fault, node):
        self.lab.cut(node)
        self.later(fault.lasts, lambda: self.lab.network.join(node.id))
        return True

    def do_flap(self, fault, node):
        at = 0.0
        for number, seconds in enumerate(fault.words):
            step = self.lab.network.join if number % 2 else self.lab.network.cut
            self.later(at, lambda s=step: s(node.id))
            at += seconds
        return True

    def do_partition(self, fault, _node):
        self.lab.partition(fault.words)
        self.later(fault.lasts, lambda: self.lab.partition([[node.id for node in self.lab.nodes]]))
        return len(fault.words) > 1

    def do_deaf(self, fault, node):
        return self.one_way(fault, node, "input")

    def do_mute(self, fault, node):
        return self.one_way(fault, node, "output")

    def one_way(self, fault, node, hook):
        """Drops what comes in (or goes out): a cut in one direction."""
        if not node.is_on or node.has_crashed():
            return False
        self.lab.drop(node, hook)
        self.later(fault.lasts, lambda: self.lab.drop(node, None))
        return True

    def do_delay(self, fault, node):
        self.lab.delay(node, *fault.words)
        self.later(fault.lasts, lambda: self.lab.delay(node, 0))
        return True

    def do_kill(self, fault, node):
        return node.is_on and node.signal(fault.words[0], signal.SIGKILL) > 0

    def do_stop(self, fault, node):
        if not node.is_on or not node.signal(fault.words[0], signal.SIGSTOP):
            return False
        self.later(fault.lasts, lambda: node.is_on and node.signal(fault.words[0], signal.SIGCONT))
        return True

    def do_device(self, fault, _node):
        device, how, seconds = fault.words
        self.lab.power.behave(how, device=device, seconds=seconds)
        self.later(fault.lasts, lambda: self.lab.power.behave("ok", device=device))
        return True

    def do_order(self, fault, node):
        service, action, how = fault.words
        self.suite.order(service, action, how, node=node)
        self.later(fault.lasts, lambda: self.suite.obey(service, action, node=node, missing_ok=True))
        return True

    def do_verb(self, fault, node):
        flag, service, target = fault.words
        if self.is_dead(node):
            return False
        member = ["-m", f"n{target}"] if target else []
        words = " ".join(["timeout", "60", "clusvcadm", flag, service, *member])
        told = f"lab_journal verb-end verb={flag} service={service} result=$?"
        node.spawn(["sh", "-c", f"{words}; {told}"], log="clusvcadm")
        return True

    # --- afterwards -------------------------------------------------------------------------------

    def calm(self):
        """Ends every fault: wires, devices, agents, stopped daemons. Dead nodes stay dead for the moment."""
        self.undo.clear()
        self.lab.heal()
        for device in ("pdu1", "pdu2"):
            self.lab.power.behave("ok", device=device)
        for node in self.lab.nodes:
            self.lab.delay(node, 0)
            self.lab.drop(node, None)
            for service in SERVICES:
                for action in ("start", "stop", "status"):
                    self.suite.obey(service, action, node=node, missing_ok=True)
            if node.is_on:
                for daemon in DAEMONS:
                    node.signal(daemon, signal.SIGCONT)
                self.end_hanging(node)

    @staticmethod
    def end_hanging(node):
        """What hangs on an order ends with it, as a file server that answers again."""
        for pid in node.pids("sleep"):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if b"LAB_ORDER=hang" in file.read():
                        subprocess.run(["kill", "-KILL", str(pid)], check=False)
            except OSError:
                continue

    def restart_the_dead(self):
        """Whoever has been dead for a while is reset by a person; True when nobody is dead."""
        dead = [node for node in self.lab.nodes if self.is_dead(node)]
        for node in self.lab.nodes:
            if node not in dead or self.is_still_starting(node):
                self.idle_since.pop(node.name, None)
            elif now() - self.idle_since.setdefault(node.name, now()) > IDLE_MAX:
                self.say(f"restarting {node.name}")
                self.bring_back(node)
                self.idle_since.pop(node.name)
        return not dead

    def is_still_starting(self, node):
        """Is its chain of steps at work (in this life)? On a busy machine it takes longer than IDLE_MAX."""
        return node.is_on and not node.has_crashed() and self.starting[node.name].is_running()
