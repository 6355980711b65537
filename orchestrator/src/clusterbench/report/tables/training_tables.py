"""What is said of training in tables, as words: for the report, and for training by hand. Pure.

A cell is a figure and its interval, or "": each medium puts them together in its own way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.training import AXES, GROUPS, scaling_group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterbench.model.interval import Estimate
    from clusterbench.model.training_summary import (
        TrainingComparison,
        TrainingRow,
        TrainingSlope,
        TrainingSummary,
    )

NOTHING = "n/a"
_DIGITS = 3
Cell = tuple[str, str]

#: What each group is, in a few words.
MEANING = {
    "equal-work": "fit from the same starting centroids, one restart, tolerance mapped",
    "defaults": "fit with each library's own defaults",
    "ten-restarts-against-one": "fit_predict, random start: scikit-learn ten restarts, linfa one",
    "as-published": "fit_predict, random start, one restart each",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of cells; the first `names` columns are names."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    names: int


def tables(summary: TrainingSummary) -> tuple[Grid, ...]:
    """Return every table that is not empty: times, ratios, slopes, and the sizes behind those."""
    every = (times(summary), ratios(summary), slopes(summary), sizes(summary))
    return tuple(grid for grid in every if grid.rows)


def times(summary: TrainingSummary) -> Grid:
    """Return the time of each contender in each group at the main shape."""
    return Grid(
        title="Training times",
        columns=(
            "group", "contender", "threads", "time (ms)", "iterations", "ms/iteration",
            "inertia", "equal work", "notes",
        ),
        rows=tuple(_time(row) for row in summary.rows if row.group in GROUPS),
        names=2,
    )  # fmt: skip


def ratios(summary: TrainingSummary) -> Grid:
    """Return how many times as long one contender takes as another, paired by pass."""
    return Grid(
        title="Ratios of training time, paired by pass",
        columns=("group", "time of", "over that of", "threads", "ratio", "notes"),
        rows=tuple(_ratio(each, summary) for each in summary.comparisons),
        names=3,
    )


def slopes(summary: TrainingSummary) -> Grid:
    """Return how the time of an iteration grows along each axis."""
    return Grid(
        title="How the time of an iteration grows: time ~ size ^ slope",
        columns=("axis", "contender", "threads", "from", "to", "slope"),
        rows=tuple(_slope(each) for each in summary.slopes),
        names=2,
    )


def sizes(summary: TrainingSummary) -> Grid:
    """Return the times behind the slopes."""
    return Grid(
        title="Times along each axis",
        columns=("axis", "contender", "size", "ms/iteration", "iterations", "equal work"),
        rows=tuple(
            (
                (axis, ""),
                (row.contender, ""),
                (f"{getattr(row, axis):,}", ""),
                _estimate(row.time_per_iteration, 1e3),
                (_iterations(row), ""),
                (equal(row), ""),
            )
            for axis in AXES
            for row in summary.rows
            if row.group == scaling_group(axis)
        ),
        names=2,
    )


def footnotes(summary: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the tables must know."""
    apart = summary.iterations_apart
    lines = [
        f"Intervals are 95% over {summary.passes} passes; in each, contenders ran in a shuffled "
        "order, on data in memory."
        if summary.passes > 1
        else "One pass: no intervals.",
        "Equal work: " + (f"iterations within {apart}" if apart else "as many iterations")
        + f" and inertia within {summary.inertia_apart:g}, relative, of scikit-learn's, in every "
        "pass, from the same starting centroids. The inertia is recomputed from the centroids.",
        ("linfa-rust is timed by its own clock around what the binding's fit does: centroids, "
        "labels, inertia."),
    ]  # fmt: skip
    groups = dict.fromkeys(row.group for row in summary.rows)
    lines += [f"{group}: {MEANING[group]}." for group in groups if group in MEANING]
    lines += [f"Left out: {line}" for line in summary.left_out]
    if not summary.complete:
        lines.append("Incomplete: some passes were never run.")
    return tuple(lines)


def equal(row: TrainingRow) -> str:
    """Return whether the work was equal: `yes`, `no`, or nothing where that is not claimed."""
    return {True: "yes", False: "no", None: ""}[row.equal]


def significant(value: float | None, digits: int = _DIGITS) -> str:
    """Write a number to so many significant digits, thousands separated."""
    if value is None or not math.isfinite(value):
        return NOTHING
    places = 0 if value == 0 else digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places) + 0.0:,.{max(places, 0)}f}"


def _time(row: TrainingRow) -> tuple[Cell, ...]:
    return (
        (row.group, ""),
        (row.contender + (" (addition)" if row.addition else ""), ""),
        (str(row.threads), ""),
        _estimate(row.time, 1e3),
        (_iterations(row), ""),
        _estimate(row.time_per_iteration, 1e3),
        (significant(row.inertia, 9), ""),
        (equal(row), ""),
        ("; ".join(_notes(row)), ""),
    )


def _notes(row: TrainingRow) -> Iterable[str]:
    if row.n_init is not None and row.n_init != 1:
        yield f"{row.n_init} restarts"
    if row.equal is False:
        yield "not equal work"
    if row.note and "own clock" not in row.note:  # said once, below
        yield row.note


def _ratio(each: TrainingComparison, summary: TrainingSummary) -> tuple[Cell, ...]:
    unequal = [
        row.contender
        for row in summary.rows
        if row.group == each.group
        and row.threads == each.threads
        and row.contender in (each.numerator, each.denominator)
        and row.equal is False
    ]
    return (
        (each.group, ""),
        (each.numerator, ""),
        (each.denominator, ""),
        (str(each.threads), ""),
        _estimate(each.ratio, 1.0),
        (f"{', '.join(unequal)}: not equal work" if unequal else "", ""),
    )


def _slope(each: TrainingSlope) -> tuple[Cell, ...]:
    return (
        (each.axis, ""),
        (each.contender, ""),
        (str(each.threads), ""),
        (f"{each.sizes[0]:,}", ""),
        (f"{each.sizes[-1]:,}", ""),
        _estimate(each.slope, 1.0),
    )


def _iterations(row: TrainingRow) -> str:
    return NOTHING if row.iterations is None else f"{row.iterations:g}"


def _estimate(estimate: Estimate | None, scale: float) -> Cell:
    if estimate is None:
        return (NOTHING, "")
    point = significant(estimate.value * scale)
    if estimate.low is None or estimate.high is None:
        return (point, "")
    low, high = (significant(end * scale) for end in (estimate.low, estimate.high))
    return (point, f"[{low}, {high}]")
