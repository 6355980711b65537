"""Made-up nouns for tests: small, valid, and changed by keyword."""

from __future__ import annotations

import dataclasses
from typing import Any

from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.experiment import DataSet, Experiment, Method, Scenario, Timing, WarmUp
from clusterbench.model.records import (
    Fingerprint,
    Outcome,
    RunRecord,
    SideUsage,
    TrialRecord,
    TurnRecord,
)
from clusterbench.model.units import Seconds
from clusterbench.runtime.port import Job


def experiment(**changes: Any) -> Experiment:
    """Two contenders, ghz at two levels and h2load at one, two rounds."""
    names = ("sklearn-grpc", "rust-tonic")
    base = Experiment(
        profile="made-up",
        contenders={name: Contender(name=name, service=name, title=name) for name in names},
        scenarios={
            "predict": Scenario(
                name="predict",
                method=Method.PREDICT,
                generator="ghz",
                connections=8,
                sweep=(64, 128),
                contenders=names,
            ),
            "saturated": Scenario(
                name="saturated",
                method=Method.PREDICT,
                generator="h2load",
                connections=8,
                sweep=(800,),
                saturates=True,
                contenders=names,
            ),
        },
        rounds=2,
        seed=7,
        timing=Timing(dropped=Seconds(1.0), window=Seconds(5.0), margin=Seconds(0.2)),
        warm_up=WarmUp(
            chunk=Seconds(3.0),
            agree_within=0.03,
            shortest=Seconds(8.0),
            longest=Seconds(20.0),
            concurrency=64,
        ),
        plan="ryzen-7-1700",
        data=DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={"model": "a"}),
        start_deadline=Seconds(5.0),
    )
    return dataclasses.replace(base, **changes)


def experiment_as_published(**changes: Any) -> Experiment:
    """`experiment()` with a sweep by the published method, `then`, in the first round."""
    made = experiment(**changes)
    then = dataclasses.replace(
        made.scenarios["predict"],
        name="then",
        connections=1,
        sweep=(2, 64, 128, 4),
        load={"kind": "as-published", "duration": 0.08},
        reference=False,
        rounds=1,
    )
    return dataclasses.replace(made, scenarios={**made.scenarios, "then": then})


def cpu_plan(**changes: Any) -> CpuPlan:
    """One core for each side."""
    base = CpuPlan(
        name="ryzen-7-1700",
        server=CpuSet((0,)),
        generator=CpuSet((1,)),
        server_capacity=1,
        generator_capacity=1,
        asked="server 4 cores, generator 4 cores of 8",
        note="2 cores here: 1 each",
    )
    return dataclasses.replace(base, **changes)


def run_record(**changes: Any) -> RunRecord:
    """A run of `experiment()` on a made-up host."""
    base = RunRecord(
        id="20300101T000000Z-made-up",
        created="2030-01-01T00:00:00+00:00",
        clusterbench="0.2.0",
        runtime="process",
        experiment=experiment(),
        plan=cpu_plan(),
        fingerprint=Fingerprint(
            host={"cpu": "Made-up 1", "kernel": "6.1"},
            engine={"runtime": "process"},
            images={"rust-tonic": "sha256:1"},
            software={"rust-tonic": {"tonic": "0.14"}},
            load=(0.1, 0.2, 0.3),
        ),
        commands=("./lab run",),
    )
    return dataclasses.replace(base, **changes)


def trial_record(**changes: Any) -> TrialRecord:
    """A trial that went well."""
    side = SideUsage(cpu=Seconds(4.0), seconds=Seconds(5.0), cpus=1)
    base = TrialRecord(
        id="r1-rust-tonic-predict-64",
        round=1,
        contender="rust-tonic",
        scenario="predict",
        level=64,
        connections=8,
        started="2030-01-01T00:00:01+00:00",
        outcome=Outcome.OK,
        steps={"window": Seconds(5.0), "dropped": Seconds(1.2), "collect": Seconds(0.5)},
        summary_counts={"OK": 10},
        server=side,
        generator=side,
    )
    return dataclasses.replace(base, **changes)


def turn_record(**changes: Any) -> TurnRecord:
    """A turn that went well."""
    base = TurnRecord(
        round=1,
        contender="rust-tonic",
        started="2030-01-01T00:00:00+00:00",
        outcome=Outcome.OK,
        steps={"start": Seconds(0.5), "stop": Seconds(0.25)},
    )
    return dataclasses.replace(base, **changes)


def job(script: str, **changes: Any) -> Job:
    """A job that runs a script and leaves the file `out`."""
    base = Job(
        service="trains",
        command=(script,),
        output="out",
        timeout=Seconds(30),
        environment={"WORD": "told"},
        cpus=CpuSet((0,)),
    )
    return dataclasses.replace(base, **changes)
