# SPDX-License-Identifier: Apache-2.0
"""Splits, merges, the power of a whole site, loss of quorum, upgrades, clean leaves: DESIGN section 5.

What ran where is proven from the agents' journal; that a service was not interrupted, from a client's
request loop. The matrix of daemons and deeds is matrix.py.
"""
import os
import signal

from faults.verdict import managers
from lab.client import ADDRESS, Client
from lab.conf import cluster_conf, prefer, script_service
from lab.journal import early_recoveries
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import wait_until
from scenarios.fencing import domain_members, shots, wait_domain
from scenarios.services import starts, state, wait_state

NAMES = ("n1", "n2", "n3")


def services(nodes=2):
    """web on n1 with a client's address, db on n2, spare: disabled until a person enables it."""
    names = NAMES[:nodes]
    return ("<failoverdomains>" + prefer("n1_first", *names) + prefer("n2_first", "n2", *names[:1], *names[2:])
            + "</failoverdomains>" + script_service("web", "n1_first", address=ADDRESS)
            + script_service("db", "n2_first") + script_service("spare", autostart=0))


def start(setting, lab, nodes=2, **conf):
    """All nodes up, web on n1, db on n2."""
    suite = Suite(lab, cluster_conf(nodes=nodes, rm=conf.pop("rm", None) or services(nodes), **conf))
    suite.add_service_script("web", program="answer")
    for service in ("db", "spare"):
        suite.add_service_script(service)
    lab.power_on(lab.nodes)
    suite.start_cluster(*lab.nodes, until="fence_tool")
    suite.start_cluster(*lab.nodes, first="rgmanager")
    for node in lab.nodes:
        wait_until(lambda n=node: (state(n, "web") or ("", ""))[1] == "started", 40, "web is started")
    for service, home in (("web", "n1"), ("db", "n2")):
        if state(lab.node(1), service)[0] != home:
            lab.node(1).check(["clusvcadm", "-r", service, "-m", home])
        for node in lab.nodes:
            wait_state(node, service, home)
    return suite


def actions(lab, service, node=None):
    """Starts and stops of a service so far, as words."""
    where = {"node": node.name} if node else {}
    return [entry.word for entry in lab.journal.entries(service=service, **where)
            if entry.word in ("start-begin", "stop-begin")]


def check_rules(lab):
    """S1 and S6, and S2 for every life."""
    lab.check_journal()
    early = early_recoveries(lab.journal.entries())
    assert not early, "\n".join(early)


def interrupted(client, node, mark):
    """Requests since then that the node did not answer."""
    return [request for request in client.since(mark) if request.node != node.name]


@scenario
def a_service_enabled_on_both_sides_of_a_split_starts_once(setting):
    """S10: two_node, both sides quorate, neither has won yet: an idle service starts on neither, then once."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, delays={"n1": 3})
        n1, n2 = lab.nodes
        lab.power.behave("hang")
        lab.partition([[1], [2]])
        for plug in ("n1", "n2"):
            lab.journal.wait("agent-begin", 20, plug=plug, action="off")
        asked = [node.spawn(["timeout", "20", "clusvcadm", "-e", "spare"], log="enable") for node in lab.nodes]
        assert state(n1, "web")[:2] == ("n1", "started") and state(n2, "db")[:2] == ("n2", "started")
        codes = [process.wait(30) for process in asked]
        assert not lab.journal.entries("start-begin", service="spare"), "started although nobody has won"
        assert 0 not in codes, f"clusvcadm says it started: {codes}"
        lab.power.behave("ok")
        off = lab.journal.wait("agent-end", 30, plug="n2", action="off", result=0)
        wait_state(n1, "db", "n1")
        if state(n1, "spare")[1] != "started":
            n1.check(["clusvcadm", "-e", "spare"])
        begun, = lab.journal.entries("start-begin", service="spare")
        assert begun.node == "n1" and begun.seconds > off.seconds
        assert n1.is_on and not n2.is_on
        check_rules(lab)


@scenario
def both_agents_fail_in_a_split_and_the_halves_merge(setting):
    """1|1, no device works, the halves meet again: one side goes on undisturbed, the other dies and is fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab)
        n1, n2 = lab.nodes
        lab.power.behave("fail")
        lab.partition([[1], [2]])
        for plug in ("n1", "n2"):
            lab.journal.wait("agent-end", 30, plug=plug, action="off", result=1)
        before, earlier = actions(lab, "web"), len(starts(lab, "db", n1))
        client = Client()
        client.wait_for("n1", 10)
        mark = lab.clock()
        lab.heal()
        wait_until(lambda: not n2.pids("fenced") or not n2.pids("rgmanager"), 40, "n2 is told to die, and does")
        assert n1.pids("fenced") and n1.pids("rgmanager"), "both died"
        assert len(starts(lab, "db", n1)) == earlier, "the loser's service was taken over before it was settled"
        lab.power.behave("ok")
        off = lab.journal.wait("agent-end", 60, plug="n2", action="off", result=0)
        wait_state(n1, "db", "n1")
        begun = starts(lab, "db", n1)[earlier:]
        assert len(begun) == 1 and begun[0].seconds > off.seconds
        assert actions(lab, "web") == before, "the survivor's service was disturbed"
        assert not interrupted(client, n1, mark), interrupted(client, n1, mark)[:3]
        assert ("switch", "n1", "0") not in shots(lab), "the survivor was shot"
        client.stop()
        check_rules(lab)


