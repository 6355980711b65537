"""`./lab bench`: always local processes, since most alternatives are no image."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.local import system_tools as tools
from clusterbench.local.build import cache_of
from launcher import testing
from launcher.arguments import read_launch
from launcher.environment import environment
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HELP = """\
usage: ./lab bench [NAME ...] [options]

Options of the launcher:
  --data DIR       a data folder that `./lab data generate --out DIR` made
  --results DIR    where run folders go (default: results/)
  --no-install     never install h2load; see ./lab run --help
"""


def bench(root: Path, arguments: Sequence[str]) -> int:
    """Measure alternatives, single calls or overload, as local processes."""
    launch = read_launch("bench", arguments)
    if launch.runtime == "docker":
        raise ConfigError(
            "./lab bench --runtime docker: alternatives are other builds, measured as local "
            "processes; leave --runtime out"
        )
    if launch.help:
        sys.stdout.write(f"{HELP}\n")
        sys.stdout.flush()
    calls = launch.rest[:1] == ("calls",)
    inside = environment(root, "dev" if calls else "run", say)
    words = ["-m", "clusterbench", "bench", *launch.rest, *launch.paths()]
    if launch.help:
        return inside.become([*words, "--help"])
    if calls:
        # These import what servers are made of; nothing is served.
        build = [str(inside.python), "-m", "clusterbench", "build"]
        if subprocess.run(build, cwd=root, env=inside.variables(), check=False).returncode != 0:
            raise HostError("the binding could not be built, so nothing was timed")
        # The build left linfa-timing there, where there is cargo.
        places = [inside.variables()["PATH"], str(cache_of(root) / "training" / "bin")]
        more = {"PYTHONPATH": testing.import_path(root), "PATH": os.pathsep.join(places)}
        return inside.become(words, more)
    log = root / ".lab" / "logs" / "install.log"
    tools.provide(["h2load"], may_install=launch.install, log=log, say=say)
    return inside.become(words)
