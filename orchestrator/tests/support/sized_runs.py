"""Made-up runs over sizes, in which what an observation costs each contender is known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.measure.summarise import summarise
from clusterbench.model.cell_summary import Figures
from clusterbench.model.contender import Contender
from clusterbench.model.experiment import Method, Scenario
from clusterbench.model.records import Outcome, SideUsage, TrialRecord
from clusterbench.model.sizes import ModelSize, Sizes
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.plan.over_sizes import over_sizes
from clusterbench.plan.schedule import schedule
from support.factories import experiment, run_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Trial

THREE = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
SIZES = Sizes(
    features=(2, 128),
    clusters=(10, 1000),
    native="rust-tonic",
    python="linfa-py-grpc",
    rival="sklearn-grpc",
)
SMALL, LARGE = SIZES.models[0], SIZES.models[-1]
ROWS = (1, 10, 1000)
#: Requests in flight, of all scenarios.
LEVEL = 16

#: Microseconds of CPU time: a request, and each multiplication of an observation's distances.
REQUEST = {"sklearn-grpc": 300.0, "linfa-py-grpc": 100.0, "rust-tonic": 3.0}
MULTIPLY = {"sklearn-grpc": 1e-4, "linfa-py-grpc": 4e-4, "rust-tonic": 4e-4}


def cost(contender: str, size: ModelSize, rows: int, round_: int = 1) -> float:
    """Return the CPU time (s) of an observation: from a request's share and the arithmetic."""
    arithmetic = MULTIPLY[contender] * size.features * size.clusters
    return (REQUEST[contender] / rows + arithmetic) * 1e-6 * (1 + 0.001 * round_)


def sized_run(sizes: Sizes = SIZES, **changes: Any) -> RunRecord:
    """Return a run of three contenders over sizes, with requests of ROWS; two rounds."""
    scenarios = {
        f"rows-{rows}": Scenario(
            name=f"rows-{rows}",
            method=Method.PREDICT if rows == 1 else Method.PREDICT_BATCH,
            generator="grpc-load",
            connections=8,
            sweep=(LEVEL,),
            saturates=True,
            contenders=THREE,
            rows=None if rows == 1 else rows,
        )
        for rows in ROWS
    }
    contenders = {name: Contender(name=name, service=name, title=name) for name in THREE}
    base = experiment(contenders=contenders, scenarios=scenarios, **changes)
    return run_record(experiment=over_sizes(base, sizes))


def sized_summary(
    record: RunRecord, costs: Callable[[str, ModelSize, int, int], float | None] = cost
) -> Summary:
    """Summarise a run in which observations cost what `costs` says (s); None fails the trial."""
    records, figures = [], {}
    for turn in schedule(record.experiment):
        for trial in turn.trials:
            made, found = _trial(record, trial, costs)
            records.append(made)
            if found:
                figures[trial.id] = found
    return summarise(record, records, figures)


def _trial(
    record: RunRecord, trial: Trial, costs: Callable[[str, ModelSize, int, int], float | None]
) -> tuple[TrialRecord, Figures | None]:
    cell = trial.cell
    contender = record.experiment.contenders[cell.contender]
    scenario = record.experiment.scenarios[cell.scenario]
    assert contender.base is not None
    assert contender.size is not None
    rows = scenario.observations or 1
    each = costs(contender.base, contender.size, rows, trial.round)
    side = SideUsage(cpu=Seconds(1.0), seconds=Seconds(1.0), cpus=1)
    made = TrialRecord(
        id=trial.id,
        round=trial.round,
        contender=cell.contender,
        scenario=cell.scenario,
        level=cell.level,
        connections=8,
        started="2030-01-01T00:00:01+00:00",
        outcome=Outcome.OK,
        server=side,
        generator=side,
    )
    if each is None:
        return dataclasses.replace(made, outcome=Outcome.FAILED, reason="it died"), None
    rate = RequestsPerSecond(1 / (each * rows))
    return made, Figures(throughput=rate, latency={}, responses=int(rate), errors={})
