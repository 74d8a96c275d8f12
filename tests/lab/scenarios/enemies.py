# SPDX-License-Identifier: Apache-2.0
"""Input from enemies: rubbish on cpg and on sockets, clients without the right, a full disk, a file cut in half."""
import json
import os
import signal

from lab.conf import cluster_conf, script_service
from lab.lab import ROOT, Lab
from lab.scenario import scenario
from lab.suite import Suite
from lab.wait import wait_until
from scenarios.fencing import domain_members, shots
from scenarios.reload import fill
from scenarios.services import check_safe, start, starts, state, wait_state

ENEMY = ["/usr/bin/python3", "-B", os.path.join(ROOT, "tests/lab/helpers/lab_enemy.py")]
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
GROUP_ROOT = ["setpriv", "--reuid", "65534", "--regid", "0", "--clear-groups"]  # may connect to rgmanager
DAEMONS = ("cmand", "fenced", "rgmanager")
SECRET = "n0t4logs"
# Only the enemy is tested here: a machine that stands still for a second must not look like its work.
PATIENT = {"totem": 'token="3000"', "post_join_delay": 10}
KEPT = ("cmand.run", "fenced.state", "rgmanager.life", "rgmanager.state")  # common/daemon/node_life.cpp
MEMORY_KIB = 64 * 1024  # more than a daemon may grow by: no bound was kept


def processes(node):
    """{daemon: its pids}"""
    return {daemon: node.pids(daemon) for daemon in DAEMONS}


def memory(node):
    """{daemon: resident KiB}"""
    found = {}
    for daemon in DAEMONS:
        for pid in node.pids(daemon):
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                found[daemon] = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return found


def check_undisturbed(nodes, before, sizes):
    """The same processes as before, and not much bigger."""
    for node in nodes:
        assert processes(node) == before[node], f"a daemon of {node.name} died"
        for daemon, kib in memory(node).items():
            assert kib < sizes[node][daemon] + MEMORY_KIB, f"{daemon} of {node.name} grew to {kib} KiB"


@scenario
def rubbish_in_the_daemons_groups_is_dropped(setting):
    """Another process joins each daemon's cpg group and sends rubbish, replays, huge frames: nothing stops."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1, n2 = lab.nodes
        before = {node: processes(node) for node in lab.nodes}
        sizes = {node: memory(node) for node in lab.nodes}
        for seed, group in enumerate(DAEMONS):
            said = json.loads(n2.check(ENEMY + ["cpg", group, str(seed)]))
            assert said["sent"] > 50, said
            for node in lab.nodes:
                wait_until(lambda node=node, group=group: [line for _, line in node.syslog("group_stranger")
                                                           if f"group {group}" in line],
                           10, f"{node.name} tells of the stranger in {group}")
        check_undisturbed(lab.nodes, before, sizes)
        # All still agree and act: a service moves there and back.
        for target in (n2, n1):
            n1.check(["clusvcadm", "-r", "web", "-m", target.name])
            for node in lab.nodes:
                wait_state(node, "web", target.name)
        assert not lab.journal.entries("power-off"), "somebody was fenced"
        check_safe(lab)


def actions(lab):
    """What agents began so far: a start, a stop, a shot."""
    return [str(entry) for word in ("start-begin", "stop-begin", "agent-begin") for entry in lab.journal.entries(word)]


@scenario
def sockets_bear_rubbish_crowds_and_strangers(setting):
    """No frame, too long a frame, half a frame, every type of message without its fields, two thousand clients."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1 = lab.node(1)
        before = {node: processes(node) for node in lab.nodes}
        sizes = {node: memory(node) for node in lab.nodes}
        done = actions(lab)
        found = json.loads(n1.check(ENEMY + ["sockets", "/run/cluster"]))
        assert {f"{daemon}.sk" for daemon in DAEMONS} <= set(found), found
        for path, answers in found.items():
            assert answers == [True, True, True], f"{path} did not hang up: {answers}"
        found = json.loads(n1.check(ENEMY + ["frames", "/run/cluster"]))
        assert {f"{daemon}.sk" for daemon in DAEMONS} <= set(found), found
        wrong = {f"{path} {what}": which for path, outcomes in found.items() for what, which in outcomes.items()
                 if what not in ("answered", "hung up")}
        assert not wrong, wrong
        assert all(outcomes.get("answered") for outcomes in found.values()), found
        crowd(n1, "/run/cluster/cmand.sk", ["cman_tool", "status"])
        crowd(n1, "/run/cluster/fenced.sk", ["fence_tool", "ls"])
        for node in lab.nodes:
            assert state(node, "web")[:2] == ("n1", "started"), "rubbish changed a service"
        assert actions(lab) == done, "rubbish set an agent to work"
        check_undisturbed(lab.nodes, before, sizes)
        check_safe(lab)


