"""Servers that are queues: loaded at a rate, they give the figures that the lab would take."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from clusterbench.measure.capacity_search import Probe, search
from clusterbench.measure.rate_judgement import judge
from clusterbench.measure.windows import figures
from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import Timing
from clusterbench.model.samples import OK, Samples
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.objective import Objective

#: As a `capacity` trial's windows are by default, and as the profile `standard` has them (s).
SHORT = Timing(dropped=Seconds(0.3), window=Seconds(1.0), margin=Seconds(0.1))
FULL = Timing(dropped=Seconds(0.7), window=Seconds(3.0), margin=Seconds(0.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A server of one worker: requests wait for their turn, and are served in order.

    `rate` is what it serves when it is never idle (requests/s). `steady` says that each request
    takes the same time (M/D/1), and not an exponential one (M/M/1). `noise` is the standard
    deviation of the logarithm of its rate from window to window. It pauses `pauses` times per
    second, for 50 to 200 ms. By each window its rate falls by the share `drift`.
    """

    rate: float
    steady: bool = False
    noise: float = 0.0
    pauses: float = 0.0
    drift: float = 0.0

    def capacity(self, objective: Objective) -> float:
        """Return the highest rate within an objective on p99, were the window without end."""
        if not self.steady:  # a sojourn in M/M/1 is exponential, at the rate `rate - load`
            return self.rate - math.log(100.0) / objective.limit
        return self.rate * _steady_share(round(objective.limit * self.rate, 6))


@dataclass(slots=True, kw_only=True)
class Simulated:
    """A queue under load, window after window. `windows` are those that it was loaded for.

    The load generator sends `generator` requests per second at most (inf: any rate), each
    `send_delay` seconds late on average.
    """

    queue: Queue
    seed: int
    generator: float = math.inf
    send_delay: float = 2e-5
    windows: list[tuple[Probe, Figures]] = field(default_factory=list)
    draw: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.draw = np.random.default_rng(self.seed)

    def load(self, probe: Probe) -> Figures:
        """Return the figures of one window at a rate."""
        timing = FULL if probe.full else SHORT
        due = _poisson(probe.rate, timing.load, self.draw)
        delay = self.draw.exponential(self.send_delay, due.size)
        sent = due + delay
        if math.isfinite(self.generator):
            sent = _in_order(due, np.full(due.size, 1.0 / self.generator))
        ends = self._served(sent)
        found = figures(
            Samples(
                origin=0.0,
                start=due,
                latency=ends - due,
                status=np.full(due.size, OK, np.int8),
                send_delay=sent - due,
            ),
            timing,
        )
        self.windows.append((probe, found))
        return found

    def search(self, objective: Objective, saturated: float | None = None) -> FoundCapacity:
        """Search for the capacity; the hints are the windows that it was loaded for before."""
        known = [(float(probe.rate), judge(found, objective)) for probe, found in self.windows]
        rate = RequestsPerSecond(saturated or self.queue.rate)
        tries = search(objective, rate, known)
        probe = next(tries)
        while True:
            try:
                probe = tries.send(judge(self.load(probe), objective))
            except StopIteration as found:
                capacity: FoundCapacity = found.value
                return capacity

    def _served(self, sent: NDArray[np.float64]) -> NDArray[np.float64]:
        queue, draw = self.queue, self.draw
        fallen = (1.0 - queue.drift) ** len(self.windows)
        rate = queue.rate * fallen * math.exp(draw.normal(0.0, queue.noise))
        takes = np.full(sent.size, 1.0 / rate)
        if not queue.steady:
            takes = draw.exponential(1.0 / rate, sent.size)
        for _ in range(draw.poisson(queue.pauses * sent[-1])):
            takes[draw.integers(sent.size)] += draw.uniform(0.05, 0.2)
        return _in_order(sent, takes)


def _in_order(arrive: NDArray[np.float64], takes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return when each request ends (s): Lindley's recursion, D[i] = max(A[i], D[i-1]) + S[i]."""
    busy = np.cumsum(takes)
    ends: NDArray[np.float64] = busy + np.maximum.accumulate(arrive - busy + takes)
    return ends


def _poisson(rate: float, seconds: float, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return when requests are due (s): at random times, the first one at 0."""
    gaps = draw.exponential(1.0 / rate, max(2, round(rate * seconds)))
    gaps[0] = 0.0
    return np.cumsum(gaps)


@cache
def _steady_share(limit: float) -> float:
    """Return at which utilisation M/D/1's p99 sojourn is `limit` service times.

    By the tail of the wait (Cramer, Lundberg): P(W > x) = C exp(-t x), where t solves
    u (exp(t) - 1) = t at utilisation u, and C = (1 - u) / (u exp(t) - 1).
    """

    def beyond(u: float) -> float:
        decay = float(brentq(lambda t: u * math.expm1(t) - t, 1e-9 + (1 - u) / 2, 50.0))
        constant = (1.0 - u) / (u * math.exp(decay) - 1.0)
        return math.log(constant) - decay * (limit - 1.0) - math.log(0.01)

    return float(brentq(beyond, 0.01, 1.0 - 1e-6))


def p99_in_the_long_run(queue: Queue, rate: float) -> float:
    """Return the p99 (s) of the latency at a rate, over a million requests."""
    draw = np.random.default_rng(1)
    arrive = np.cumsum(draw.exponential(1.0 / rate, 1_000_000))
    takes = np.full(arrive.size, 1.0 / queue.rate)
    if not queue.steady:
        takes = draw.exponential(1.0 / queue.rate, arrive.size)
    return float(np.percentile(_in_order(arrive, takes) - arrive, 99))
