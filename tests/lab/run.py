#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs lab scenarios: `run.py --list`, `run.py [--build DIR] SCENARIO...` (each in a lab of its own)."""
import argparse
import importlib
import os
import pkgutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import scenarios  # pylint: disable=wrong-import-position
from lab import syscalls, world  # pylint: disable=wrong-import-position
from lab.lab import kept_paths  # pylint: disable=wrong-import-position
from lab.scenario import SCENARIOS, Setting  # pylint: disable=wrong-import-position
from lab.wait import now  # pylint: disable=wrong-import-position


def run_one(name, setting):
    """Runs one scenario in a child, inside namespaces of its own; its exit code."""
    begin = now()
    pid = os.fork()
    if pid == 0:
        syscalls.die_with_parent()  # whoever ends this program by force ends the lab with it
        world.enter(kept_paths(setting.build))
        SCENARIOS[name](setting)
        sys.exit(0)
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except KeyboardInterrupt:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or 130
    print(f"{'ok    ' if code == 0 else 'FAILED'} {name} ({now() - begin:.1f} s)", flush=True)
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", help="names; none: all")
    parser.add_argument("--list", action="store_true", help="show every scenario and its title")
    parser.add_argument("--build", default=os.environ.get("HA_BUILD"), help="build folder of the suite")
    parser.add_argument("--logs", default=os.environ.get("HA_LAB_LOGS"), help="where logs of failures go")
    options = parser.parse_args()
    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"scenarios.{module.name}")
    if options.list:
        for name, function in SCENARIOS.items():
            print(f"{name}: {function.__doc__.splitlines()[0]}")
        return 0
    unknown = [name for name in options.scenario if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario {unknown[0]} (see --list)")
    setting = Setting(options.build, options.logs)
    codes = [run_one(name, setting) for name in options.scenario or SCENARIOS]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
