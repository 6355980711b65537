"""Runs with servers of the lab's names, in several sets of scenarios, for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.contender import CURRENT, EDITION_2019, Contender, Handler
from clusterbench.model.experiment import DataSet, Method, Scenario
from clusterbench.model.records import Fingerprint, RunRecord
from clusterbench.model.units import Seconds
from support import factories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

THREE = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
NOOPS = tuple(f"{name}-noop" for name in THREE)
PER_CORE = tuple(f"{name}-per-core" for name in THREE)
#: Server cores, and so workers, of a run with contenders of one worker per core.
CORES = 4
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
        saturates=generator != "ghz",
    )


def saturated(name: str = "predict-saturated", contenders: Iterable[str] = THREE) -> Scenario:
    return scenario(name, generator="grpc-load", sweep=(800,), contenders=contenders)


STANDARD = (scenario(), saturated())
SEVERAL = (scenario(contenders=THREE + PER_CORE), saturated(contenders=THREE + PER_CORE))
FULL = (
    scenario("predict-full", sweep=[2**n for n in range(1, 13)]),
    scenario("predict-batch", method=Method.PREDICT_BATCH, sweep=(64, 256, 1024)),
    saturated(),
    scenario("predict-noop", sweep=(64, 256, 1024), contenders=NOOPS),
    saturated("predict-noop-saturated", NOOPS),
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
    return factories.run_record(
        id=f"20261123T031500Z-{profile}",
        created="2026-11-23T03:15:00Z",
        runtime=runtime,
        experiment=factories.experiment(
            profile=profile,
            contenders={name: contender(name) for name in names},
            scenarios={s.name: s for s in scenarios},
            rounds=rounds,
            start_deadline=Seconds(60.0),
            data=DataSet(
                n_clusters=100,
                n_features=2,
                n_requests=1000,
                n_batches=100,
                digest={"model.json": "ab" * 32, "observations.json": "cd" * 32},
            ),
        ),
        plan=factories.cpu_plan(
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
            images=dict.fromkeys(("rust-tonic", "generators"), "sha256:" + "5e" * 32),
            software={
                "rust-tonic": {"tonic": "0.14.9", "linfa": "0.8.1"},
                "sklearn-grpc": {"python": "3.13.5", "scikit-learn": "1.9.1", "grpcio": "1.85.1"},
                "generators": {"ghz": "0.121.0", "nghttp2": "1.52.0"},
            },
            load=(0.3, 0.2, 0.1),
        ),
        commands=(
            f"LAB_PROFILE={profile} docker compose up orchestrator",
            f"./lab run --profile {profile}",
        ),
        warnings=warnings,
    )
