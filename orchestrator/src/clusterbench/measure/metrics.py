"""The metrics that `compare` compares: each registered once. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clusterbench.model.slices import InstanceRecord, SliceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of each slice (`of_slice`), or of each instance (`of_instance`).

    `unit` is what it is printed in, `scale` how many of it one base unit is. `less_is_better` says
    which way a change is for the worse. `closed` and `opened` say in which loops it is a figure,
    `decides` whether it decides where nobody says which do: latencies of slices spread by half of
    themselves on small hosts, so that no precision would be reached.
    """

    name: str
    title: str
    unit: str
    scale: float = 1.0
    of_slice: Callable[[SliceRecord], float | None] | None = None
    of_instance: Callable[[InstanceRecord], float | None] | None = None
    less_is_better: bool = True
    opened: bool = True
    closed: bool = True
    decides: bool = False


def _cpu(record: SliceRecord) -> float | None:
    return record.cpu / record.ok if record.cpu is not None and record.ok else None


def _throughput(record: SliceRecord) -> float | None:
    return record.ok / record.drained if record.drained > 0 and record.ok else None


METRICS = (
    Metric(
        name="cpu", title="CPU time per request", unit="us", scale=1e6, of_slice=_cpu, decides=True
    ),
    Metric(
        name="p50", title="response time, p50", unit="ms", scale=1e3, closed=False,
        of_slice=lambda record: record.latency.get("p50"),
    ),
    Metric(
        name="p99", title="response time, p99", unit="ms", scale=1e3, closed=False,
        of_slice=lambda record: record.latency.get("p99"),
    ),
    Metric(
        name="throughput", title="throughput", unit="requests/s", less_is_better=False,
        opened=False, of_slice=_throughput, decides=True,
    ),
    Metric(
        name="memory", title="memory", unit="MiB", scale=2**-20,
        of_instance=lambda record: record.memory,
    ),
    Metric(
        name="start", title="start", unit="ms", scale=1e3,
        of_instance=lambda record: record.start,
    ),
)  # fmt: skip
"""All metrics, in the order in which they are shown."""
