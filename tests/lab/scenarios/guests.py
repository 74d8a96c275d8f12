# SPDX-License-Identifier: Apache-2.0
"""Virtual machines that move alive. The hypervisor is agents/test_guest; all else is real."""
import os
import pathlib
import shutil

from lab.conf import OFF, cluster_conf
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import AGENTS, Suite
from lab.wait import wait_until
from scenarios.fencing import shots
from scenarios.services import state, wait_state

GUEST = '<vm name="guest" recovery="restart"><action name="status" interval="1" depth="*"/></vm>'


def start(setting, lab):
    """Two nodes; the guest runs on n1."""
    suite = Suite(lab, cluster_conf(methods=OFF, rm=GUEST, rm_words=' status_poll_interval="1"'))
    os.makedirs(os.path.join(lab.shared, "guests"))
    agent = os.path.join(lab.shared, "agents", "vm.sh")
    os.unlink(agent)
    shutil.copy(os.path.join(AGENTS, "test_guest"), agent)
    lab.power_on(lab.nodes)
    suite.start_cluster(*lab.nodes, until="fence_tool")
    suite.start_cluster(lab.nodes[0], first="rgmanager")
    wait_state(lab.nodes[0], "vm:guest", "n1")
    suite.start_cluster(lab.nodes[1], first="rgmanager")
    wait_state(lab.nodes[1], "vm:guest", "n1")
    return suite


def guest_file(lab):
    return pathlib.Path(lab.shared, "guests", "guest")


def where(lab):
    """By the hypervisor's own word."""
    return guest_file(lab).read_text(encoding="ascii").strip()


@scenario
def a_guest_moves_alive_and_nothing_is_started(setting):
    """-M moves it; a migration that cannot be leaves it where it is, and says so."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        assert "Success" in n1.check(["clusvcadm", "-M", "vm:guest", "-m", "n2"])
        for node in lab.nodes:
            wait_state(node, "vm:guest", "n2")
        suite.order("guest", "migrate", "150")
        refused = n1.run(["clusvcadm", "-M", "vm:guest", "-m", "n1"])
        assert refused.code != 0 and "original owner" in refused.out, refused
        wait_state(n2, "vm:guest", "n2")
        assert where(lab) == "n2"
        assert len(lab.journal.entries("start-begin")) == 1, "it was started once, and never again"


@scenario
def a_migration_whose_result_is_lost_ends_where_the_guest_is(setting):
    """rgmanager of the source dies after the hand-over, before its agent ends: the guest goes on at the target."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        suite.order("guest", "migrate", "slow 30")
        n2.spawn(["clusvcadm", "-M", "vm:guest", "-m", "n2"], log="clusvcadm")
        lab.journal.wait("handed-over", 20)
        assert n1.signal("rgmanager", 9) == 1
        for node in lab.nodes:
            wait_state(node, "vm:guest", "n2")
        assert where(lab) == "n2"
        assert len(lab.journal.entries("start-begin")) == 1, "it was started once, and never again"
        assert not shots(lab), shots(lab)


@scenario
def a_migration_that_fails_after_the_hand_over_leaves_no_guest_behind(setting):
    """The target stops what it got before anybody can disable the service, and so start it elsewhere."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, _ = lab.nodes
        suite.order("guest", "migrate", "moved 1")
        refused = n1.run(["clusvcadm", "-M", "vm:guest", "-m", "n2"])
        assert refused.code != 0 and "Failure" in refused.out, refused
        assert state(n1, "vm:guest")[1] == "failed", state(n1, "vm:guest")
        wait_until(lambda: n1.run(["clusvcadm", "-d", "vm:guest"]).code == 0, 20, "vm:guest can be disabled")
        assert not guest_file(lab).exists(), "n2 stopped what it got"
        assert "Success" in n1.check(["clusvcadm", "-e", "vm:guest", "-m", "n1"])
        assert where(lab) == "n1"
        lab.check_journal()
