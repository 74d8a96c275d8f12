#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What gen_docs prints is complete, and docs/operating.md names only events there are.   gen_docs_test.py SOURCE_FOLDER"""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1]).resolve()


def generate(what):
    done = subprocess.run([SOURCE / "scripts/gen_docs", what], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


class GeneratedDocuments(unittest.TestCase):
    def setUp(self):
        self.events = set(re.findall(r"^\| `(\w+)` \|", generate("events"), re.M))

    def test_every_event_of_the_catalogs_is_listed_once(self):
        declared = [name for file in (SOURCE / "common/log").glob("catalog_*.def")
                    for name in re.findall(r"^HA_LOG_EVENT\(\s*(\w+)", file.read_text(), re.M)]
        self.assertGreater(len(declared), 50)
        self.assertEqual(sorted(self.events), sorted(declared))

    def test_grave_events_say_what_to_do(self):
        for name, level, advice in re.findall(r"^\| `(\w+)` \| \w+ \| (\w+) \| (.*) \|$", generate("events"), re.M):
            if level in ("emergency", "alert", "critical"):
                self.assertNotEqual(advice, "-", name)

    def test_operating_names_only_events_that_exist(self):
        log = (SOURCE / "docs/operating.md").read_text().split("\n## Log\n")[1]
        named = {name for row in re.findall(r"^\| (`.*?) \|", log, re.M) for name in re.findall(r"`(\w+)`", row)}
        self.assertGreater(len(named), 5)
        self.assertEqual(named - self.events, set())

    def test_every_message_is_listed(self):
        declared = sum(len(re.findall(r"message_type = \d+;", file.read_text()))
                       for file in (SOURCE / "common/protocol").glob("*.hpp"))
        self.assertEqual(len(re.findall(r"^\| \d+ \| \w+ \|", generate("messages"), re.M)), declared)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
