"""The files of --bench, as the orchestrator's container has to see them."""

from __future__ import annotations

import json
from contextlib import suppress
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.cli.options import find_run
from clusterbench.config.include_paths import with_included
from clusterbench.store.newest_run import RUN
from launcher import composing

if TYPE_CHECKING:
    import argparse


def included_files(found: argparse.Namespace, root: Path) -> list[dict[str, Any]]:
    """Return the files of --bench, where the container sees them: at the paths that they have here.

    Those of a contender's own model are among them. What cannot be read is named in the container.
    """
    wanted: set[Path] = set()
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        given = getattr(found, "bench", None) or _bench_before(found)
        for file, values in with_included(given, root) if given else ():
            wanted.add(file)
            models = [each.get("model") for each in values.get("contenders", {}).values()]
            wanted.update(Path(normpath(file.parent / each)) for each in models if each)
    return [composing.mount(file, str(file), read_only=True) for file in sorted(wanted)]


def _bench_before(found: argparse.Namespace) -> Path | None:
    """Return the file of --bench that a run to go on with was started with."""
    if not (getattr(found, "resume", None) or getattr(found, "run_folder", None)):
        return None
    run = find_run(found.run_folder, found.results) / RUN
    before = json.loads(run.read_text(encoding="utf-8"))["asked"].get("bench")
    return Path(before) if before else None
