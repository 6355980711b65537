"""What observations cost by the size of model and request, and who overtakes whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate_of
from clusterbench.model.size_summary import SizeRow
from clusterbench.model.sizes import ModelSize
from clusterbench.model.trial import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.measure.trials_by_cell import CellTrials
    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.interval import Estimate
    from clusterbench.model.sizes import Sizes


def size_rows(experiment: Experiment, trials: Mapping[Cell, CellTrials]) -> Iterator[SizeRow]:
    """Return a row for each cell of a run over sizes, in the order of its scenarios.

    CPU time per observation is CPU time per request over the rows of a request. It is what a
    core costs, whatever limited the trial.
    """
    if experiment.sizes is None:
        return
    for scenario in experiment.scenarios.values():
        if scenario.size is None or scenario.observations is None:
            continue
        native = _costs(scenario, scenario.size.named(experiment.sizes.native), trials)
        for name in scenario.contenders:
            costs = _costs(scenario, name, trials)
            yield SizeRow(
                contender=experiment.contenders[name].base or name,
                size=scenario.size,
                rows=scenario.observations,
                per_core=estimate_of(1 / cost for _, cost in sorted(costs.items())),
                over_native=estimate_of(
                    cost / native[number] for number, cost in sorted(costs.items())
                    if number in native
                ),
            )  # fmt: skip


def _costs(
    scenario: Scenario, contender: str, trials: Mapping[Cell, CellTrials]
) -> Mapping[int, float]:
    """Return the CPU time per observation (s) in each round that has one."""
    cell = Cell(contender=contender, scenario=scenario.name, level=scenario.sweep[0])
    found = trials[cell].measured if cell in trials else ()
    costs = {trial.record.round: trial.cpu_per_request for trial in found}
    rows = scenario.observations or 1
    return {number: cost / rows for number, cost in costs.items() if cost}


# ------------------------------------------------------------------------------- overtaking


class Overtaking(StrEnum):
    """Whether a contender needs less CPU time per observation than another, as rows grow."""

    OVERTAKES = "overtakes"
    NEVER = "never"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """What became of one model: from how many rows per request on, where it overtakes."""

    size: ModelSize
    state: Overtaking
    rows: int | None = None


def overtaken(sizes: Sizes, found: Sequence[SizeRow]) -> tuple[Overtaken, ...]:
    """Return for each model whether `rival` overtakes `native`.

    It overtakes from the first number of rows from which on its CPU time per observation is
    below `native`'s, with the whole interval where there is one. It never does where it is above
    at every number of rows. All else is undecided. A model that lacks a figure is unknown.
    """
    return tuple(
        _overtaken(size, [r for r in found if r.size == size and r.contender == sizes.rival])
        for size in sizes.models
    )


def _overtaken(size: ModelSize, rows: Sequence[SizeRow]) -> Overtaken:
    ratios = {row.rows: row.over_native for row in sorted(rows, key=lambda row: row.rows)}
    known = {number: ratio for number, ratio in ratios.items() if ratio is not None}
    if not known or len(known) < len(ratios):
        return Overtaken(size=size, state=Overtaking.UNKNOWN)
    first = None
    for number, ratio in reversed(known.items()):
        if not _below(ratio):
            break
        first = number
    if first is not None:
        return Overtaken(size=size, state=Overtaking.OVERTAKES, rows=first)
    above = all(_above(ratio) for ratio in known.values())
    return Overtaken(size=size, state=Overtaking.NEVER if above else Overtaking.UNDECIDED)


def _below(ratio: Estimate) -> bool:
    return (ratio.value if ratio.ends is None else ratio.ends[1]) < 1


def _above(ratio: Estimate) -> bool:
    return (ratio.value if ratio.ends is None else ratio.ends[0]) > 1


# ---------------------------------------------------------------------------- Python's share


def python_share(sizes: Sizes, row: SizeRow) -> float | None:
    """Return Python's share of a contender's CPU time: what `native` does without.

    `python` and `native` call the same library, so 1 - native / python is what Python and its
    gRPC add. None for other contenders, and where it was not measured. Noise may make a
    small one negative: it is then 0.
    """
    if row.contender != sizes.python or row.over_native is None:
        return None
    return max(0.0, 1 - 1 / row.over_native.value)
