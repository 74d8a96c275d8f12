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
from scenarios.services import check_safe, start, starts, state, wait_state

ENEMY = ["/usr/bin/python3", "-B", os.path.join(ROOT, "tests/lab/helpers/lab_enemy.py")]
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
DAEMONS = ("cmand", "fenced", "rgmanager")
SECRET = "n0t4logs"
# Only the enemy is tested here: a machine that stands still for a second must not look like its work.
PATIENT = {"totem": 'token="3000"', "post_join_delay": 10}
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


@scenario
def sockets_bear_rubbish_crowds_and_strangers(setting):
    """No frame, too long a frame, half a frame, two thousand clients, a client without the right."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1 = lab.node(1)
        before = {node: processes(node) for node in lab.nodes}
        sizes = {node: memory(node) for node in lab.nodes}
        found = json.loads(n1.check(ENEMY + ["sockets", "/run/cluster"]))
        assert {f"{daemon}.sk" for daemon in DAEMONS} <= set(found), found
        for path, answers in found.items():
            assert answers == [True, True, True], f"{path} did not hang up: {answers}"
        crowd(n1, "/run/cluster/cmand.sk", ["cman_tool", "status"])
        crowd(n1, "/run/cluster/fenced.sk", ["fence_tool", "ls"])
        for command in (["clusvcadm", "-d", "web"], ["fence_tool", "leave"], ["cman_tool", "leave", "force"],
                        ["cman_tool", "kill", "-n", "n2"]):
            done = n1.run(NOBODY + command)
            assert done.code != 0, f"nobody may {command}"
            assert done.out + done.err != "", f"{command} fails without a word"
        for node in lab.nodes:
            assert state(node, "web")[:2] == ("n1", "started"), "nobody changed a service"
        check_undisturbed(lab.nodes, before, sizes)
        check_safe(lab)


def crowd(node, path, tool):
    """While strangers hold all the connections they get, root's tool still gets its answer."""
    copy = "/tmp/lab_enemy.py"  # the checkout may be root's alone
    script = " ".join(NOBODY + [*ENEMY[:-1], copy, "crowd", path, "2000"])
    node.check(["sh", "-c", f"""
        cp {ENEMY[-1]} {copy} && chmod 755 {copy}
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
        fill = ["sh", "-c", "head -c 64m /dev/zero >> /run/cluster/filler; "
                            "! head -c 4096 /dev/zero > /run/cluster/more"]
        # A state that replaced its predecessor just then has given that one's space back.
        wait_until(lambda: n2.run(fill).code == 0, 10, "the run root of n2 is full")
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


@scenario
def a_service_table_cut_in_half_costs_no_service_twice(setting):
    """rgmanager of the owner is killed and finds half of its saved table: it says so, and web runs once."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        start(setting, lab, **PATIENT)
        n1 = lab.node(1)
        supervisor = n1.supervisors("rgmanager")[0]
        os.kill(supervisor, signal.SIGSTOP)
        n1.signal("rgmanager", signal.SIGKILL)
        n1.check(["sh", "-c", "f=/run/cluster/rgmanager.state; truncate -s $(($(stat -c %s $f) / 2)) $f"])
        os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: n1.syslog("saved service table cannot be read"), 20, "n1 says what it found")
        for node in lab.nodes:
            wait_until(lambda node=node: (state(node, "web") or ("", ""))[1] == "started", 60, "web runs")
        assert not lab.journal.entries("power-off"), "somebody was fenced"
        check_safe(lab)
