# SPDX-License-Identifier: Apache-2.0
"""The register of scenarios. A scenario is a function of a Setting; its first sentence is its title."""
import dataclasses

SCENARIOS = {}


@dataclasses.dataclass(frozen=True)
class Setting:
    """What the runner gives a scenario."""
    build: str  # build folder with bin/; None when only bare corosync is needed
    logs: str   # where logs go on failure


def scenario(function):
    """Registers a scenario under its name."""
    assert function.__name__ not in SCENARIOS and function.__doc__
    SCENARIOS[function.__name__] = function
    return function
