#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Man pages tell the truth: a page for each program, each option of `-h`, each attribute of cluster.conf.

    man_test.py SOURCE_FOLDER BINARY_FOLDER

Programs that are not built yet are checked for their page only; groff's own warnings are checked where groff is.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BINARIES = pathlib.Path(sys.argv[2])
MAN = SOURCE / "docs/man"
SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES", "SEE ALSO")


def programs():
    """Names of all ha_program's but those of tests and bench."""
    names = []
    for file in SOURCE.rglob("CMakeLists.txt"):
        if file.relative_to(SOURCE).parts[0] in ("common", "cman", "fenced", "rgmanager", "clvm-lockd"):
            names += re.findall(r"^ha_program\(([\w-]+)", file.read_text(), re.M)
    return sorted(names)


def plain(page):
    """The page's text without fonts and escapes."""
    text = re.sub(r"\\f[BIR]", "", page)
    return text.replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")


def options_of(usage):
    """Options that a usage text prints at the beginning of a line, or behind the program's name there."""
    found = set()
    for line in usage.splitlines():
        begin = re.match(r"\s*(?:clusvcadm )?((?:-{1,2}[\w-]+(?:\{\w+\})?)(?:, ?-{1,2}[\w-]+(?:\{\w+\})?)*)", line)
        if begin:
            found.update(re.findall(r"(?<![\w-])(-\w(?!\w)|--[\w-]+)", re.sub(r"\{\w+\}", "", begin[1])))
            found.update(option[:2] for option in re.findall(r"(?<![\w-])-[A-Z]\[", line[: begin.end() + 1]))
    return found


def schema_attributes():
    """{attribute: [(range or words, default)]} of the schema table."""
    found = {}
    for part in ("", "_daemons", "_rm"):
        text = (SOURCE / f"common/config/schema_table{part}.cpp").read_text()
        for array in re.findall(r"AttributeRule \w+_attributes\[\] = \{(.*?)\n\};", text, re.S):
            for entry in re.findall(r"\{(\.name = .*?)\},\n", array + "\n", re.S):
                fields = dict(re.findall(r'\.(\w+) = "?([^",}]*)"?', entry))
                found.setdefault(fields["name"], set()).add(fields.get("fallback", ""))
    return found


class ManPages(unittest.TestCase):
    def test_there_is_a_page_for_every_program_and_no_other(self):
        pages = sorted(page.name.removesuffix(".8") for page in MAN.glob("*.8"))
        self.assertGreater(len(pages), 10)
        self.assertEqual(pages, programs())

    def test_every_page_has_the_sections_in_their_order(self):
        for page in MAN.glob("*.8"):
            with self.subTest(page=page.name):
                heads = [head for head in re.findall(r"^\.SH (.*)$", page.read_text(), re.M) if head in SECTIONS]
                self.assertEqual(heads, list(SECTIONS))

    def test_every_option_of_a_help_text_is_in_the_page(self):
        for name in programs():
            binary = BINARIES / name
            if not binary.exists():
                continue
            with self.subTest(program=name):
                done = subprocess.run([binary, "-h"], capture_output=True, text=True, timeout=20,
                                      stdin=subprocess.DEVNULL, check=False)
                page = plain((MAN / f"{name}.8").read_text())
                items = "\n".join(re.findall(r"^\.TP\n(.*)$", page, re.M))
                for option in options_of(done.stdout + done.stderr):
                    self.assertRegex(items, rf"(?<![\w-]){re.escape(option)}(?![\w])",
                                     f"{option} of {name} -h is not in its page")

    def test_options_are_found_in_every_style_of_help_text(self):
        usage = ("  -h,--help      this\n -n NAME  name\n  clusvcadm -e <group> -F  enable\n    --json  x\n"
                 "  -P{false},--no-realtime{false}\n  -D[fail|warn]  what\nno -z here\n  -w, -q  accepted\n")
        self.assertEqual(options_of(usage), {"-h", "--help", "-n", "-e", "--json", "-P", "--no-realtime", "-D", "-w", "-q"})

    def test_every_attribute_of_the_schema_is_in_cluster_conf_with_its_default(self):
        page = plain((MAN / "cluster.conf.5").read_text())
        items = re.findall(r"^\.TP\n(\S+) \((.*)\)$", page, re.M)
        attributes = schema_attributes()
        self.assertGreater(len(attributes), 150)
        self.assertEqual(sorted({name for name, _ in items}), sorted(attributes))
        for name, kind in items:
            default = re.search(r", default (.*)$", kind)
            self.assertIn(default[1] if default else "", attributes[name] | {""}, name)
        for name, defaults in attributes.items():
            for default in defaults - {""}:
                self.assertIn(f"default {default}", " ".join(kind for item, kind in items if item == name), name)

    def test_every_reference_to_a_page_of_ours_resolves(self):
        ours = {page.name for page in MAN.iterdir()}
        foreign = {"corosync.8"}
        for page in MAN.iterdir():
            for name, section in re.findall(r"\\fB([\w.\\-]+)\\fR\((\d)\)", page.read_text()):
                self.assertIn(f"{plain(name)}.{section}", ours | foreign, page.name)

    def test_groff_has_nothing_to_say(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for page in MAN.iterdir():
            with self.subTest(page=page.name):
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True,
                                      timeout=20, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
