# SPDX-License-Identifier: Apache-2.0
"""A changed cluster.conf in a running cluster: cman_tool version -r, from the file to what runs."""
import signal

from lab.conf import cluster_conf, prefer, script_service
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import CONF, Suite
from lab.wait import wait_until
from scenarios.cman import join, members, refused, votes, wait_members
from scenarios.services import check_safe, start, state, wait_state


def changed(conf, version, *replacements):
    """cluster.conf with another version, and each (old, new) replaced; every one must be found."""
    for old, new in (('config_version="1"', f'config_version="{version}"'), *replacements):
        assert old in conf, old
        conf = conf.replace(old, new)
    return conf


def version(node):
    return node.check(["cman_tool", "version"]).strip()


def reload(node, conf, *options):
    """Writes the file on one node and activates it."""
    Suite.write_conf(node, conf)
    done = node.run(["cman_tool", "version", "-r", *options])
    assert (done.code, done.out, done.err) == (0, "", ""), done


def conf_on(node):
    with open(node.disk_path(CONF), encoding="utf-8") as file:
        return file.read()


@scenario
def a_changed_file_is_activated_on_every_node(setting):
    """Carried, checked by all, active on all or on none; a bad one is refused with its line and its node."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        conf = cluster_conf()
        Suite(lab, conf)
        lab.power_on(lab.nodes)
        join(n1, n2)
        wait_members(n1, [1, 2])
        corosync = [node.pids("corosync") for node in lab.nodes]

        second = changed(conf, 2, ('two_node="1" expected_votes="1"', 'expected_votes="3"'),
                         ('name="n1" nodeid="1"', 'name="n1" nodeid="1" votes="2"'))
        reload(n1, second)
        for node in lab.nodes:
            assert version(node) == "6.2.0 config 2"
            assert conf_on(node) == second
            wait_until(lambda: votes(node) == (3, 3, 2), 10, "corosync counts the new votes")
        assert [node.pids("corosync") for node in lab.nodes] == corosync, "nothing was restarted"

        refused(n1, ["cman_tool", "version", "-r"], "config version older or equal the running config")
        broken = changed(second.replace('config_version="2"', 'config_version="1"'), 3,
                         ('nodeid="2"', 'nodeid="1"'))
        Suite.write_conf(n1, broken)
        line = 1 + [number for number, text in enumerate(broken.splitlines()) if 'name="n2"' in text][0]
        refused(n1, ["cman_tool", "version", "-r"], f"cluster.conf:{line}: ",
                "Not reloading, configuration is not valid")
        Suite.write_conf(n1, changed(conf, 3, ('name="lab"', 'name="other"')))
        refused(n1, ["cman_tool", "version", "-r"], "cluster name", "full restart",
                "Error loading configuration in corosync/cman")
        Suite.write_conf(n1, changed(conf, 3, ('two_node="1" expected_votes="1"', 'expected_votes="9"')))
        refused(n1, ["cman_tool", "version", "-r"], "would lose quorum")

        third = changed(conf, 3)
        Suite.write_conf(n1, third)
        refused(n1, ["cman_tool", "version", "-r", "-S"], "n2: its cluster.conf has version 2, not 3")
        assert version(n1) == version(n2) == "6.2.0 config 2" and members(n1) == members(n2) == [1, 2]
        assert conf_on(n2) == second
        Suite.write_conf(n2, third)
        done = n1.run(["cman_tool", "version", "-r", "-S"])
        assert done.code == 0, done
        assert version(n1) == version(n2) == "6.2.0 config 3"
        wait_until(lambda: votes(n2) == (1, 2, 1), 10, "two_node again")


@scenario
def corosyncs_token_rests_unless_cluster_conf_says_otherwise(setting):
    """A ring that is idle leaves the processors to those who fence: also after a reload of corosync."""
    def rounds(node):
        return node.check(["corosync-cmapctl", "-g", "runtime.config.totem.seqno_unchanged_const"]).split()[-1]

    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        conf = cluster_conf()
        Suite(lab, conf)
        lab.power_on(lab.nodes)
        join(*lab.nodes)
        for version_number, words, wanted in ((1, None, "10"), (2, 'seqno_unchanged_const="30"', "30"),
                                              (3, 'window_size="40"', "10")):
            if words:
                reload(lab.nodes[0], changed(conf, version_number, ("<totem ", f"<totem {words} ")))
            for node in lab.nodes:
                wait_until(lambda: rounds(node) == wanted, 10, f"{wanted} rounds under version {version_number}")


def wait_caught_up(n1, n2, conf):
    """The two are members of one cluster, and n2 has its version 2, with this text."""
    for node in (n1, n2):
        wait_members(node, [1, 2])
    wait_until(lambda: version(n1) == version(n2) == "6.2.0 config 2" and conf_on(n2) == conf, 10,
               "n2 has the active document")


@scenario
def a_node_that_was_down_gets_the_new_document(setting):
    """It joins with its old file: the active one is there before any other daemon is; added nodes may join."""
    with Lab(nodes=3, build=setting.build, logs=setting.logs) as lab:
        n1, n2, n3 = lab.nodes
        first = cluster_conf()
        Suite(lab, first)
        lab.power_on(lab.nodes)
        join(n1)
        wait_members(n1, [1])
        second = cluster_conf(nodes=3).replace('config_version="1"', 'config_version="2"')
        Suite.write_conf(n1, second)
        refused(n1, ["cman_tool", "version", "-r"], "would lose quorum")
        join(n2)
        wait_members(n1, [1, 2])
        n2.check(["cman_tool", "-w", "leave"])
        wait_members(n1, [1])
        raised = changed(first, 2, ('post_join_delay="2"', 'post_join_delay="3"'))
        reload(n1, raised)
        join(n2)
        wait_caught_up(n1, n2, raised)  # on a busy machine n2 may have been a cluster of its own

        third = second.replace('config_version="2"', 'config_version="3"')
        reload(n2, third)
        assert [line.split()[1] for line in n1.check(["cman_tool", "nodes"]).splitlines()[1:]] == [
            "M", "M", "X"], "an added node is listed before it joins"
        Suite.write_conf(n3, third)
        join(n3)
        for node in lab.nodes:
            wait_members(node, [1, 2, 3])
            assert version(node) == "6.2.0 config 3"
            wait_until(lambda: votes(node) == (3, 3, 2), 10, "three votes, two needed")


@scenario
def a_node_that_started_alone_with_an_old_document_catches_up(setting):
    """It cannot see the other as it joins and is quorate with its old file; once they meet it has the newer one."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        first = cluster_conf()
        Suite(lab, first)
        lab.power_on(lab.nodes)
        join(n1)
        raised = changed(first, 2, ('post_join_delay="2"', 'post_join_delay="3"'))
        reload(n1, raised)
        lab.partition([[1], [2]])
        join(n2)
        assert members(n2) == [2] and version(n2) == "6.2.0 config 1"
        lab.heal()
        wait_caught_up(n1, n2, raised)