@scenario
def a_deaf_node_is_fenced_once_and_returns(setting):
    """One direction of n1's cables fails: the others, with quorum, fence it, and only then start what it ran."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, nodes=3)
        n1, n2, n3 = lab.nodes
        before, mark = actions(lab, "db"), lab.clock()

        def started():
            return [entry for entry in lab.journal.entries("start-begin", service="web") if entry.seconds > mark]

        stops = len(lab.journal.entries("stop-end", node="n1", service="web", result=0))
        lab.power.behave("hang")
        lab.drop(n1, "input")
        lab.journal.wait("agent-begin", 30, plug="n1", action="off")
        stopped = lab.journal.wait("stop-end", 40, count=stops + 1, node="n1", service="web", result=0)
        for node in (n2, n3):
            wait_until(lambda n=node: "fence_ack_manual n1" in n.run(["clustat"]).out, 20, f"{node.name} says it waits")
        # By now web runs nowhere, which nobody but n1 can know.
        assert not started(), "web was started before n1 was fenced"
        lab.power.behave("ok")
        off = lab.journal.wait("agent-end", 40, plug="n1", action="off", result=0)
        for node in (n2, n3):
            wait_state(node, "web", "n2")
            wait_domain(node, [2, 3])
        begun, = started()
        assert begun.node == "n2" and stopped.seconds < off.seconds < begun.seconds
        assert actions(lab, "db") == before, "the survivors' own service was disturbed"
        lab.switch_on(n1)  # its cables are whole in its next life
        suite.start_cluster(n1)
        for node in lab.nodes:
            wait_domain(node, [1, 2, 3])
            wait_state(node, "web", "n2")
        assert shots(lab) == [("switch", "n1", "0")], shots(lab)
        check_rules(lab)


@scenario
def two_nodes_lose_power_and_one_comes_back(setting):
    """two_node: the one that comes back fences the other, then runs everything; the other may come later."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        for node in lab.nodes:
            lab.crash(node)
        lab.power.reset(n2)
        mark = lab.clock()
        suite.start_cluster(n2)
        off = lab.journal.wait("agent-end", 40, plug="n1", action="off", result=0)
        for service in ("web", "db"):
            wait_state(n2, service, "n2")
        begun = [entry for entry in lab.journal.entries("start-begin") if entry.seconds > mark]
        assert len(begun) == 2 and all(entry.seconds > off.seconds for entry in begun), begun
        lab.switch_on(n1)
        suite.start_cluster(n1)
        for service in ("web", "db"):
            wait_state(n1, service, "n2")
        check_rules(lab)


