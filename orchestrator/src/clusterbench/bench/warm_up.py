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
    from clusterbench.bench.trials import TurnSides
    from clusterbench.bench.turn_log import TurnLog
    from clusterbench.load.generator import LoadGenerator
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
    `log`.
    """
    chunks = warm_up_chunks(rule)
    timing = Timing(dropped=Seconds(0.0), window=rule.chunk, margin=Seconds(0.0))
    in_flight = min(rule.concurrency, *scenario.sweep) if scenario.rows else rule.concurrency
    connections = min(scenario.connections, in_flight)
    load = Load(
        address=sides.server.address,
        method=scenario.method,
        loop=Loop.CLOSED,
        level=in_flight - in_flight % connections,
        connections=connections,
        duration=rule.chunk,
        threads=threads,
    )
    for number in range(1, chunks.stop):
        reading = drive(driver, load, sides.generator, f"warm-up-{number}")
        log.saw(sides.server.usage())
        log.warm_up.append(figures(reading.samples, timing).throughput)
        last = log.warm_up[-2:]
        change = abs(last[-1] - last[0]) / max(*last, 1e-9) if number > 1 else math.inf
        log.warm = number >= chunks.start and change <= rule.agree_within
        if log.warm:
            return
