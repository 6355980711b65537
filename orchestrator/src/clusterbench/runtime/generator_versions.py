"""Which load generators these are: their versions, the same way in containers and locally."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from clusterbench.load.generators.all_generators import GENERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Asks a shell for the version of each; one that is not there is no failure.
ASK = "\n".join([*(each.version_command for each in GENERATORS.values()), "true"])
_WITHIN = 20  # seconds


def parse_versions(printed: str) -> Mapping[str, str]:
    """Return name -> version from what ASK prints; one that is not there has none."""
    found = {name: each.parse_version(printed) for name, each in GENERATORS.items()}
    return {name: version for name, version in found.items() if version}


def local_versions(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the versions of those on the PATH of an environment."""
    asked = subprocess.run(
        ["sh", "-c", ASK],
        env=dict(environment),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_WITHIN,
        check=False,
    )
    return parse_versions(asked.stdout)
