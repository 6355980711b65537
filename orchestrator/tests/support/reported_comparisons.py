"""Made-up comparisons of two contenders whose true ratios are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterbench.measure.compare_verdicts import compared
from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.contender import Contender
from clusterbench.model.records import Fingerprint
from clusterbench.model.slices import CompareRecord, InstanceRecord, SliceRecord
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds
from clusterbench.report.measured_comparison import MeasuredComparison
from support.factories import cpu_plan

NAMES = {Arm.BASELINE: "rust-tonic@main", Arm.CANDIDATE: "rust-tonic@change"}


def plan(**changes: Any) -> ComparePlan:
    """Two contenders at 1,000 requests/s, 20 pairs a block."""
    sides = {arm.value: Contender(name=NAMES[arm], service="rust-tonic") for arm in Arm}
    load = SliceLoad(rate=RequestsPerSecond(1000.0))
    return ComparePlan(**{**sides, "load": load, "metrics": ("cpu", "p50"), **changes})


def comparison(
    *,
    cpu: float = 1.0,
    p50: float = 1.0,
    instance: float = 0.005,
    blocks: int = 8,
    pairs: int = 20,
    disturbed: int = 3,
    names: dict[Arm, str] | None = None,
    **changes: Any,
) -> MeasuredComparison:
    """A comparison whose candidate takes `cpu` and `p50` times what the baseline does.

    Instances differ by the standard deviation `instance`, pairs by 4%; of the first block,
    `disturbed` pairs are measured again.
    """
    asked = plan(pairs=pairs, **changes)
    rng = np.random.default_rng(7)
    records: list[SliceRecord | InstanceRecord] = []
    for block in range(blocks):
        own = {arm: float(np.exp(rng.normal(0, instance))) for arm in Arm}
        records += [_instance(block, arm, rng) for arm in Arm]
        for number in range(pairs):
            spoiled = block == 0 and number < disturbed
            for again in (True, False) if spoiled else (False,):
                order = list(rng.permutation(list(Arm)))
                for arm in map(Arm, order):
                    true = (cpu, p50) if arm is Arm.CANDIDATE else (1.0, 1.0)
                    noise = own[arm] * float(np.exp(rng.normal(0, 0.04))) * (1.8 if again else 1)
                    records.append(
                        _slice(block, number, arm, (true[0] * noise, true[1] * noise),
                               first=order[0] == arm, again=again)
                    )  # fmt: skip
    return MeasuredComparison(
        record=record(asked, names=names or NAMES),
        records=records,
        found=compared(asked, records, seconds=20.0 * blocks),
    )


def record(asked: ComparePlan, *, names: dict[Arm, str] = NAMES) -> CompareRecord:
    """What was compared where."""
    return CompareRecord(
        id="20300101T000000Z-compare",
        created="2030-01-01T00:00:00+00:00",
        clusterbench="0.2.0",
        runtime="process",
        compare=asked,
        plan=cpu_plan(),
        fingerprint=Fingerprint(
            host={"cpu": "Made-up 1", "cores": "2 cores, 2 CPUs", "kernel": "6.1"},
            engine={"runtime": "process"},
            images={name: f"sha256:{place}" for place, name in enumerate(names.values())},
            software={"grpc-load": {"grpc-load": "0.1"}},
        ),
        of=names,
        commands=("./lab compare rust-tonic@main rust-tonic@change",),
    )


def _slice(
    block: int, pair: int, arm: Arm, took: tuple[float, float], *, first: bool, again: bool
) -> SliceRecord:
    cpu, p50 = took
    return SliceRecord(
        block=block,
        pair=pair,
        arm=arm,
        first=first,
        seconds=Seconds(0.2),
        drained=Seconds(0.2),
        scheduled=200,
        ok=200,
        latency={"p50": Seconds(2e-4 * p50), "p99": Seconds(9e-4 * p50)},
        cpu=Seconds(200 * 6e-6 * cpu),
        again=again,
    )


def _instance(block: int, arm: Arm, rng: np.random.Generator) -> InstanceRecord:
    return InstanceRecord(
        block=block,
        arm=arm,
        started="2030-01-01T00:00:00+00:00",
        start=Seconds(0.05 * float(np.exp(rng.normal(0, 0.1)))),
        memory=Bytes(int(9e6 * float(np.exp(rng.normal(0, 0.02))))),
        warm=True,
    )
