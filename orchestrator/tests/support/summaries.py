"""Summaries of made-up runs: numbers that obey Little's law."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterbench.measure.comparison import paired
from clusterbench.measure.estimates import scaled
from clusterbench.measure.pairs import pairs
from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary, Pairing
from clusterbench.model.experiment import Method, Scenario
from clusterbench.model.footprint import Footprint, FootprintRatio, Need
from clusterbench.model.interval import Estimate
from clusterbench.model.summary import Summary, TimeSpent
from clusterbench.model.trial import Limit
from clusterbench.model.units import Bytes, Seconds
from support.reported_runs import CORES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.records import RunRecord

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
    ghz, told = s.generator == "ghz", s.generator != "h2load"
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
        latency={k: spread(mean * v, rounds, rng, 0.06) for k, v in shape.items()} if told else {},
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


def throttled(record: RunRecord) -> tuple[CellSummary, ...]:
    """The run's cells, a CPU quota having held back each."""
    return tuple(replace(c, limit=Limit.THROTTLED, lower_bound=True) for c in cells(record))


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


def footprint(record: RunRecord, name: str, **changes: Any) -> Footprint:
    """What a container of that name needs: Python's more than others, each worker as much again."""
    rounds = record.experiment.rounds
    rng = random.Random(f"needs {name}")  # noqa: S311 - made-up numbers
    python, workers = "py" in name or "sk" in name, CORES if "per-core" in name else 1
    memory = 8e7 if python else 9e6
    steps = {"create": 0.015, "start": 0.16, "serving": 1.1 if python else 0.006}
    idle, peak = (spread(memory * by * workers, rounds, rng) for by in (1.0, 1.6))
    base = Footprint(
        start=spread(sum(steps.values()) + 0.002, rounds, rng, 0.1),
        steps={
            step: spread(seconds, rounds, rng, 0.1)
            for step, seconds in (*steps.items(), ("first_response", 0.002))
        },
        image_size=Bytes(640_000_000 if python else 131_000_000),
        idle_memory=idle,
        peak_memory=peak,
        peak_memory_source="kernel",
        workers=workers,
        idle_memory_per_worker=scaled(idle, 1 / workers),
        peak_memory_per_worker=scaled(peak, 1 / workers),
    )
    return replace(base, **changes)


def footprint_ratios(found: Mapping[str, Footprint]) -> tuple[FootprintRatio, ...]:
    """How much more each needs than who needs the least, in each round."""
    made = []
    for need in Need:
        known = {name: e for name, each in found.items() if (e := getattr(each, need))}
        order = sorted(known, key=lambda name: known[name].value)
        for name in order[1:]:
            above, below = (dict(enumerate(known[n].rounds)) for n in (name, order[0]))
            if ratio := paired(above, below):
                made.append(
                    FootprintRatio(need=need, numerator=name, denominator=order[0], ratio=ratio)
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
                footprint=footprint(record, name),
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
        footprints=footprint_ratios(
            {name: footprint(record, name) for name in record.experiment.contenders}
        ),
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
