"""Loads a server before its first window, in chunks, until two in a row agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.bench.loading import drive
from clusterbench.load.generator import Load
from clusterbench.measure.windows import figures
from clusterbench.model.experiment import Loop, Timing
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import warm_up_chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.bench.trials import TurnSides
    from clusterbench.bench.turn_log import TurnLog
    from clusterbench.load.generator import LoadGenerator
    from clusterbench.model.execution import Usage
    from clusterbench.model.experiment import Scenario, WarmUp


def warm_up(
    rule: WarmUp,
    scenario: Scenario,
    *,
    driver: LoadGenerator,
    sides: TurnSides,
    log: TurnLog,
    threads: int,
) -> None:
    """Load a server as `rule` says, with the generator of the scenario that comes after it.

    It is a closed loop whatever the scenario's kind: a schedule would not show when the server
    has settled. Large requests, of many rows, are no more in flight than the scenario has them:
    a chunk could otherwise end before any was answered. The throughput of each chunk is kept in
    `log`. Chunks agree by the server's CPU time per response, which neither others on the host nor
    a load generator that is full change much; by the throughput where that is not known.
    """
    chunks = warm_up_chunks(rule)
    timing = Timing(dropped=Seconds(0.0), window=rule.chunk, margin=Seconds(0.0))
    load = _load(rule, scenario, sides, threads)
    costs: list[float | None] = []
    before = sides.server.usage()
    for number in range(1, chunks.stop):
        reading = drive(driver, load, sides.generator, f"warm-up-{number}")
        now = sides.server.usage()
        log.saw(now)
        window = figures(reading.samples, timing)
        log.warm_up.append(window.throughput)
        costs.append(_cost(before, now, window.responses))
        before = now
        agree = _change(costs[-2:], log.warm_up[-2:]) <= rule.agree_within
        log.warm = number >= chunks.start and agree
        if log.warm:
            return


def _load(rule: WarmUp, scenario: Scenario, sides: TurnSides, threads: int) -> Load:
    in_flight = min(rule.concurrency, *scenario.sweep) if scenario.rows else rule.concurrency
    connections = min(scenario.connections, in_flight)
    return Load(
        address=sides.server.address,
        method=scenario.method,
        loop=Loop.CLOSED,
        level=in_flight - in_flight % connections,
        connections=connections,
        duration=rule.chunk,
        threads=threads,
    )


def _cost(before: Usage | None, now: Usage | None, responses: int) -> float | None:
    """Return the CPU time per response between two readings (s); None where it is not known."""
    if before is None or now is None or not responses or now.cpu <= before.cpu:
        return None
    return (now.cpu - before.cpu) / responses


def _change(costs: Sequence[float | None], throughputs: Sequence[float]) -> float:
    """Return how far the last two chunks are apart (a share); infinite of a single one."""
    known = [cost for cost in costs if cost is not None]
    last = known if len(known) == len(costs) else throughputs
    return (max(last) - min(last)) / max(*last, 1e-9) if len(last) > 1 else math.inf
