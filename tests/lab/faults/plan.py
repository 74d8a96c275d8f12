# SPDX-License-Identifier: Apache-2.0
"""What a run of chaos does and when, drawn from a seed before anything starts. Nothing here touches a node."""
import dataclasses
import random

SIZES = (2, 3, 5)
DAEMONS = ("corosync", "cmand", "fenced", "rgmanager")
SERVICES = ("a", "b", "c", "d")
MEAN_GAP = 2.5  # seconds between two faults
LATENESS = ((20, 5), (80, 40), (300, 100))  # delay and jitter in ms
WEIGHTS = {
    "crash": 4, "return": 8, "cut": 3, "partition": 3, "deaf": 2, "mute": 2, "flap": 2, "delay": 2, "kill": 8,
    "stop": 8, "device": 5, "order": 6, "verb": 12, "blackout": 1,
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing to do. `node` is a node id; `lasts`: seconds until it is undone, 0 for what is not."""
    at: float
    kind: str
    node: int
    lasts: float
    words: tuple

    def __str__(self):
        lasts = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.at:5.1f} {self.kind} n{self.node} {' '.join(map(str, self.words))}".rstrip() + lasts


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run: the cluster and its faults in order of time."""
    seed: int
    nodes: int
    seconds: float
    action: str  # of the fence devices
    faults: tuple


def draw(seed, nodes=None, seconds=60.0):
    """The plan of a seed; `nodes` overrides the size it would draw."""
    dice = random.Random(seed)
    size = dice.choice(SIZES)
    size = nodes or size
    action = dice.choice(("off", "reboot"))
    faults, at = [], dice.uniform(0.5, 2)
    while at < seconds:
        kind = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        faults.append(_fault(dice, at, kind, size))
        at += dice.expovariate(1 / MEAN_GAP)
    return Plan(seed, size, seconds, action, tuple(faults))


def _fault(dice, at, kind, size):
    node = dice.randint(1, size)
    lasts, words = 0.0, ()
    if kind in ("cut", "deaf", "mute"):
        lasts = dice.choice((0.3, 1.5, 4.0, 8.0))
    elif kind == "partition":
        sides = [[], []]
        for each in range(1, size + 1):
            sides[dice.randint(0, 1)].append(each)
        lasts, words = dice.choice((1.5, 4.0, 8.0)), tuple(tuple(side) for side in sides if side)
    elif kind == "flap":
        words = tuple(round(dice.uniform(0.1, 1.5), 2) for _ in range(6))  # down, up, down, ...
    elif kind == "delay":
        lasts, words = dice.uniform(2, 10), dice.choice(LATENESS)
    elif kind == "kill":
        words = (dice.choice(DAEMONS),)
    elif kind == "stop":
        lasts, words = dice.choice((0.3, 0.7, 2.5, 6.0)), (dice.choice(DAEMONS),)
    elif kind == "device":
        lasts = dice.uniform(1, 10)
        words = (dice.choice(("pdu1", "pdu2")), dice.choice(("fail", "hang", "slow")), round(dice.uniform(0.5, 4), 1))
    elif kind == "order":
        lasts = dice.uniform(1, 8)
        words = (dice.choice(SERVICES), dice.choice(("start", "stop", "status")),
                 dice.choice(("1", "hang", "slow 1", "slow 3")))
    elif kind == "verb":
        flag = dice.choice(("-e", "-d", "-r", "-R", "-s", "-Z", "-U"))
        words = (flag, dice.choice(SERVICES), dice.randint(1, size) if flag in ("-e", "-r") else 0)
    elif kind == "blackout":
        words = tuple(sorted(dice.sample(range(1, size + 1), dice.randint(1, size))))  # who comes back at once
    return Fault(round(at, 2), kind, node, round(lasts, 2), words)
