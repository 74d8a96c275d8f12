# SPDX-License-Identifier: Apache-2.0
"""A changed cluster.conf in a running cluster: cman_tool version -r, from the file to what runs."""
from lab.conf import cluster_conf
from lab.lab import Lab
from lab.scenario import scenario
from lab.suite import CONF, Suite
from lab.wait import wait_until
from scenarios.cman import join, members, refused, votes, wait_members


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
        assert version(n1) == version(n2) == "6.2.0 config 2" and conf_on(n2) == raised
        wait_members(n1, [1, 2])

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
