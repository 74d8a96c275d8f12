# SPDX-License-Identifier: Apache-2.0
"""The lab proven with bare corosync and with nothing of the suite."""
import os

from lab import bare
from lab.lab import ROOT, Lab
from lab.scenario import scenario
from lab.wait import wait_until

AGENT = os.path.join(ROOT, "tests/lab/agents/fence_lab")


def fence(node, plug, action="off", **options):
    """Runs the fence agent on a node, as fenced would."""
    lines = {"port": plug, "action": action, **options}
    return node.run([AGENT], input="".join(f"{key}={value}\n" for key, value in lines.items()))


@scenario
def two_nodes_form_crash_fence_and_return(setting):
    """Two nodes form; one crashes, is fenced by the agent and comes back in a new life."""
    with Lab(nodes=2, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        lab.power_on(lab.nodes)
        bare.start_corosync(lab, lab.nodes)
        bare.wait_members(n1, [1, 2])
        n1.check(["logger", "hello from n1"])
        wait_until(lambda: n1.syslog("hello from n1"), 5)
        n2.check(["sh", "-c", "touch /run/lab/fresh /tmp/fresh /dev/shm/fresh /var/lib/cluster/kept"])
        n2.crash()
        bare.wait_members(n1, [1])
        assert fence(n1, "n2", "status").code == 0, "a crashed node still has power"
        assert fence(n1, "n2", "off").code == 0
        assert fence(n1, "n2", "status").code == 2
        assert fence(n1, "n2", "on").code == 0
        assert n2.check(["cat", "/run/lab/life"]) == "2\n"
        assert n2.check(["ls", "/var/lib/cluster"]) == "kept\n"
        for folder in ("/run/lab", "/tmp", "/dev/shm"):
            assert n2.run(["ls", folder + "/fresh"]).code != 0, folder
        bare.start_corosync(lab, [n2])
        bare.wait_members(n1, [1, 2])
        words = [entry.word for entry in lab.journal.entries() if entry.values.get("plug") == "n2"]
        assert words == ["power-on", "agent-begin", "agent-end", "agent-begin", "power-off", "agent-end",
                         "agent-begin", "agent-end", "agent-begin", "power-on", "agent-end"], words


@scenario
def a_partition_separates_and_heals(setting):
    """Three nodes: 1 | 2 3 separates them on every link, heal brings them together; so does a cable."""
    with Lab(nodes=3, links=2, logs=setting.logs) as lab:
        n1, n2, n3 = lab.nodes
        lab.power_on(lab.nodes)
        bare.start_corosync(lab, lab.nodes, two_node=False)
        bare.wait_members(n1, [1, 2, 3])
        lab.partition([[1], [2, 3]])
        bare.wait_members(n1, [1], quorate=False)
        bare.wait_members(n2, [2, 3])
        lab.heal()
        bare.wait_members(n1, [1, 2, 3])
        lab.cut(n3, link=0)
        assert n3.check(["cat", "/sys/class/net/link0/carrier"]) == "0\n"
        assert bare.membership(n1) == ([1, 2, 3], True), "the second link carries on"
        lab.cut(n3, link=1)
        bare.wait_members(n3, [3], quorate=False)
        bare.wait_members(n1, [1, 2])
        lab.heal()
        bare.wait_members(n1, [1, 2, 3])


@scenario
def a_shared_disk_is_opened_by_one_node_only(setting):
    """The second mount of a shared disk fails and stands in the journal as a violation of S1."""
    with Lab(nodes=2, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        lab.add_disk("data")
        lab.power_on(lab.nodes)
        mount = ["mount", "-t", "ext4", "/dev/lab/data", "/mnt"]
        n1.check(mount)
        n1.check(["sh", "-c", "echo written by n1 > /mnt/file && umount /mnt"])
        n2.check(mount)
        assert n2.check(["cat", "/mnt/file"]) == "written by n1\n"
        lab.check_journal()
        assert n1.run(mount).code == 32
        n2.crash()
        assert n1.run(mount).code == 0, "a crash takes the mount with it: the claim ends with its holder"
        n1.check(["umount", "/mnt"])
        refused = lab.journal.entries("disk-refused")
        assert [(entry.node, entry.values["held_by"]) for entry in refused] == [("n1", "n2")]
        try:
            lab.check_journal()
        except AssertionError:
            return
        raise AssertionError("the checker did not see the second open")


@scenario
def the_power_switch_does_as_told(setting):
    """Devices of the switch fail, hang and are slow; off needs the node's loop devices detached."""
    with Lab(nodes=2, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        lab.add_disk("data")
        lab.power_on(lab.nodes)
        n2.check(["mount", "/dev/lab/data", "/mnt"])
        lab.power.behave("fail", device="pdu1")
        failed = fence(n1, "n2", ipaddr="pdu1")
        assert failed.code == 1 and "refuses" in failed.err and n2.is_on
        lab.power.behave("hang", device="pdu2")
        hanging = fence_in_background(n1, "n2", "pdu2")
        lab.journal.wait("agent-begin", 10, device="pdu2")
        assert n1.signal("fence_lab", 9) == 1
        hanging.wait(10)
        assert n2.is_on and not lab.journal.entries("agent-end", device="pdu2")
        lab.power.behave("slow", device="pdu3", seconds=0.3)
        assert fence(n1, "n2", ipaddr="pdu3").code == 0
        begin, = lab.journal.entries("agent-begin", device="pdu3")
        off, = lab.journal.entries("power-off", plug="n2")
        assert off.seconds - begin.seconds >= 0.3
        assert not n2.is_on and all("n2" not in disk.loops for disk in lab.disks.disks.values())
        assert fence(n1, "nobody").code == 1
        assert "<resource-agent" in fence(n1, "", "metadata").out


@scenario
def a_slow_link_delays_and_recovers(setting):
    """A relay makes a link slower by a known time, also after a power cycle, and can be taken out."""
    with Lab(nodes=2, build=setting.build, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        lab.power_on(lab.nodes)
        assert round_trip(n1, n2) < 20
        lab.delay(n2, 50)
        assert 100 <= round_trip(n1, n2) < 190
        assert fence(n1, "n2", "reboot").code == 0
        assert 100 <= round_trip(n1, n2) < 190
        lab.delay(n2, 0)
        assert round_trip(n1, n2) < 20


def round_trip(node, peer):
    """Milliseconds for a byte of TCP to a peer and back, the best of five."""
    program = """
import socket, sys, time
best = 1e9
with socket.create_connection((sys.argv[1], 7777)) as stream:
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(5):
        begin = time.monotonic()
        stream.sendall(b"x")
        stream.recv(1)
        best = min(best, time.monotonic() - begin)
print(best * 1000)
"""
    server = """
import socket
with socket.create_server(("", 7777)) as listener:
    open("/run/lab/echo", "w").close()
    stream = listener.accept()[0]
    while piece := stream.recv(1):
        stream.sendall(piece)
"""
    peer.run(["rm", "-f", "/run/lab/echo"])
    echo = peer.spawn(["python3", "-c", server], log="echo")
    wait_until(lambda: peer.run(["test", "-e", "/run/lab/echo"]).code == 0, 10)
    milliseconds = float(node.check(["python3", "-c", program, peer.name]))
    echo.wait(10)
    return milliseconds


def fence_in_background(node, plug, device):
    """Starts the agent and does not wait for it."""
    text = f"port={plug}\\naction=off\\nipaddr={device}\\n"
    return node.spawn(["sh", "-c", f"printf '{text}' | {AGENT}"], log="fence_lab")


HEAR = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 7000))\n"
        "while True: print(s.recv(64).decode(), flush=True)")
SAY = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
       "s.sendto(sys.argv[2].encode(), (sys.argv[1], 7000))")


