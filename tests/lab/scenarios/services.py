# SPDX-License-Identifier: Apache-2.0
"""Services under failures, proven from the agents' own journal (S1, S2) and shown by the tools' own words."""
import os
import re
import signal

from faults.verdict import managers
from lab.conf import OFF, cluster_conf, prefer, script_service
from lab.journal import starts_before_fenced, violations
from lab.lab import ROOT, Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import wait_until
from scenarios.fencing import shots, wait_domain

NOTICE_S = 2  # DESIGN 5 says one second; one more for a machine that stands still
NOTICES = {"cmand": "corosync_died", "fenced": "cluster is down", "rgmanager": "the cluster is gone"}
INIT = os.path.join(ROOT, "init")
RM = ("<failoverdomains>" + prefer("n1_first", "n1", "n2") + prefer("n2_first", "n2", "n1", nofailback=0)
      + "</failoverdomains>" + script_service("web", "n1_first") + script_service("db", "n2_first"))


def prepare(setting, lab, **conf):
    """Two nodes with power and the services web and db in cluster.conf."""
    conf.setdefault("rm", RM)
    suite = Suite(lab, cluster_conf(**conf))
    for service in ("web", "db"):
        suite.add_service_script(service)
    lab.power_on(lab.nodes)
    return suite


def start(setting, lab, **conf):
    """Two nodes with web on n1, where it stays, and db on n2, where it goes once n2 is there."""
    suite = prepare(setting, lab, **conf)
    suite.start_cluster(*lab.nodes, until="fence_tool")
    n1, n2 = lab.nodes
    suite.start_cluster(n1, first="rgmanager")
    wait_state(n1, "web", "n1")
    wait_state(n1, "db", "n1")
    suite.start_cluster(n2, first="rgmanager")
    for node in lab.nodes:
        wait_state(node, "web", "n1")
        wait_state(node, "db", "n2")
    return suite


def state(node, service):
    """(owner, state, flags) as clustat shows the service (`web`, `vm:guest`) on a node; None without a row."""
    name = service if ":" in service else f"service:{service}"
    for line in node.run(["clustat", "-s", service]).out.splitlines():
        words = line.split()
        if words[:1] == [name]:
            return words[1], words[2], "".join(words[3:])
    return None


def wait_state(node, service, owner, name="started", deadline=40):
    wait_until(lambda: (state(node, service) or ())[:2] == (owner, name), deadline,
               f"{node.name} shows {service} {name} on {owner}, last {state(node, service)}")


def starts(lab, service, node):
    """Start actions of a service's agent on a node."""
    return lab.journal.entries("start-begin", node=node.name, service=service)


def check_safe(lab, victim=None):
    """S1 for the whole journal; S2 for a node that was lost in its first life."""
    lab.check_journal()
    if victim:
        early = starts_before_fenced(lab.journal.entries(), victim.name, 1)
        assert not early, "\n".join(early)


@scenario
def a_service_moves_only_after_the_agents_success(setting):
    """(a) The owner loses power: its service starts on the other node, not before the agent succeeded."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        lab.power.behave("slow", seconds=2)
        lab.crash(n1)
        wait_state(n2, "web", "n2")
        check_safe(lab, victim=n1)
        begun, = starts(lab, "web", n2)
        off, = lab.journal.entries("agent-end", plug="n1", action="off", result=0)
        assert off.seconds < begun.seconds
        assert len(starts(lab, "db", n2)) == 1, "an untouched service was started again"
        lab.switch_on(n1)
        suite.start_cluster(n1)
        wait_state(n1, "web", "n2")
        assert len(starts(lab, "web", n1)) == 1, "nofailback: it stays"
        check_safe(lab, victim=n1)


@scenario
def nothing_is_recovered_until_a_person_acknowledges(setting):
    """(b) Every device refuses: nothing of the victim starts, the tools say what ends the wait, and it does."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        lab.power.behave("fail")
        lab.crash(n1)
        lab.journal.wait("agent-end", 30, count=2, plug="n1", action="off", result=1)
        for command in (["fence_tool", "ls"], ["clustat"]):
            shown = n2.check(command)
            assert "fence_ack_manual n1" in shown, f"{command}: {shown}"
        assert not starts(lab, "web", n2)
        assert state(n2, "db")[:2] == ("n2", "started")
        lab.write("acknowledged", plug="n1")
        n2.check(["fence_ack_manual", "n1"], input="absolutely\n")
        wait_state(n2, "web", "n2")
        assert "fence_ack_manual" not in n2.check(["clustat"])
        check_safe(lab, victim=n1)


