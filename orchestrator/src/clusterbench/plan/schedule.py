"""An experiment -> its turns, in order, and how long they take. Pure."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.experiment import Cell, GeneratorName, Seconds, Trial, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from clusterbench.model.experiment import Experiment, WarmUp

#: What a turn and a trial cost beside load, as measured on two cores (s): for estimates only.
TURN_COST = Seconds(5.0)
TRIAL_COST = Seconds(0.8)


def schedule(experiment: Experiment) -> tuple[Turn, ...]:
    """Lay out every round: contenders in a shuffled order, and each one's trials likewise.

    Within a turn, what is measured as published comes first, in its sweep's order, while the
    server is cold; h2load's trials come last: they fill the server. Equal experiments give
    equal schedules.
    """
    turns = []
    for round_ in range(1, experiment.rounds + 1):
        contenders = list(experiment.contenders)
        _shuffle(contenders, f"{experiment.seed}/{round_}")
        for contender in contenders:
            trials = [
                Trial(cell=Cell(contender=contender, scenario=name, level=level), round=round_)
                for name, scenario in experiment.scenarios.items()
                if contender in scenario.contenders and round_ <= experiment.rounds_of(name)
                for level in scenario.sweep
            ]
            first = [t for t in trials if experiment.scenarios[t.cell.scenario].as_published]
            rest = [t for t in trials if t not in first]
            _shuffle(rest, f"{experiment.seed}/{round_}/{contender}")
            rest.sort(
                key=lambda t: (
                    experiment.scenarios[t.cell.scenario].generator is GeneratorName.H2LOAD
                )
            )
            if trials:
                turns.append(Turn(contender=contender, round=round_, trials=(*first, *rest)))
    return tuple(turns)


def remaining(turns: Iterable[Turn], done: Collection[str]) -> tuple[Turn, ...]:
    """Return the turns that still have trials to run, each without those in `done` (trial ids)."""
    kept = []
    for turn in turns:
        trials = tuple(trial for trial in turn.trials if trial.id not in done)
        if trials:
            kept.append(Turn(contender=turn.contender, round=turn.round, trials=trials))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long turns take: seconds under load (windows and warm-up), and in all."""

    load: Seconds
    wall: Seconds


def warm_up_chunks(warm_up: WarmUp) -> range:
    """Return the fewest and the most chunks of a warm-up, as range(fewest, most + 1)."""
    most = math.floor(warm_up.longest / warm_up.chunk + 1e-9)
    fewest = min(most, max(2, math.ceil(warm_up.shortest / warm_up.chunk - 1e-9)))
    return range(fewest, most + 1)


def expected_warm_up(warm_up: WarmUp) -> Seconds:
    """Return how long a warm-up is taken to last: halfway between its bounds."""
    chunks = warm_up_chunks(warm_up)
    return Seconds(warm_up.chunk * (chunks.start + chunks.stop - 1) / 2)


def warmed(experiment: Experiment, turn: Turn) -> Trial | None:
    """Return the trial before which a turn's server is warmed up: the first not as published."""
    return next(
        (t for t in turn.trials if not experiment.scenarios[t.cell.scenario].as_published), None
    )


def duration(experiment: Experiment, turns: Iterable[Turn]) -> Duration:
    """Estimate how long turns take."""
    warm_up = expected_warm_up(experiment.warm_up)
    load = wall = 0.0
    for turn in turns:
        under_load = (warm_up if warmed(experiment, turn) else 0.0) + sum(
            experiment.timing_of(trial.cell.scenario).load for trial in turn.trials
        )
        load += under_load
        wall += under_load + TURN_COST + len(turn.trials) * TRIAL_COST
    return Duration(Seconds(load), Seconds(wall))


def _shuffle(items: list[Trial] | list[str], seed: str) -> None:
    random.Random(seed).shuffle(items)  # noqa: S311 - repeatable is the point
