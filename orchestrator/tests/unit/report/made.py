"""Made-up runs for these tests: numbers that obey Little's law, and are made up otherwise."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.pairs import pairs
from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary, Pairing
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.experiment import (
    CURRENT,
    EDITION_2019,
    Contender,
    DataSet,
    Experiment,
    Handler,
    Limit,
    Method,
    Scenario,
    Seconds,
    Timing,
    WarmUp,
)
from clusterbench.model.interval import Estimate
from clusterbench.model.records import Fingerprint, RunRecord
from clusterbench.model.summary import Summary, TimeSpent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

THREE = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
NULLS = tuple(f"{name}-noop" for name in THREE)
PER_CORE = tuple(f"{name}-per-core" for name in THREE)
#: Server cores, and so workers, of a run with contenders of one worker per core.
CORES = 4
#: Responses/s of a saturated server, by contender.
CAPACITY = {
    "sklearn-grpc": 2_300.0,
    "linfa-py-grpc": 7_600.0,
    "rust-tonic": 215_000.0,
    "sklearn-grpc-noop": 8_700.0,
    "linfa-py-grpc-noop": 8_650.0,
    "rust-tonic-noop": 246_000.0,
    "sklearn-grpc-per-core": 2_300.0 * 3.8,
    "linfa-py-grpc-per-core": 7_600.0 * 3.7,
    "rust-tonic-per-core": 215_000.0 * 1.04,
}
GHZ = 45_300.0
TITLES = {
    "sklearn-grpc": "scikit-learn on grpcio",
    "linfa-py-grpc": "linfa from Python on grpcio",
    "rust-tonic": "linfa on tonic",
}


def contender(name: str) -> Contender:
    """A contender that its name describes: `rust-tonic-2019-noop`, `sklearn-grpc-per-core`."""
    noop = name.endswith("-noop")
    service = name.removesuffix("-noop")
    per_core = service.endswith("-per-core")
    service = service.removesuffix("-per-core")
    past = service.endswith("-2019")
    return Contender(
        name=name,
        service=service,
        environment={"SERVER_WORKERS": str(CORES)} if per_core else {},
        title=TITLES.get(name, name),
        handler=Handler.NOOP if noop else Handler.MODEL,
        edition=EDITION_2019 if past else CURRENT,
        published=service.removesuffix("-2019") if past else None,
        per_core=per_core,
    )


def scenario(
    name: str = "predict",
    *,
    method: Method = Method.PREDICT,
    generator: str = "ghz",
    sweep: Sequence[int] = (64, 128, 256, 512, 1024),
    contenders: Iterable[str] = THREE,
) -> Scenario:
    return Scenario(
        name=name,
        method=method,
        generator=generator,
        connections=8,
        sweep=tuple(sweep),
        contenders=tuple(contenders),
        saturates=generator == "h2load",
    )


def saturated(name: str = "predict-saturated", contenders: Iterable[str] = THREE) -> Scenario:
    return scenario(name, generator="h2load", sweep=(800,), contenders=contenders)


STANDARD = (scenario(), saturated())
SEVERAL = (scenario(contenders=THREE + PER_CORE), saturated(contenders=THREE + PER_CORE))
FULL = (
    scenario("predict-full", sweep=[2**n for n in range(1, 13)]),
    scenario("predict-batch", method=Method.PREDICT_BATCH, sweep=(64, 256, 1024)),
    saturated(),
    scenario("predict-noop", sweep=(64, 256, 1024), contenders=NULLS),
    saturated("predict-noop-saturated", NULLS),
)


def run(
    scenarios: Iterable[Scenario] = STANDARD,
    *,
    rounds: int = 3,
    profile: str = "standard",
    warnings: tuple[str, ...] = (),
    runtime: str = "docker",
) -> RunRecord:
    scenarios = tuple(scenarios)
    names = tuple(dict.fromkeys(name for s in scenarios for name in s.contenders))
    return RunRecord(
        id=f"20261123T031500Z-{profile}",
        created="2026-11-23T03:15:00Z",
        clusterbench="0.2.0",
        runtime=runtime,
        experiment=Experiment(
            profile=profile,
            contenders={name: contender(name) for name in names},
            scenarios={s.name: s for s in scenarios},
            rounds=rounds,
            seed=1700,
            timing=Timing(dropped=Seconds(1.0), window=Seconds(5.0), margin=Seconds(0.2)),
            warm_up=WarmUp(
                chunk=Seconds(3.0),
                agree_within=0.03,
                shortest=Seconds(8.0),
                longest=Seconds(20.0),
                concurrency=64,
            ),
            plan="ryzen-7-1700",
            start_deadline=Seconds(60.0),
            data=DataSet(
                n_clusters=100,
                n_features=2,
                n_requests=1000,
                n_batches=100,
                digest={"model.json": "ab" * 32, "observations.json": "cd" * 32},
            ),
        ),
        plan=CpuPlan(
            name="ryzen-7-1700",
            server=CpuSet((0,)),
            generator=CpuSet((1,)),
            server_capacity=1,
            generator_capacity=1,
            asked="server on 0-3, generator on 4-7",
            note="shrunk from 8 cores to this host's 2: 1 + 1",
        ),
        fingerprint=Fingerprint(
            host={
                "cpu": "AMD EPYC 7B13 64-Core Processor",
                "cores": "2 cores, 2 CPUs, 1 L3 cache, 1 NUMA node",
                "memory": "7.8 GiB",
                "kernel": "6.1.0-18-amd64",
                "governor": "unknown",
                "smt": "off",
            },
            engine={"docker": "28.2.2", "storage driver": "overlay2"},
            images=dict.fromkeys(("rust-tonic", "ghz-runner"), "sha256:" + "5e" * 32),
            software={
                "rust-tonic": {"tonic": "0.14.9", "linfa": "0.8.1"},
                "sklearn-grpc": {"python": "3.13.5", "scikit-learn": "1.9.1", "grpcio": "1.85.1"},
                "ghz-runner": {"ghz": "0.121.0", "nghttp2": "1.52.0"},
            },
            load=(0.3, 0.2, 0.1),
        ),
        commands=(
            f"PROFILE={profile} docker compose up orchestrator",
            f"./lab run --profile {profile}",
        ),
        warnings=warnings,
    )


def spread(value: float, rounds: int, rng: random.Random, by: float = 0.02) -> Estimate:
    each = tuple(value * (1 + rng.uniform(-by, by)) for _ in range(rounds))
    mean = sum(each) / len(each)
    if rounds == 1:
        return Estimate(value=mean, low=None, high=None, rounds=each)
    half = 4.3 * math.sqrt(sum((x - mean) ** 2 for x in each) / (rounds - 1) / rounds)
    return Estimate(value=mean, low=mean - half, high=mean + half, rounds=each)


def cell(
    s: Scenario, name: str, level: int, rounds: int = 3, errors: Mapping[str, int] | None = None
) -> CellSummary:
    rng = random.Random(f"{s.name} {name} {level}")  # noqa: S311 - made-up numbers
    ghz = s.generator == "ghz"
    slower = 2.5 if s.method is Method.PREDICT_BATCH else 1.0
    server = CAPACITY.get(name, 10_000.0) / slower * level / (level + 3)
    able = (GHZ if ghz else 400_000.0) / slower * level / (level + 12)
    rate = min(server, able)
    mean = level / rate
    count = rate * 5 * rounds
    shape = {"p50": 0.95, "p90": 1.3, "p95": 1.5, "p99": 2.2, "p99.9": 4.0, "max": 9.0, "mean": 1.0}
    if count < 10_000:
        del shape["p99.9"]
    wrong = dict(errors or {})
    return CellSummary(
        contender=name,
        scenario=s.name,
        level=level,
        connections=s.connections_at(level),
        trials=rounds,
        throughput=spread(rate, rounds, rng),
        latency={k: spread(mean * v, rounds, rng, 0.06) for k, v in shape.items()} if ghz else {},
        error_rate=spread(sum(wrong.values()) / count, rounds, rng, 0.3),
        errors=wrong,
        server_share=spread(min(1.0, rate / server) * 0.985, rounds, rng, 0.01),
        generator_share=spread(min(1.0, rate / able) * 0.985, rounds, rng, 0.01),
        cpu_per_request=spread(1 / server * 0.98, rounds, rng),
        limit=Limit.SERVER_BOUND if rate == server else Limit.CLIENT_BOUND,
        lower_bound=rate != server,
        held_back=1600 if name.startswith("rust") and level > 1600 else None,
        truncated=ghz and rate * 6.2 > 1_000_000,
    )


def failed(
    base: CellSummary, reason: str = "rust-tonic did not answer health in 60 s"
) -> CellSummary:
    return replace(
        base,
        throughput=None,
        latency={},
        error_rate=None,
        errors={},
        server_share=None,
        generator_share=None,
        cpu_per_request=None,
        limit=None,
        lower_bound=False,
        held_back=None,
        trials=0,
        failures=(reason,),
    )


def cells(record: RunRecord) -> tuple[CellSummary, ...]:
    return tuple(
        cell(s, name, level, record.experiment.rounds)
        for s in record.experiment.scenarios.values()
        for name in s.contenders
        for level in s.sweep
    )


def comparisons(record: RunRecord, found: Sequence[CellSummary]) -> tuple[Comparison, ...]:
    by = {(c.contender, c.scenario, c.level): c for c in found if c.throughput}
    made = []
    for s in record.experiment.scenarios.values():
        for level in s.sweep:
            for top, bottom, pairing in pairs(record.experiment, s):
                a, b = by.get((top, s.name, level)), by.get((bottom, s.name, level))
                if a and b and a.throughput and b.throughput and b.throughput.value:
                    value = a.throughput.value / b.throughput.value
                    low = value * 0.97 if record.experiment.rounds > 1 else None
                    high = value * 1.03 if record.experiment.rounds > 1 else None
                    bound = {
                        (True, False): ">=",
                        (False, True): "<=",
                        (True, True): "unknown",
                    }.get((a.lower_bound, b.lower_bound), "")
                    made.append(
                        Comparison(
                            numerator=top,
                            denominator=bottom,
                            scenario=s.name,
                            level=level,
                            ratio=Estimate(value=value, low=low, high=high, rounds=(value,)),
                            bound=bound,
                            pairing=pairing,
                            per_worker=Estimate(
                                value=value / CORES, low=None, high=None, rounds=(value / CORES,)
                            )
                            if pairing is Pairing.GAIN and not bottom.startswith("rust")
                            else None,
                        )
                    )
    return tuple(made)


def summary(record: RunRecord, found: Sequence[CellSummary] | None = None) -> Summary:
    found = cells(record) if found is None else found
    rounds = record.experiment.rounds
    rng = random.Random(1)  # noqa: S311 - made-up numbers
    return Summary(
        run=record.id,
        profile=record.experiment.profile,
        cells=tuple(found),
        contenders=tuple(
            ContenderSummary(
                name=name,
                title=record.experiment.contenders[name].title,
                turns=rounds,
                peak_memory=spread(1.6e8 if "py" in name or "sk" in name else 9.5e6, rounds, rng),
                peak_memory_source="kernel",
                start=spread(0.9, rounds, rng, 0.1),
                warm_turns=rounds,
                worker_shares=tuple(
                    spread(share, rounds, rng) for share in (0.28, 0.26, 0.24, 0.22)
                )
                if "per-core" in name
                else (),
                unevenness=spread(1.12, rounds, rng) if "per-core" in name else None,
            )
            for name in record.experiment.contenders
        ),
        comparisons=comparisons(record, found),
        time=TimeSpent(
            wall=Seconds(598.0),
            window=Seconds(270.0),
            warm_up=Seconds(236.0),
            other=Seconds(92.0),
            share_other=92 / 598,
            steps={
                "start": Seconds(9.1),
                "parity": Seconds(5.2),
                "stop": Seconds(3.3),
                "failed": Seconds(20.0),
                "collect": Seconds(54.4),
            },
        ),
        complete=True,
    )