@scenario
def a_killed_corosync_costs_no_service_twice(setting):
    """(c) killall -9 corosync: the services there are dead, or the node is, before they start elsewhere."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        assert n1.signal("corosync", 9) == 1
        wait_state(n2, "web", "n2")
        check_safe(lab, victim=n1)
        assert shots(lab) == [("switch", "n1", "0")], shots(lab)


@scenario
def a_killed_corosync_stops_services_before_anybody_shoots(setting):
    """No fence device answers: the owner itself stops its services at once, and nobody takes them before the shot."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        lab.power.behave("hang")
        died = lab.clock()
        assert n1.signal("corosync", signal.SIGKILL) == 1

        def since(word, **match):
            return [entry.seconds for entry in lab.journal.entries(word, node="n1", service="web", **match)
                    if entry.seconds > died]

        begun = wait_until(lambda: since("stop-begin"), 20, "n1 begins to stop web")[0]
        wait_until(lambda: since("stop-end", result=0), 20, "web is stopped on n1")
        assert begun - died < NOTICE_S, f"the stop began after {begun - died:.2f} s"
        for daemon, words in NOTICES.items():
            said = wait_until(lambda daemon=daemon, words=words: [
                seconds for seconds, line in n1.syslog(words) if f"{daemon}[" in line], 10, f"{daemon} says: {words}")
            assert said[0] - died < NOTICE_S, f"{daemon} noticed after {said[0] - died:.2f} s"
        wait_until(lambda: not n1.pids("rgmanager") and not n1.pids("cmand"), 20, "the daemons of n1 end")
        lab.journal.wait("agent-begin", 20, plug="n1", action="off")
        assert n1.is_on and not starts(lab, "web", n2), "n2 took web although nothing had fenced n1"
        lab.power.behave("ok")
        wait_state(n2, "web", "n2")
        off, = lab.journal.entries("agent-end", plug="n1", action="off", result=0)
        assert starts(lab, "web", n2)[0].seconds > off.seconds, "n2 took web before n1 was off"
        check_safe(lab, victim=n1)
        assert shots(lab) == [("switch", "n1", "0")], shots(lab)


@scenario
def a_split_of_two_nodes_starts_nothing_twice(setting):
    """(d) Both sides are quorate; the one that fences first runs everything, the other is off."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, delays={"n1": 3})
        n1, n2 = lab.nodes
        lab.partition([[1], [2]])
        wait_state(n1, "db", "n1")
        wait_state(n1, "web", "n1")
        assert n1.is_on and not n2.is_on
        check_safe(lab, victim=n2)
        assert len(starts(lab, "web", n1)) == 1, "the survivor's own service was not disturbed"


@scenario
def stopping_in_good_order_moves_services_and_fences_nobody(setting):
    """(e) rgmanager stop, fence_tool leave, cman_tool leave: services move, no shot; force: a shot."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        refused = n1.run(["cman_tool", "leave"])
        assert refused.code == 1 and state(n2, "web")[:2] == ("n1", "started"), refused
        suite.stop_cluster(n1)
        wait_state(n2, "web", "n2")
        wait_domain(n2, [2])
        assert not shots(lab), shots(lab)
        check_safe(lab)
        suite.start_cluster(n1)
        wait_state(n1, "web", "n2")
        assert n1.run(["cman_tool", "leave", "force"]).code == 0
        lab.journal.wait("agent-end", 20, plug="n1", action="off", result=0)
        check_safe(lab)