@scenario
def three_nodes_lose_power_and_come_back_one_by_one(setting):
    """One alone has no quorum and starts nothing; the second brings quorum; the third is fenced first."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, nodes=3)
        n1, n2, n3 = lab.nodes
        n1.check(["clusvcadm", "-e", "spare"])
        n1.check(["clusvcadm", "-d", "spare"])
        for node in lab.nodes:
            lab.crash(node)
        lab.power.reset(n3)
        mark = lab.clock()
        n3.check(["cman_tool", "-t", "60", "-w", "join"])
        n3.check(["ha-supervise", "-b", "--", "fenced"])
        n3.check(["ha-supervise", "-b", "--", "rgmanager"])
        assert "Activity blocked" in n3.check(["cman_tool", "status"])
        lab.power.reset(n2)
        waiting = suite.start_in_order(n2, suite.steps(until="fence_tool"))
        off = lab.journal.wait("agent-end", 60, plug="n1", action="off", result=0) \
            if n3.run(["fence_tool", "join", "-w", "60"]).code == 0 else None
        assert off and waiting.wait(60) == 0, suite.start_log(n2)
        suite.start_cluster(n2, first="rgmanager")
        for service in ("web", "db"):
            wait_until(lambda s=service: (state(n2, s) or ("", ""))[1] == "started", 40, f"{service} is started")
        begun = [entry for entry in lab.journal.entries("start-begin") if entry.seconds > mark]
        assert sorted(entry.values["service"] for entry in begun) == ["db", "web"], begun
        assert all(entry.seconds > off.seconds for entry in begun)
        lab.switch_on(n1)
        suite.start_cluster(n1)
        wait_domain(n1, [1, 2, 3])
        check_rules(lab)


@scenario
def every_daemon_is_upgraded_by_a_restart_under_running_services(setting):
    """cmand, fenced, rgmanager of every node, one after the other: the client is answered all the time."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, nodes=3)
        client = Client()
        client.wait_for("n1", 20)
        mark = lab.clock()
        before = {service: actions(lab, service) for service in ("web", "db")}
        for node in lab.nodes:
            for daemon in ("cmand", "fenced", "rgmanager"):
                old = node.pids(daemon)
                assert node.signal(daemon, signal.SIGKILL) == 1
                wait_until(lambda n=node, d=daemon, o=old: set(n.pids(d)) - set(o), 20, f"{daemon} is back")
                for other in lab.nodes:
                    wait_domain(other, [1, 2, 3])
                    wait_until(lambda n=other: managers(n) == 3, 20,
                               f"{other.name} sees every rgmanager")
        lab.node(3).check(["clusvcadm", "-e", "spare"])
        assert not interrupted(client, lab.node(1), mark), interrupted(client, lab.node(1), mark)[:3]
        assert {service: actions(lab, service) for service in ("web", "db")} == before
        assert not shots(lab), shots(lab)
        client.stop()
        check_rules(lab)


