# SPDX-License-Identifier: Apache-2.0
"""Where the time of an outage went, from the agents' own journal and an observer of corosync's rings."""
import dataclasses

START = "start"


@dataclasses.dataclass(frozen=True)
class AgentRun:
    """One call of a service agent."""
    words: str
    begin: float
    end: float


class Outage:
    """Before anything is lost `observe`; set `cut` to the moment of the power cut, then `finish`."""

    def __init__(self, lab, victim, survivor):
        self.lab = lab
        self.victim = victim
        self.survivor = survivor
        self.cut = None
        self.last_answer = self.first_answer = None
        self.lost = None
        self.fence_begin = self.fence_end = None
        self.service_agents = []

    @staticmethod
    def observe(survivor):
        """Lets the survivor's corosync, not the suite, say when it knew of the loss (helpers/lab_ring.cpp)."""
        survivor.spawn(["lab_ring"], log="lab_ring")

    def finish(self, last_answer, first_answer):
        """`last_answer`, `first_answer`: of the client, before and after."""
        self.last_answer, self.first_answer = last_answer, first_answer
        entries = [entry for entry in self.lab.journal.entries(node=self.survivor.name)
                   if entry.seconds > self.cut]
        self.lost = next(entry.seconds for entry in entries if entry.word == "ring")
        fencing = [entry for entry in entries if entry.values.get("agent") == "fence_lab"
                   and entry.word in ("run-begin", "run-end")]
        self.fence_begin, self.fence_end = fencing[0].seconds, fencing[-1].seconds
        self.service_agents = list(self._runs(entries))

    def _runs(self, entries):
        """Start calls of service agents after the fencing, until the client was answered."""
        begun = {}
        for entry in entries:
            key = (entry.values.get("agent"), entry.values.get("resource"))
            if entry.values.get("action") != START or entry.seconds < self.fence_end:
                continue
            if entry.word == "run-begin":
                begun[key] = entry.seconds
            elif entry.word == "run-end" and key in begun:
                words = f"{key[0]} start {key[1] or ''}".rstrip()
                words += f" ({(entry.seconds - begun[key]) * 1e3:.0f} ms)"
                yield AgentRun(words, begun.pop(key), entry.seconds)

    def report(self, show):
        """The split as a table."""
        total = self.first_answer - self.last_answer
        detection = self.lost - self.last_answer
        fencing = self.fence_end - self.fence_begin
        agents = sum(min(run.end, self.first_answer) - run.begin for run in self.service_agents)
        ours = total - detection - fencing - agents
        rows = [("detection (corosync: token and consensus)", detection),
                ("fencing (the fence agent)", fencing),
                ("starting (the service's agents)", agents),
                ("the suite itself", ours)]
        lines = [show.paint("title", f"Outage seen by the client: {total * 1e3:.0f} ms")]
        lines += [f"    {seconds * 1e3:7.0f} ms  {words}" for words, seconds in rows]
        return "\n".join(lines)