# What would change something if root asked it: (socket, type of common/protocol, fields).
CHANGES = (
    ("cmand.sk", 1, {"client": "rgmanager"}),
    ("cmand.sk", 5, {"number": 1, "may_leave": True}),
    ("cmand.sk", 11, {"force": True}),
    ("cmand.sk", 13, {"node": "n2"}),
    ("cmand.sk", 14, {"votes": 1}),
    ("cmand.sk", 15, {"votes": 3, "node": "n2"}),
    ("cmand.sk", 18, {"own_files": True}),
    ("cmand.sk", 20, {"number": 1, "accepted": True}),
    ("fenced.sk", 3, {"group": "enemy"}),
    ("fenced.sk", 4, {"group": "rgmanager", "empty": True}),
    ("fenced.sk", 5, {"node": 2, "life": "", "cause": "an enemy"}),
    ("fenced.sk", 7, {}),
    ("fenced.sk", 8, {}),
    ("fenced.sk", 13, {"node": 2, "name": "n2", "longest_us": 1}),
    ("fenced.sk", 14, {"node": 2, "succeeded": True}),
    ("fenced.sk", 15, {"node": "n2", "who": "an enemy"}),
    ("rgmanager.sk", 3, {"verb": "disable", "service": "service:web"}),
    ("rgmanager.sk", 3, {"verb": "freeze", "service": "service:web"}),
    ("rgmanager.sk", 3, {"verb": "lock", "service": ""}),
)
DENIED = {
    "cmand.sk": [17, {"code": "denied", "text": "only root may do this"}],
    "fenced.sk": [6, {"accepted": False, "text": "permission denied: only root may change the fence domain"}],
    "rgmanager.sk": [4, {"code": "permission", "owner": 0, "why": "only root may change services"}],
}
CMAN_DENIES = "Cannot open connection to cman, permission denied."
TOOLS = (
    (["clusvcadm", "-d", "web"], "only root may change services"),
    (["fence_tool", "join"], "only root may change the fence domain"),
    (["fence_tool", "leave"], "only root may change the fence domain"),
    (["fence_ack_manual", "n2"], "only root may change the fence domain"),
    (["fence_node", "n2"], "only root may fence nodes"),
    (["cman_tool", "leave", "force"], CMAN_DENIES),
    (["cman_tool", "kill", "-n", "n2"], CMAN_DENIES),
    (["cman_tool", "expected", "-e", "1"], CMAN_DENIES),
    (["cman_tool", "votes", "-v", "3"], CMAN_DENIES),
)


