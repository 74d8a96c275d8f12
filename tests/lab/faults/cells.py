# SPDX-License-Identifier: Apache-2.0
"""The cells of the matrix and the outcome DESIGN section 5 demands of each. Nothing here touches a node."""
import dataclasses
import itertools

DAEMONS = ("corosync", "cmand", "fenced", "rgmanager")
KILL, SHORT, LONG = "kill -9", "SIGSTOP < token", "SIGSTOP > token"
DEEDS = (KILL, SHORT, LONG)
OWNER, FENCER, BYSTANDER = "owner", "fencer", "bystander"
PLACES = (OWNER, FENCER, BYSTANDER)
IDLE, STARTING, STOPPING, CHECKING, FENCING = "idle", "starting", "stopping", "checking", "fencing"
MEANWHILE = (IDLE, CHECKING, STARTING, STOPPING, FENCING)

GOES_ON = "undisturbed"
MOVES = "on another node, after the fence"
ONCE = "started once"
AGAIN = "stopped and started again"
STOPS = "stopped, stays so"
STOPS_WITH_NODE = "disabled with its node"


@dataclasses.dataclass(frozen=True, order=True)
class Cell:
    """What is done to which daemon on which node while something else happens."""
    deed: str
    daemon: str
    place: str
    meanwhile: str

    def __str__(self):
        return f"{self.deed} {self.daemon} on the {self.place}, {self.meanwhile}"

    @property
    def row(self):
        return f"{self.deed}, {self.daemon}, {self.place}"

    @property
    def is_lethal(self):
        """corosync has no grace: dead, or silent beyond the token, its node is a victim."""
        return self.daemon == "corosync" and self.deed != SHORT

    @property
    def oversleeps(self):
        """fenced and rgmanager that slept longer than the token treat themselves as cut off."""
        return self.deed == LONG and self.daemon in ("fenced", "rgmanager")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of it. Everything but `overslept` is read from the agents' journal and the client."""
    fenced: tuple     # places that were switched off, each once: of the cell, or "spare"
    web: str          # the service with the client; runs on the owner all the time
    work: str         # the service whose agent is at work meanwhile
    overslept: bool

    def words(self):
        """The cell's text in the table."""
        parts = ["fenced " + "+".join(self.fenced)] if self.fenced else []
        parts += ["web moves"] if self.web == MOVES else []
        parts += [] if self.web in (MOVES, GOES_ON) else [f"web: {self.web}"]
        short = {GOES_ON: None, ONCE: None, STOPS: None, AGAIN: "work starts over", MOVES: "work moves",
                 STOPS_WITH_NODE: "work disabled"}
        parts += [short.get(self.work, f"work: {self.work}")]
        parts += ["overslept"] if self.overslept else []
        return ", ".join(part for part in parts if part) or "goes on"


def expected(cell):
    """What DESIGN section 5 demands."""
    fenced = (("spare",) if cell.meanwhile == FENCING else ()) + ((cell.place,) if cell.is_lethal else ())
    owner_dies = cell.is_lethal and cell.place == OWNER
    return Outcome(tuple(sorted(fenced)), MOVES if owner_dies else GOES_ON,
                   _expected_work(cell, owner_dies), cell.oversleeps)


def _expected_work(cell, owner_dies):
    if cell.meanwhile == STOPPING:
        return STOPS_WITH_NODE if owner_dies else STOPS
    if owner_dies:
        return MOVES
    if cell.meanwhile == STARTING:
        # The result of an agent whose parent died is unknown: a start is followed by a stop.
        is_lost = (cell.deed, cell.daemon, cell.place) == (KILL, "rgmanager", OWNER)
        return AGAIN if is_lost else ONCE
    return GOES_ON


def all_cells():
    """The whole matrix, in an order that needs few changes of what goes on meanwhile."""
    return [Cell(deed, daemon, place, meanwhile) for meanwhile, deed, daemon, place
            in itertools.product(MEANWHILE, DEEDS, DAEMONS, PLACES)]


SLICE = (  # one per daemon, for every run
    Cell(KILL, "cmand", FENCER, FENCING),
    Cell(KILL, "fenced", FENCER, FENCING),
    Cell(LONG, "rgmanager", OWNER, STARTING),
    Cell(KILL, "corosync", OWNER, STOPPING),
)


def table(found):
    """The matrix as text: `found` is cell -> words."""
    rows = list(dict.fromkeys(cell.row for cell in sorted(found, key=_position)))
    columns = [name for name in MEANWHILE if any(cell.meanwhile == name for cell in found)]
    words = {(cell.row, cell.meanwhile): text for cell, text in found.items()}
    width = {name: max([len(name)] + [len(words.get((row, name), "")) for row in rows]) for name in columns}
    first = max(len(row) for row in rows)
    lines = ["  ".join([" " * first] + [name.ljust(width[name]) for name in columns]).rstrip()]
    lines += ["  ".join([row.ljust(first)] + [words.get((row, name), "-").ljust(width[name])
                                               for name in columns]).rstrip() for row in rows]
    return "\n".join(lines)


def _position(cell):
    return (DEEDS.index(cell.deed), DAEMONS.index(cell.daemon), PLACES.index(cell.place),
            MEANWHILE.index(cell.meanwhile))
