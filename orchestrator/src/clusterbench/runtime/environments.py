"""What the lab's servers, generators and jobs see as their environment: a list, made here.

Nothing else of a user's shell or of an image reaches a generator: no proxy, and none of the
variables (OMP_NUM_THREADS, GOMAXPROCS, GODEBUG, MALLOC_ARENA_MAX, ...) that change figures.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Where commands and a user's own files are found: what is passed on.
PASSED_ON = ("PATH", "HOME")
#: The same everywhere, whatever a user's own are.
SETTLED = {"LANG": "C.UTF-8", "TZ": "UTC"}

#: Makes a shell become its arguments as a command, in a clean environment of that shell's own.
BECOME_CLEAN = " ".join(
    [
        "exec env -i",
        *(f'"{name}=${name}"' for name in PASSED_ON),
        *(f"{name}={value}" for name, value in SETTLED.items()),
        '"$@"',
    ]
)


def clean_environment(*more: Mapping[str, str], path: Sequence[Path] = ()) -> dict[str, str]:
    """Return the little of our own environment that is passed on, and `more` over it.

    `path` are folders to look for commands in before PATH's.
    """
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= SETTLED
    if path:
        environment["PATH"] = os.pathsep.join(
            [*map(str, path), environment.get("PATH", os.defpath)]
        )
    for mapping in more:
        environment.update(mapping)
    return environment
