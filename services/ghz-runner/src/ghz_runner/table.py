"""The sweep as a table, for a terminal and for a file."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusterbench.measure.limits import FULL
from clusterbench.model.experiment import GeneratorName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.model.cpus import CpuSet
    from ghz_runner.settings import Settings
    from ghz_runner.sweep import Row

_NONE = "-"

#: Wider than any table here: a figure is never cut to fit a terminal.
_WIDE = 200


def head(settings: Settings) -> str:
    """Return what was loaded, how, and on which CPUs."""
    timing = settings.timing
    return (
        f"{settings.target}, {settings.method}, {settings.generator}, closed loop over "
        f"{settings.connections} connection{'s' if settings.connections > 1 else ''}"
        f"{_fewer(settings)}\n"
        f"server {_on(settings.server_cpus)}, generator {_on(settings.generator_cpus)}\n"
        f"{settings.duration:g} s a level; the first {timing.dropped:g} s of each are dropped, "
        f"and the last {timing.margin:g} s"
    )


def _fewer(settings: Settings) -> str:
    """Say that low levels have fewer connections, where there are such levels."""
    lower = any(settings.connections_at(level) < settings.connections for level in settings.levels)
    return " (no more than there are callers)" if lower else ""


def _on(cpus: CpuSet) -> str:
    if not cpus:
        return "unpinned"
    return f"pinned to CPU{'s' if len(cpus) > 1 else ''} {cpus}"


def table(rows: Sequence[Row]) -> str:
    """Lay the table out as text, in its natural width; a failed level's reason is for `notes`."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (
        "concurrency",
        "throughput\nanswers/s",
        "p50\nms",
        "p95\nms",
        "p99\nms",
        "errors\nin window",
        "generator\nCPU",
    ):
        made.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        made.add_row(*map(Text, _cells(row)))
    text = StringIO()
    Console(file=text, width=_WIDE).print(made)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).strip("\n")


def _cells(row: Row) -> tuple[str, ...]:
    level = f"{row.level:,}"
    if row.figures is None:
        return (level, "failed", *[_NONE] * 5)
    found = row.figures
    errors = sum(found.errors.values())
    latency = [
        f"{found.latency[name] * 1000:,.2f}" if name in found.latency else _NONE
        for name in ("p50", "p95", "p99")
    ]
    return (
        level,
        f"{_bound(row)}{found.throughput:,.0f}",
        *latency,
        f"{errors:,} ({found.error_rate:.2%})" if errors else "0",
        f"{row.usage.share:.0%}" if row.usage else _NONE,
    )


def _full(row: Row) -> bool:
    return row.usage is not None and row.usage.share >= FULL


def _bound(row: Row) -> str:
    return ">= " if _full(row) else ""


def notes(settings: Settings, rows: Sequence[Row]) -> Iterable[str]:
    """Return what has to be said below the table."""
    for row in rows:
        if row.reason:
            yield f"concurrency {row.level}: {row.reason}"
        if row.figures and row.figures.errors:
            said = ", ".join(f"{name} {number:,}" for name, number in row.figures.errors.items())
            yield f"concurrency {row.level}: errors: {said}"
    if any(_full(row) for row in rows):
        yield (
            ">= : the generator's CPUs were full, so the server may answer more; "
            + (
                "GENERATOR=h2load sends more with the same CPU"
                if settings.generator is GeneratorName.GHZ
                else "give it more CPUs, or the server fewer"
            )
        )
    if any(row.figures and row.figures.truncated for row in rows):
        yield (
            "ghz lists a level's first 1,000,000 calls: throughput is of all calls, "
            "percentiles are of those listed"
        )
    if settings.generator is GeneratorName.H2LOAD:
        yield "h2load cuts the requests in flight off at its end: no percentiles from it"
