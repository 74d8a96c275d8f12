# SPDX-License-Identifier: Apache-2.0
"""How the demonstration speaks: a line per thing that happened, with its time; colours on a terminal only."""
import os
import sys

from lab.wait import now

COLOURS = {"title": "1", "good": "32", "bad": "31", "quiet": "2", "command": "36"}


class Show:
    """Times are seconds since the demonstration began."""

    def __init__(self, stream=sys.stdout):
        self.stream = stream
        self.begin = now()
        self.coloured = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def paint(self, kind, text):
        return f"\033[{COLOURS[kind]}m{text}\033[0m" if self.coloured else text

    def line(self, text=""):
        print(text, file=self.stream, flush=True)

    def title(self, text):
        self.line()
        self.line(self.paint("title", text))

    def event(self, text, kind=None, at=None):
        """Something that happened now, or at a time of the journal."""
        time = (at or now()) - self.begin
        self.line(f"{self.paint('quiet', f'{time:8.3f} s')}  {self.paint(kind, text) if kind else text}")

    def events(self, *events):
        """Several (time, text, kind) in the order in which they happened."""
        for time, text, kind in sorted(events):
            self.event(text, kind, time)

    def output(self, node, command, text):
        """A command of a node and what it printed, exactly."""
        self.line()
        self.line(self.paint("command", f"            {node}# {command}"))
        for each in text.rstrip("\n").split("\n"):
            self.line(f"            {each}".rstrip())
        self.line()