@scenario
def the_walk_of_the_how_to(setting):
    """(f) Freeze, [Z], rg_test start/status/stop, thaw, disable, enable, relocate: the how-to's words."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        conf = "/etc/cluster/cluster.conf"

        def say(node, words, *argv):
            output = node.check(list(argv))
            assert output == words, f"{' '.join(argv)}: {output!r} instead of {words!r}"

        say(n1, "Local machine freezing service:web...Success\n", "clusvcadm", "-Z", "web")
        assert state(n1, "web") == ("n1", "started", "[Z]")
        assert state(n2, "web") == ("n1", "started", "[Z]")
        for operation, last in (("stop", "Stop of web complete"), ("start", "Start of web complete"),
                                ("status", "Status of web is good")):
            output = n1.check(["rg_test", "test", conf, operation, "service", "web"])
            assert output.rstrip().endswith(last), output
        say(n1, "Local machine unfreezing service:web...Success\n", "clusvcadm", "-U", "web")
        assert state(n2, "web") == ("n1", "started", "")
        say(n1, "Local machine disabling service:web...Success\n", "clusvcadm", "-d", "web")
        assert state(n2, "web") == ("(n1)", "disabled", "")
        say(n1, "Local machine trying to enable service:web...Success\nservice:web is now running on n1\n",
            "clusvcadm", "-e", "web")
        say(n1, "Trying to relocate service:web to n2...Success\nservice:web is now running on n2\n",
            "clusvcadm", "-r", "web", "-m", "n2")
        assert state(n1, "web") == ("n2", "started", "")
        check_safe(lab)
        assert not shots(lab), shots(lab)


@scenario
def a_late_node_is_fenced_before_services_start(setting):
    """(g) n2 comes beyond post_join_delay: it is fenced first, and no service ever runs twice."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = prepare(setting, lab, post_join_delay=2)
        n1, n2 = lab.nodes
        suite.start_cluster(n1)
        lab.journal.wait("agent-end", 20, plug="n2", action="off", result=0)
        wait_state(n1, "web", "n1")
        wait_state(n1, "db", "n1")
        off, = lab.journal.entries("agent-end", plug="n2", action="off", result=0)
        assert all(entry.seconds > off.seconds for entry in lab.journal.entries("start-begin"))
        lab.switch_on(n2)
        suite.start_cluster(n2)
        wait_state(n2, "web", "n1")
        wait_state(n2, "db", "n2")
        assert not starts(lab, "web", n2), "nofailback: it stays where it is"
        check_safe(lab)
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)


@scenario
def both_nodes_starting_together_start_nothing_twice(setting):
    """(g) Both start at the same time, then in either order: every service runs once, nobody is fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = prepare(setting, lab, post_join_delay=15)
        n1, n2 = lab.nodes
        for first, second in ((n1, n2), (n2, n1)):
            waiting = suite.start_in_order(first)
            suite.start_cluster(second)
            assert waiting.wait(60) == 0, suite.start_log(first)
            wait_state(first, "db", "n2")
            wait_until(lambda: state(n1, "web")[1] == "started", 30, "web started")
            for node in (second, first):
                suite.stop_cluster(node)
            check_safe(lab)
        assert not shots(lab), shots(lab)


@scenario
def a_failed_stop_stays_where_it_is(setting):
    """S9: a stop that fails makes the service failed; it starts nowhere until a person disables it."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        suite.order("web", "stop", 1, node=n1)
        done = n1.run(["clusvcadm", "-r", "web", "-m", "n2"])
        assert done.code != 0 and "Success" not in done.out, done
        wait_state(n2, "web", "(n1)", "failed")
        assert n1.run(["clusvcadm", "-e", "web"]).code != 0
        assert not starts(lab, "web", n2)
        suite.obey("web", "stop", node=n1)
        done = n2.run(["clusvcadm", "-d", "web"])
        assert (done.code, done.out) == (0, "Local machine disabling service:web...Success\n"), done
        assert re.fullmatch("warning: .*although it had failed.*\n", done.err), done
        for node in lab.nodes:
            wait_until(lambda node=node: node.syslog(
                "failed service service:web is being disabled by request of uid 0 on n2"), 10,
                f"{node.name} has on record who did it")
        wait_state(n2, "web", "(n1)", "disabled")
        n2.check(["clusvcadm", "-e", "web", "-m", "n2"])
        wait_state(n1, "web", "n2")
        done = n2.run(["clusvcadm", "-d", "web"])
        assert (done.code, done.err) == (0, "disabled by request\n"), "no warning where nothing failed"
        check_safe(lab)


def generation(node):
    """corosync's ring as cman_tool numbers it: another number, another membership."""
    return int(re.search(r"Cluster Generation: (\d+)", node.check(["cman_tool", "status"]))[1])


