"""Looks at what a lab without sources is made of: its files, and its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.config.compose_file import Role, Service, has_sources, with_role
from clusterbench.doctor.findings import Finding, judge
from clusterbench.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: What commands read in the folder where they are called.
_FILES = ("compose.yaml", "bench.toml", "claims.toml", "data", "results")


def lab_parts(
    root: Path, services: Mapping[str, Service] | None, runtime: str
) -> Sequence[Finding]:
    """Return what is found of a lab's files and images; nothing of a lab that has its sources.

    `services` are those of compose.yaml, None where it cannot be read.
    """
    found = [files(root)]
    if services is None:
        return found
    if has_sources(services):
        return [] if not found[0].remedy else found
    if runtime == "docker":
        return [*found, *_images(services)]
    remedy = "use --runtime docker, or clone the repository and use ./lab there"
    return [*found, judge("sources", "none: nothing can be built here", remedy, missing=True)]


def files(root: Path) -> Finding:
    """Judge whether a folder has what commands read in it."""
    missing = [name for name in _FILES if not (root / name).exists()]
    if missing == ["results"]:
        return judge("lab's files", "results/ is not there", "mkdir results", warn=True)
    remedy = "go to the folder of a lab, or have `clusterbench init DIR` write one"
    said = f"not in this folder: {', '.join(missing)}" if missing else "all are in this folder"
    return judge("lab's files", said, remedy, missing=bool(missing))


def _images(services: Mapping[str, Service]) -> list[Finding]:
    """Judge which images the engine has; nothing where there is none, which others judge."""
    # Imported here: a host without an engine has no need of its client.
    from clusterbench.runtime.docker import connection, engine, pulling  # noqa: PLC0415

    entries = with_role(services, Role.IMAGE)
    try:
        with engine.engine_errors(HostError, "cannot ask the engine for its images"):
            client = connection.connect()
            try:
                absent = [*pulling.absent(client, services, entries)]
            finally:
                client.close()
    except HostError:
        return []
    return [images(len(entries), [each.image for each in absent])]


def images(count: int, absent: Sequence[str]) -> Finding:
    """Tell how many of so many images are here: a run pulls those that it needs."""
    if not absent:
        return judge("images", f"all {count} are here")
    names = ", ".join(image.rpartition("/")[2].partition(":")[0] for image in absent)
    said = f"{count - len(absent)} of {count} are here; a run pulls what it needs of the others"
    return judge("images", f"{said}: {names}")
