"""Images of revisions for `compare`: checked out and built on this host, where git is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.config.arms import parse
from clusterbench.errors import HostError
from clusterbench.local import revisions
from clusterbench.model.compare_plan import Arm
from clusterbench.own_files import KEPT, kept
from launcher import composing
from launcher.say import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMPOSE = "compose.yaml"
#: The repository's root in the orchestrator's container.
_ROOT_INSIDE = "/lab"


def needed(found: argparse.Namespace) -> str | None:
    """Return the runtime that an arm cannot do without; None where either does."""
    asked = [parse(getattr(found, arm)) for arm in Arm]
    if any(each.command for each in asked):
        return "process"
    return "docker" if any(each.image for each in asked) else None


def check_out(root: Path, found: argparse.Namespace) -> list[Mapping[str, Any]]:
    """Check out each arm's revision, and write its commit into what was asked for.

    Returns the mounts by which the container reads what their servers are. Raises ConfigError for
    what is no revision, HostError where there is no git.
    """
    mounts = {}
    for arm in Arm:
        asked = revisions.resolve(parse(getattr(found, arm)), root)
        setattr(found, arm, asked.written)
        if asked.commit is not None:
            file = revisions.check_out(root, asked.commit) / COMPOSE
            inside = f"{_ROOT_INSIDE}/{KEPT}/{file.relative_to(kept(root))}"
            mounts[file] = composing.mount(file, inside, read_only=True)
    return [*mounts.values()]


def build(root: Path, wanted: Sequence[Mapping[str, str]], *, others_pulled: bool) -> None:
    """Build the image of each revision by its own compose.yaml, under a tag of its own.

    Each has the `image` to make, and the `service` and the `commit` that it is of. Where all others
    were pulled, it is said that these are not. Raises HostError where one cannot be built.
    """
    for each in wanted:
        if others_pulled:
            say(f"building {each['image']}: no registry has the image of a revision")
        tree = revisions.folder_of(root, each["commit"])
        entries = composing.entries(tree)
        image = entries[each["service"]]["image"]
        builders = [
            name
            for name, entry in entries.items()
            if entry.get("image") == image and "build" in entry
        ]
        override = {"services": {name: {"image": each["image"]} for name in builders}}
        if not builders or not composing.build(tree, builders, override):
            raise HostError(f"{each['image']}, a revision's image, could not be built: see above")