@scenario
def a_dead_service_is_recovered_as_its_policy_says(setting):
    """restart: in place, elsewhere once max_restarts is used up; relocate: elsewhere; disable: stopped."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        rm = ("<failoverdomains>" + prefer("n1_first", "n1", "n2") + "</failoverdomains>"
              + script_service("web", "n1_first", "restart", check=1, max_restarts=1, restart_expire_time=600)
              + script_service("db", "n1_first", "relocate", check=1)
              + script_service("job", "n1_first", "disable", check=1))
        suite = prepare(setting, lab, rm=rm, rm_words=' status_poll_interval="1"')
        suite.add_service_script("job")
        n1, n2 = lab.nodes
        suite.start_cluster(*lab.nodes, until="fence_tool")
        suite.start_cluster(n1, first="rgmanager")
        for service in ("web", "db", "job"):
            wait_state(n1, service, "n1")
        suite.start_cluster(n2, first="rgmanager")
        for service in ("web", "db", "job"):
            wait_state(n2, service, "n1")

        def dies(service):
            n1.check(["sh", "-c", f"kill -9 $(cat /run/lab/{service}.pid)"])

        dies("web")
        wait_until(lambda: len(starts(lab, "web", n1)) == 2, 20, "web is started again on n1")
        wait_state(n2, "web", "n1")
        assert not starts(lab, "web", n2)
        for service in ("web", "db", "job"):
            dies(service)
        for node in lab.nodes:
            wait_state(node, "web", "n2")
            wait_state(node, "db", "n2")
            wait_state(node, "job", "(n1)", "disabled")
        assert [len(starts(lab, service, n1)) for service in ("web", "db", "job")] == [2, 1, 1]
        assert not starts(lab, "job", n2)
        for service in ("web", "db", "job"):
            assert lab.journal.entries("stop-end", node="n1", service=service, result=0), f"{service} was not stopped"
            assert n1.syslog(f"service:{service}"), f"n1 says nothing of {service}"
        assert not shots(lab), shots(lab)
        check_safe(lab)


@scenario
def a_start_that_fails_is_tried_on_the_other_node(setting):
    """The owner is lost, the first survivor cannot start its service: the next one does, in the same membership."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        rm = ("<failoverdomains>" + prefer("n1_first", "n1", "n2", "n3", nofailback=0) + "</failoverdomains>"
              + script_service("web", "n1_first"))
        # A token that a busy machine does not lose: a change of members would explain the second start.
        suite = prepare(setting, lab, nodes=3, rm=rm, totem='token="3000"', post_join_delay=10)
        n1, n2, n3 = lab.nodes
        suite.start_cluster(*lab.nodes)
        for node in lab.nodes:
            wait_until(lambda n=node: managers(n) == 3, 30, f"{node.name} sees every rgmanager")
            wait_state(node, "web", "n1")
        suite.order("web", "start", 1, node=n2)
        lab.power.behave("slow", seconds=3)
        lab.crash(n1)
        lab.journal.wait("agent-begin", 40, plug="n1", action="off")
        rings = generation(n2), generation(n3)  # the survivors' own: the fence has only begun
        failed = lab.journal.wait("start-end", 40, node="n2", service="web", result=1)
        for node in (n2, n3):
            wait_state(node, "web", "n3")
        assert (generation(n2), generation(n3)) == rings, "the members changed in between"
        begun, = starts(lab, "web", n3)
        stopped = lab.journal.entries("stop-end", node="n2", service="web", result=0)[-1]
        assert failed.seconds < stopped.seconds < begun.seconds, "it was tried on n3 before n2 had cleared up"
        assert len(lab.journal.entries("start-end", node="n2", service="web", result=1)) == 1, "n2 was tried again"
        assert not n1.is_on
        check_safe(lab, victim=n1)


@scenario
def a_failed_first_method_delays_but_does_not_stop_recovery(setting):
    """(b) The first method's device refuses, the second's works: the service starts after the second."""
    methods = OFF + (("second", ("pdu2",)),)
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, methods=methods)
        n1, n2 = lab.nodes
        lab.power.behave("fail")
        lab.crash(n1)
        wait_state(n2, "web", "n2")
        assert shots(lab) == [("switch", "n1", "1"), ("pdu2", "n1", "0")], shots(lab)
        check_safe(lab, victim=n1)


