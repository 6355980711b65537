"""The runs of a results folder that were measured on one host: what is known of its rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clusterbench.errors import LabError
from clusterbench.model.summary import Summary
from clusterbench.store.calibrations import digest_of
from clusterbench.store.newest_run import run_folders
from clusterbench.store.run_folder import SUMMARY, RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import Fingerprint, RunRecord

#: So many runs are looked at, the newest first.
NEWEST = 10


def cells_of_host(results: Path, fingerprint: Fingerprint) -> list[Sequence[CellSummary]]:
    """Return the cells of each run of a host, the newest run first.

    Cells of a server that was built anew since are left out: it may differ. So are runs that cannot
    be read, or have no summary.
    """
    host = digest_of(fingerprint)
    images: dict[str, str] = {}
    found: list[Sequence[CellSummary]] = []
    for run, summary in _summaries(results, host):
        for service, image in run.fingerprint.images.items():
            images.setdefault(service, image)
        found.append([each for each in summary.cells if _same(run, each.contender, images)])
    return found


def _summaries(results: Path, host: str) -> Iterator[tuple[RunRecord, Summary]]:
    for path in run_folders(results)[:NEWEST]:
        try:
            run = RunFolder.open(path).run
            if digest_of(run.fingerprint) == host:
                raw = (path / SUMMARY).read_bytes()
                yield run, msgspec.json.decode(raw, type=Summary)
        except (LabError, OSError, msgspec.MsgspecError):
            continue


def _same(run: RunRecord, contender: str, images: dict[str, str]) -> bool:
    of = run.experiment.contenders.get(contender)
    service = of.service if of else None
    return service is None or run.fingerprint.images.get(service) == images.get(service)
