"""The runs of a results folder as a history: their records, their summaries, their hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clusterbench.errors import LabError
from clusterbench.measure.ratio_history import PastRun
from clusterbench.model.records import FORMAT
from clusterbench.model.summary import Summary
from clusterbench.store.analysis import analyse
from clusterbench.store.calibrations import digest_of
from clusterbench.store.newest_run import run_folders
from clusterbench.store.run_folder import SUMMARY, RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def past_runs(results: Path, warn: Callable[[str], None]) -> Iterator[PastRun]:
    """Yield each run that can be read, the newest first; `warn` of those that cannot.

    What summary.json says is taken as it is, and computed where there is none that can be read.
    Raises StoreError where the results folder itself cannot be read.
    """
    for path in run_folders(results):
        try:
            folder = RunFolder.open(path)
            if folder.run.experiment.scenarios:
                yield PastRun(
                    run=folder.run,
                    summary=_summary(folder),
                    host=digest_of(folder.run.fingerprint),
                )
        except LabError as error:
            warn(f"left out: {error}")


def _summary(folder: RunFolder) -> Summary:
    try:
        kept = msgspec.json.decode((folder.path / SUMMARY).read_bytes(), type=Summary)
    except (OSError, msgspec.MsgspecError):
        return analyse(folder).summary
    return kept if kept.format == FORMAT and kept.complete else analyse(folder).summary
