# SPDX-License-Identifier: Apache-2.0
"""cmand, cman_tool and the init scripts on real corosync, without services."""
import os
import re
import signal
from contextlib import contextmanager

from lab.conf import cluster_conf
from lab.lab import ROOT, Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import now, wait_until

STATUS = r"""Version: 6\.2\.0
Config Version: 1
Cluster Name: lab
Cluster Id: \d+
Cluster Member: Yes
Cluster Generation: \d+
Membership state: Cluster-Member
Nodes: 2
Expected votes: 1
Total votes: 2
Node votes: 1
Quorum: 1  
Active subsystems: 1
Flags: 2node 
Ports Bound: 0  
Node name: n1
Node ID: 1
Multicast addresses: 255\.255\.255\.255 
Node addresses: 10\.77\.0\.1 
"""
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
NOT_RUNNING = "cman_tool: Cannot open connection to cman, is it running ?\n"


def members(node):
    """Ids of the members as `node` sees them; empty while cmand does not run."""
    rows = node.run(["cman_tool", "nodes", "-F", "id,type"]).out.splitlines()
    return [int(row.split()[0]) for row in rows if row.split()[1] == "M"]


def join(*nodes):
    """All at the same time, as after a power failure."""
    for process in [node.spawn(["cman_tool", "-t", "60", "-w", "join"], log="join") for node in nodes]:
        assert process.wait(90) == 0


def wait_members(node, expected, deadline=30):
    wait_until(lambda: members(node) == expected, deadline, f"{node.name} sees members {expected}")


@contextmanager
def two_members(setting):
    """A lab of two nodes that are members of one cluster."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        Suite(lab, cluster_conf())
        lab.power_on(lab.nodes)
        join(*lab.nodes)
        wait_members(lab.nodes[0], [1, 2])
        yield lab.nodes


def refused(node, argv, *words, code=1):
    """The command fails with this code, and stderr has all the words."""
    done = node.run(argv)
    assert done.code == code and all(word in done.err for word in words), done
    return done


def votes(node):
    """Expected votes, total votes and quorum as cman_tool status shows them."""
    text = node.check(["cman_tool", "status"])
    return tuple(int(re.search(f"(?m)^{what}: (\\d+)", text)[1])
                 for what in ("Expected votes", "Total votes", "Quorum"))


@scenario
def cman_tool_speaks_the_old_words(setting):
    """Queries before, during and after: the lines, columns and exit codes scripts rely on."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        Suite(lab, cluster_conf())
        lab.power_on(lab.nodes)
        for words in (["status"], ["nodes"], ["version"], ["wait"], ["leave"], ["kill", "-n", "n2"]):
            assert refused(n1, ["cman_tool", *words]).err == NOT_RUNNING
        join(n1)
        assert re.fullmatch("Node  Sts   Inc   Joined               Name\n"
                            f"   1   M  +\\d+   {TIME}  n1\n   2   X      0 {{24}}n2\n",
                            n1.check(["cman_tool", "nodes"]))
        join(n2)
        wait_members(n1, [1, 2])
        assert re.fullmatch(STATUS, n1.check(["cman_tool", "status"]))
        assert n1.check(["cman_tool", "version"]) == "6.2.0 config 1\n"
        assert n1.check(["cman_tool", "-F", "id,type", "nodes", "-n", "n2"]) == "2 M \n"
        assert "       Addresses: 10.77.0.2 \n" in n1.check(["cman_tool", "nodes", "-a"])
        refused(n1, ["cman_tool", "join"], "cman_tool: Node is already active")
        refused(n1, ["cman_tool", "version", "-r"], "config version older or equal the running config")
        n1.check(["cman_tool", "-w", "leave"])
        assert not n1.pids("corosync")
        wait_until(lambda: not n1.pids("cmand") and not n1.pids("ha-supervise"), 10, "cmand is gone")
        assert refused(n1, ["cman_tool", "status"]).err == NOT_RUNNING
        row = n2.check(["cman_tool", "nodes", "-n", "n1"]).splitlines()[1]
        assert re.fullmatch(r"   1   X  +[1-9]\d* {24}n1", row), "a dead node keeps its incarnation"


