"""Made-up runs for these tests: one experiment, and records of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.model.cell_summary import Figures
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.experiment import (
    Cell,
    Contender,
    DataSet,
    Experiment,
    Handler,
    Method,
    RequestsPerSecond,
    Scenario,
    Seconds,
    Timing,
    Trial,
    WarmUp,
)
from clusterbench.model.records import (
    Fingerprint,
    Outcome,
    RunRecord,
    SideUsage,
    TrialRecord,
    TurnRecord,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOW, FAST, NOOP = "slow", "fast", "fast-noop"


def experiment(*, rounds: int = 3, sweep: tuple[int, ...] = (64,)) -> Experiment:
    contenders = (
        Contender(name=SLOW, service="slow", title="Slow"),
        Contender(name=FAST, service="fast", title="Fast"),
        Contender(name=NOOP, service="fast", handler=Handler.NOOP),
    )
    return Experiment(
        profile="made-up",
        contenders={contender.name: contender for contender in contenders},
        scenarios={
            "predict": Scenario(
                name="predict",
                method=Method.PREDICT,
                generator="ghz",
                connections=8,
                sweep=sweep,
                contenders=(SLOW, FAST, NOOP),
            )
        },
        rounds=rounds,
        seed=1,
        timing=Timing(dropped=Seconds(1.0), window=Seconds(5.0), margin=Seconds(0.5)),
        warm_up=WarmUp(
            chunk=Seconds(3.0),
            agree_within=0.03,
            shortest=Seconds(8.0),
            longest=Seconds(20.0),
            concurrency=64,
        ),
        plan="one-core",
        data=DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={}),
        start_deadline=Seconds(60.0),
    )


def run_of(of: Experiment) -> RunRecord:
    return RunRecord(
        id="20300101T000000Z-made-up",
        created="2030-01-01T00:00:00+00:00",
        clusterbench="0.2.0",
        runtime="process",
        experiment=of,
        plan=CpuPlan(
            name="one-core",
            server=CpuSet((0,)),
            generator=CpuSet((1,)),
            server_capacity=1,
            generator_capacity=1,
            asked="server 1 core, generator the rest",
        ),
        fingerprint=Fingerprint(host={}, engine={}, images={}, software={}),
    )


def side(share: float) -> SideUsage:
    """One CPU's use over a window of 5 s."""
    return SideUsage(cpu=Seconds(5.0 * share), seconds=Seconds(5.0), cpus=1)


def trial(contender: str, number: int, *, level: int = 64, **changes: Any) -> TrialRecord:
    cell = Cell(contender=contender, scenario="predict", level=level)
    base = TrialRecord(
        id=Trial(cell=cell, round=number).id,
        round=number,
        contender=contender,
        scenario="predict",
        level=level,
        connections=8,
        started="2030-01-01T00:00:00+00:00",
        outcome=Outcome.OK,
        steps={"window": Seconds(5.0), "dropped": Seconds(1.5), "collect": Seconds(0.6)},
        server=side(0.95),
        generator=side(0.5),
    )
    return dataclasses.replace(base, **changes)


def turn(contender: str, number: int, **changes: Any) -> TurnRecord:
    base = TurnRecord(
        round=number,
        contender=contender,
        started="2030-01-01T00:00:00+00:00",
        outcome=Outcome.OK,
        steps={
            "start": Seconds(0.5),
            "parity": Seconds(0.25),
            "warm_up": Seconds(9.0),
            "stop": Seconds(0.25),
        },
        warm=True,
    )
    return dataclasses.replace(base, **changes)


def made(throughput: float, latency: Mapping[str, float] | None = None, **changes: Any) -> Figures:
    """Figures of this throughput."""
    known = {"p50": 0.01} if latency is None else latency
    base = Figures(
        throughput=RequestsPerSecond(throughput),
        latency={name: Seconds(value) for name, value in known.items()},
        responses=round(throughput * 5),
        errors={},
    )
    return dataclasses.replace(base, **changes)
