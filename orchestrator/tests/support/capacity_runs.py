"""Made-up runs whose servers' capacities are known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.measure.estimates import estimate, scaled
from clusterbench.model.capacity import CapacitySummary, FoundCapacity
from clusterbench.model.contender import WORKERS
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Loop
from clusterbench.model.objective import Objective, Question, in_milliseconds
from clusterbench.model.units import Bytes, RequestsPerSecond
from clusterbench.store.run_folder import RunFolder
from support import reported_runs, summaries
from support.factories import cpu_plan, trial_record, turn_record
from support.run_folders import closed_loop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

TEN = in_milliseconds("p99", 10)
CAPACITY = "predict-capacity"
#: Requests/s in each of three rounds, on one core.
ROUNDS: Mapping[str, Sequence[float]] = {
    "sklearn-grpc": (1_900, 2_000, 2_100),
    "linfa-py-grpc": (6_400, 6_500, 6_600),
    "rust-tonic": (148_000, 150_000, 152_000),
}


def question(rate: float = 10_000, headroom: float = 0.3, objective: Objective = TEN) -> Question:
    return Question(objective=objective, rate=RequestsPerSecond(rate), headroom=headroom)


def capacity(
    contender: str = "rust-tonic", rounds: Sequence[float] = (), cores: int = 1, **changes: Any
) -> CapacitySummary:
    """A contender's capacity: the rates (requests/s) that its trials found, a round each."""
    rounds = rounds or ROUNDS[contender]
    found = estimate(rounds)
    base = CapacitySummary(
        contender=contender,
        scenario=CAPACITY,
        objective=TEN,
        trials=len(rounds),
        cores=cores,
        workers=1,
        capacity=found,
        per_core=scaled(found, 1 / cores),
        lower_bound=False,
        unmet=sum(not each for each in rounds),
    )
    return dataclasses.replace(base, **changes)


def capacity_run(
    contenders: Sequence[str] = reported_runs.THREE,
    *,
    cores: int = 1,
    asks: Question | None = None,
    **changes: Any,
) -> RunRecord:
    """A run that saturates its contenders, and looks for their capacity, on so many cores."""
    searches = dataclasses.replace(
        reported_runs.scenario(CAPACITY, generator="grpc-load", sweep=(5, 10, 50)),
        contenders=tuple(contenders),
        load={"kind": "capacity", "of": "predict-saturated"},
        loop=Loop.OPEN,
    )
    made = reported_runs.run(
        (reported_runs.saturated(contenders=contenders), searches), profile="capacity"
    )
    known = {
        name: dataclasses.replace(each, environment={WORKERS: str(cores)})
        if each.per_core
        else each
        for name, each in made.experiment.contenders.items()
    }
    experiment = dataclasses.replace(made.experiment, contenders=known, question=asks or question())
    plan = cpu_plan(server=CpuSet(tuple(range(cores))), server_capacity=cores)
    return dataclasses.replace(made, experiment=experiment, plan=plan, **changes)


def capacity_folder(
    results: Path, rounds: Mapping[str, Sequence[float]] = ROUNDS, **changes: Any
) -> RunFolder:
    """The folder of such a run: what each trial's search found at TEN, and each turn."""
    folder = RunFolder.create(results, capacity_run(tuple(rounds), **changes))
    for name, rates in rounds.items():
        for number, rate in enumerate(rates, start=1):
            trial = trial_record(
                id=f"r{number}-{name}-{CAPACITY}-10",
                round=number,
                contender=name,
                scenario=CAPACITY,
                level=TEN.milliseconds,
                capacity=FoundCapacity(objective=TEN, rate=RequestsPerSecond(rate)),
            )
            folder.add_samples(trial.id, closed_loop(0.064))
            folder.append(trial)
            folder.append(
                turn_record(
                    round=number,
                    contender=name,
                    peak_memory=Bytes(100 * 2**20),
                    peak_memory_source="kernel",
                )
            )
    return folder


def capacity_summary(
    run: RunRecord, capacities: Sequence[CapacitySummary] | None = None
) -> Summary:
    """The summary of such a run; by default each of the three has its capacity of ROUNDS."""
    found = [capacity(name) for name in ROUNDS] if capacities is None else capacities
    return dataclasses.replace(summaries.summary(run), capacities=tuple(found))
