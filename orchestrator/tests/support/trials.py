"""Three contenders under ghz: their experiment, trials, turns and figures."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.model.cell_summary import Figures
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.experiment import Experiment, Timing
from clusterbench.model.records import SideUsage, TrialRecord, TurnRecord
from clusterbench.model.trial import Cell, Trial
from clusterbench.model.units import RequestsPerSecond, Seconds
from support import factories

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOW, FAST, NOOP = "slow", "fast", "fast-noop"


def experiment(*, rounds: int = 3, sweep: tuple[int, ...] = (64,)) -> Experiment:
    """Three contenders at these levels of `predict`."""
    contenders = {
        SLOW: Contender(name=SLOW, service="slow", title="Slow"),
        FAST: Contender(name=FAST, service="fast", title="Fast"),
        NOOP: Contender(name=NOOP, service="fast", handler=Handler.NOOP),
    }
    predict = dataclasses.replace(
        factories.experiment().scenarios["predict"], sweep=sweep, contenders=tuple(contenders)
    )
    return factories.experiment(
        contenders=contenders,
        scenarios={"predict": predict},
        rounds=rounds,
        timing=Timing(dropped=Seconds(1.0), window=Seconds(5.0), margin=Seconds(0.5)),
    )


def side(share: float) -> SideUsage:
    """One CPU's use over a window of 5 s."""
    return SideUsage(cpu=Seconds(5.0 * share), seconds=Seconds(5.0), cpus=1)


def held_back(share: float, seconds: float = 2.5) -> SideUsage:
    """One CPU's use within a quota of half a CPU, held back for so long of a window of 5 s."""
    return SideUsage(
        cpu=Seconds(5.0 * share),
        seconds=Seconds(5.0),
        cpus=1,
        quota=0.5,
        throttled=Seconds(seconds),
    )


def trial(contender: str, number: int, *, level: int = 64, **changes: Any) -> TrialRecord:
    """A trial of `predict` in this round, in which the server's CPU is full."""
    cell = Cell(contender=contender, scenario="predict", level=level)
    base: dict[str, Any] = {
        "id": Trial(cell=cell, round=number).id,
        "round": number,
        "contender": contender,
        "level": level,
        "steps": {"window": Seconds(5.0), "dropped": Seconds(1.5), "collect": Seconds(0.6)},
        "summary_counts": {},
        "server": side(0.95),
        "generator": side(0.5),
    }
    return factories.trial_record(**(base | changes))


def turn(contender: str, number: int, **changes: Any) -> TurnRecord:
    """A turn of a contender that warmed up."""
    steps = {"start": 0.5, "parity": 0.25, "warm_up": 9.0, "stop": 0.25}
    base: dict[str, Any] = {
        "round": number,
        "contender": contender,
        "steps": {name: Seconds(value) for name, value in steps.items()},
        "warm": True,
    }
    return factories.turn_record(**(base | changes))


def figures_of(
    throughput: float, latency: Mapping[str, float] | None = None, **changes: Any
) -> Figures:
    """Figures of this throughput (requests/s) and these latencies (s)."""
    known = {"p50": 0.01} if latency is None else latency
    base = Figures(
        throughput=RequestsPerSecond(throughput),
        latency={name: Seconds(value) for name, value in known.items()},
        responses=round(throughput * 5),
        errors={},
    )
    return dataclasses.replace(base, **changes)
