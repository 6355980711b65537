"""Comparisons as `compare` leaves them, small and with figures that are known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.contender import Contender
from clusterbench.model.slices import CompareRecord, InstanceRecord, SliceRecord
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds
from clusterbench.store.compare_folder import CompareFolder
from support.factories import cpu_plan, run_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "20300102T000000Z-compare"


def compare_plan(**changes: Any) -> ComparePlan:
    """A tonic against itself, at 1,000 requests/s, in blocks of two pairs."""
    base = ComparePlan(
        baseline=Contender(name="rust-tonic (baseline)", service="rust-tonic"),
        candidate=Contender(name="rust-tonic (candidate)", service="rust-tonic"),
        load=SliceLoad(rate=RequestsPerSecond(1000.0)),
        pairs=2,
        fail_over=0.05,
    )
    return dataclasses.replace(base, **changes)


def compare_record(**changes: Any) -> CompareRecord:
    base = CompareRecord(
        id=NAME,
        created="2030-01-02T00:00:00+00:00",
        clusterbench="0.2.0",
        runtime="process",
        compare=compare_plan(),
        plan=cpu_plan(),
        fingerprint=run_record().fingerprint,
        of={Arm.BASELINE: "rust-tonic@main", Arm.CANDIDATE: "rust-tonic"},
        commands=("./lab compare rust-tonic@main rust-tonic",),
    )
    return dataclasses.replace(base, **changes)


def slice_record(**changes: Any) -> SliceRecord:
    base = SliceRecord(
        block=0,
        pair=0,
        arm=Arm.BASELINE,
        first=True,
        seconds=Seconds(0.2),
        drained=Seconds(0.201),
        scheduled=200,
        ok=200,
        latency={"mean": Seconds(0.001), "p50": Seconds(0.001), "p99": Seconds(0.002)},
        cpu=Seconds(0.004),
    )
    return dataclasses.replace(base, **changes)


def instance_record(**changes: Any) -> InstanceRecord:
    base = InstanceRecord(
        block=0,
        arm=Arm.BASELINE,
        started="2030-01-02T00:00:01+00:00",
        start=Seconds(0.05),
        memory=Bytes(10_000_000),
    )
    return dataclasses.replace(base, **changes)


def block(number: int, *, times: float, pairs: int = 2) -> Iterator[SliceRecord | InstanceRecord]:
    """One block, whose candidate's requests cost `times` as much and take `times` as long.

    Blocks and pairs differ by less than 1%, as ones that are measured do.
    """
    for arm, factor in ((Arm.BASELINE, 1.0), (Arm.CANDIDATE, times)):
        for pair in range(pairs):
            off = 1 + 0.001 * ((2 * number + 3 * pair + (arm is Arm.BASELINE)) % 5)
            yield slice_record(
                block=number,
                pair=pair,
                arm=arm,
                first=(arm is Arm.BASELINE) == bool(pair % 2),
                cpu=Seconds(0.004 * factor * off),
                latency={name: Seconds(0.001 * factor * off) for name in ("mean", "p50", "p99")},
            )
        yield instance_record(block=number, arm=arm)


def measured(
    results: Path, *, times: float = 1.0, blocks: int = 5, **changes: Any
) -> CompareFolder:
    """A comparison's folder, as far as its slices; nothing is judged yet."""
    folder = CompareFolder.create(results, compare_record(**changes))
    for number in range(blocks):
        folder.append(*block(number, times=times))
    return folder
