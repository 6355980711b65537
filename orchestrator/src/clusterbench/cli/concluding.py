"""How a run ends on the screen and in its folder: with its report, or as a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench import report
from clusterbench.cli.assembly import provide
from clusterbench.cli.options import find_run
from clusterbench.cli.output import Output
from clusterbench.measure.standings import standings
from clusterbench.plan.comparisons import PREFIX, is_comparison
from clusterbench.report.bench_result import DATA, tell
from clusterbench.report.tables import standings_table as shown
from clusterbench.store.analysis import analyse
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse

    from clusterbench.store.analysis import AnalysedRun

UNDECIDED = "A goal that is not decided lies within its ratio's interval: --rounds N narrows that."


def conclude(folder: RunFolder, out: Output) -> dict[str, Any]:
    """Print and write what a run found: how alternatives stand, or else its report.

    Returns what was written, as JSON can hold it.
    """
    found, written = _summarise(folder)
    compares = is_comparison(folder.run.experiment)
    return written | (write_standings if compares else write_report)(found, out)


def report_again(arguments: argparse.Namespace) -> None:
    """Make summary, plots and page of a run again; of a comparison also how alternatives stand."""
    folder = RunFolder.open(find_run(arguments.run_name, arguments.results))
    out = Output(arguments)
    provide(["browser"], install=getattr(arguments, "install", False), say=out.say)
    found, written = _summarise(folder)
    written |= write_report(found, out)
    if is_comparison(folder.run.experiment):
        written |= write_standings(found, out)
    out.data(written)


def _summarise(folder: RunFolder) -> tuple[AnalysedRun, dict[str, Any]]:
    """Compute every figure of a run, and write its summary; return both, the latter described."""
    found = analyse(folder)
    folder.write_summary(found.summary)
    complete = found.summary.complete
    return found, {"run": folder.run.id, "folder": str(folder.path), "complete": complete}


def write_report(found: AnalysedRun, out: Output) -> dict[str, Any]:
    """Print a run's figures, and write its plots and page; return the files."""

    def warn(text: str) -> None:
        if text.startswith("warning:"):
            out.end(text)

    say = warn if out.progress.quiet else out.say
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
