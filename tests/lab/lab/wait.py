# SPDX-License-Identifier: Apache-2.0
"""Waiting on conditions. The lab never waits for a fixed time: a loaded machine doubles everything."""
import threading
import time


class Overdue(AssertionError):
    """A condition did not come true in time."""


def now():
    """Seconds on CLOCK_MONOTONIC: the same clock in every node and in every journal."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def wait_until(condition, deadline, what=None):
    """Calls `condition()` until it answers something true, which is returned.

    `deadline` in seconds from now; Overdue names `what` was waited for and the last answer.
    """
    end = now() + deadline
    pause = 0.002
    while True:
        answer = condition()
        if answer:
            return answer
        if now() >= end:
            name = what or getattr(condition, "__name__", "condition")
            raise Overdue(f"not within {deadline:g} s: {name} (last answer: {answer!r})")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Ticker:
    """Notes how long this program itself was kept from running: a witness of a machine that stood still."""
    PAUSE = 0.02  # s

    def __init__(self):
        self._gaps = []  # (begin, end) of what took much longer than the pause
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        last = now()
        while True:
            time.sleep(self.PAUSE)
            here = now()
            if here - last > 5 * self.PAUSE:
                self._gaps.append((last, here))
            last = here

    def longest(self, begin, end):
        """The longest gap that touches this time, in seconds."""
        return max((till - since for since, till in list(self._gaps) if till > begin and since < end), default=0.0)
