"""Training as tables: times, ratios, and how times grow. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.training import AXES, GROUPS, scaling_group
from clusterbench.report.captions import INTERVAL
from clusterbench.report.tables.table import estimate, table

if TYPE_CHECKING:
    from clusterbench.model.training_summary import (
        TrainingComparison,
        TrainingRow,
        TrainingSlope,
        TrainingSummary,
    )
    from clusterbench.report.tables.table import Columns, Table

#: Inertia is compared to more digits than other figures.
_INERTIA_DIGITS = 9
#: What each group is, in a few words.
MEANING = {
    "equal-work": "fit from the same starting centroids, one restart, tolerance mapped",
    "defaults": "fit with each library's own defaults",
    "ten-restarts-against-one": "fit_predict, random start: scikit-learn ten restarts, linfa one",
    "as-published": "fit_predict, random start, one restart each",
}


def tables(summary: TrainingSummary) -> tuple[Table, ...]:
    """Return every table: times, ratios, slopes, and the sizes behind those."""
    return times(summary), _ratios(summary), _slopes(summary), _sizes(summary)


def footnotes(summary: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the tables must know."""
    apart = summary.iterations_apart
    lines = [
        f"Figures have a {INTERVAL} over {summary.passes} passes. In each pass, contenders ran "
        "in a shuffled order, on data in memory."
        if summary.passes > 1
        else "One pass: no intervals.",
        "Equal work: "
        + (f"iterations within {apart}" if apart else "as many iterations")
        + f" and inertia within {summary.inertia_apart:g}, relative, of scikit-learn's, in every "
        "pass, from the same starting centroids. The inertia is recomputed from the centroids.",
        (
            "linfa-rust is timed by its own clock, around what the binding's fit does: centroids, "
            "labels, inertia."
        ),
    ]
    groups = dict.fromkeys(row.group for row in summary.rows)
    lines += [f"{group}: {MEANING[group]}." for group in groups if group in MEANING]
    lines += [f"Left out: {line}" for line in summary.left_out]
    if summary.throttled:
        starts = fmt.plural(summary.throttled, "start")
        lines.append(f"A CPU quota throttled {starts} of images: those times are the quota's.")
    if not summary.complete:
        lines.append("Incomplete: some passes were not run.")
    return tuple(lines)


def times(summary: TrainingSummary) -> Table:
    """Return the time of each contender in each group at the main shape."""
    columns: Columns[TrainingRow] = {
        "group": lambda row: row.group,
        "contender": lambda row: row.contender + (" (addition)" if row.addition else ""),
        "threads": lambda row: str(row.threads),
        "time (ms)": lambda row: estimate(row.time, 1e3),
        "iterations": _iterations,
        "ms/iteration": lambda row: estimate(row.time_per_iteration, 1e3),
        "inertia": lambda row: fmt.number(row.inertia, digits=_INERTIA_DIGITS),
        "equal work": _equal,
        "notes": lambda row: "; ".join(_notes(row)),
    }
    rows = [row for row in summary.rows if row.group in GROUPS]
    return table("Training times", columns, rows, names=2)


def _ratios(summary: TrainingSummary) -> Table:
    """Return how many times as long one contender takes as another, paired by pass."""
    columns: Columns[TrainingComparison] = {
        "group": lambda each: each.group,
        "time of": lambda each: each.numerator,
        "over that of": lambda each: each.denominator,
        "threads": lambda each: str(each.threads),
        "ratio": lambda each: estimate(each.ratio),
        "notes": lambda each: _unequal(each, summary),
    }
    title = "Ratios of training time, paired by pass"
    return table(title, columns, summary.comparisons, names=3)


def _slopes(summary: TrainingSummary) -> Table:
    """Return how the time of an iteration grows along each axis."""
    columns: Columns[TrainingSlope] = {
        "axis": lambda each: each.axis,
        "contender": lambda each: each.contender,
        "threads": lambda each: str(each.threads),
        "from": lambda each: f"{each.sizes[0]:,}",
        "to": lambda each: f"{each.sizes[-1]:,}",
        "slope": lambda each: estimate(each.slope),
    }
    title = "How the time of an iteration grows: time ~ size ^ slope"
    return table(title, columns, summary.slopes, names=2)


def _sizes(summary: TrainingSummary) -> Table:
    """Return the times behind the slopes."""
    columns: Columns[tuple[str, TrainingRow]] = {
        "axis": lambda place: place[0],
        "contender": lambda place: place[1].contender,
        "size": lambda place: f"{getattr(place[1], place[0]):,}",
        "ms/iteration": lambda place: estimate(place[1].time_per_iteration, 1e3),
        "iterations": lambda place: _iterations(place[1]),
        "equal work": lambda place: _equal(place[1]),
    }
    rows = [
        (axis, row) for axis in AXES for row in summary.rows if row.group == scaling_group(axis)
    ]
    return table("Times along each axis", columns, rows, names=2)


def _equal(row: TrainingRow) -> str:
    """Return whether the work was equal: `yes`, `no`, or nothing where that is not claimed."""
    return {True: "yes", False: "no", None: ""}[row.equal]


def _notes(row: TrainingRow) -> list[str]:
    found = [f"{row.n_init} restarts"] if row.n_init is not None and row.n_init != 1 else []
    if row.equal is False:
        found.append("not equal work")
    if row.note and "own clock" not in row.note:  # a footnote says it once
        found.append(row.note)
    return found


def _unequal(each: TrainingComparison, summary: TrainingSummary) -> str:
    names = [
        row.contender
        for row in summary.rows
        if (row.group, row.threads) == (each.group, each.threads)
        and row.contender in (each.numerator, each.denominator)
        and row.equal is False
    ]
    return f"{', '.join(names)}: not equal work" if names else ""


def _iterations(row: TrainingRow) -> str:
    return fmt.NOTHING if row.iterations is None else f"{row.iterations:g}"
