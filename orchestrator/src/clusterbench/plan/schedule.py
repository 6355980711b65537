"""An experiment -> its turns, in order, and how long they take. Pure."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.trial import Cell, Trial, Turn
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from clusterbench.load.kinds.kind import LoadKind
    from clusterbench.model.experiment import Experiment, WarmUp

#: What starting and stopping a server and what a trial cost beside load, as measured on two cores
#: (s): for estimates only.
START_COST, STOP_COST = Seconds(4.0), Seconds(1.0)
TRIAL_COST = Seconds(0.8)
#: What profilers take of a turn: those of a Python server and of another, halfway between.
PROFILE_COST = Seconds(6.0)
#: What counting takes of a turn, in a container or not.
COUNT_COST = Seconds(4.0)


def schedule(experiment: Experiment) -> tuple[Turn, ...]:
    """Lay out every round: contenders in a shuffled order, and each one's trials likewise.

    Within a turn, the trials of cold kinds come first, in their sweep's order; then the others by
    their kind's phase; of one phase, those whose generator saturates the server come last. Equal
    experiments give equal schedules.
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
            first = [t for t in trials if _kind(experiment, t).cold]
            rest = [t for t in trials if t not in first]
            _shuffle(rest, f"{experiment.seed}/{round_}/{contender}")
            rest.sort(key=lambda trial: _place(experiment, trial))
            if trials:
                turns.append(Turn(contender=contender, round=round_, trials=(*first, *rest)))
    return tuple(turns)


def remaining(
    experiment: Experiment, turns: Iterable[Turn], done: Collection[str]
) -> tuple[Turn, ...]:
    """Return the turns that still have trials to run, each without those in `done` (trial ids).

    A trial whose rate is made from another of the same turn needs that one again.
    """
    kept = []
    for turn in turns:
        left = [trial for trial in turn.trials if trial.id not in done]
        needed = {_kind(experiment, trial).saturated_by for trial in left}
        trials = tuple(t for t in turn.trials if t in left or t.cell.scenario in needed)
        if left:
            kept.append(replace(turn, trials=trials))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long turns take: seconds under load (windows and warm-up), and in all.

    `again` is how much longer they take at worst: where every trial is disturbed, and run again as
    often as the rule has it.
    """

    load: Seconds
    wall: Seconds
    again: Seconds


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
    """Return the trial before which a server is warmed up: the first of a kind that is not cold."""
    return next((t for t in turn.trials if not _kind(experiment, t).cold), None)


def profiled(experiment: Experiment, turn: Turn) -> Trial | None:
    """Return the trial whose load a turn's server has while profilers sample it, or None.

    It is the last one that saturates the server, in the first turn of a contender with a model.
    """
    if not experiment.profiler or turn.round > 1 or experiment.contenders[turn.contender].noop:
        return None
    return _saturating(experiment, turn)


def counted(experiment: Experiment, turn: Turn) -> Trial | None:
    """Return the trial whose load a turn's server has while it is counted, or None."""
    return _saturating(experiment, turn) if experiment.counters else None


def _saturating(experiment: Experiment, turn: Turn) -> Trial | None:
    able = [t for t in turn.trials if experiment.scenarios[t.cell.scenario].saturates]
    return able[-1] if able else None


def duration(experiment: Experiment, turns: Iterable[Turn]) -> Duration:
    """Estimate how long turns take."""
    warm_up = expected_warm_up(experiment.warm_up)
    load = wall = again = 0.0
    for turn in turns:
        under_load = (warm_up if warmed(experiment, turn) else 0.0) + sum(
            load_of(experiment, trial) for trial in turn.trials
        )
        if profiled(experiment, turn):
            wall += PROFILE_COST
        if counted(experiment, turn):
            wall += COUNT_COST
        again += sum(repeats_of(experiment, t) * time_of(experiment, t) for t in turn.trials)
        load += under_load
        wall += under_load + START_COST + STOP_COST + len(turn.trials) * TRIAL_COST
    return Duration(Seconds(load), Seconds(wall), Seconds(again))


def load_of(experiment: Experiment, trial: Trial) -> Seconds:
    """Return how long a trial loads its server, over all its parts (s)."""
    parts = _kind(experiment, trial).parts(experiment.timing, trial.cell.level)
    return Seconds(sum(part.timing.load for part in parts))


def time_of(experiment: Experiment, trial: Trial) -> Seconds:
    """Return how long a trial is taken to last in all (s)."""
    return Seconds(load_of(experiment, trial) + TRIAL_COST)


def repeats_of(experiment: Experiment, trial: Trial) -> int:
    """Return how often a trial is run again at most, where it is disturbed."""
    most = _kind(experiment, trial).most_repeats
    repeats = experiment.interference.repeats
    return repeats if most is None else min(most, repeats)


def _kind(experiment: Experiment, trial: Trial) -> LoadKind:
    return kind_of(experiment.scenarios[trial.cell.scenario])


def _place(experiment: Experiment, trial: Trial) -> tuple[int, bool]:
    scenario = experiment.scenarios[trial.cell.scenario]
    return kind_of(scenario).phase, scenario.saturates


def _shuffle(items: list[Trial] | list[str], seed: str) -> None:
    random.Random(seed).shuffle(items)  # noqa: S311 - repeatable is the point