@scenario
def a_reload_needs_room_in_every_run_root(setting):
    """The run root of n2 is full, then its /etc/cluster: refused by name, nothing changes; with space all switch."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        first = cluster_conf()
        Suite(lab, first)
        lab.power_on(lab.nodes)
        n2.check(["sh", "-c", "mkdir -p /run/cluster && mount -t tmpfs -o size=16m,mode=755 none /run/cluster"])
        join(n1, n2)
        wait_members(n1, [1, 2])
        before = votes(n1), votes(n2)
        fill(n2, "/run/cluster")
        second = changed(first, 2, ('two_node="1" expected_votes="1"', 'expected_votes="3"'),
                         ('name="n1" nodeid="1"', 'name="n1" nodeid="1" votes="2"'))
        Suite.write_conf(n1, second)
        n2_refuses(n1, n2, "/run/cluster/corosync.conf")
        assert (votes(n1), votes(n2)) == before and conf_on(n2) == first

        n2.check(["rm", "/run/cluster/filler"])
        n2.check(["sh", "-c", "mount -t tmpfs -o size=1m,mode=755 none /mnt && cp -a /etc/cluster/. /mnt && "
                              "mount --bind /mnt /etc/cluster"])
        fill(n2, "/etc/cluster")
        n2_refuses(n1, n2, "/etc/cluster/cluster.conf")
        assert (votes(n1), votes(n2)) == before and n2.check(["cat", "/etc/cluster/cluster.conf"]) == first

        n2.check(["umount", "/etc/cluster"])
        reload(n1, second)
        for node in lab.nodes:
            assert version(node) == "6.2.0 config 2" and conf_on(node) == second
            wait_until(lambda node=node: votes(node) == (3, 3, 2), 10, f"corosync of {node.name} read its new file")
            assert staged_on(node) == ""

        # Who dies now comes back with the new version, and clears away what an unlucky one left.
        n2.check(["sh", "-c", "echo old > /run/cluster/cmand.run.staged; echo old > /etc/cluster/cluster.conf.staged"])
        cmand = n2.pids("cmand")
        n2.signal("cmand", signal.SIGKILL)
        wait_until(lambda: n2.pids("cmand") not in ([], cmand), 10, "cmand is started again")
        wait_members(n2, [1, 2])
        assert version(n2) == "6.2.0 config 2" and staged_on(n2) == ""
        assert not n2.syslog("config_caught_up"), "it had to ask the others"


def n2_refuses(n1, n2, file):
    """A reload, for want of room for this file; nothing changes, nothing is left waiting."""
    refused(n1, ["cman_tool", "version", "-r"], f"n2: the new {file} cannot be kept ready", "No space left on device")
    assert version(n1) == version(n2) == "6.2.0 config 1" and members(n1) == members(n2) == [1, 2]
    for node in (n1, n2):
        wait_until(lambda node=node: staged_on(node) == "", 10, f"nothing waits on {node.name} any more")


def fill(node, folder):
    """Until it stays full: a file that replaced its predecessor just then has given that one's space back."""
    command = ["sh", "-c", f"head -c 64m /dev/zero >> {folder}/filler; ! head -c 4096 /dev/zero > {folder}/more"]
    wait_until(lambda: node.run(command).code == 0, 10, f"{folder} of {node.name} is full")


