"""Plots, page and text from a run folder, and from nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.report.comparison_files import comparison_files, comparison_result
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.charts import charts
from clusterbench.report.measured_comparison import MeasuredComparison
from clusterbench.report.render.comparison_screen import comparison_screen
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render as page
from clusterbench.report.render.pictures import DEADLINE, draw, find_browser
from clusterbench.report.render.runs_compared_screen import (
    runs_compared_markdown,
    runs_compared_screen,
)
from clusterbench.report.render.screen import screen
from clusterbench.report.render.search_screen import capacities
from clusterbench.report.render.terminal import plain
from clusterbench.report.shown_levels import shown_cells
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.trials_within import read_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Cell
    from clusterbench.model.within_trial import CellWithin
    from clusterbench.store.analysis import AnalysedRun

PAGE, TEXT = "report.html", "report.md"

#: What is printed of a run on so many columns.
Shown = Callable[["RunRecord", "Summary", int], str]

__all__ = [
    "PAGE", "TEXT", "MeasuredComparison", "Shown", "WrittenReport", "capacities",
    "comparison_files", "comparison_result", "comparison_screen", "conclude", "find_browser",
    "illustrate", "plain", "report_files", "runs_compared_markdown",
    "runs_compared_screen", "screen", "within_trials",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A report as it was written: its page, its text, and the charts of which there can be files.

    `folder` is the run's.
    """

    folder: RunFolder
    page: Path
    text: Path
    charts: Sequence[Chart]


def conclude(
    folder: RunFolder,
    summary: Summary,
    say: Callable[[str], None],
    *,
    shown: Shown = screen,
    within: Mapping[Cell, CellWithin] = MappingProxyType({}),
) -> WrittenReport:
    """Print what a run found, have its page and text kept, and print where they are.

    `shown` says what is printed: `screen`, `capacities` below it too, or `plain`, which is every
    table. `within` is what went on within the trials of the cells that the page shows in detail.
    Raises StoreError when the folder cannot be written.
    """
    say(shown(folder.run, summary, shutil.get_terminal_size((120, 24)).columns))
    drawn = charts(folder.run, summary, within)
    html, text = folder.write_report(report_files(folder.run, summary, drawn))
    say(f"report: {html}")
    return WrittenReport(folder=folder, page=html, text=text, charts=drawn)


def within_trials(found: AnalysedRun) -> Mapping[Cell, CellWithin]:
    """Return what went on within the trials of the cells that a report shows in detail.

    Raises StoreError where a trial's samples cannot be read.
    """
    return read_within(found, shown_cells(found.run, found.summary))


def report_files(run: RunRecord, summary: Summary, drawn: Sequence[Chart]) -> Mapping[str, bytes]:
    """Return a report's page, which holds its plots, and its text, by the files' names."""
    return {PAGE: page(run, summary, drawn).encode(), TEXT: markdown(run, summary).encode()}


def illustrate(
    written: WrittenReport,
    say: Callable[[str], None],
    *,
    browser: Path | None,
    deadline: float = DEADLINE,
) -> tuple[Path, ...]:
    """Have a report's plots drawn as SVG and PNG files too, and return where they are.

    Without a browser that draws them by the deadline (s), the start included, there are none, and
    `say` is told. Raises StoreError when the folder cannot be written.
    """
    say("drawing the plots as SVG and PNG files too")
    without = f"no SVG and PNG files, the plots are in {PAGE}"
    try:
        files = draw(written.charts, browser, deadline)
    except HostError as error:
        say(f"warning: {without}: {error}")
        return ()
    except KeyboardInterrupt:
        say(f"warning: {without}: interrupted while they were drawn")
        raise
    return written.folder.write_report(files)
