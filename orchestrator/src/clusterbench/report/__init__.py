"""Plots, page and text from a run folder, and from nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.report.figures.charts import charts
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render as page
from clusterbench.report.render.pictures import draw, find_browser
from clusterbench.report.render.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.store.run_folder import RunFolder

PAGE, TEXT = "report.html", "report.md"

__all__ = ["PAGE", "TEXT", "ReportFiles", "conclude", "find_browser", "report_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """What was written. `pictures` is empty where there was no browser to draw them."""

    page: Path
    text: Path
    pictures: tuple[Path, ...]


def conclude(folder: RunFolder, summary: Summary, say: Callable[[str], None]) -> ReportFiles:
    """Print a run's figures, have its report drawn and kept, and print where it is.

    Raises StoreError when the folder cannot be written.
    """
    say(plain(folder.run, summary, shutil.get_terminal_size((120, 24)).columns))
    say("writing the plots and the page")
    files = report_files(folder.run, summary, browser=find_browser(), say=say)
    html, text, *pictures = folder.write_report(files)
    say(f"report: {html}")
    return ReportFiles(page=html, text=text, pictures=tuple(pictures))


def report_files(
    run: RunRecord, summary: Summary, *, browser: Path | None, say: Callable[[str], None]
) -> Mapping[str, bytes]:
    """Return a report's files by name: page, text, and each plot as SVG and PNG.

    Without a browser that can draw there are no plots apart from the page, and `say` is told.
    """
    drawn = charts(run, summary)
    files = {PAGE: page(run, summary, drawn).encode(), TEXT: markdown(run, summary).encode()}
    try:
        return {**files, **draw(drawn, browser)}
    except HostError as error:
        say(f"warning: no SVG and PNG files, the plots are in {PAGE}: {error}")
        return files
