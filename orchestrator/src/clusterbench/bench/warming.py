"""Warms up both servers of a block alike, and finds a rate that both can keep."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.errors import ServerFailed
from clusterbench.measure.failed_slices import too_many
from clusterbench.model.compare_plan import Arm
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.bench.slicing import MeasuredSlice, Slicer
    from clusterbench.model.compare_plan import SliceLoad

#: A chunk of a warm-up (s); so many of each server at least and at most.
CHUNK = Seconds(0.5)
FEWEST, MOST = 2, 10
#: Two chunks in a row agree where they differ by no more than this share: a chunk is short.
AGREE_WITHIN = 0.05
#: So many requests per connection are in flight: enough to fill any server.
_IN_FLIGHT = 16
#: A side whose CPUs are busy for this share of the time is full.
_FULL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    """What a warm-up showed: each server's saturated throughput, in its last two chunks.

    `client_bound` says that the load generator was full where a server was not. `interference` is
    the share that others usually have of a side's CPUs here (the median of all chunks), 0 where it
    is not known.
    """

    saturated: Mapping[Arm, RequestsPerSecond]
    client_bound: bool
    interference: float

    def rate(self, share: float) -> RequestsPerSecond:
        """Return a share of what the slower one serves, to two digits."""
        return RequestsPerSecond(float(f"{share * min(self.saturated.values()):.1e}"))


def warm_up(slicer: Slicer, load: SliceLoad, server_cpus: int) -> Warmed:
    """Load both servers in turns, in a closed loop, until two chunks in a row of both agree.

    They agree by the CPU time per response, which others on the machine hardly change, and by the
    throughput where that is not known. Both get as many chunks: whatever is not settled by then is
    as little settled in both, and pairs take it out. Each chunk's throughput is kept in its
    instance. Raises ServerFailed where a server ended, or did not answer rightly.
    """
    concurrency = load.concurrency or _IN_FLIGHT * load.connections
    chunks: dict[Arm, list[MeasuredSlice]] = {arm: [] for arm in slicer.instances}
    for number in range(1, MOST + 1):
        for arm, instance in slicer.instances.items():
            chunk = slicer.load(arm, CHUNK, concurrency=concurrency)
            if why := too_many(chunk.sliced.scheduled, chunk.sliced.failures):
                raise ServerFailed(f"{instance}: warm-up: {why}", instance.server.logs())
            chunks[arm].append(chunk)
            instance.warm_up.append(RequestsPerSecond(chunk.throughput))
            instance.warm = number >= FEWEST and _agree(chunks[arm][-2:])
        if all(each.warm for each in slicer.instances.values()):
            break
    return Warmed(
        saturated={
            arm: RequestsPerSecond(sum(each.throughput for each in last[-2:]) / len(last[-2:]))
            for arm, last in chunks.items()
        },
        client_bound=any(_client_bound(last[-1], server_cpus) for last in chunks.values()),
        interference=_usual(each for last in chunks.values() for each in last),
    )


def _agree(last: Sequence[MeasuredSlice]) -> bool:
    costs = [each.cpu / each.sliced.ok for each in last if each.cpu and each.sliced.ok]
    figures = costs if len(costs) == len(last) else [each.throughput for each in last]
    return max(figures) - min(figures) <= AGREE_WITHIN * max(figures)


def _usual(chunks: Iterable[MeasuredSlice]) -> float:
    known = [each.interference for each in chunks if each.interference is not None]
    return statistics.median(known) if known else 0.0


def _client_bound(chunk: MeasuredSlice, server_cpus: int) -> bool:
    seconds, own = chunk.sliced.drained, chunk.sliced.cpu
    if chunk.cpu is None or own < _FULL * seconds:
        return False
    return chunk.cpu < _FULL * seconds * server_cpus
