"""How a run ends on the screen and in its folder: with its report, or as a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench import report
from clusterbench.measure.standings import standings
from clusterbench.plan.comparisons import PREFIX, is_comparison
from clusterbench.report.bench_result import DATA, tell
from clusterbench.report.tables import standings_table as shown
from clusterbench.store.analysis import analyse

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.cli.output import Output
    from clusterbench.store.analysis import AnalysedRun
    from clusterbench.store.run_folder import RunFolder

UNDECIDED = "A goal that is not decided lies within its ratio's interval: --rounds N narrows that."


def conclude(folder: RunFolder, out: Output) -> dict[str, Any]:
    """Print and write what a run found: how alternatives stand, or else its report.

    Returns what was written, as JSON can hold it.
    """
    found = summarised(folder)
    if is_comparison(folder.run.experiment):
        return written(found) | write_standings(found, out)
    return written(found) | write_report(found, out)


def report_again(folder: RunFolder, out: Output) -> dict[str, Any]:
    """Write a run's report, and of a comparison also how alternatives stand."""
    found = summarised(folder)
    files = written(found) | write_report(found, out)
    if is_comparison(folder.run.experiment):
        files |= write_standings(found, out)
    return files


def summarised(folder: RunFolder) -> AnalysedRun:
    """Compute every figure of a run, and write its summary."""
    found = analyse(folder)
    folder.write_summary(found.summary)
    return found


def written(found: AnalysedRun) -> dict[str, Any]:
    """Return which run it is, and whether it is complete."""
    return {
        "run": found.run.id,
        "folder": str(found.folder.path),
        "complete": found.summary.complete,
    }


def write_report(found: AnalysedRun, out: Output) -> dict[str, Any]:
    """Print a run's figures, and write its plots and page; return the files."""
    say = _warnings(out) if out.progress.quiet else out.say
    files = report.conclude(found.folder, found.summary, say)
    if out.progress.quiet:
        out.end(f"report: {files.page}")
    return {
        "page": str(files.page),
        "text": str(files.text),
        "pictures": [str(picture) for picture in files.pictures],
    }


def write_standings(found: AnalysedRun, out: Output) -> dict[str, Any]:
    """Print and write how alternatives stand against what they could replace."""
    run, path = found.run, found.folder.path
    stand = standings(run.experiment, found.summary, found.trials, found.figures)
    notes = shown.notes(run, stand)
    if shown.undecided(stand):
        notes.append(UNDECIDED)
    tell(
        path,
        title=f"{run.experiment.profile.removeprefix(PREFIX)} and its alternatives",
        tables=list(shown.tables(run, stand)),
        notes=notes,
        data={"run": run.id, "standings": stand},
        say=out.say,
    )
    return {"standings": str(path / DATA)}


def _warnings(out: Output) -> Callable[[str], None]:
    """Return what passes on warnings alone."""
    return lambda text: out.end(text) if text.startswith("warning:") else None