@scenario
def corosync_and_cmand_die_as_they_should(setting):
    """A killed cmand comes back and adopts corosync; a killed corosync ends cmand within a second."""
    with two_members(setting) as (n1, n2):
        corosync, cmand = n1.pids("corosync"), n1.pids("cmand")
        with open(n1.disk_path("/etc/cluster/cluster.conf"), "a", encoding="utf-8") as conf:
            conf.write("<!-- edited meanwhile: the restarted cmand goes on with what it had -->\n")
        n1.signal("cmand", signal.SIGKILL)
        wait_until(lambda: n1.pids("cmand") not in ([], cmand), 10, "cmand is started again")
        wait_members(n1, [1, 2])
        assert n1.pids("corosync") == corosync
        assert members(n2) == [1, 2]
        died = now()
        n1.signal("corosync", signal.SIGKILL)
        wait_until(lambda: not n1.pids("cmand"), 5, "cmand notices")
        assert now() - died < 1
        wait_until(lambda: not n1.pids("ha-supervise"), 5, "and is not started again")
        wait_members(n2, [2])


@scenario
def a_killed_node_goes_at_once(setting):
    """cman_tool kill: the victim's corosync ends, its log says who did it; unknown names are passed over."""
    with two_members(setting) as (n1, n2):
        refused(n1, ["cman_tool", "kill"], "No node name specified")
        done = n1.run(["cman_tool", "kill", "-n", "n9", "-n", "n2"])
        assert done.code == 0 and done.err == "Can't kill node n9 : No such file or directory\n", done
        wait_until(lambda: not n2.pids("corosync") and not n2.pids("cmand"), 5, "the victim goes")
        assert "killed by node 1 because we were killed by cman_tool" in n2.check(
            ["cat", "/var/log/cluster/cmand.log"])
        wait_members(n1, [1])


@scenario
def a_killed_node_whose_cmand_hangs_is_killed_by_corosync(setting):
    """Its cmand reads nothing: corosync ends it, a moment later."""
    with two_members(setting) as (n1, n2):
        assert n2.signal("cmand", signal.SIGSTOP) == 1
        n1.check(["cman_tool", "kill", "-n", "n2"])
        wait_until(lambda: not n2.pids("corosync"), 5, "the victim's corosync ends")
        wait_members(n1, [1])


