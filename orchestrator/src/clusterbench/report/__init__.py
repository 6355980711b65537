"""Plots, page and text from a run folder, and from nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clusterbench.errors import HostError, StoreError
from clusterbench.report.figures.charts import charts
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render as page
from clusterbench.report.render.pictures import REMEDY, draw, find_browser
from clusterbench.report.render.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart

_NO_PICTURES = "warning: no SVG and PNG files, the plots are in report.html"

__all__ = ["Folder", "ReportFiles", "conclude", "find_browser", "make", "write_report"]


class Folder(Protocol):
    """What a report needs of a run folder: where it is, and its run.json."""

    path: Path
    run: RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """What was written. `pictures` is empty where there was no browser to draw them."""

    page: Path
    text: Path
    pictures: tuple[Path, ...]


def conclude(folder: Folder, summary: Summary, say: Callable[[str], None]) -> ReportFiles:
    """End a run: say its figures, write its report with the host's browser, say where it is.

    Raises StoreError when the folder cannot be written.
    """
    say(plain(folder.run, summary, shutil.get_terminal_size((120, 24)).columns))
    say("writing the plots and the page")
    files = make(folder, summary, browser=find_browser(), say=say)
    say(f"report: {files.page}")
    return files


def make(
    folder: Folder, summary: Summary, *, browser: Path | None, say: Callable[[str], None]
) -> ReportFiles:
    """Write a run folder's plots, page and text; see `write_report`."""
    return write_report(folder.run, summary, folder.path, browser, say)


def write_report(
    run: RunRecord,
    summary: Summary,
    out: Path,
    browser: Path | None,
    say: Callable[[str], None],
) -> ReportFiles:
    """Write report.html, report.md and, where `browser` can draw, each plot as SVG and PNG.

    Without a browser the rest is written all the same, and `say` is told. Raises StoreError when
    `out` cannot be written.
    """
    drawn = charts(run, summary)
    try:
        html = _write(out / "report.html", page(run, summary, drawn))
        text = _write(out / "report.md", markdown(run, summary))
        pictures = _pictures(drawn, out, browser, say)
    except OSError as error:
        raise StoreError(f"{out}: the report cannot be written: {error.strerror}") from error
    return ReportFiles(page=html, text=text, pictures=pictures)


def _pictures(
    drawn: Sequence[Chart], out: Path, browser: Path | None, say: Callable[[str], None]
) -> tuple[Path, ...]:
    """Draw the pictures, or say why there are none: the page has the same plots, live."""
    if browser is None:
        say(f"{_NO_PICTURES}: no browser on this host; {REMEDY}")
        return ()
    try:
        return draw(drawn, out, browser)
    except HostError as error:
        say(f"{_NO_PICTURES}: {error}")
        return ()


def _write(file: Path, content: str) -> Path:
    """Write a file whole or not at all."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_text(content, encoding="utf-8")
    return temporary.replace(file)
