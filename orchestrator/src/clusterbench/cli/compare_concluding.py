"""How a comparison ends, on the screen and in its folder: judged, and reported."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.measure.compare_verdicts import compared
from clusterbench.model.slices import InstanceRecord
from clusterbench.report.calibration_words import of_minutes
from clusterbench.report.comparison_files import comparison_files, comparison_result
from clusterbench.report.comparison_words import cautions
from clusterbench.report.measured_comparison import MeasuredComparison
from clusterbench.report.render.comparison_markdown import comparison_markdown
from clusterbench.report.render.comparison_screen import comparison_screen
from clusterbench.store import atomic
from clusterbench.store.calibrations import calibration_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.cli.output import Output
    from clusterbench.model.compared import Compared
    from clusterbench.model.slices import CompareRecord, SliceRecord
    from clusterbench.store.compare_folder import CompareFolder


def conclude_comparison(
    folder: CompareFolder, out: Output, *, markdown: Path | None = None
) -> tuple[Compared, dict[str, Any]]:
    """Judge what a comparison measured, print it and write its report; return it, for JSON too.

    One that was cut short is judged by the slices that it has. `markdown` is one more file for the
    text of the report. Raises StoreError where something cannot be written.
    """
    records = folder.records()
    before = folder.compared()
    seconds = before.seconds if before else _lasted(folder.record, records)
    found = compared(folder.record.compare, records, seconds=seconds)
    folder.write_compared(found)
    shown = MeasuredComparison(record=folder.record, records=records, found=found)
    out.say(comparison_screen(shown, shutil.get_terminal_size((120, 24)).columns))
    if (seen := _visible(folder, found)) is not None:
        out.say(seen)
    for line in cautions(shown):
        out.progress.warn(line)
    page, text = folder.write_report(comparison_files(shown))
    if markdown is not None:
        atomic.write(markdown, comparison_markdown(shown).encode())
    out.end(f"report: {page}")
    written = {"folder": str(folder.path), "page": str(page), "text": str(text)}
    return found, {**msgspec.to_builtins(comparison_result(shown)), **written}


def _visible(folder: CompareFolder, found: Compared) -> str | None:
    """Return which differences a comparison as long as this shows, where this host was calibrated.

    Raises StoreError where the calibration cannot be read.
    """
    known = calibration_of(folder.path.parent, folder.record.fingerprint)
    if known is None:
        return None
    return of_minutes(known.created, known.visible, found.seconds)


def _lasted(record: CompareRecord, records: Sequence[SliceRecord | InstanceRecord]) -> float:
    """Return how long it is from the beginning to the last instance that it started (s)."""
    began = dt.datetime.fromisoformat(record.created)
    starts = [each.started for each in records if isinstance(each, InstanceRecord)]
    last = max(map(dt.datetime.fromisoformat, starts), default=began)
    return max(0.0, (last - began).total_seconds())