@scenario
def root_alone_may_act_and_what_comes_twice_is_done_once(setting):
    """Requests and tools of another user are refused in words; root's fence demand, sent twice, is one shot."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1, n2 = lab.nodes
        before = {node: processes(node) for node in lab.nodes}
        sizes = {node: memory(node) for node in lab.nodes}
        done = actions(lab)
        status = n1.check(["cman_tool", "status"])
        for user in (NOBODY, GROUP_ROOT):
            denied = {**DENIED, "rgmanager.sk": "may not connect"} if user == NOBODY else DENIED
            for request, answers in zip(CHANGES, ask_twice(n1, user, CHANGES)):
                assert answers == [denied[request[0]]] * 2, f"{user} asks {request}: {answers}"
        for command, words in TOOLS:
            tool = n1.run(GROUP_ROOT + command, input="absolutely\n")
            assert tool.code != 0 and words in tool.out + tool.err, tool
        queries = [("cmand.sk", 6, {}), ("cmand.sk", 8, {}), ("cmand.sk", 10, {}), ("fenced.sk", 2, {}),
                   ("fenced.sk", 9, {}), ("fenced.sk", 11, {}), ("rgmanager.sk", 1, {}), ("rgmanager.sk", 5, {})]
        for request, answers in zip(queries, ask_twice(n1, GROUP_ROOT, queries)):
            assert all(isinstance(answer, list) for answer in answers), f"they may ask {request}: {answers}"
        assert n1.check(["cman_tool", "status"]) == status
        assert domain_members(n1) == [1, 2]
        check_undisturbed(lab.nodes, before, sizes)
        for node in lab.nodes:
            assert state(node, "web") == ("n1", "started", ""), "nobody changed a service"
        assert actions(lab) == done, "nobody set an agent to work"
        # The same bytes from root are obeyed: what was refused above would have worked.
        enable = ("rgmanager.sk", 3, {"verb": "enable", "service": "service:web"})
        demand = ("fenced.sk", 5, {"node": 2, "life": "", "cause": "an enemy"})
        assert ask_twice(n1, [], [enable, demand]) == [
            [[4, {"code": "already_running", "owner": 1, "why": ""}]] * 2, [[6, {"accepted": True, "text": ""}]] * 2]
        lab.journal.wait("agent-end", 30, plug="n2", action="off", result=0)
        wait_state(n1, "db", "n1")
        assert shots(lab) == [("switch", "n2", "0")], shots(lab)
        named = [line for _, line in n1.syslog("must be fenced") if "fenced[" in line]
        assert len(named) == 1 and "n2 must be fenced: it was asked for, an enemy" in named[0], named
        assert len(starts(lab, "web", n1)) == 1, "web was started again"
        assert processes(n1) == before[n1]
        check_safe(lab, victim=n2)


def ask_twice(node, user, requests):
    """The two answers of each request, sent two times at once (helpers/lab_enemy.py)."""
    return json.loads(node.check([*user, *enemy_for_all(node), "twice", "/run/cluster"], input=json.dumps(requests)))


def enemy_for_all(node):
    """The enemy where every user may read it: the checkout may be root's alone."""
    copy = "/tmp/lab_enemy.py"
    node.check(["sh", "-c", f"cp {ENEMY[-1]} {copy} && chmod 755 {copy}"])
    return [*ENEMY[:-1], copy]


def crowd(node, path, tool):
    """While strangers hold all the connections they get, root's tool still gets its answer."""
    script = " ".join(NOBODY + [*enemy_for_all(node), "crowd", path, "2000"])
    node.check(["sh", "-c", f"""
        mkfifo /tmp/stay && {{ {script} </tmp/stay >/tmp/crowd & }}
        exec 3>/tmp/stay
        while ! grep -q held /tmp/crowd; do sleep 0.1; done
        {' '.join(tool)} >/tmp/answer; code=$?
        exec 3>&-; wait; rm /tmp/stay; exit $code"""])
    held = json.loads(node.check(["cat", "/tmp/crowd"]))["held"]
    assert 0 < held <= 200, f"{held} connections of strangers are held"


