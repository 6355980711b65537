"""What a plot can show of a cell: which estimate, in which unit, on which axis. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """A point and its bar's ends, in a quantity's unit; all alike where there is no interval."""

    low: float
    value: float
    high: float


def span_of(estimate: Estimate, scale: float = 1.0) -> Span:
    """Return an estimate's point with the ends of its interval."""
    low, high = estimate.ends or (estimate.value, estimate.value)
    value = estimate.value * scale
    return Span(min(low * scale, value), value, max(high * scale, value))


def point(value: float) -> Span:
    """Return a value without an interval."""
    return Span(value, value, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One quantity: `of` picks a cell's estimate, which times `scale` is in `unit`.

    `limited` says that the figure of a client-bound or throttled cell is a lower bound.
    """

    name: str
    title: str
    axis: str
    unit: str
    of: Callable[[CellSummary], Estimate | None]
    scale: float = 1.0
    logarithmic: bool = True
    limited: bool = False

    def span(self, cell: CellSummary) -> Span | None:
        """Return what to draw of a cell; None where its axis has no place for that."""
        estimate = self.of(cell)
        if estimate is None or not math.isfinite(estimate.value):
            return None
        if self.logarithmic and estimate.value <= 0:
            return None
        return span_of(estimate, self.scale)

    def spans(self, cells: Iterable[CellSummary]) -> list[Span]:
        """Return what to draw of cells, without those that have no place."""
        return [span for cell in cells if (span := self.span(cell)) is not None]

    def text(self, cell: CellSummary) -> str:
        """Write a cell's figure with its unit, interval and bound."""
        estimate = self.of(cell)
        if self.unit == "%":
            return fmt.percent_with_interval(estimate)
        text = fmt.with_interval(estimate, self.scale, self.unit)
        return fmt.bounded(text, lower_bound=self.lower_bound(cell))

    def lower_bound(self, cell: CellSummary) -> bool:
        """Return whether a cell's figure is a lower bound."""
        return self.limited and cell.lower_bound


def latency(percentile: str) -> Quantity:
    """Return a latency percentile, in ms."""
    return Quantity(
        name=percentile,
        title=f"Latency {percentile}",
        axis="latency (ms)",
        unit=" ms",
        of=lambda cell: cell.latency.get(percentile),
        scale=1e3,
    )


def send_delay(percentile: str) -> Quantity:
    """Return a percentile of the send delay, in ms."""
    return Quantity(
        name=f"send_delay_{percentile}",
        title=f"Send delay {percentile}",
        axis="send delay (ms)",
        unit=" ms",
        of=lambda cell: cell.send_delay.get(percentile),
        scale=1e3,
    )


THROUGHPUT = Quantity(
    name="throughput",
    title="Throughput",
    axis="responses per second",
    unit="/s",
    of=lambda cell: cell.throughput,
    limited=True,
)
_, P95, _ = LATENCIES = tuple(latency(percentile) for percentile in ("p50", "p95", "p99"))
ERRORS = Quantity(
    name="error_rate",
    title="Error rate",
    axis="errors (% of responses)",
    unit="%",
    of=lambda cell: cell.error_rate,
    scale=100.0,
    logarithmic=False,
)
CPU = Quantity(
    name="cpu_per_request",
    title="Server CPU time per request",
    axis="CPU time per request (µs)",
    unit=" µs",
    of=lambda cell: cell.cpu_per_request,
    scale=1e6,
)
