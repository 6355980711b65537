"""What a plot can show of a cell: which estimate, in which unit, on which axis. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterbench.measure.results import CellSummary, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One quantity: `of` picks a cell's estimate, which times `scale` is in `unit`."""

    name: str
    title: str
    axis: str
    unit: str
    of: Callable[[CellSummary], Estimate | None]
    scale: float = 1.0
    logarithmic: bool = True


def latency(percentile: str) -> Measure:
    """Give a latency percentile, in ms."""
    return Measure(
        name=percentile,
        title=f"Latency {percentile}",
        axis="latency (ms)",
        unit=" ms",
        of=lambda cell: cell.latency.get(percentile),
        scale=1e3,
    )


THROUGHPUT = Measure(
    name="throughput",
    title="Throughput",
    axis="answers per second",
    unit="/s",
    of=lambda cell: cell.throughput,
)
LATENCIES = tuple(latency(percentile) for percentile in ("p50", "p95", "p99"))
ERRORS = Measure(
    name="error_rate",
    title="Error rate",
    axis="errors (% of answers)",
    unit="%",
    of=lambda cell: cell.error_rate,
    scale=100.0,
    logarithmic=False,
)
CPU = Measure(
    name="cpu_per_answer",
    title="Server CPU per answer",
    axis="CPU time per answer (µs)",
    unit=" µs",
    of=lambda cell: cell.cpu_per_answer,
    scale=1e6,
)