@scenario
def files_are_private_and_secrets_stay_out_of_sight(setting):
    """What the daemons make is not for everybody; a fence password is in no log, no process list, no open file."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        conf = cluster_conf(rm=script_service("web")).replace(
            'agent="fence_lab"', f'agent="fence_lab" passwd="{SECRET}"')
        suite = Suite(lab, conf)
        suite.add_service_script("web")
        lab.power_on(lab.nodes)
        suite.start_cluster(*lab.nodes)
        n1, n2 = lab.nodes
        wait_until(lambda: state(n1, "web"), 30, "a row of web")
        lab.power.behave("hang")
        lab.crash(n2)
        lab.journal.wait("agent-begin", 20, plug="n2")
        assert SECRET not in n1.check(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"])
        n1.check(["fence_ack_manual", "n2"], input="absolutely\n")
        lab.power.behave("ok")
        n1.check(["fence_tool", "dump"])
        open_files = n1.check(["find", "/run/cluster", "/var/log/cluster", "/var/lib/cluster", "-type", "f",
                               "-perm", "/o+r"]).split()
        assert any(path.startswith("/run/cluster/") for path in open_files), open_files
        done = n1.run(["grep", "-l", SECRET, *open_files])
        assert done.code == 1, f"the secret is in a file that everybody may read: {done.out}"
        done = n1.run(["grep", "-rl", SECRET, "/var/log"])
        assert done.code == 1, f"the secret is in a log: {done.out}"
        assert SECRET not in n1.check(["fence_tool", "dump"])
        assert not n1.syslog(SECRET), "the secret is in the syslog"
        writable = n1.check(["find", "/run/cluster", "/var/lib/cluster", "-perm", "/o+w", "!", "-type", "l",
                             "!", "-type", "s"])
        assert writable == "", f"everybody may write: {writable}"
        private = n1.check(["sh", "-c", "stat -c '%a %n' /run/cluster/*.state /run/cluster/cmand.run "
                                        "/run/cluster/*.events /run/cluster/corosync.conf"])
        for line in private.splitlines():
            assert line.startswith("600 "), line


@scenario
def nothing_is_done_that_a_full_run_root_could_not_keep(setting):
    """The run root of n2 is full: no service starts there, which it says; with space again all goes on."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = Suite(lab, cluster_conf(rm=script_service("web", autostart="0", recovery="restart"), **PATIENT))
        suite.add_service_script("web")
        lab.power_on(lab.nodes)
        n1, n2 = lab.nodes
        n2.check(["sh", "-c", "mkdir -p /run/cluster && mount -t tmpfs -o size=16m,mode=755 none /run/cluster"])
        suite.start_cluster(*lab.nodes)
        wait_state(n2, "web", "(none)", "disabled")
        before = processes(n2)
        fill(n2, "/run/cluster")
        done = n1.run(["clusvcadm", "-e", "web", "-m", "n2"], timeout=90)
        assert not starts(lab, "web", n2), "web was started although n2 could not note it"
        assert n2.syslog("could not be kept in the run root"), done
        n2.check(["rm", "/run/cluster/filler"])
        wait_until(lambda: n2.run(["clustat"]).code == 0, 30, "n2 answers")
        n1.run(["clusvcadm", "-d", "web"])
        wait_until(lambda: (state(n1, "web") or ("", ""))[1] == "disabled", 60, "web is disabled")
        n1.check(["clusvcadm", "-e", "web", "-m", "n2"])
        for node in lab.nodes:
            wait_state(node, "web", "n2")
        assert processes(n2)["rgmanager"] == before["rgmanager"]
        assert not lab.journal.entries("power-off"), "somebody was fenced"
        check_safe(lab)


def cut_in_half(node, name):
    """A file of the node's run root."""
    node.check(["sh", "-c", f"f=/run/cluster/{name}; truncate -s $(($(stat -c %s $f) / 2)) $f"])


