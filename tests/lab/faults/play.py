# SPDX-License-Identifier: Apache-2.0
"""Plays cells of the matrix, one after the other, in one cluster."""
from lab.journal import early_recoveries
from lab.lab import Lab
from lab.wait import now, wait_until

from . import cells
from .arena import Arena
from .observe import Observer

PATIENCE = 40
VOID = "void"  # as a problem: nothing can be said, play it again


def play(some_cells, build, logs, report):
    """Plays the cells; `report(cell, words, problem, seconds)` after each. Returns those not played.

    The first cell with another outcome than DESIGN's ends the cluster, as it may be in any state.
    """
    left = list(some_cells)
    with Lab(nodes=4, build=build, logs=logs, real_time=False) as lab:
        arena = Arena(lab)
        arena.begin()
        while left:
            cell, begun = left.pop(0), now()
            words, problem = play_cell(arena, cell)
            report(cell, words, problem, now() - begun)
            if problem == VOID:
                return left
            if problem:
                lab.collect_logs()
                return left
        arena.client.stop()
        lab.check_journal()
        early = early_recoveries(lab.journal.entries())
        assert not early, "\n".join(early)
    return left


def play_cell(arena, cell):
    """(words of the outcome, None or what is wrong with it: VOID or a text)."""
    wanted = cells.expected(cell)
    observer = Observer(arena, cell)
    words = "no outcome"
    try:
        arena.rest("disabled" if cell.meanwhile == cells.STARTING else "started")
        observer = Observer(arena, cell)
        arena.set_going(cell)
        arena.do(cell)
        until = settle(arena, cell, observer, wanted)
        got = observer.outcome(until)
        words = got.words()
        problem = None if got == wanted else f"{got}\n  instead of {wanted}"
    except (AssertionError, TimeoutError, RuntimeError) as error:
        problem = str(error) or type(error).__name__
    return words, VOID if problem and observer.is_void() else problem


def settle(arena, cell, observer, wanted):
    """Waits for the outcome's end and brings the fenced back; when that moved services: from what moment."""
    def wait_entry(what, **match):
        wait_until(lambda: observer.entries(**match), PATIENCE, what)

    for place in wanted.fenced:
        wait_entry(f"the {place} is switched off", word="power-off", plug=arena.at(place).name)
    if cell.meanwhile == cells.STARTING and wanted.work != cells.MOVES:
        wait_until(lambda: was_started_last(observer), PATIENCE, "work is started")
    if wanted.work == cells.STOPS:
        wait_entry("work is stopped", word="stop-end", service="work", result=0)
    until = None
    if wanted.web == cells.MOVES:
        moved = ["web"] + (["work"] if wanted.work == cells.MOVES else [])
        for service in moved:
            wait_until(lambda s=service: any(entry.node != arena.owner.name for entry in observer.entries(
                word="start-end", service=s, result=0)), PATIENCE, f"{service} runs elsewhere")
        until = arena.lab.clock()
    arena.stop_going()
    for place in wanted.fenced:
        arena.come_back(place)
    arena.rest_as_is("disabled" if cell.meanwhile == cells.STOPPING else "started")
    return until


def was_started_last(observer):
    steps = observer.steps(None, "work")
    return bool(steps) and steps[-1].word == "start-end" and steps[-1].values["result"] == "0"
