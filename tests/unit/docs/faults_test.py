#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/faults.md answers the three questions, and every line of its tables names tests there are.   faults_test.py SOURCE"""
import pathlib
import re
import sys
import unittest

from conformance_test import gtest_names

SOURCE = pathlib.Path(sys.argv[1]).resolve()
TEXT = (SOURCE / "docs/faults.md").read_text()
LAB = (SOURCE / "tests/lab/CMakeLists.txt").read_text()
QUESTIONS = ("if a daemon dies?", "if the network splits?", "if fencing fails?")


def rows():
    """The cells of every line of a table, without heads."""
    lines = [re.split(r" \| ", line.strip("| ")) for line in TEXT.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] != "fault"]


def exists(kind, name, unit_tests):
    if kind == "lab":
        generated = re.fullmatch(r"chaos_on_[235]_nodes", name) and "chaos_on_${nodes}_nodes" in LAB
        return bool(generated) or re.search(rf"\b{name}\b", LAB) is not None
    if kind == "fuzz":
        return any((SOURCE / "tests/fuzz/corpus" / name).glob("*")) and f"ha_fuzz({name} " in (
            SOURCE / "tests/fuzz/CMakeLists.txt").read_text()
    if kind == "scenario":
        return (SOURCE / f"tests/golden/scenarios/{name}.txt").exists()
    return name in unit_tests.get(kind, set())


class Faults(unittest.TestCase):
    def test_the_three_questions_are_answered_at_the_top(self):
        top = TEXT.split("\n## ")[1]
        for question in QUESTIONS:
            self.assertIn(question, top)

    def test_every_line_has_an_outcome_and_a_proof(self):
        self.assertGreater(len(rows()), 30)
        for cells in rows():
            self.assertEqual(len(cells), 3, cells)
            self.assertRegex(cells[2], r"`\w+: \w+`", cells[0])

    def test_every_named_test_exists(self):
        unit_tests = gtest_names()
        named = re.findall(r"`(\w+): (\w+)`", "\n".join(cells[2] for cells in rows()))
        self.assertGreater(len(named), 40)
        self.assertEqual([f"{kind}: {name}" for kind, name in named if not exists(kind, name, unit_tests)], [])

    def test_it_is_linked(self):
        for page in ("README.md", "docs/operating.md"):
            self.assertIn("faults.md", (SOURCE / page).read_text(), page)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