@scenario
def a_service_table_cut_in_half_costs_no_service_twice(setting):
    """rgmanager of the owner is killed and finds half of its saved table: it says so, and web runs once."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1 = lab.node(1)
        supervisor = n1.supervisors("rgmanager")[0]
        os.kill(supervisor, signal.SIGSTOP)
        stops = len(lab.journal.entries("stop-end", node="n1", service="web", result=0))
        n1.signal("rgmanager", signal.SIGKILL)
        cut_in_half(n1, "rgmanager.state")
        os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: n1.syslog("saved service table cannot be read"), 20, "n1 says what it found")
        wait_until(lambda: len(lab.journal.entries("stop-end", node="n1", service="web", result=0)) > stops, 60,
                   "web is stopped before n1 joins again")
        for node in lab.nodes:
            wait_until(lambda node=node: (state(node, "web") or ("", ""))[1] == "started", 60, "web runs")
        assert not lab.journal.entries("power-off"), "somebody was fenced"
        check_safe(lab)


@scenario
def a_life_marker_cut_in_half_stops_no_service(setting):
    """rgmanager of the owner is killed and finds half of rgmanager.life: its table counts, what runs goes on."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1 = lab.node(1)
        n1.check(["clusvcadm", "-Z", "web"])
        supervisor = n1.supervisors("rgmanager")[0]
        os.kill(supervisor, signal.SIGSTOP)
        n1.signal("rgmanager", signal.SIGKILL)
        cut_in_half(n1, "rgmanager.life")
        os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: n1.syslog("rgmanager.life is cut or gone"), 20, "n1 says what it found")
        for node in lab.nodes:
            wait_until(lambda node=node: state(node, "web") == ("n1", "started", "[Z]"), 60, "web is frozen as before")
            wait_until(lambda node=node: (state(node, "db") or ("", ""))[:2] == ("n2", "started"), 60, "db runs")
        begun = starts(lab, "web", n1)[-1].seconds
        stops = [entry.seconds for entry in lab.journal.entries("stop-begin", node="n1", service="web")]
        assert not stops or stops[-1] < begun, "web was stopped"
        assert not lab.journal.entries("power-off"), "somebody was fenced"
        check_safe(lab)


@scenario
def a_cmand_record_cut_in_half_gets_its_node_fenced(setting):
    """cmand of the owner is killed and finds half of cmand.run: it says so and stays away; the node is fenced."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1, n2 = lab.nodes
        supervisor = n1.supervisors("cmand")[0]
        os.kill(supervisor, signal.SIGSTOP)
        n1.signal("cmand", signal.SIGKILL)
        cut_in_half(n1, "cmand.run")
        os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: [line for _, line in n1.syslog("/run/cluster/cmand.run is cut or garbled")
                            if "restart this node" in line and "exit_code=111" in line], 20, "n1 says what to do")
        off = lab.journal.wait("agent-end", 70, plug="n1", action="off", result=0)
        wait_state(n2, "web", "n2")
        assert starts(lab, "web", n2)[0].seconds > off.seconds
        assert not lab.journal.entries("power-off", plug="n2"), "n2 was fenced"
        check_safe(lab)


@scenario
def a_node_life_cut_in_half_gets_the_node_fenced_first(setting):
    """fenced of the owner is killed and its successor finds half of node_life: it refuses, and web starts once."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, **PATIENT)
        n1, n2 = lab.nodes
        n1.check(["sh", "-c", f"cd /run/cluster && ls {' '.join(KEPT)}"])
        cut_in_half(n1, "node_life")
        mark = lab.clock()
        assert n1.signal("fenced", signal.SIGKILL) == 1
        wait_until(lambda: n1.syslog("/run/cluster/node_life is damaged"), 10, "n1 says what it found")
        wait_until(lambda: not n1.supervisors("fenced"), 8, "its supervisor gives up")
        for words in ("node_life is damaged", f"node_life is missing beside {KEPT[0]}"):
            done = n1.run(["fenced"])
            assert done.code != 0 and words in done.err and "Boot this node" in done.err, done
            done = n1.run(["fence_tool", "join", "-w", "1"])
            assert done.code != 0, done
            n1.check(["rm", "-f", "/run/cluster/node_life"])
        assert not starts(lab, "web", n2), "web was started although it runs on n1"
        off = lab.journal.wait("agent-end", 40, plug="n1", action="off", result=0)
        assert off.seconds - mark > 9, f"fenced had {off.seconds - mark:.1f} s to return"
        wait_state(n2, "web", "n2")
        begun, = starts(lab, "web", n2)
        assert begun.seconds > off.seconds
        lab.switch_on(n1)
        suite.start_cluster(n1)
        wait_state(n1, "web", "n2")
        assert len(starts(lab, "web", n1)) == 1 and len(starts(lab, "web", n2)) == 1
        check_safe(lab, victim=n1)
