# SPDX-License-Identifier: Apache-2.0
"""What became of a cell, read from the agents' journal and from the client's requests."""
from . import cells
from .arena import CONSENSUS, SHORT_STOP, TOKEN
from .cells import Outcome

OVERSLEPT = {"fenced": "fence_overslept", "rgmanager": "service_overslept"}


class Observer:
    """Begins when nothing has happened yet; `outcome` looks at everything since, up to `until`."""

    def __init__(self, arena, cell):
        self.arena = arena
        self.cell = cell
        self.mark = arena.lab.clock()
        self.lives = {place: arena.at(place).life for place in (*cells.PLACES, "spare")}

    def entries(self, until=None, **match):
        """Journal entries of this cell."""
        return [entry for entry in self.arena.lab.journal.entries(**match)
                if entry.seconds >= self.mark and (until is None or entry.seconds <= until)]

    def owner_off(self):
        """When the owner was switched off; None: it was not."""
        found = self.entries(word="power-off", plug=self.arena.owner.name)
        return found[0].seconds if found else None

    def is_void(self):
        """Did corosync lose nodes to which nothing was done, because the machine stood still? (Observers on all
        nodes note every ring; the lab's own clock is the witness.)"""
        deaths = (self.cell.meanwhile == cells.FENCING) + self.cell.is_lethal
        victim = self.arena.at(self.cell.place).name if self.cell.is_lethal else None
        return any(self.stood_still(entry.seconds) for entry in self.entries(word="ring")
                   if entry.node != victim and int(entry.values["members"]) < len(self.lives) - deaths)

    def stood_still(self, ring):
        """Long enough that a node which is stopped for a short while was lost by it?"""
        return self.arena.ticker.longest(ring - 2 * (TOKEN + CONSENSUS), ring) > (TOKEN - SHORT_STOP) / 4

    def outcome(self, until=None):
        """`until`: the moment after which the lab itself moved services."""
        return Outcome(self._fenced(), self._web(until), self._work(until), self._overslept())

    def _fenced(self):
        found = []
        for place in self.lives:
            offs = self.entries(word="power-off", plug=self.arena.at(place).name)
            if offs:
                found.append(place if len(offs) == 1 else f"{place} {len(offs)} times")
        return tuple(sorted(found))

    def _moved(self, begun):
        """Were all these starts elsewhere, after the owner was off?"""
        off = self.owner_off()
        return bool(begun) and off is not None and all(
            entry.seconds > off and entry.node != self.arena.owner.name for entry in begun)

    def steps(self, until, service):
        """Starts and stops of a service, without the initial stop of a node that came back meanwhile."""
        fresh = {self.arena.at(place).name: life for place, life in self.lives.items()}
        found, ran = [], set()
        for entry in self.entries(until, service=service):
            if entry.word == "start-begin":
                ran.add((entry.node, entry.life))
            is_initial = entry.life > fresh[entry.node] and (entry.node, entry.life) not in ran
            if entry.word in ("start-begin", "start-end", "stop-begin", "stop-end") and not is_initial:
                found.append(entry)
        return found

    def _web(self, until):
        actions = [entry for entry in self.steps(until, "web") if entry.word in ("start-begin", "stop-begin")]
        begun = [entry for entry in actions if entry.word == "start-begin"]
        if self._moved(begun) and len(begun) == 1:
            return cells.MOVES
        if actions:
            return "; ".join(f"{entry.word} on {entry.node}" for entry in actions)
        bad = [request for request in self.arena.client.since(self.mark)
               if request.node != self.arena.owner.name and (until is None or request.end < until)]
        if bad:
            return f"{len(bad)} requests not answered, first after {bad[0].begin - self.mark:.1f} s"
        return cells.GOES_ON

    def _work(self, until):
        steps = self.steps(until, "work")
        words = [entry.word + (f"={entry.values['result']}" if "result" in entry.values else "")
                 for entry in steps]
        begun = [entry for entry in steps if entry.word == "start-begin"]
        if self.cell.meanwhile == cells.STOPPING and not begun:
            if self.owner_off() is not None:
                return cells.STOPS_WITH_NODE
            return cells.STOPS if words[-1:] == ["stop-end=0"] else f"last: {words[-1:]}"
        if not words:
            return cells.GOES_ON
        if words == ["start-begin", "start-end=0"] and begun[0].node == self.arena.owner.name:
            return cells.ONCE
        if self._moved([entry for entry in begun if entry.seconds > (self.owner_off() or 0)]):
            return cells.MOVES
        if words == ["start-begin", "stop-begin", "stop-end=0", "start-begin", "start-end=0"]:
            return cells.AGAIN
        return "; ".join(f"{word} on {entry.node}" for word, entry in zip(words, steps))

    def _overslept(self):
        event = OVERSLEPT.get(self.cell.daemon)
        lines = self.arena.at(self.cell.place).syslog(event) if event else []
        return any(seconds >= self.mark for seconds, _ in lines)