@scenario
def a_newcomer_with_another_configuration_is_refused(setting):
    """Newer, or other content: the newcomer is told what to do, the members go on undisturbed."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        n1, n2, n3 = lab.nodes
        conf = cluster_conf(nodes=3)
        Suite(lab, conf)
        lab.power_on(lab.nodes)
        join(n1, n2)
        wait_members(n1, [1, 2])
        for changed, words in (
                (conf.replace('config_version="1"', 'config_version="2"'), "still runs version 1"),
                (conf.replace('name="n3" nodeid="3"', 'name="n3" nodeid="3" votes="3"'),
                 "another content")):
            Suite.write_conf(n3, changed)
            refused(n3, ["cman_tool", "join", "-w"], words, "copy cluster.conf from n",
                    "cman_tool: corosync daemon didn't start\n")
            assert not n3.pids("corosync") and not n3.pids("cmand")
            wait_until(lambda: votes(n1) == (3, 2, 2), 10, "the members' votes are as before")
        Suite.write_conf(n3, conf)
        join(n3)
        wait_members(n1, [1, 2, 3])


@scenario
def a_wrong_configuration_starts_nothing(setting):
    """Class E is refused whatever -D says; complaints follow -D."""
    with Lab(nodes=1, build=setting.build, logs=setting.logs) as lab:
        n1, = lab.nodes
        conf = cluster_conf(nodes=1)
        Suite(lab, conf)
        lab.power_on(lab.nodes)
        for changed, words in (
                (conf.replace('name="n1" nodeid', 'name="n9" nodeid'), "Cannot find node name"),
                (conf.replace('name="n1" nodeid', 'name="localhost" nodeid'), "resolves to localhost"),
                (conf.replace('name="lab"', 'name="sixteencharacter"'), "15 characters")):
            Suite.write_conf(n1, changed)
            refused(n1, ["cman_tool", "join", "-Dnone"], words, "corosync daemon didn't start")
        Suite.write_conf(n1, conf.replace("<totem", '<totem colour="blue"'))
        refused(n1, ["cman_tool", "join"], "colour", "Not joining, configuration is not valid")
        two = conf.replace("<totem", '<totem colour="blue"').replace('nodeid="1"', 'nodeid="0"')
        Suite.write_conf(n1, two)
        lines = [1 + two[:two.index(word)].count("\n") for word in ('colour="blue"', 'nodeid="0"')]
        refused(n1, ["cman_tool", "join"], *(f"cluster.conf:{line}: " for line in lines))
        Suite.write_conf(n1, conf.replace("<totem", '<totem colour="blue"'))
        assert not n1.pids("corosync")
        assert "colour" in n1.run(["cman_tool", "-Dwarn", "join", "-w"]).err
        assert members(n1) == [1]


@scenario
def expected_votes_follow_the_administrator(setting):
    """leave remove, a return, expected -e and votes -v, as the old cman counted; wait times out with 2."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        n1, n2, n3 = lab.nodes
        Suite(lab, cluster_conf(nodes=3))
        lab.power_on(lab.nodes)
        join(*lab.nodes)
        wait_members(n1, [1, 2, 3])
        assert votes(n1) == (3, 3, 2)
        n3.check(["cman_tool", "-w", "leave", "remove"])
        wait_until(lambda: votes(n1) == (2, 2, 2), 10, "remove lowers expected votes")
        join(n3)
        wait_until(lambda: votes(n1) == (3, 3, 2), 10, "a return restores them")
        refused(n1, ["cman_tool", "votes", "-v", "0"], "can't set votes: Invalid argument")
        refused(n1, ["cman_tool", "expected", "-e", "9"], "can't set expected votes: Invalid argument")
        lab.crash(n3)
        wait_members(n1, [1, 2])
        lab.crash(n2)
        wait_members(n1, [1])
        assert "Quorum: 2 Activity blocked\n" in n1.check(["cman_tool", "status"])
        refused(n1, ["cman_tool", "wait", "-q", "-t", "1"], "Timed-out waiting for cluster", code=2)
        refused(n1, ["cman_tool", "expected", "-e", "2"], "Invalid argument")
        n1.check(["cman_tool", "expected", "-e", "1"])
        n1.check(["cman_tool", "wait", "-q", "-t", "10"])


@scenario
def the_init_script_starts_and_stops_a_node(setting):
    """init/cman: start, second start, a refused leave, an orderly stop that fences nobody."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        script = os.path.join(ROOT, "init/cman")
        Suite(lab, cluster_conf())
        lab.power_on(lab.nodes)
        for process in [node.spawn([script, "start"], log="init") for node in lab.nodes]:
            assert process.wait(90) == 0
        assert n1.run([script, "status"]).code == 0
        n1.check([script, "start"])
        refused(n1, ["cman_tool", "leave"], "Error leaving cluster: Device or resource busy", "fenced: ")
        refused(n1, ["cman_tool", "-t", "2", "-w", "leave"], "Timed-out", code=2)
        assert members(n1) == [1, 2]
        n2.check([script, "stop"])
        assert n2.run([script, "status"]).code == 3 and members(n1) == [1]
        n2.check([script, "start"])
        wait_members(n1, [1, 2])
        assert not lab.journal.entries(word="agent-begin"), "nobody was fenced"
