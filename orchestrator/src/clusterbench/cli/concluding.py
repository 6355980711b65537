"""How a run ends on the screen and in its folder: with its report, or as a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench import report
from clusterbench.measure.standings import standings
from clusterbench.model.records import TrialRecord
from clusterbench.plan.comparisons import PREFIX, is_comparison
from clusterbench.report.analysis import analyse, trial_figures
from clusterbench.report.tables import standings_table as shown
from clusterbench.store.bench_result import DATA, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.cli.output import Output
    from clusterbench.model.summary import Summary
    from clusterbench.store.run_folder import RunFolder

UNDECIDED = "A goal that is not decided lies within its ratio's interval: --rounds N narrows that."


def conclude(folder: RunFolder, out: Output) -> dict[str, Any]:
    """Print and write what a run found: how alternatives stand, or else its report.

    Returns what was written, as JSON can hold it.
    """
    summary = analyse(folder)
    if is_comparison(folder.run.experiment):
        return written(folder, summary) | write_standings(folder, summary, out)
    return written(folder, summary) | write_report(folder, summary, out)


def report_again(folder: RunFolder, out: Output) -> dict[str, Any]:
    """Write a run's report, and of a comparison also how alternatives stand."""
    summary = analyse(folder)
    files = written(folder, summary) | write_report(folder, summary, out)
    if is_comparison(folder.run.experiment):
        files |= write_standings(folder, summary, out)
    return files


def written(folder: RunFolder, summary: Summary) -> dict[str, Any]:
    """Return which run it is, and whether it is complete."""
    return {"run": folder.run.id, "folder": str(folder.path), "complete": summary.complete}


def write_report(folder: RunFolder, summary: Summary, out: Output) -> dict[str, Any]:
    """Print a run's figures, and write its plots and page; return the files."""
    files = report.conclude(folder, summary, _warnings(out) if out.progress.quiet else out.say)
    if out.progress.quiet:
        out.end(f"report: {files.page}")
    return {
        "page": str(files.page),
        "text": str(files.text),
        "pictures": [str(picture) for picture in files.pictures],
    }


def write_standings(folder: RunFolder, summary: Summary, out: Output) -> dict[str, Any]:
    """Print and write how alternatives stand against what they could replace."""
    run = folder.run
    trials = [record for record in folder.records() if isinstance(record, TrialRecord)]
    found = standings(run.experiment, summary, trials, trial_figures(folder))
    notes = shown.notes(run, found)
    if shown.undecided(found):
        notes.append(UNDECIDED)
    tell(
        folder.path,
        title=f"{run.experiment.profile.removeprefix(PREFIX)} and its alternatives",
        tables=list(shown.tables(run, found)),
        notes=notes,
        data={"run": run.id, "standings": found},
        say=out.say,
    )
    return {"standings": str(folder.path / DATA)}


def _warnings(out: Output) -> Callable[[str], None]:
    """Return what passes on warnings alone."""
    return lambda text: out.end(text) if text.startswith("warning:") else None
