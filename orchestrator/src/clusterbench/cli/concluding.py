"""How a run ends on the screen and in its folder: with its report, or as a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench import report
from clusterbench.bench.signals import interruptible
from clusterbench.cli.assembly import provide
from clusterbench.cli.compare_concluding import conclude_comparison
from clusterbench.cli.options import find_run
from clusterbench.cli.output import Output
from clusterbench.measure.standings import standings
from clusterbench.plan.comparisons import PREFIX, is_comparison
from clusterbench.report import WrittenReport
from clusterbench.report.answer import answer
from clusterbench.report.bench_result import DATA, tell
from clusterbench.report.tables import standings_table as shown
from clusterbench.store.analysis import analyse
from clusterbench.store.compare_folder import CompareFolder
from clusterbench.store.newest_run import holds_comparison
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clusterbench.store.analysis import AnalysedRun

UNDECIDED = "A goal that is not decided lies within its ratio's interval: --rounds N narrows that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """How a run ended: what was written, as JSON can hold it, and its report if it has one."""

    written: Mapping[str, Any]
    report: WrittenReport | None = None

    def illustrated(self, out: Output) -> dict[str, Any]:
        """Have the report's plots drawn as files too; return all that was written.

        It takes a browser, and neither the engine nor the results folder for itself.
        """
        if self.report is None:
            return dict(self.written)
        pictures = report.illustrate(self.report, _say(out), browser=report.find_browser())
        return {**self.written, "pictures": [str(picture) for picture in pictures]}


def conclude(folder: RunFolder, out: Output, *, shown: report.Shown = report.screen) -> Conclusion:
    """Print and write what a run found: how alternatives stand, or else its report.

    `shown` says how much of a report is printed.
    """
    found, written = _summarise(folder)
    if is_comparison(folder.run.experiment):
        return Conclusion(written=written | write_standings(found, out))
    return write_report(found, out, written, shown=shown)


def report_again(arguments: argparse.Namespace) -> None:
    """Make summary, plots and page of a run again; of `bench` also how alternatives stand.

    Of a comparison of two, make its verdict and its page again.
    """
    path = find_run(arguments.run_name, arguments.results)
    out = Output(arguments)
    if holds_comparison(path):
        out.data(conclude_comparison(CompareFolder.open(path), out)[1])
        return
    folder = RunFolder.open(path)
    provide(["browser"], install=arguments.install, say=out.say)
    found, written = _summarise(folder)
    shown = report.plain if arguments.full else report.screen
    concluded = write_report(found, out, written, shown=shown)
    stand = write_standings(found, out) if is_comparison(folder.run.experiment) else {}
    with interruptible():
        out.data(concluded.illustrated(out) | stand)


def _summarise(folder: RunFolder) -> tuple[AnalysedRun, dict[str, Any]]:
    """Compute every figure of a run, and write its summary; return both, the latter described."""
    found = analyse(folder)
    folder.write_summary(found.summary)
    complete = found.summary.complete
    return found, {"run": folder.run.id, "folder": str(folder.path), "complete": complete}


def write_report(
    found: AnalysedRun,
    out: Output,
    written: Mapping[str, Any],
    *,
    shown: report.Shown = report.screen,
) -> Conclusion:
    """Print what a run found, and write its page and its text, beside what was `written`.

    `shown` says how much is printed.
    """
    within = report.within_trials(found)
    kept = report.conclude(found.folder, found.summary, _say(out), shown=shown, within=within)
    if out.progress.quiet:
        out.end(f"report: {kept.page}")
    files = {
        "answer": answer(found.run, found.summary),
        "page": str(kept.page),
        "text": str(kept.text),
    }
    return Conclusion(written={**written, **files}, report=kept)


def _say(out: Output) -> Callable[[str], None]:
    """Return what prints a line, or warnings alone where quiet."""

    def warn(text: str) -> None:
        if text.startswith("warning:"):
            out.end(text)

    return warn if out.progress.quiet else out.say


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
