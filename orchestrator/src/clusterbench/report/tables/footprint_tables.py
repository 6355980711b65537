"""The footprints of a run as tables: cold start by its parts, image and memory. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.footprint import START_STEPS
from clusterbench.report.tables.table import estimate, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.model.cell_summary import ContenderSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Columns, Table, Value

#: How the parts of a cold start are called, where people read it.
STEPS: Mapping[str, str] = {
    "create": "create",
    "start": "start",
    "serving": "until SERVING",
    "first_response": "first response",
}
START_NOTE = (
    "Cold start: from the beginning of a server's creation to its first right response. The image "
    "is on the host already, and mostly in memory: nothing is pulled, and little is read from disk."
)
MEMORY_NOTE = (
    "Memory: as the kernel counts it, without file pages where it tells those apart. Idle: after "
    "the parity check, before any load. Peak: of a whole turn."
)


def cold_start(summary: Summary) -> Table:
    """Return how long each contender takes to its first right response, in all and by part."""

    def part(step: str) -> Callable[[ContenderSummary], Value]:
        return lambda each: estimate(each.footprint.steps.get(step), 1e3)

    there = {step for each in summary.contenders for step in each.footprint.steps}
    columns: Columns[ContenderSummary] = {
        "contender": lambda each: each.name,
        "cold start (ms)": lambda each: estimate(each.footprint.start, 1e3),
        **{f"{STEPS[step]} (ms)": part(step) for step in START_STEPS if step in there},
    }
    return table("Cold start", columns, summary.contenders, names=1)


def memory(summary: Summary) -> Table:
    """Return each contender's image and memory; of a worker too, where somebody has several."""
    columns: Columns[ContenderSummary] = {
        "contender": lambda each: each.name,
        "image (MiB)": lambda each: _mebibytes(each.footprint.image_size),
        "workers": lambda each: fmt.whole(each.footprint.workers),
        "idle (MiB)": lambda each: _memory(each.footprint.idle_memory),
        "peak (MiB)": lambda each: _memory(each.footprint.peak_memory),
    }
    if any((each.footprint.workers or 1) > 1 for each in summary.contenders):
        columns = {
            **columns,
            "idle per worker (MiB)": lambda each: _memory(each.footprint.idle_memory_per_worker),
            "peak per worker (MiB)": lambda each: _memory(each.footprint.peak_memory_per_worker),
        }
    last: Columns[ContenderSummary] = {
        "peak by": lambda each: each.footprint.peak_memory_source or fmt.NOTHING
    }
    return table("Image and memory", {**columns, **last}, summary.contenders, names=1)


def _memory(found: Estimate | None) -> Value:
    return estimate(found, 1 / fmt.MEBI)


def _mebibytes(size: int | None) -> str:
    return fmt.number(None if size is None else size / fmt.MEBI)
