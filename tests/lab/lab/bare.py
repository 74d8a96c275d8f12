# SPDX-License-Identifier: Apache-2.0
"""Bare corosync in a lab, configured by hand: proves the lab itself, and is the floor for measurements."""
from .network import address
from .wait import wait_until

CONF = "/etc/cluster/bare-corosync.conf"


def corosync_conf(lab, token_ms=1000, two_node=True):
    """The text of a corosync.conf for all nodes and links of the lab."""
    nodes = ""
    for node in lab.nodes:
        rings = "\n".join(f"    ring{link}_addr: {address(link, node.id)}"
                          for link in range(lab.network.links))
        nodes += f"  node {{\n    nodeid: {node.id}\n    name: {node.name}\n{rings}\n  }}\n"
    two = "  two_node: 1\n  wait_for_all: 0\n" if two_node else ""
    return (f"totem {{\n  version: 2\n  cluster_name: lab\n  transport: knet\n  token: {token_ms}\n"
            f"  token_coefficient: 0\n  crypto_cipher: none\n  crypto_hash: none\n}}\n"
            f"nodelist {{\n{nodes}}}\n"
            f"quorum {{\n  provider: corosync_votequorum\n{two}}}\n"
            "logging {\n  to_syslog: no\n  to_stderr: yes\n  timestamp: hires\n}\n")


def start_corosync(lab, nodes, **options):
    """Starts corosync; does not wait for a membership."""
    for node in nodes:
        with open(node.disk_path(CONF), "w", encoding="ascii") as file:
            file.write(corosync_conf(lab, **options))
        node.spawn(["corosync", "-f", "-c", CONF], log="corosync")


def membership(node):
    """(node ids, quorate) as votequorum on this node sees it; None while there is no answer."""
    done = node.run(["corosync-quorumtool", "-s"])
    lines = done.out.splitlines()
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    if "Quorate" not in values:
        return None
    table = lines[lines.index("Membership information") + 3:]
    return sorted(int(line.split()[0]) for line in table if line.split()), values["Quorate"].strip() == "Yes"


def wait_members(node, members, deadline=30, quorate=True):
    """Waits until the node sees exactly these members."""
    wait_until(lambda: membership(node) == (sorted(members), quorate), deadline,
               f"{node.name} sees {members}, last {membership(node)}")
