#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a tool over golden cases and compares what it prints.

A case is a text file of free comment lines (`# ...`) and blocks; a block ends where the next one begins:

    @ file NAME           the lines that follow are the file NAME in an empty folder
    @ run WORDS...        runs the tool there with these words
    @ stdout | @ stderr   what it must have printed; without a block: nothing
    @ exit CODE           its exit code; without it: 0
    @ show NAME           the file NAME must hold the lines that follow

`--agents DIR` is put before the words; its path prints as AGENTS. Its `Loading resource rule from ...` lines
must come first and complete; they are then left out of the comparison, and so is the `Using ...` line on stderr.

`--rewrite` shows how the expectations would change, as a diff; with `--yes` it changes them.
Work out expectations from the specification; a diff is for reading, not for accepting.
"""
import argparse
import difflib
import pathlib
import subprocess
import sys
import tempfile


class Block:
    def __init__(self, kind, argument):
        self.kind = kind
        self.argument = argument
        self.lines = []

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def __str__(self):
        head = f"@ {self.kind} {self.argument}".rstrip() + "\n"
        return head + self.text


def read_case(path):
    """Comment lines before the first block, and the blocks."""
    comment, blocks = [], []
    for line in path.read_text().splitlines():
        if line.startswith("@ "):
            kind, _, argument = line[2:].partition(" ")
            blocks.append(Block(kind, argument))
        elif blocks:
            blocks[-1].lines.append(line)
        else:
            comment.append(line)
    return comment, blocks


class Runner:
    def __init__(self, program, agents):
        self.program = program
        self.agents = agents

    def loading_lines(self):
        names = sorted(p.name for p in self.agents.iterdir() if p.is_file() and p.stat().st_mode & 0o111)
        return "".join(f"Loading resource rule from {self.agents}/{name}\n" for name in names)

    def strip(self, stdout, stderr):
        loading = self.loading_lines()
        if stdout.startswith(loading):
            stdout = stdout[len(loading):]
        using = f"Using {self.agents} as resource agent path\n"
        if stderr.startswith(using):
            stderr = stderr[len(using):]
        return (text.replace(str(self.agents), "AGENTS") for text in (stdout, stderr))

    def run(self, words, folder):
        command = [str(self.program)] + ([str(self.agents)] if self.agents else []) + words
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        stdout, stderr = done.stdout, done.stderr
        if self.agents:
            stdout, stderr = self.strip(stdout, stderr)
        return {"stdout": stdout, "stderr": stderr, "exit": str(done.returncode)}


def as_block(kind, value):
    if kind == "exit":
        return [Block(kind, value)] if value != "0" else []
    if not value:
        return []
    block = Block(kind, "")
    block.lines = value.splitlines()
    return [block]


def perform(blocks, runner, folder):
    """The blocks as they would be if all expectations held."""
    actual, result = [], None

    def finish_run():
        for kind in ("stdout", "stderr", "exit") if result else ():
            actual.extend(as_block(kind, result[kind]))

    for block in blocks:
        if block.kind in ("stdout", "stderr", "exit"):
            continue
        finish_run()
        result = None
        if block.kind == "file":
            (folder / block.argument).write_text(block.text)
        elif block.kind == "run":
            result = runner.run(block.argument.split(), folder)
        elif block.kind == "show":
            shown = Block("show", block.argument)
            path = folder / block.argument
            shown.lines = path.read_text().splitlines() if path.exists() else ["(no such file)"]
            actual.append(shown)
            continue
        else:
            raise ValueError(f"unknown block: @ {block.kind}")
        actual.append(block)
    finish_run()
    return actual


def check(path, runner, options):
    comment, blocks = read_case(path)
    if not any(block.kind == "run" for block in blocks):
        print(f"{path}: no @ run")
        return False
    with tempfile.TemporaryDirectory(prefix="golden.") as folder:
        actual = perform(blocks, runner, pathlib.Path(folder))
    head = "".join(line + "\n" for line in comment)
    wanted = head + "".join(map(str, blocks))
    got = head + "".join(map(str, actual))
    if wanted == got:
        return True
    sys.stdout.writelines(difflib.unified_diff(
        wanted.splitlines(True), got.splitlines(True), f"{path} (expected)", f"{path} (got)"))
    if options.rewrite and options.yes:
        path.write_text(got)
        print(f"{path}: rewritten")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--agents", type=pathlib.Path)
    parser.add_argument("--rewrite", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("cases", nargs="+", type=pathlib.Path, help="case files, or folders of them (*.txt)")
    options = parser.parse_args()
    agents = options.agents.resolve() if options.agents else None
    runner = Runner(options.program.resolve(), agents)
    cases = [case for path in options.cases for case in (sorted(path.glob("*.txt")) if path.is_dir() else [path])]
    if not cases:
        sys.exit("no cases")
    failed = [case for case in cases if not check(case, runner, options)]
    print(f"{len(cases) - len(failed)} of {len(cases)} cases pass")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
