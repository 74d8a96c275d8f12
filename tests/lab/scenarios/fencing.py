# SPDX-License-Identifier: Apache-2.0
"""cman and the fence domain on real corosync; services are in services.py."""
from lab.conf import cluster_conf
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import wait_until

TWO_METHODS = (("first", ("pdu1",)), ("second", ("pdu2",)))


def start(setting, lab, conf, *nodes):
    """Powers the nodes on and takes them into the fence domain."""
    suite = Suite(lab, conf)
    lab.power_on(lab.nodes)
    suite.start_cluster(*(nodes or lab.nodes), until="fence_tool")
    return suite


def shots(lab, **match):
    """Calls of the fence agent that switch power, finished or not: (device, plug, result or None)."""
    ends = {}
    for entry in lab.journal.entries(**match):
        if entry.values.get("action") in ("off", "reboot"):
            key = (entry.values["device"], entry.values["plug"])
            if entry.word == "agent-begin":
                ends.setdefault(key, []).append(None)
            elif entry.word == "agent-end":
                ends[key][-1] = entry.values["result"]
    return [(*key, result) for key, results in ends.items() for result in results]


def domain_members(node):
    """The members line of fence_tool ls, None when there is none."""
    for line in node.run(["fence_tool", "ls"]).out.splitlines():
        if line.startswith("members"):
            return sorted(int(number) for number in line.split()[1:])
    return None


def wait_domain(node, members, deadline=30):
    wait_until(lambda: domain_members(node) == members, deadline,
               f"fence domain {members} on {node.name}")


@scenario
def a_lost_node_is_fenced_once_and_returns(setting):
    """A crashed node is fenced exactly once, by method power; switched on again it joins as before."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        lab.crash(n2)
        lab.journal.wait("agent-end", 20, plug="n2", action="off", result=0)
        wait_domain(n1, [1])
        assert "nodeid 2 member 0 victim 0 last fence master 1 how agent" in n1.check(
            ["fence_tool", "ls", "-n"])
        lab.switch_on(n2)
        suite.start_cluster(n2, until="fence_tool")
        wait_domain(n1, [1, 2])
        wait_domain(n2, [1, 2])
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)


@scenario
def the_second_method_follows_a_failed_first(setting):
    """The first method's device refuses: the second fences."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf(methods=TWO_METHODS))
        lab.power.behave("fail", device="pdu1")
        lab.crash(lab.node(2))
        lab.journal.wait("agent-end", 20, device="pdu2", plug="n2", result=0)
        wait_domain(lab.node(1), [1])
        assert shots(lab) == [("pdu1", "n2", "1"), ("pdu2", "n2", "0")], shots(lab)


@scenario
def a_person_acknowledges_when_every_method_fails(setting):
    """All devices refuse: the victim stays, fence_tool ls names the command that ends the wait; it does."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf(methods=TWO_METHODS))
        n1, n2 = lab.nodes
        for device in ("pdu1", "pdu2"):
            lab.power.behave("fail", device=device)
        lab.crash(n2)
        lab.journal.wait("agent-end", 30, count=2, device="pdu2", plug="n2", result=1)
        listing = n1.check(["fence_tool", "ls"])
        assert "victim count  1" in listing and "victim now    2" in listing, listing
        assert "fence_ack_manual n2" in listing, listing
        done = n1.run(["fence_ack_manual", "n2"], input="yes\n")
        assert done.code == 1 and "Aborted." in done.out + done.err, done
        assert "victim count  1" in n1.check(["fence_tool", "ls"])
        lab.write("acknowledged", plug="n2")
        done = n1.run(["fence_ack_manual", "n2"], input="absolutely\n")
        assert done.code == 0 and "Done" in done.out + done.err, done
        wait_domain(n1, [1])
        assert "how override" in n1.check(["fence_tool", "ls", "-n"]).splitlines()[-2], "how override"
        assert all(result == "1" for *_, result in shots(lab))


@scenario
def a_partition_of_two_nodes_has_one_survivor(setting):
    """Both halves of two_node are quorate and shoot; the device of n1 is slow, so n1 survives."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf(delays={"n1": 3}))
        n1, n2 = lab.nodes
        lab.partition([[1], [2]])
        lab.journal.wait("power-off", 20, plug="n2")
        wait_domain(n1, [1])
        lab.heal()
        assert n1.is_on and not n2.is_on
        assert not lab.journal.entries("power-off", plug="n1")
        assert domain_members(n1) == [1]


@scenario
def leaving_in_good_order_is_no_failure(setting):
    """fence_tool leave and cman_tool leave: nobody is fenced; cman_tool leave alone is refused; force is not."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        refused = n2.run(["cman_tool", "leave"])
        assert refused.code == 1, refused
        assert domain_members(n2) == [1, 2] and "M" in n1.check(["cman_tool", "nodes", "-n", "n2"])
        suite.leave_cluster(n2)
        wait_domain(n1, [1])
        wait_until(lambda: "Nodes: 1" in n1.run(["cman_tool", "status"]).out, 20, "one node left")
        assert not shots(lab), shots(lab)
        suite.start_cluster(n2, until="fence_tool")
        wait_domain(n1, [1, 2])
        forced = n2.run(["cman_tool", "leave", "force"])
        assert forced.code == 0, forced
        lab.journal.wait("agent-end", 20, plug="n2", action="off", result=0)
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)


@scenario
def a_killed_corosync_gets_its_node_fenced(setting):
    """The how-to's test: killall -9 corosync on a node, and the other one fences it."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        assert n2.signal("corosync", 9) == 1
        wait_until(lambda: not n2.is_on or (not n2.pids("cmand") and not n2.pids("fenced")), 10,
                   "the daemons notice")
        lab.journal.wait("power-off", 20, plug="n2")
        wait_domain(n1, [1])
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)


@scenario
def either_start_order_works_within_post_join_delay(setting):
    """The second node may start a little later, whichever it is: nobody is fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = Suite(lab, cluster_conf(post_join_delay=15))
        lab.power_on(lab.nodes)
        for first, second in (lab.nodes, lab.nodes[::-1]):
            waiting = suite.start_in_order(first, suite.steps(until="fence_tool"))
            wait_until(lambda node=first: domain_members(node) == [node.id], 20, "first node alone")
            suite.start_cluster(second, until="fence_tool")
            assert waiting.wait(60) == 0, suite.start_log(first)
            wait_domain(first, [1, 2])
            for node in (second, first):
                suite.leave_cluster(node)
        assert not shots(lab), shots(lab)


@scenario
def a_node_absent_beyond_post_join_delay_is_fenced_at_start(setting):
    """One node starts alone: after post_join_delay it fences the other, which then may join."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, cluster_conf(post_join_delay=2), lab.node(1))
        n1, n2 = lab.nodes
        formed = lab.journal.wait("power-off", 30, plug="n2")
        assert formed.values["life"] == "1"
        wait_until(lambda: "victim count  0" in n1.run(["fence_tool", "ls"]).out, 10, "settled")
        lab.switch_on(n2)
        suite.start_cluster(n2, until="fence_tool")
        wait_domain(n1, [1, 2])
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)
