# SPDX-License-Identifier: Apache-2.0
"""The fence commands and fenced's own life, on real corosync and with real agents."""
import os
import signal

from lab.conf import cluster_conf
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import now, wait_until

from .fencing import domain_members, shots, start, wait_domain

DEBIANS_ACKNOWLEDGE = "/usr/sbin/fence_ack_manual"
TWO_SUPPLIES = "".join(f'<device name="{pdu}" port="{{node}}" action="{action}"/>'
                       for action in ("off", "on") for pdu in ("pdu1", "pdu2"))


def how_settled(node, node_id):
    """The last word of the node's line in fence_tool ls -n."""
    for line in node.check(["fence_tool", "ls", "-n"]).splitlines():
        if line.startswith(f"nodeid {node_id} "):
            return line.split()[-1]
    return None


def wait_settled(node, node_id, how, deadline=20):
    wait_until(lambda: how_settled(node, node_id) == how, deadline, f"node {node_id} settled: {how}")


def expect(done, code, text):
    """A command's exit code, and a part of what it said on standard error."""
    assert done.code == code and text in done.err, done


@scenario
def debians_own_fence_ack_manual_works_through_the_fifo(setting):
    """The distribution's command writes the name, in any case, to the FIFO that exists while a victim waits."""
    assert os.access(DEBIANS_ACKNOWLEDGE, os.X_OK), "package fence-agents is not installed"
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        fifo = "/run/cluster/fenced_override"
        assert n1.run(["test", "-e", fifo]).code != 0, "no victim, no FIFO"
        expect(n1.run(["fence_ack_manual", "n2"], input="absolutely\n"), 1, "n2 is no victim")
        lab.power.behave("fail")
        lab.crash(n2)
        wait_until(lambda: n1.run(["test", "-p", fifo]).code == 0, 20, "the FIFO")
        assert n1.check(["stat", "-c", "%a", fifo]) == "600\n"
        n1.check(["sh", "-c", f"echo n7 > {fifo}"])
        assert domain_members(n1) == [1, 2], "another name acknowledges nobody"
        done = n1.run([DEBIANS_ACKNOWLEDGE, "N2"], input="absolutely\n")
        assert done.code == 0 and "Done" in done.out, done
        wait_settled(n1, 2, "override")
        wait_domain(n1, [1])
        assert "fence n2 overridden by administrator intervention" in n1.check(["fence_tool", "dump"])
        wait_until(lambda: n1.run(["test", "-e", fifo]).code != 0, 10, "the FIFO is gone")


@scenario
def an_acknowledgement_ends_a_hanging_agent_first(setting):
    """While an agent hangs the tools answer at once; a person's word ends and reaps it before it counts."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        lab.power.behave("hang")
        lab.crash(n2)
        lab.journal.wait("agent-begin", 20, plug="n2")
        begin = now()
        assert "victim now    2" in n1.check(["fence_tool", "ls"])
        assert now() - begin < 1, "fence_tool waits for the agent"
        done = n1.run(["fence_ack_manual", "n2"], input="absolutely\n")
        assert done.code == 0, done
        wait_settled(n1, 2, "override")
        assert "fence_lab" not in n1.check(["ps", "ax"]), "the agent outlived its round"
        assert n1.check(["ls", "/run/cluster/agents"]) == "", "a record of an agent is left"


@scenario
def fence_node_is_announced_and_nobody_shoots_twice(setting):
    """A person's fence_node settles the victim that comes of it; words and exit codes are the classic ones."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf())
        n1, _ = lab.nodes
        expect(n1.run(["fence_node", "-S", "n2"]), 0, "status n2 success on")
        expect(n1.run(["fence_node", "-U"]), 2, "unfence n1 undefined")
        expect(n1.run(["fence_node", "n9"]), 2, "fence n9 undefined")
        lab.power.behave("fail")
        expect(n1.run(["fence_node", "n2"]), 1, "fence n2 failed")
        lab.power.behave("ok")
        done = n1.run(["fence_node", "-v", "n2"])
        expect(done, 0, "fence n2 dev 0.0 agent fence_lab result: success\nfence n2 success\n")
        assert done.out == "", done
        wait_settled(n1, 2, "external")
        wait_domain(n1, [1])
        assert shots(lab) == [("switch", "n2", "1"), ("switch", "n2", "0")], shots(lab)


@scenario
def fenced_may_restart_within_its_grace(setting):
    """A killed fenced that comes back continues the domain; one that does not gets its node fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, cluster_conf())
        n1, n2 = lab.nodes
        node_life = n2.check(["cat", "/run/cluster/node_life"])
        assert n2.signal("ha-supervise", 9) >= 0 and n2.signal("fenced", 9) == 1
        wait_until(lambda: not n2.pids("fenced"), 5, "fenced is gone")
        n2.check(["fenced"])
        wait_domain(n2, [1, 2])
        assert "victim count  0" in n1.check(["fence_tool", "ls"])
        assert n2.check(["cat", "/run/cluster/node_life"]) == node_life
        assert n2.signal("fenced", 9) == 1
        lab.journal.wait("power-off", 40, plug="n2")
        wait_settled(n1, 2, "agent")
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)


@scenario
def two_power_supplies_are_off_at_one_moment(setting):
    """off, off, on, on: before the first on every device is asked; one that kept the node alive counts as failure."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        conf = cluster_conf(methods=(("pdu", ("pdu1", "pdu2")),))
        for node in ("n1", "n2"):
            plain = "".join(f'<device name="{pdu}" port="{node}" action="off"/>' for pdu in ("pdu1", "pdu2"))
            assert plain in conf
            conf = conf.replace(plain, TWO_SUPPLIES.format(node=node))
        start(setting, lab, conf)
        lab.crash(lab.node(2))
        wait_settled(lab.node(1), 2, "agent", 30)
        calls = [(entry.values["device"], entry.values["action"])
                 for entry in lab.journal.entries("agent-begin", plug="n2")]
        calls = calls[calls.index(("pdu1", "off")):]  # before it: is it off already?
        assert calls == [("pdu1", "off"), ("pdu2", "off"), ("pdu1", "status"), ("pdu2", "status"),
                         ("pdu1", "on"), ("pdu2", "on")], calls


