#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_readme finds what is wrong, and nothing in what is right.   readme_test.py SOURCE_FOLDER"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv[1]).resolve()


class CheckReadme(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("docs", "scripts", "fenced"):
            (self.root / name).mkdir()
        (self.root / "fenced/CMakeLists.txt").write_text("ha_program(fenced SOURCES main.cpp)\n")
        (self.root / "docs/other.md").write_text("# A heading\n")
        demo = self.root / "scripts/demo"
        demo.write_text("#!/bin/sh\ncase $1 in --keep) ;; esac\n")
        demo.chmod(0o755)

    def check(self, text):
        (self.root / "README.md").write_text(text)
        done = subprocess.run([SOURCE / "scripts/check_readme", self.root], capture_output=True, text=True, timeout=20,
                              check=False)
        return done.returncode, done.stdout

    def test_what_is_right_passes(self):
        right = "[x](docs/other.md#a-heading) `fenced/CMakeLists.txt` `docs/*.md`\n    scripts/demo --keep\n n1# fenced -D\n"
        self.assertEqual(self.check(right), (0, ""))

    def test_what_is_wrong_is_named_with_its_line(self):
        for wrong, words in (("[x](docs/gone.md)", "link to docs/gone.md: no such file"),
                             ("[x](docs/other.md#gone)", "no such heading"),
                             ("see `docs/gone.md`", "`docs/gone.md`: no such file"),
                             ("    scripts/gone", "scripts/gone: no such file"),
                             ("    scripts/demo --gone", "scripts/demo knows no --gone"),
                             ("   n1# no-such-program", "no-such-program is no program")):
            with self.subTest(wrong=wrong):
                code, text = self.check("# Title\n" + wrong + "\n")
                self.assertEqual(code, 1)
                self.assertIn("README.md:2: ", text)
                self.assertIn(words, text)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