@scenario
def packets_are_dropped_in_one_direction(setting):
    """A node that is deaf is heard, one that is mute hears; taken back, both do both."""
    with Lab(nodes=2, logs=setting.logs) as lab:
        n1, n2 = lab.nodes
        lab.power_on(lab.nodes)
        for node in lab.nodes:
            node.spawn(["python3", "-S", "-c", HEAR], log="heard")
            wait_until(lambda n=node: "*:7000" in n.run(["ss", "-lun"]).out.replace("0.0.0.0", "*"), 10, "it listens")

        def heard(node):
            with open(node.log_path("heard"), encoding="ascii") as file:
                return file.read().split()

        def talk(word):
            """Each says the word three times to the other: who has heard it, n1 and n2?"""
            for source, target, address in ((n1, n2, "10.77.0.2"), (n2, n1, "10.77.0.1")):
                for _ in range(3):
                    source.run(["python3", "-S", "-c", SAY, address, word])
            return [word in heard(n1), word in heard(n2)]

        wait_until(lambda: talk("all") == [True, True], 10, "both hear")
        lab.drop(n1, "input")
        wait_until(lambda: talk("deaf")[1], 10, "n2 hears")
        assert talk("deaf") == [False, True]
        lab.drop(n1, "output")
        wait_until(lambda: talk("mute")[0], 10, "n1 hears")
        assert talk("mute") == [True, False]
        lab.drop(n1, None)
        wait_until(lambda: talk("healed") == [True, True], 10, "both hear")
