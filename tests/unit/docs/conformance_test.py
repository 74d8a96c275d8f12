#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/conformance.md has every case once, counts right, and names only tests there are.   conformance_test.py SOURCE"""
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1]).resolve()
TEXT = (SOURCE / "docs/conformance.md").read_text()
AREAS = {"Cluster manager": 60, "Fencing": 71, "Services": 85}
STATUS = ("kept", "target", "deviated", "not yet")


def rows(area):
    section = re.search(rf"^## {area} .*?(?=^## |\Z)", TEXT, re.M | re.S)[0]
    return section, re.findall(r"^\| (\d+) \| (.*?) \| ([\w ]*) \| (.*) \|$", section, re.M)


def gtest_names():
    """{file without .cpp: test names}"""
    found = {}
    for file in (SOURCE / "tests").rglob("*_test.cpp"):
        names = re.findall(r"^TEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\)", file.read_text(), re.M)
        found.setdefault(file.stem, set()).update(names)
    return found


def exists(kind, name, unit_tests):
    if kind == "lab":
        return any(re.search(rf"^def {name}\(", file.read_text(), re.M)
                   for file in (SOURCE / "tests/lab/scenarios").glob("*.py")) and name in (
                       SOURCE / "tests/lab/CMakeLists.txt").read_text()
    if kind == "config":
        return (SOURCE / f"tests/golden/config/{name}.expected").exists()
    if kind == "rg_test":
        return (SOURCE / f"tests/golden/rg_test/cases/{name}.txt").exists()
    if kind == "init_test":
        return f"def {name}(" in (SOURCE / "tests/init/init_test.py").read_text()
    if kind == "scenario":
        return (SOURCE / f"tests/golden/scenarios/{name}.txt").exists()
    if kind == "sim_catches":
        return re.search(rf"^{name} ", (SOURCE / "tests/sim/mutants.txt").read_text(), re.M) is not None
    return name in unit_tests.get(kind, set())


class Conformance(unittest.TestCase):
    def test_every_case_stands_once_in_order_with_a_known_status(self):
        for area, count in AREAS.items():
            _, cases = rows(area)
            self.assertEqual([int(case[0]) for case in cases], list(range(1, count + 1)), area)
            for number, _, status, reason in cases:
                self.assertIn(status, STATUS, f"{area} {number}")
                self.assertNotEqual(reason, "", f"{area} {number}")

    def test_the_counts_are_right(self):
        for area in AREAS:
            section, cases = rows(area)
            counted = ", ".join(f"{sum(case[2] == status for case in cases)} {status}" for status in STATUS) + "."
            self.assertIn(f"\n{counted}\n", section, area)

    def test_every_named_test_exists(self):
        unit_tests = gtest_names()
        named = re.findall(r"`(\w+): ([\w/]+)`", TEXT)
        self.assertGreater(len(named), 150)
        self.assertEqual([f"{kind}: {name}" for kind, name in named if not exists(kind, name, unit_tests)], [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