@scenario
def the_stock_agent_fence_dummy_fences(setting):
    """Debian's fence_dummy, unmodified, with the old `option` instead of `action`, settles a crashed node."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        conf = cluster_conf().replace('agent="fence_lab" ipaddr="switch"',
                                      'agent="fence_dummy" status_file="/tmp/power"')
        conf = conf.replace('action="off"', 'option="off"')
        start(setting, lab, conf)
        n1, n2 = lab.nodes
        n1.check(["sh", "-c", "printf on > /tmp/power"])
        lab.crash(n2)
        wait_settled(n1, 2, "agent", 60)
        assert n1.check(["cat", "/tmp/power"]).strip() == "off"


@scenario
def a_dirty_node_is_refused_and_tools_say_what_is_missing(setting):
    """fenced does not start over a lockspace of another life; fence_tool names the daemon that does not run."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, cluster_conf(post_join_delay=120), lab.node(1))
        n1, n2 = lab.nodes
        expect(n2.run(["fence_tool", "join"]), 1, "fence_tool: can't connect to cman\n")
        expect(n2.run(["fence_node", "n1"], timeout=30), 1, "cannot connect to cman\n")
        suite.start_in_order(n2, suite.steps(until="fence_tool")[:2]).wait(60)
        expect(n2.run(["fence_tool", "join"]), 1, "fence_tool: fenced not running, no lockfile\n")
        n2.check(["mkdir", "-p", "/run/dlm/clvmd"])
        done = n2.run(["fenced"], env={"HA_SYSFS_DLM": "/run/dlm"})
        assert done.code != 0, done
        assert n2.syslog("found uncontrolled entry /run/dlm/clvmd")
        n2.check(["rmdir", "/run/dlm/clvmd"])
        n2.check(["sh", "-c", "HA_SYSFS_DLM=/run/dlm fenced"])
        expect(n2.run(["fenced"]), 1, "is already running")
        n2.check(["fence_tool", "join", "-w", "20"])
        wait_domain(n1, [1, 2])
        n2.check(["mkdir", "-p", "/run/dlm/clvmd"])
        expect(n2.run(["fence_tool", "leave"], env={"HA_SYSFS_DLM": "/run/dlm"}), 1,
               "found dlm lockspace /run/dlm/clvmd\nfence_tool: cannot leave due to active systems\n")
        assert domain_members(n1) == [1, 2]


@scenario
def fence_tool_waits_as_long_as_told(setting):
    """join without quorum and without all members goes on after its limits; joining twice and SIGTERM change nothing."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        Suite(lab, cluster_conf(nodes=3, post_join_delay=300))
        n1, n2, _ = lab.nodes
        lab.power_on([n1, n2])
        for words, complaint in ((["fence_tool"], "fence_tool: no operation specified\n"),
                                 (["fence_tool", "foo"], "fence_tool: unknown option foo\n"),
                                 (["fence_tool", "-x"], "Please use '-h' for usage.\n")):
            expect(n1.run(words), 1, complaint)
        n1.check(["cman_tool", "-t", "60", "-w", "join"])
        n1.check(["ha-supervise", "-b", "--", "fenced"])
        done = n1.run(["fence_tool", "ls"])
        assert (done.code, done.out) == (1, ""), done
        expect(n1.run(["fence_tool", "join", "-q", "1"]), 0, "fence_tool: continuing without quorum\n")
        assert "wait state    quorum\n" in n1.check(["fence_tool", "ls"])
        n2.check(["cman_tool", "-t", "60", "-w", "join"])
        n2.check(["ha-supervise", "-b", "--", "fenced"])
        expect(n2.run(["fence_tool", "join", "-m", "1", "-w", "20"]), 0,
               "fence_tool: continuing without all members\n")
        wait_domain(n1, [1, 2])
        listing = n1.check(["fence_tool", "ls", "-n"])
        expect(n1.run(["fence_tool", "join", "-w", "20"]), 0, "")
        assert n1.check(["fence_tool", "ls", "-n"]) == listing
        fenced = n1.pids("fenced")
        n1.signal("fenced", signal.SIGTERM)
        wait_until(lambda: "fence_terminate_ignored" in n1.check(["cat", "/var/log/cluster/fenced.log"]), 10,
                   "fenced says that it stays")
        assert n1.pids("fenced") == fenced and domain_members(n1) == [1, 2]
        assert not shots(lab), shots(lab)
