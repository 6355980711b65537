"""The load generators of a run against each other, where several make the same load. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.comparison import paired
from clusterbench.model.generator_comparison import GeneratorComparison
from clusterbench.model.trial import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clusterbench.measure.trials_by_cell import CellTrials, MeasuredTrial
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.interval import Estimate


def compare_generators(
    experiment: Experiment, cells: Mapping[Cell, CellSummary], trials: Mapping[Cell, CellTrials]
) -> Iterator[GeneratorComparison]:
    """Compare each load generator with the one of the first scenario that makes the same load.

    Server by server. Nothing is yielded of loads that one generator alone makes, and of servers
    that no round measured with both.
    """
    for contender in experiment.contenders:
        for numerator, denominator, level in _pairs(experiment, contender):
            above, below = (
                Cell(contender=contender, scenario=name, level=level)
                for name in (numerator, denominator)
            )
            found = _ratios(trials[above], trials[below])
            if found["throughput"] is not None:
                yield GeneratorComparison(
                    contender=contender,
                    numerator=numerator,
                    denominator=denominator,
                    level=level,
                    limits=(cells[above].limit, cells[below].limit),
                    **found,
                )


def _pairs(experiment: Experiment, contender: str) -> Iterator[tuple[str, str, int]]:
    """Return which scenarios of a contender are compared, over which, at which level."""
    first: dict[tuple[object, ...], Scenario] = {}
    for scenario in experiment.scenarios.values():
        if contender not in scenario.contenders:
            continue
        for level in scenario.sweep:
            load = (scenario.method, str(scenario.load), scenario.connections_at(level), level)
            before = first.setdefault(load, scenario)
            if before.generator != scenario.generator:
                yield scenario.name, before.name, level


def _ratios(above: CellTrials, below: CellTrials) -> dict[str, Estimate | None]:
    figures: Mapping[str, Callable[[MeasuredTrial], float | None]] = {
        "throughput": lambda trial: trial.figures.throughput,
        "cpu_per_request": lambda trial: trial.cpu_per_request,
        "p50": lambda trial: trial.figures.latency.get("p50"),
        "p99": lambda trial: trial.figures.latency.get("p99"),
    }
    found = {}
    for name, figure in figures.items():
        rounds = (
            {trial.record.round: figure(trial) or 0.0 for trial in cell.measured}
            for cell in (above, below)
        )
        found[name] = paired(*rounds)
    return found
