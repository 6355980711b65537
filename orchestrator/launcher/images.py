"""Images that a run needs beside those that the orchestrator waits for: the edition of 2019's."""

from __future__ import annotations

import itertools
import os
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

from launcher import engine
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def build_more(root: Path, command: str, arguments: Sequence[str]) -> None:
    """Build the images of a run's contenders that `run orchestrator` does not build by itself.

    `command` is `run` or `train`.

    One that cannot be built is said to be so, and the run leaves it out.
    """
    bench = tomllib.loads((root / "bench.toml").read_text(encoding="utf-8"))
    profile = os.environ.get("PROFILE")
    served = services(bench, arguments, profile) if command == "run" else ()
    wanted = (*served, *training(bench, command, arguments, profile))
    if not wanted:
        return
    entries = engine.entries(root)
    built_anyway = entries.get("orchestrator", {}).get("depends_on", {})
    for image in (f"{service}-image" for service in wanted):
        if image in entries and image not in built_anyway:
            say(f"building {image}")
            build = engine.compose(root, ["build", image])
            if subprocess.run(build, cwd=root, check=False).returncode != 0:
                say(f"warning: {image} could not be built: see above")


def services(
    bench: dict[str, Any], arguments: Sequence[str], profile: str | None
) -> tuple[str, ...]:
    """Name the services that a run of these arguments may start, as bench.toml says.

    What is wrong in either, the run itself says better: it counts as nothing here.
    """
    table = _profile(bench, arguments, profile)
    names = [*table.get("contenders", ()), *_given(arguments, "--contender")]
    for scenario in table.get("scenarios", ()):
        names += bench.get("scenarios", {}).get(scenario, {}).get("contenders", ())
    if only := _given(arguments, "--contender"):
        names = [name for name in names if name in only]
    contenders = bench.get("contenders", {})
    found = (contenders.get(name, {}).get("service") for name in names)
    return tuple(dict.fromkeys(service for service in found if service))


def training(
    bench: dict[str, Any], command: str, arguments: Sequence[str], profile: str | None
) -> tuple[str, ...]:
    """Name the images that train, where `train` is called, or a run of a profile that trains.

    `train --contender` needs only those that have one of the contenders.
    """
    if command != "train" and not _profile(bench, arguments, profile).get("training"):
        return ()
    images = bench.get("training", {}).get("images", {})
    only = _given(arguments, "--contender") if command == "train" else []
    return tuple(name for name, known in images.items() if not only or {*only} & {*known})


def _profile(
    bench: dict[str, Any], arguments: Sequence[str], profile: str | None
) -> dict[str, Any]:
    """Return the table of the profile that a run of these arguments takes, or an empty one."""
    usual = profile or bench.get("defaults", {}).get("profile", "")
    chosen = (_given(arguments, "--profile")[-1:] or [usual])[0]
    table: dict[str, Any] = bench.get("profiles", {}).get(chosen, {})
    return table


def _given(arguments: Sequence[str], option: str) -> list[str]:
    """Return an option's values: `--profile quick` and `--profile=quick`."""
    return [
        after if word == option else word.removeprefix(f"{option}=")
        for word, after in itertools.pairwise([*arguments, ""])
        if word == option or word.startswith(f"{option}=")
    ]
