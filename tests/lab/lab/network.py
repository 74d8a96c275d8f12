# SPDX-License-Identifier: Apache-2.0
"""The lab's links: a bridge per link, a cable (veth) per node and link; cut, partition, heal.

Node n has 10.77.LINK.n and fd77:LINK::n, the client on the lab's side has .254. All of it lives in the
lab's own network namespace; a cable goes with the node's namespace when the node's power goes.
"""
import subprocess

CLIENT = 254


def ip(*lines):
    """Runs iproute2 commands as one batch."""
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip: {done.stderr.strip()} in: {'; '.join(lines)}")


def address(link, node_id):
    return f"10.77.{link}.{node_id}"


def address6(link, node_id):
    return f"fd77:{link}::{node_id}"


def mac(link, node_id):
    """The same in every life, as a real card's: the others' neighbour tables stay right."""
    return f"02:77:{link:02x}:00:{node_id >> 8:02x}:{node_id & 255:02x}"


def cable(node_id, link):
    """The lab's end of a cable."""
    return f"n{node_id}l{link}"


class Network:
    """All links of a lab. A partition is a bridge more, and cables moved to it."""

    def __init__(self, links, relay=None):
        self.links = links
        self.relay = relay  # path of lab_relay, for delay()
        self.groups = {}  # (node id, link) -> group the cable belongs to now
        self.unplugged = set()
        self.delays = {}  # (node id, link) -> (milliseconds, jitter)
        self.relays = {}  # (node id, link) -> running relay; its tap stands in for the cable
        ip("link set lo up")
        for link in range(links):
            self._add_bridge(f"br{link}")
            # Of its own: else a bridge takes one of its cables', and changes it when that node is lost.
            ip(f"link set br{link} address {mac(link, CLIENT)}",
               f"addr add {address(link, CLIENT)}/24 dev br{link}",
               f"addr add {address6(link, CLIENT)}/64 dev br{link} nodad")
        self.extra = set()

    @staticmethod
    def _add_bridge(name):
        ip(f"link add {name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
           f"link set {name} up")

    def plug_in(self, node_id, pid):
        """New cables for a node whose network namespace is that of process `pid`."""
        for link in range(self.links):
            end = cable(node_id, link)
            ip(f"link add {end} type veth peer name link{link} address {mac(link, node_id)} netns {pid}",
               f"link set {end} master {self._bridge(node_id, link)}")
            if (node_id, link) not in self.unplugged:
                ip(f"link set {end} up")
            if (node_id, link) in self.delays:
                self._start_relay(node_id, link)

    def _bridge(self, node_id, link):
        group = self.groups.get((node_id, link), 0)
        name = f"br{link}" if group == 0 else f"br{link}p{group}"
        if group and name not in self.extra:
            self._add_bridge(name)
            self.extra.add(name)
        return name

    @staticmethod
    def address_commands(node_id, links):
        """What a node runs to configure its ends."""
        commands = ["link set lo up"]
        for link in range(links):
            commands += [f"addr add {address(link, node_id)}/24 dev link{link}",
                         f"addr add {address6(link, node_id)}/64 dev link{link} nodad",
                         f"link set link{link} up"]
        return commands

    def _links(self, link):
        return range(self.links) if link is None else [link]

    @staticmethod
    def _exists(name):
        return subprocess.run(["ip", "link", "show", name], check=False, capture_output=True).returncode == 0

    def cut(self, node_id, link=None):
        """Pulls the cable (all cables without `link`): the node sees no carrier."""
        for each in self._links(link):
            self.unplugged.add((node_id, each))
            self._set(cable(node_id, each), "down")

    def join(self, node_id, link=None):
        """Puts the cable back."""
        for each in self._links(link):
            self.unplugged.discard((node_id, each))
            self._set(cable(node_id, each), "up")

    def partition(self, groups, link=None):
        """Nodes of different groups no longer hear each other; the client stays with the first group."""
        for number, group in enumerate(groups):
            for node_id in group:
                for each in self._links(link):
                    self.groups[(node_id, each)] = number
                    self._reattach(node_id, each)

    def _reattach(self, node_id, link):
        name = cable(node_id, link) + ("r" if (node_id, link) in self.relays else "")
        self._set(name, f"master {self._bridge(node_id, link)}")

    def _set(self, name, words):
        """Changes a cable, or the tap that stands in for it, unless it went with its node."""
        if self._exists(name):
            try:
                ip(f"link set {name} {words}")
            except RuntimeError:
                if self._exists(name):
                    raise

    def delay(self, node_id, milliseconds, jitter=0, link=None):
        """Every frame of the node's cable comes so much later, each way; 0 takes the relay out again."""
        for each in self._links(link):
            self._stop_relay(node_id, each)
            self.delays.pop((node_id, each), None)
            if milliseconds or jitter:
                self.delays[(node_id, each)] = (milliseconds, jitter)
                if self._exists(cable(node_id, each)):
                    self._start_relay(node_id, each)
            else:
                self._reattach(node_id, each)

    def _start_relay(self, node_id, link):
        assert self.relay, "delays need the helper lab_relay: a lab with a build folder"
        self._stop_relay(node_id, link)
        end = cable(node_id, link)
        ip(f"link set {end} nomaster")
        words = [self.relay, end, end + "r", *map(str, self.delays[(node_id, link)])]
        relay = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        if relay.stdout.readline() != "ready\n":
            raise RuntimeError(f"no relay for {end}")
        self.relays[(node_id, link)] = relay
        ip(f"link set {end}r up")
        self._reattach(node_id, link)

    def _stop_relay(self, node_id, link):
        relay = self.relays.pop((node_id, link), None)
        if relay:
            relay.kill()
            relay.wait()
            relay.stdout.close()

    def heal(self):
        """Undoes every cut and partition. (Not delays: delay(node, 0) does.)"""
        for node_id, link in list(self.unplugged):
            self.join(node_id, link)
        moved, self.groups = list(self.groups), {}
        for node_id, link in moved:
            self._reattach(node_id, link)
