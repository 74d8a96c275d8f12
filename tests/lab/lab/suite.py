# SPDX-License-Identifier: Apache-2.0
"""The suite in a lab: environment, cluster.conf, services that keep a journal, the real order of starting."""
import os
import pathlib
import shutil
import signal

from .lab import ROOT, SANITIZER_LOG
from .wait import wait_until

AGENTS = os.path.join(ROOT, "tests/lab/agents")
RESOURCE_AGENTS = os.path.join(ROOT, "rgmanager/agents")
CONF = "/etc/cluster/cluster.conf"
START = (  # what init/cman and init/rgmanager do, in their order; a step goes by its program
    ("cman_tool", "cman_tool -t 60 -w join"),
    ("quorum", "cman_tool -t 60 -q wait"),
    ("fenced", "ha-supervise -b -- fenced"),
    ("fence_tool", "fence_tool join -w 60"),
    ("rgmanager", "ha-supervise -b -- rgmanager"),
)


class Suite:
    """Puts the programs of the lab's build and one cluster.conf on every node."""

    def __init__(self, lab, conf):
        assert lab.build, "the suite needs a build folder (--build or HA_BUILD)"
        self.lab = lab
        programs = os.path.join(lab.build, "bin")
        for folder in (programs, os.path.join(lab.build, "lab")):  # installed, as agents look for them
            for name in os.listdir(folder):
                lab.links[f"/usr/local/sbin/{name}"] = os.path.join(folder, name)
        self.environment = {
            "HA_LIBEXEC_DIR": programs,
            "HA_AGENT_DIR": "/lab/agents",
            "HA_FENCE_AGENT_PATH": "/lab/fence:/usr/sbin:/sbin:/usr/bin:/bin",
            # A daemon has no standard error; what a sanitizer finds must fail the test (Lab.complaints).
            "ASAN_OPTIONS": f"log_path={SANITIZER_LOG}",
            "UBSAN_OPTIONS": f"log_path={SANITIZER_LOG}:print_stacktrace=1",
            "TSAN_OPTIONS": f"log_path={SANITIZER_LOG}",
        }
        for folder in ("services", "orders", "agents", "fence", "wrapped"):
            os.makedirs(os.path.join(lab.shared, folder), exist_ok=True)
        for name in os.listdir(RESOURCE_AGENTS):
            if os.access(os.path.join(RESOURCE_AGENTS, name), os.X_OK):
                self.wrap(os.path.join(RESOURCE_AGENTS, name), "agents")
        self.wrap(os.path.join(AGENTS, "fence_lab"), "fence")
        for node in lab.nodes:
            node.environment.update(self.environment)
            self.write_conf(node, conf)

    def wrap(self, agent, folder):
        """Puts an agent into /lab/FOLDER such that the journal notes its calls (helpers/lab_wrap.cpp)."""
        name = os.path.basename(agent)
        os.symlink(os.path.join(self.lab.build, "lab/lab_wrap"),
                   os.path.join(self.lab.shared, folder, name))
        os.symlink(agent, os.path.join(self.lab.shared, "wrapped", name))

    @staticmethod
    def write_conf(node, conf):
        with open(node.disk_path(CONF), "w", encoding="utf-8") as file:
            file.write(conf)

    def add_service_script(self, name, program=None):
        """A script for `<script file="/lab/services/NAME"/>` that keeps the journal (agents/test_service).

        `program`: a file of agents/ that it runs.
        """
        target = os.path.join(self.lab.shared, "services", name)
        shutil.copy(os.path.join(AGENTS, "test_service"), target)
        if program:
            shutil.copy(os.path.join(AGENTS, program), target + ".program")

    def order(self, script, action, result, node=None):
        """Makes a script's action fail with `result`, or "hang"; on one node only if one is given."""
        name = ".".join(([node.name] if node else []) + [script, action])
        with open(os.path.join(self.lab.shared, "orders", name), "w", encoding="ascii") as file:
            file.write(f"{result}\n")

    def obey(self, script, action, node=None, missing_ok=False):
        """Takes an order back."""
        name = ".".join(([node.name] if node else []) + [script, action])
        pathlib.Path(self.lab.shared, "orders", name).unlink(missing_ok)

    def start_cluster(self, *nodes, first=None, until=None):
        """Starts the suite on the nodes at the same time, in the real order; every step must succeed.

        `first`, `until`: programs of START. until="fence_tool": domain joined, no service manager;
        first="rgmanager": only that.
        """
        running = [(node, self.start_in_order(node, self.steps(until, first))) for node in nodes]
        for node, process in running:
            assert process.wait(150) == 0, f"{node.name} did not start:\n{self.start_log(node)}"

    @staticmethod
    def steps(until=None, first=None):
        """The steps of starting, from the program `first` up to and with the program `until`."""
        programs = [program for program, _ in START]
        begin = programs.index(first) if first else 0
        end = programs.index(until) + 1 if until else len(START)
        return [command for _, command in START[begin:end]]

    @staticmethod
    def start_in_order(node, steps=None):
        """The steps as one command line of the node; output goes to the file `start` of its logs, afresh."""
        with open(node.log_path("start"), "w", encoding="ascii"):
            pass
        steps = steps or Suite.steps()
        script = " && ".join(f"echo '# {step}' && {step}" for step in steps) + " || { echo FAILED; exit 1; }"
        return node.spawn(["sh", "-c", script], log="start")

    @staticmethod
    def stop_rgmanager(node):
        """Asks it to stop its services and go, as its init script does, and waits for that."""
        node.signal("rgmanager", signal.SIGTERM)
        wait_until(lambda: not node.pids("rgmanager"), 60, f"rgmanager on {node.name} ends")

    @classmethod
    def stop_cluster(cls, node):
        """Stops everything in good order: nobody fences a node that left so."""
        cls.stop_rgmanager(node)
        cls.leave_cluster(node)

    @staticmethod
    def leave_cluster(node):
        """The part of it without rgmanager."""
        node.check(["fence_tool", "leave", "-w", "30"])
        node.signal("fenced", signal.SIGTERM)
        wait_until(lambda: not node.pids("fenced"), 30, f"fenced on {node.name} ends")
        node.check(["cman_tool", "-t", "60", "-w", "leave"])
        wait_until(lambda: not node.pids("corosync"), 60, f"corosync on {node.name} ends")

    @staticmethod
    def start_log(node):
        with open(node.log_path("start"), encoding="utf-8", errors="replace") as file:
            return file.read()

    @staticmethod
    def wait_output(node, argv, condition, deadline, what):
        """Runs a query until `condition(output)` holds; returns that output."""
        def ask():
            done = node.run(argv)
            return done.out if condition(done.out) else None
        return wait_until(ask, deadline, what)
