"""What is recorded of a trial that was measured: of all of its loads, and of the one that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.bench.loads_done import Done
from clusterbench.load.generator import Reading
from clusterbench.measure.interference import largest
from clusterbench.model.capacity import FoundCapacity
from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import Loop
from clusterbench.model.records import PartRecord, SideUsage
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from clusterbench.bench.loading import Watch
    from clusterbench.load.generator import Load
    from clusterbench.load.kinds.kind import LoadKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLoads:
    """What a trial gave: all of its loads, and the one that it is (`done`, with its requests)."""

    loads: Sequence[Done]
    capacity: FoundCapacity | None
    done: Done
    reading: Reading
    window: Figures


def figures_of(measured: TrialLoads, elapsed: float) -> dict[str, Any]:
    """Return what a trial's record has of its loads; it took `elapsed` seconds."""
    done, reading, loads = measured.done, measured.reading, measured.loads
    server, generator = done.usage
    load = sum(each.part.timing.load for each in loads)
    return {
        "steps": _steps(elapsed, done.part.timing.window, Seconds(load)),
        "summary_counts": reading.counts,
        "truncated": reading.samples.truncated,
        "server": server,
        "generator": generator,
        "checked_by": reading.checked_by,
        "responses_checked": reading.checked,
        "response_bytes_ok": reading.response_bytes_ok,
        "doubts": reading.doubts,
        "run_delay": reading.run_delay,
        "parts": tuple(each.record for each in loads) if len(loads) > 1 else (),
        "rate": done.record.rate,
        "capacity": measured.capacity,
    }


def _steps(elapsed: float, window: Seconds, load: Seconds) -> dict[str, Seconds]:
    """Divide a trial's wall time between its window, the other load, and the rest (s)."""
    counted = min(window, elapsed)
    dropped = min(load - window, elapsed - counted)
    return {
        "window": Seconds(counted),
        "dropped": Seconds(dropped),
        "collect": Seconds(elapsed - counted - dropped),
    }


def part_record(
    reading: Reading,
    watch: Watch,
    usage: tuple[SideUsage | None, ...],
    window: Figures,
    load: Load,
) -> PartRecord:
    """Return the record of one load of a trial."""
    scheduled = load.loop is Loop.OPEN
    origin = reading.samples.origin or watch.paused or 0.0
    last = watch.last

    def since(moment: float | None) -> Seconds | None:
        return None if moment is None else Seconds(moment - origin)

    return PartRecord(
        name=watch.part.name,
        seconds=watch.part.timing.load,
        throughput=window.throughput,
        memory=last.memory if last else None,
        peak_memory=(last.peak_memory or last.memory) if last else None,
        paused=since(watch.paused),
        resumed=since(watch.resumed),
        rate=RequestsPerSecond(load.level) if scheduled else None,
        latency=window.latency if scheduled else {},
        send_delay=window.send_delay if scheduled else {},
        errors=window.failed if scheduled else 0,
        interference=largest(usage),
    )


def held_back_by(
    kind: LoadKind, startup: Mapping[str, object], connections: int, level: int
) -> int | None:
    """Return the concurrency that the server's bound on streams lets through, where it is less.

    None in an open loop, whose level is no concurrency.
    """
    if kind.loop is not Loop.CLOSED:
        return None
    bound = startup.get("max_streams")
    if not isinstance(bound, int) or isinstance(bound, bool) or bound <= 0:
        return None
    return bound * connections if bound * connections < level else None