@scenario
def killed_daemons_return_and_services_go_on(setting):
    """rgmanager, fenced and cmand die by SIGKILL, one after the other: all return, nothing else happens."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        actions = len(lab.journal.entries("start-begin")) + len(lab.journal.entries("stop-begin"))
        for daemon in ("rgmanager", "fenced", "cmand"):
            old = n1.pids(daemon)
            assert n1.signal(daemon, 9) == 1
            wait_until(lambda d=daemon, o=old: set(n1.pids(d)) - set(o), 20, f"{daemon} returns")
            for node in lab.nodes:
                wait_domain(node, [1, 2])
                wait_until(lambda n=node: managers(n) == 2, 30, f"{node.name} sees both rgmanagers")
                wait_state(node, "web", "n1")
                wait_state(node, "db", "n2")
        assert "web" in n2.check(["clusvcadm", "-r", "web", "-m", "n2"])
        assert len(starts(lab, "web", n2)) == 1
        moved = len(lab.journal.entries("start-begin")) + len(lab.journal.entries("stop-begin"))
        assert moved == actions + 2, "only the relocation at the end starts and stops anything"
        assert not shots(lab), shots(lab)
        check_safe(lab)


@scenario
def the_init_scripts_start_and_stop_a_cluster(setting):
    """init/cman and init/rgmanager as at boot and shutdown: services run, one node leaves, nobody is fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        prepare(setting, lab)
        n1, n2 = lab.nodes
        script = " && ".join(f"{INIT}/{name} start" for name in ("cman", "rgmanager"))
        running = [node.spawn(["sh", "-c", script], log="init") for node in lab.nodes]
        assert all(process.wait(120) == 0 for process in running), "init scripts: see logs"
        for node in lab.nodes:
            for name in ("cman", "rgmanager"):
                node.check([f"{INIT}/{name}", "status"])
        wait_until(lambda: state(n1, "web")[1] == state(n1, "db")[1] == "started", 30, "started")
        for name in ("rgmanager", "cman"):
            n1.check([f"{INIT}/{name}", "stop"])
        wait_state(n2, "web", "n2")
        wait_state(n2, "db", "n2")
        assert not n1.pids("corosync") and not n1.pids("fenced") and not n1.pids("cmand")
        assert not shots(lab), shots(lab)
        check_safe(lab)


@scenario
def a_minority_stops_its_services_and_waits_for_its_end(setting):
    """S3: three nodes, one cut off: it stops its service; the others start it only once it is fenced."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        rm = ("<failoverdomains>" + prefer("n1_first", "n1", "n2", "n3", nofailback=0)
              + "</failoverdomains>" + script_service("web", "n1_first"))
        suite = prepare(setting, lab, nodes=3, rm=rm)
        n1, n2, n3 = lab.nodes
        suite.start_cluster(*lab.nodes)
        for node in lab.nodes:
            wait_state(node, "web", "n1")
        before = len(lab.journal.entries("start-begin", service="web"))
        initial = len(lab.journal.entries("stop-end", node="n1", service="web"))
        lab.power.behave("fail")
        lab.partition([[1], [2, 3]])
        stopped = lab.journal.wait("stop-end", 30, count=initial + 1, node="n1", service="web", result=0)
        lab.journal.wait("agent-end", 30, count=2, plug="n1", action="off", result=1)
        assert len(lab.journal.entries("start-begin", service="web")) == before, "nothing was recovered"
        assert not shots(lab, node="n1"), "a node without quorum fences nobody"
        lab.power.behave("ok")
        wait_state(n2, "web", "n2", deadline=60)
        off = lab.journal.wait("agent-end", 10, plug="n1", action="off", result=0)
        begun = starts(lab, "web", n2)[-1]
        assert stopped.seconds < off.seconds < begun.seconds
        check_safe(lab)


@scenario
def a_lying_fence_agent_is_seen_by_the_checker(setting):
    """Proves the checker: an agent that says off and does nothing makes both halves run a service."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        lab.power.behave("lie")
        lab.partition([[1], [2]])
        wait_state(n1, "db", "n1")
        wait_state(n2, "web", "n2")
        found = violations(lab.journal.entries())
        assert any("db" in each for each in found) and any("web" in each for each in found), found
