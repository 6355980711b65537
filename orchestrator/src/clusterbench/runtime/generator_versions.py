"""Which load generators these are: their versions, the same way in containers and locally."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Asks the shell. ghz calls itself `dev` unless its makers built it, but Go leaves the version of
#: every module in a program.
ASK = r"""
grep -aoE 'github.com/bojand/ghz[[:space:]]v[0-9][0-9.]*' "$(command -v ghz)" | head -n 1
h2load --version
true
"""
_WITHIN = 20  # seconds


def parse_versions(printed: str) -> Mapping[str, str]:
    """Return name -> version from what ASK prints; one that is not there has none."""
    found: dict[str, str] = {}
    if match := re.search(r"^github\.com/bojand/ghz\sv?([0-9.]+)$", printed, re.MULTILINE):
        found["ghz"] = match[1]
    if match := re.search(r"^h2load nghttp2/(\S+)", printed, re.MULTILINE):
        found["h2load"] = match[1]
    return found


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