@scenario
def a_frozen_service_stays_owned_when_its_rgmanager_leaves(setting):
    """rgmanager stops with a frozen service: it runs on, nobody takes it, fence_tool leave is refused; it returns."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab)
        n1, n2 = lab.nodes
        client = Client()
        client.wait_for("n1", 20)
        n1.check(["clusvcadm", "-Z", "web"])
        before, mark = actions(lab, "web"), lab.clock()
        suite.stop_rgmanager(n1)
        refused = n1.run(["fence_tool", "leave", "-w", "5"])
        assert refused.code != 0, refused
        wait_until(lambda: "rgmanager" not in n2.run(["clustat", "-m", "n1"]).out.replace("Resource", ""), 20,
                   "n2 knows that n1's rgmanager has left")
        assert state(n2, "web")[0] in ("n1", "(n1)"), state(n2, "web")
        assert n2.run(["clusvcadm", "-r", "web", "-m", "n2"]).code != 0, "it is not n2's to take"
        suite.start_cluster(n1, first="rgmanager")
        for node in lab.nodes:
            wait_until(lambda n=node: state(n, "web") == ("n1", "started", "[Z]"), 30, "web is n1's, frozen")
        assert actions(lab, "web") == before, "a frozen service was touched"
        assert not interrupted(client, n1, mark), interrupted(client, n1, mark)[:3]
        n1.check(["clusvcadm", "-U", "web"])
        n1.check(["clusvcadm", "-r", "web", "-m", "n2"])
        client.wait_for("n2", 20)
        client.stop()
        assert not shots(lab), shots(lab)
        check_rules(lab)


@scenario
def a_stop_that_hangs_without_quorum_makes_the_node_unsafe(setting):
    """Quorum is lost and web's stop hangs: the node says it is unsafe, keeps web, and nobody starts it again."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, nodes=3, post_join_delay=20, rm_words=' quorum_stop_timeout="6"')
        n1, n2, n3 = lab.nodes
        suite.order("web", "stop", "hang", node=n1)
        begun = len(lab.journal.entries("start-begin", service="web"))
        lab.power.behave("fail")
        mark = lab.clock()
        for node in (n2, n3):
            lab.crash(node)
        hangs = lab.journal.wait("stop-hangs", 20, node="n1", service="web")
        wait_until(lambda: n1.syslog("unsafe"), 20, "n1 says in its log that it is unsafe")
        said = n1.syslog("unsafe")[0][0]
        assert 2 < said - hangs.seconds < 10, f"unsafe after {said - hangs.seconds:.1f} s, limit 6 s"
        assert "unsafe" in n1.check(["clustat"]), "clustat does not say it"
        # Quorum comes back with both others in new lives; what runs on n1 stays its own.
        for node in (n2, n3):
            lab.power.reset(node)
        # One after the other: the two, had they met before they met n1, would have formed a domain without it.
        for node in (n2, n3):
            suite.start_cluster(node)
        for node in lab.nodes:
            wait_state(node, "web", "(n1)", "failed")
        wait_until(lambda: (state(n2, "db") or ("", ""))[1] == "started", 40, "db is started again")
        assert len(lab.journal.entries("start-begin", service="web")) == begun, "web was started a second time"
        # The person who looked after it.
        suite.obey("web", "stop", node=n1)
        n2.check(["clusvcadm", "-d", "web"])
        n2.check(["clusvcadm", "-e", "web", "-m", "n2"])
        assert not [entry for entry in lab.journal.entries("power-off", plug="n1") if entry.seconds > mark]
        assert domain_members(n1) == [1, 2, 3]
        lab.check_journal()


@scenario
def a_daemon_that_stays_away_gets_its_node_fenced(setting):
    """fenced beyond its grace, rgmanager and cmand beyond 30 s: the node is fenced, its service moves after that."""
    with Lab(nodes=4, build=setting.build, logs=setting.logs) as lab:
        names = [node.name for node in lab.nodes]
        rm = ("<failoverdomains>" + "".join(prefer(f"home{n}", f"n{n}", "n1", nofailback=0) for n in (2, 3, 4))
              + "</failoverdomains>" + "".join(script_service(f"s{n}", f"home{n}") for n in (2, 3, 4)))
        # The graces are measured: a token that a busy machine does not lose.
        suite = Suite(lab, cluster_conf(nodes=4, rm=rm, votes={"n1": 4}, totem='token="5000" consensus="6000"'))
        lab.power_on(lab.nodes)
        suite.start_cluster(*lab.nodes, until="fence_tool")
        for number in (2, 3, 4):
            suite.add_service_script(f"s{number}")
        suite.start_cluster(*lab.nodes, first="rgmanager")
        for number in (2, 3, 4):
            wait_state(lab.node(1), f"s{number}", f"n{number}")
        away = {"n2": "fenced", "n3": "rgmanager", "n4": "cmand"}
        mark = lab.clock()
        for name, daemon in away.items():
            node = lab.by_name[name]
            for pid in node.supervisors(daemon):
                os.kill(pid, signal.SIGKILL)
            node.signal(daemon, signal.SIGKILL)
        for name, daemon in away.items():
            number = name[1:]
            off = lab.journal.wait("agent-end", 70, plug=name, action="off", result=0)
            grace = 9 if daemon == "fenced" else 29
            assert off.seconds - mark > grace, f"{daemon} had {off.seconds - mark:.1f} s"
            wait_state(lab.node(1), f"s{number}", "n1")
            begun = starts(lab, f"s{number}", lab.node(1))[-1]
            assert begun.seconds > off.seconds
        offs = {plug: lab.journal.entries("agent-end", plug=plug, action="off")[0].seconds for plug in names[1:]}
        assert offs["n2"] < min(offs["n3"], offs["n4"]), f"fenced had no shorter grace than the others: {offs}"
        assert all(lab.node(1).syslog(f"{name} must be fenced") for name in names[1:])
        check_rules(lab)