def staged_on(node):
    return node.run(["sh", "-c", "ls /run/cluster/*.staged* /etc/cluster/*.staged* 2>/dev/null"]).out


DOMAINS = ("<failoverdomains>" + prefer("n1_first", "n1", "n2") + prefer("n2_first", "n2", "n1", nofailback=0)
           + "</failoverdomains>")


def services(*, web=("web",), db="relocate", mail=False):
    """The inside of <rm>: `web` names the scripts of service web, `db` is the recovery policy of db."""
    scripts = "".join(f'<script name="{name}" file="/lab/services/{name}"/>' for name in web)
    return (DOMAINS + f'<service name="web" domain="n1_first" recovery="relocate">{scripts}</service>'
            + script_service("db", "n2_first", recovery=db)
            + (script_service("mail", "n2_first") if mail else ""))


def actions(lab):
    """(word, script) of every start and stop so far."""
    return [(entry.word, entry.values["service"]) for entry in lab.journal.entries()
            if entry.word in ("start-begin", "stop-begin")]


@scenario
def a_service_is_added_changed_and_removed_while_others_run(setting):
    """Only what changed is started and stopped; the document a service runs under outlives its rgmanager."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        suite = start(setting, lab, rm=services())
        n1, n2 = lab.nodes
        for script in ("extra", "mail"):
            suite.add_service_script(script)
        numbers = iter(range(2, 100))

        def activate(node, **changes):
            """Activates it; the starts and stops that follow, once both nodes act on it."""
            before, number = len(actions(lab)), next(numbers)
            reload(node, cluster_conf(rm=services(**changes)).replace(
                'config_version="1"', f'config_version="{number}"'))
            assert version(n1) == version(n2) == f"6.2.0 config {number}"
            return before

        before = activate(n1, web=("web", "extra"))
        lab.journal.wait("start-end", 20, service="extra", node="n1")
        assert actions(lab)[before:] == [("start-begin", "extra")], "only the added script"

        before = activate(n2, web=("web", "extra"), mail=True)
        wait_state(n1, "mail", "n2")
        assert ("start-begin", "mail") in actions(lab)[before:]
        assert {name for _, name in actions(lab)[before:]} == {"mail"}, "the others are left alone"

        before = activate(n1, web=("web", "extra"), db="restart", mail=True)
        assert n2.check(["clusvcadm", "-R", "mail"]), "what follows is after the change"
        assert {name for _, name in actions(lab)[before:]} == {"mail"}, "a policy restarts nothing"

        before = activate(n1, web=("web", "extra"), db="restart")
        wait_until(lambda: state(n1, "mail") is None and state(n2, "mail") is None, 20, "mail is gone")
        assert actions(lab)[before:] == [("stop-begin", "mail")]

        # rgmanager of the owner is away while a script of its service is removed.
        n1.check(["sh", "-c", "kill -STOP $(ps -o ppid= -p $(cat /run/cluster/rgmanager.pid))"])
        supervisor = n1.check(["sh", "-c", "ps -o ppid= -p $(cat /run/cluster/rgmanager.pid)"]).strip()
        n1.check(["sh", "-c", "kill -9 $(cat /run/cluster/rgmanager.pid)"])
        before = activate(n1, web=("web",), db="restart")
        n1.check(["kill", "-CONT", supervisor])
        lab.journal.wait("stop-end", 30, service="extra", node="n1")
        wait_state(n2, "web", "n1")
        assert actions(lab)[before:] == [("stop-begin", "extra")], "its removed script, nothing else"
        check_safe(lab)
