# SPDX-License-Identifier: Apache-2.0
"""Waiting on conditions. The lab never waits for a fixed time: a loaded machine doubles everything."""
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
