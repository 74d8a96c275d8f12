#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers of the journal find what they are for, and nothing else."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from lab.journal import Journal, early_recoveries, inquorate_starts  # pylint: disable=wrong-import-position
from lab.journal import starts_before_fenced, violations  # pylint: disable=wrong-import-position

START = "{node} {life} start-begin service=web"
STARTED = "{node} {life} start-end service=web result={result}"
STOPPED = "{node} {life} stop-end service=web result={result}"
FENCED = "n2 1 agent-end plug=n1 action=off result={result}"


def entries(*lines):
    """A journal with these lines, one per millisecond."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "journal")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{(number + 1) * 1_000_000} {line}\n" for number, line in enumerate(lines))
        return Journal(path).entries()


def line(text, node="n1", life=1, result=0):
    return text.format(node=node, life=life, result=result)


class Checkers(unittest.TestCase):
    """violations() is S1 and S6, starts_before_fenced() and early_recoveries() S2, inquorate_starts() S3."""

    def test_a_service_that_moves_after_its_stop_is_fine(self):
        self.assertEqual([], violations(entries(
            line(START), line(STARTED), line(STOPPED), line(START, "n2"), line(STARTED, "n2"))))

    def test_a_start_elsewhere_before_the_stop_is_seen(self):
        found = violations(entries(line(START), line(START, "n2"), line(STOPPED)))
        self.assertEqual(1, len(found))
        self.assertIn("web on n1.1", found[0])

    def test_a_failed_stop_is_no_stop(self):
        self.assertEqual(1, len(violations(entries(
            line(START), line(STOPPED, result=1), line(START, "n2")))))

    def test_a_failed_start_counts_until_it_was_stopped(self):
        self.assertEqual(1, len(violations(entries(
            line(START), line(STARTED, result=1), line(START, "n2")))))

    def test_power_off_and_crash_end_a_run_of_their_life_only(self):
        for word in ("power-off", "crash"):
            off = f"lab 0 {word} plug=n1 life=1"
            self.assertEqual([], violations(entries(line(START), off, line(START, "n2"))))
            self.assertEqual(1, len(violations(entries(
                line(START, life=2), off, line(START, "n2")))))

    def test_two_starts_in_one_life_are_one_run(self):
        self.assertEqual([], violations(entries(line(START), line(START), line(STOPPED))))

    def test_a_refused_second_open_of_a_disk_is_a_violation(self):
        self.assertEqual(1, len(violations(entries("n2 1 disk-refused disk=data held_by=n1"))))

    def test_a_start_before_the_agents_success_is_seen(self):
        self.assertEqual(1, len(starts_before_fenced(entries(
            line(START), line(FENCED, result=1), line(START, "n2"), line(FENCED)), "n1", 1)))
        self.assertEqual([], starts_before_fenced(entries(
            line(START), line(FENCED), line(START, "n2")), "n1", 1))
        self.assertEqual([], starts_before_fenced(entries(
            line(START), "lab 0 acknowledged plug=n1", line(START, "n2")), "n1", 1))
        self.assertEqual([], starts_before_fenced(entries(
            line(START), line(STOPPED), line(START, "n2")), "n1", 1))

    def test_two_fence_agents_at_once_are_a_violation(self):
        self.assertEqual(1, len(violations(entries("n2 1 fence-overlap plug=n1"))))

    def test_a_lost_life_is_settled_before_its_service_starts_elsewhere(self):
        crash, off = "lab 0 crash plug=n1 life=1", "lab 0 power-off plug=n1 life=1"
        asked = "n2 1 agent-end plug=n1 action=status result={result}"
        for lost in (crash, off):
            self.assertEqual(1, len(early_recoveries(entries(line(START), lost, line(START, "n2")))))
            for settled in (line(FENCED), "lab 0 acknowledged plug=n1", "lab 0 power-on plug=n1 life=2",
                            asked.format(result=2)):
                self.assertEqual([], early_recoveries(entries(line(START), lost, settled, line(START, "n2"))))
            for unsettled in (line(FENCED, result=1), asked.format(result=0), "lab 0 acknowledged plug=n2"):
                self.assertEqual(1, len(early_recoveries(entries(
                    line(START), lost, unsettled, line(START, "n2")))))
        self.assertEqual([], early_recoveries(entries(line(START), line(STOPPED), crash, line(START, "n2"))))

    def test_each_life_of_a_node_needs_its_own_settling(self):
        self.assertEqual(1, len(early_recoveries(entries(
            line(START), line(FENCED), "lab 0 power-on plug=n1 life=2", line(START, life=2),
            "lab 0 crash plug=n1 life=2", line(START, "n2")))))

    def test_a_start_long_after_quorum_was_lost_is_seen(self):
        lost, regained = "n1 1 quorum quorate=0 seq=8", "n1 1 quorum quorate=1 seq=9"
        self.assertEqual(1, len(inquorate_starts(entries(lost, line(START)), slack=0)))
        self.assertEqual([], inquorate_starts(entries(lost, line(START)), slack=0.5))
        self.assertEqual([], inquorate_starts(entries(lost, regained, line(START)), slack=0))
        self.assertEqual([], inquorate_starts(entries(lost, line(START, "n2"), line(START, life=2)), slack=0))

    def test_a_half_written_line_is_left_for_later(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "journal")
            journal = Journal(path)
            journal.write(1, "n1", 1, "start-begin", service="web")
            with open(path, "a", encoding="ascii") as file:
                file.write("2 n1 1 start-e")
            self.assertEqual(["start-begin"], [entry.word for entry in journal.entries()])


if __name__ == "__main__":
    unittest.main()
