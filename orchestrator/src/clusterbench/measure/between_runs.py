"""How figures changed from one run to another, beyond what runs differ by without change. Pure.

Two runs are two samples of size one of what runs are: rounds within a run say nothing of how far
one run is from the next (Kalibera & Jones 2013, section 5). That is known of a calibration alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.measure.change_verdict import change_verdict
from clusterbench.measure.estimates import scaled, student_t
from clusterbench.measure.metrics import METRICS
from clusterbench.model.calibration import Calibration
from clusterbench.model.compared import CompareVerdict
from clusterbench.model.experiment import Loop
from clusterbench.model.interval import Estimate
from clusterbench.model.runs_compared import FigureChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from clusterbench.measure.metrics import Metric
    from clusterbench.model.calibration import Noise
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.footprint import Footprint
    from clusterbench.model.summary import Summary

#: The interval of no difference is at most so far from no change (a share): as `compare` has it.
PRECISION = 0.02


def changes(
    experiment: Experiment,
    first: Summary,
    second: Summary,
    calibration: Calibration | None,
    *,
    same: Collection[str],
    unknown: str,
    precision: float = PRECISION,
) -> Iterator[FigureChange]:
    """Yield the change of each figure that a run has, cell by cell, then per contender.

    `experiment` is that of the first run, `same` are the scenarios that load servers alike in both:
    cells of others, and cells that only one run has, are left out. `unknown` says why there is no
    interval without a calibration.
    """
    given = _Given(calibration=calibration, unknown=unknown, precision=precision)
    found = (
        *_cells(experiment, first, second, same, given),
        *_contenders(first, second, given),
    )
    yield from (each for each in found if each.first or each.second)


def _cells(
    experiment: Experiment,
    first: Summary,
    second: Summary,
    same: Collection[str],
    given: _Given,
) -> Iterator[FigureChange]:
    then = {cell.cell: cell for cell in second.cells}
    for cell in first.cells:
        later = then.get(cell.cell)
        if later is not None and cell.scenario in same:
            open_loop = experiment.scenarios[cell.scenario].loop is Loop.OPEN
            for metric in METRICS:
                if metric.of_slice and (metric.opened if open_loop else metric.closed):
                    yield _of_cells(metric, cell, later, given)


def _contenders(first: Summary, second: Summary, given: _Given) -> Iterator[FigureChange]:
    footprints = {each.name: each.footprint for each in second.contenders}
    for each in first.contenders:
        if (after := footprints.get(each.name)) is not None:
            for metric in METRICS:
                if metric.of_instance:
                    both = _footprint(metric, each.footprint), _footprint(metric, after)
                    yield _change(metric, each.name, both, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What is known of how far runs are from each other, and how narrow no difference is."""

    calibration: Calibration | None
    unknown: str
    precision: float


def _of_cells(
    metric: Metric, first: CellSummary, second: CellSummary, given: _Given
) -> FigureChange:
    change = _change(
        metric, first.contender, (_figure(metric, first), _figure(metric, second)), given
    )
    change = replace(change, scenario=first.scenario, level=first.level)
    if metric.name == "throughput" and (first.lower_bound or second.lower_bound):
        why = "a lower bound: the load generator, or a CPU quota, was the limit"
        return replace(change, verdict=CompareVerdict.NOT_COMPARED, ratio=None, why=why)
    return change


def _change(
    metric: Metric,
    contender: str,
    both: tuple[Estimate | None, Estimate | None],
    given: _Given,
) -> FigureChange:
    first, second = both
    made = FigureChange(
        contender=contender,
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        verdict=CompareVerdict.NOT_COMPARED,
        first=scaled(first, metric.scale) if first else None,
        second=scaled(second, metric.scale) if second else None,
        why="one of the runs has no such figure",
    )
    if not first or not second or first.value <= 0 or second.value <= 0:
        return made
    known = given.calibration
    ratio = _ratio(first, second, known.noise_of(contender, metric.name) if known else None)
    verdict = change_verdict(ratio, less_is_better=metric.less_is_better, precision=given.precision)
    unmeasured = "the calibration has not measured how far runs are from each other in this"
    why = "" if ratio.ends else unmeasured if known else given.unknown
    return replace(made, verdict=verdict, ratio=ratio, why=why)


def _ratio(first: Estimate, second: Estimate, noise: Noise | None) -> Estimate:
    """Return the ratio of two runs' figures, with its interval where runs' spread is known.

    Its log has the variance 2 run^2 + round^2 (1/n + 1/m), of n and m rounds. The interval is
    Student's t over the calibration's runs, fewer than which nothing else is known from.
    """
    value = second.value / first.value
    if noise is None or noise.run is None or noise.runs < 2:  # noqa: PLR2004 - a spread takes two
        return Estimate(value=value, low=None, high=None, rounds=())
    rounds = sum(1 / max(1, len(each.rounds)) for each in (first, second))
    spread = math.sqrt(2 * noise.run**2 + (noise.round or 0.0) ** 2 * rounds)
    half = student_t(noise.runs - 1) * spread
    return Estimate(
        value=value, low=value * math.exp(-half), high=value * math.exp(half), rounds=()
    )


def _figure(metric: Metric, cell: CellSummary) -> Estimate | None:
    """Return a cell's estimate of a metric, in base units."""
    if metric.name == "cpu":
        return cell.cpu_per_request
    return cell.throughput if metric.name == "throughput" else cell.latency.get(metric.name)


def _footprint(metric: Metric, footprint: Footprint) -> Estimate | None:
    """Return a contender's estimate of a metric, in base units."""
    figures: Mapping[str, Estimate | None] = {
        "start": footprint.start,
        "memory": footprint.idle_memory,
    }
    return figures.get(metric.name)
