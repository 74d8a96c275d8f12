#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind scripts/demo: a two-node cluster, a power cut, a fail-over, the way back."""
import argparse
import os
import shutil
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from demo.client import ADDRESS, Client  # pylint: disable=wrong-import-position
from demo.outage import Outage  # pylint: disable=wrong-import-position
from demo.show import Show  # pylint: disable=wrong-import-position
from lab import world  # pylint: disable=wrong-import-position
from lab.lab import ROOT, Lab, kept_paths  # pylint: disable=wrong-import-position
from lab.suite import Suite  # pylint: disable=wrong-import-position
from lab.wait import now, wait_until  # pylint: disable=wrong-import-position

CONF = os.path.join(ROOT, "schemas/examples/two_node.conf")
SERVICES = os.path.join(ROOT, "tests/lab/demo/services")


class Demo:
    """The story, a method per chapter."""

    def __init__(self, lab, show):
        self.lab = lab
        self.show = show
        with open(CONF, encoding="utf-8") as file:
            self.suite = Suite(lab, file.read())
        for name in os.listdir(SERVICES):
            shutil.copy(os.path.join(SERVICES, name), os.path.join(lab.shared, "services"))
        lab.add_disk("web")
        self.n1, self.n2 = lab.nodes
        self.client = None

    # --- small steps --------------------------------------------------------------------------

    def command(self, node, *argv):
        """Runs and shows a command; the demonstration ends if it fails."""
        output = node.check(list(argv))
        self.show.output(node.name, " ".join(argv), output)
        return output

    def start(self, *nodes, **which):
        """Starts the suite (or some of its programs) and tells of every step as it begins."""
        steps = self.suite.steps(**which)
        running = [(node, self.suite.start_in_order(node, steps)) for node in nodes]
        for step in steps:
            wait_until(lambda s=step: all(f"# {s}\n" in self.suite.start_log(node) for node in nodes)
                       or self.failed(nodes), 90, step)
            self.show.event(f"{', '.join(node.name for node in nodes)}: {step}")
        for node, process in running:
            if process.wait(90) != 0:
                raise AssertionError(f"{node.name} did not start:\n{self.suite.start_log(node)}")

    def failed(self, nodes):
        return any("FAILED" in self.suite.start_log(node) for node in nodes)

    def wait_state(self, node, service, owner, state="started"):
        """Waits until clustat on `node` shows the service so."""
        def shown():
            rows = [line.split() for line in node.run(["clustat", "-s", service]).out.splitlines()]
            return any(row[:3] == [f"service:{service}", owner, state] for row in rows)
        wait_until(shown, 60, f"clustat: service:{service} {owner} {state}")
        return now(), f"{node.name}: clustat says service:{service} is {state} on {owner}", "good"

    def wait_answer(self, owner, after=0.0):
        """Waits until the client is answered by a node."""
        time = self.client.wait_for(owner, 60, after)
        return time, f"client: {ADDRESS} answers, from {owner}", "good"

    # --- chapters -------------------------------------------------------------------------------

    def begin(self):
        self.show.title("Two nodes get power, and the cluster starts from schemas/examples/two_node.conf")
        self.lab.power_on(self.lab.nodes)
        self.show.event("n1, n2: power on")
        self.start(self.n1, self.n2, until="fence_tool")
        self.command(self.n1, "cman_tool", "nodes")
        self.command(self.n1, "fence_tool", "ls")
        Outage.observe(self.n2)

    def serve(self):
        self.show.title("The services start")
        self.client = Client()
        self.start(self.n1, first="rgmanager")
        self.show.events(self.wait_answer("n1"), self.wait_state(self.n1, "web", "n1"))
        self.start(self.n2, first="rgmanager")
        self.show.events(self.wait_state(self.n1, "ticker", "n2"))
        self.command(self.n2, "clustat")

    def lose(self):
        self.show.title("The power of n1 fails")
        outage = Outage(self.lab, self.n1, self.n2)
        outage.cut = now()
        self.lab.crash(self.n1)
        self.show.event("n1: power cut, the node is gone without a word", "bad", outage.cut)
        begin = self.lab.journal.wait("agent-begin", 60, plug="n1", action="reboot")
        self.show.event("n2: calls the fence agent: fence_lab port=n1 action=reboot", at=begin.seconds)
        end = self.lab.journal.wait("agent-end", 60, plug="n1", action="reboot", result=0)
        self.show.event("n2: the agent says: n1 is off (and has power again)", at=end.seconds)
        answer = self.wait_answer("n2", after=outage.cut)
        started = self.wait_state(self.n2, "web", "n2")
        outage.finish(self.client.last_answer_before(outage.cut), answer[0])
        self.show.events(answer, started,
                         *((run.begin, f"n2: {run.words}", None) for run in outage.service_agents))
        self.command(self.n2, "clustat")
        self.show.line(outage.report(self.show))

    def come_back(self):
        self.show.title("n1 was reset, boots and rejoins; the service stays where it is")
        self.start(self.n1)
        self.show.events(self.wait_state(self.n1, "web", "n2"))
        self.command(self.n1, "clustat")

    def relocate(self):
        self.show.title("Back to n1, on purpose")
        asked = now()
        self.command(self.n2, "clusvcadm", "-r", "web", "-m", "n1")
        answered = self.client.wait_for("n1", 60, after=asked)
        silence = answered - self.client.last_answer_before(answered)
        self.show.event(f"client: {ADDRESS} answers, from n1; silent for {silence * 1e3:.0f} ms", "good",
                        answered)

    def freeze(self):
        self.show.title("Maintenance: freeze, look, thaw")
        self.command(self.n1, "clusvcadm", "-Z", "web")
        shown = self.command(self.n1, "clustat", "-s", "web")
        assert "[Z]" in shown, "clustat does not show the freeze"
        self.command(self.n1, "clusvcadm", "-U", "web")
        shown = self.command(self.n1, "clustat", "-s", "web")
        assert "[Z]" not in shown, "clustat still shows the freeze"

    def stay(self):
        self.show.title("The cluster keeps running. Enter a node from another terminal:")
        for node in self.lab.nodes:
            self.show.line(f"    sudo nsenter -t {node.machine_pid()} -m -u -i -n -p bash   # {node.name}")
        self.show.line("Try clustat, clusvcadm -r web, fence_tool ls, cman_tool status; "
                       "kill corosync and see what happens.")
        self.show.line(f"Logs: /var/log/cluster in each node. The client goes on asking {ADDRESS}.")
        self.show.line("Ctrl-C here ends it all.")
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            self.show.line()

    def end(self):
        self.show.title("The cluster stops in good order, nobody is fenced")
        self.client.stop()
        for node in self.lab.nodes:
            Suite.stop_cluster(node)
            self.show.event(f"{node.name}: rgmanager stopped, fence domain and cluster left")
        calls = [entry for entry in self.lab.journal.entries("agent-begin")
                 if entry.values["action"] != "status"]
        assert len(calls) == 1, f"fence calls: {[str(call) for call in calls]}"
        self.lab.check_journal()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="build folder of the suite")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running until Ctrl-C")
    options = parser.parse_args()
    logs = os.path.join(os.path.realpath(options.build), "lab-logs")
    world.enter(kept_paths(options.build))
    show = Show()
    with Lab(nodes=2, build=options.build, logs=logs) as lab:
        demo = Demo(lab, show)
        for chapter in (demo.begin, demo.serve, demo.lose, demo.come_back, demo.relocate, demo.freeze):
            chapter()
        if options.keep:
            demo.stay()
        else:
            demo.end()
    show.title("Both nodes are switched off, nothing is left on this machine.")
    return 0


def run():
    """main, with a sentence instead of a trace when it does not get to its end."""
    try:
        return main()
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is left on this machine.")
        return 130
    except AssertionError as error:
        print(f"\nThe demonstration failed: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(run())
