"""A section as tables: each contender at a glance, every cell, and contenders compared. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import CellSummary, Pairing
from clusterbench.model.trial import Limit
from clusterbench.report.interference_words import mark
from clusterbench.report.sections import level_name, saturating_shape
from clusterbench.report.tables.table import Table, Value, estimate, ratio, share, sides, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clusterbench.model.cell_summary import Comparison
    from clusterbench.model.interval import Estimate
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section
    from clusterbench.report.tables.table import Columns

_PERCENTILES = ("p50", "p90", "p95", "p99", "p99.9", "max")
_TEN_THOUSAND = 1e4
GLANCE_NOTE = (
    "Responses per second of a saturated server: under the load that saturates servers, where the "
    "run has one, else at the level with the most. Cores: the server's CPU time for 10,000 "
    "responses per second at that load."
)
_RATIO_TITLES: Mapping[Pairing, str] = {
    Pairing.ONE_PROCESS: "Ratios of throughput",
    Pairing.SINCE_2019: "Gain of each server since 2019, as ratios of throughput",
    Pairing.OF_2019: "Ratios of throughput of the servers of 2019",
    Pairing.GAIN: "Throughput with one worker per core over that with one process",
    Pairing.PER_CORE: "Ratios of throughput, one worker per core",
}


@dataclass(frozen=True, slots=True)
class Fullest:
    """The cell that saturated a contender, where there is one, and how it was loaded."""

    contender: str
    method: str
    cell: CellSummary | None = None
    loaded_by: str = fmt.NOTHING

    @property
    def cost(self) -> Estimate | None:
        """Return the CPU time per request (s)."""
        return self.cell.cpu_per_request if self.cell else None


def cells(section: Section) -> Table:
    """Return every cell of a section, contender by contender."""
    columns: Columns[CellSummary] = {
        "contender": lambda c: c.contender,
        "scenario": lambda c: c.scenario,
        "level": lambda c: section.words(c.scenario, c.level),
        **_asked(section),
        section.kind.throughput_unit: _throughput,
        **{f"{name} (ms)": _latency(name) for name in _PERCENTILES},
        **_parts_of_latency(section),
        "error rate": lambda c: share(c.error_rate),
        "errors by status": lambda c: fmt.counts(c.errors) if c.throughput else fmt.NOTHING,
        "server CPU": lambda c: share(c.server_share),
        "generator CPU": lambda c: share(c.generator_share),
        "CPU/request (µs)": lambda c: estimate(c.cpu_per_request, 1e6),
        "limit": lambda c: c.limit or fmt.NOTHING,
        "notes": _notes,
    }
    return table("Every cell", columns, section.all(), names=2)


def brief(section: Section) -> Table:
    """Return what fits a terminal or an issue: throughput, two percentiles, errors, both sides."""
    columns: Columns[CellSummary] = {
        "contender": lambda c: c.contender,
        "level": lambda c: _level(section, c.scenario, c.level),
        **_asked(section),
        section.kind.throughput_unit: _throughput,
        "p50 (ms)": _latency("p50"),
        "p99 (ms)": _latency("p99"),
        **_parts_of_latency(section),
        "errors": lambda c: share(c.error_rate),
        "CPU server/generator": lambda c: sides(_point(c.server_share), _point(c.generator_share)),
        "notes": _notes,
    }
    return table(section.scenario.name, columns, section.all(), names=1)


def glance(found: Sequence[Section], summary: Summary) -> Table:
    """Return a row for each contender of each section that the reference method measured."""
    memory = {c.name: c.footprint.peak_memory for c in summary.contenders}
    columns: Columns[Fullest] = {
        "contender": lambda full: full.contender,
        "method": lambda full: full.method,
        "responses/s": lambda full: _throughput(full.cell) if full.cell else fmt.NOTHING,
        "loaded by": lambda full: full.loaded_by,
        "CPU/request (µs)": lambda full: estimate(full.cost, 1e6),
        "cores for 10,000/s": lambda full: estimate(full.cost, _TEN_THOUSAND),
        "peak memory (MiB)": lambda full: estimate(memory.get(full.contender), 1 / fmt.MEBI),
    }
    rows = [
        fullest(section, contender)
        for section in found
        if section.shows_capacity
        for contender in section.contenders
    ]
    if any(mark(full.cell) for full in rows):
        columns = {**columns, "notes": lambda full: mark(full.cell)}
    return table("Saturated servers", columns, rows, names=2)


def ratios(section: Section, summary: Summary, pairing: Pairing) -> Table:
    """Return a section's comparisons of one kind: a row for each level, a column for each pair."""
    contenders = {scenario.name: set(scenario.contenders) for scenario in section.shown}
    found = {
        ((c.scenario, c.level), (c.numerator, c.denominator)): c
        for c in summary.comparisons
        if c.pairing is pairing
        and {c.numerator, c.denominator} <= contenders.get(c.scenario, set())
    }
    measured = {place for place, _ in found}
    places = [
        (scenario.name, level)
        for scenario in section.shown
        for level in scenario.sweep
        if (scenario.name, level) in measured
    ]

    def column(pair: tuple[str, str]) -> Callable[[tuple[str, int]], Value]:
        return lambda place: _ratio(found.get((place, pair)))

    columns: Columns[tuple[str, int]] = {
        "level": lambda place: _level(section, *place),
        **{" / ".join(pair): column(pair) for _, pair in found},
    }
    return table(f"{_RATIO_TITLES[pairing]}, paired by round", columns, places, names=1)


def _ratio(comparison: Comparison | None) -> Value:
    if comparison is None:
        return Value(fmt.NOTHING)
    made = ratio(comparison.ratio, comparison.bound)
    if comparison.per_worker is None:
        return made
    per_worker = f"{fmt.ratio(comparison.per_worker)} per worker"
    return Value(made.text, "; ".join(filter(None, (made.interval, per_worker))))


def _level(section: Section, scenario: str, level: int) -> str:
    """Write a level; of a scenario beside the sweep, its generator and shape."""
    beside = next((each for each in section.beside if each.name == scenario), None)
    if beside is None:
        return section.words(scenario, level)
    return f"{beside.generator} {saturating_shape(beside)}"


def _asked(section: Section) -> Columns[CellSummary]:
    """Return the column of the rates that schedules asked for, where levels are others."""
    if all(cell.rate is None or cell.rate.value == cell.level for cell in section.all()):
        return {}
    return {"asked (requests/s)": lambda cell: estimate(cell.rate)}


def _throughput(cell: CellSummary) -> Value:
    return estimate(cell.throughput, lower_bound=cell.lower_bound)


def _point(found: Estimate | None) -> float | None:
    return found.value if found else None


def _latency(name: str) -> Callable[[CellSummary], Value]:
    return lambda cell: estimate(cell.latency.get(name), 1e3)


def _parts_of_latency(section: Section) -> Columns[CellSummary]:
    """Return the columns of send delays, and of what limits held back, where there is any."""
    found: dict[str, Callable[[CellSummary], Value]] = {}
    cells = section.all()
    if any(cell.send_delay for cell in cells):
        found["send delay p99 (ms)"] = lambda c: estimate(c.send_delay.get("p99"), 1e3)
    if any((held := cell.held_back_for.get("p99")) and held.value > 0 for cell in cells):
        found["held back p99 (ms)"] = lambda c: estimate(c.held_back_for.get("p99"), 1e3)
    return found


def _notes(cell: CellSummary) -> str:
    """Return what a reader of one cell must know."""
    notes = []
    if cell.limit is Limit.THROTTLED:
        notes.append("throttled by a CPU quota")
    if cell.held_back is not None:
        notes.append(f"at most {cell.held_back:,} in flight: the server bounds its streams")
    if cell.truncated:
        notes.append("percentiles of the first requests only")
    if cell.delayed:
        notes.append("latency is partly the send delay")
    if cell.doubts:
        notes.append("doubted by the load generator")
    if disturbed := mark(cell):
        notes.append(disturbed)
    if cell.drifting and cell.drift is not None:
        of = fmt.plural(cell.trials, "trial")
        went = f"{cell.drift:+.0%}"
        notes.append(f"drifting in {cell.drifting} of {of}: up to {went} within the window")
    if cell.paused:
        of = fmt.plural(cell.trials, "trial")
        longest = fmt.seconds(cell.pause)
        notes.append(f"paused in {cell.paused} of {of}: no request ended for up to {longest}")
    if cell.unsettled:
        notes.append(
            f"warm-up not settled in {cell.unsettled} of {fmt.plural(cell.trials, 'trial')}"
        )
    if cell.failures:
        failed = len(cell.failures)
        notes.append(f"{failed} of {failed + cell.trials} rounds failed")
    return "; ".join(notes)


def fullest(section: Section, contender: str) -> Fullest:
    """Return the cell that saturated a contender: beside the sweep, else the one with the most."""
    full = Fullest(contender, section.scenario.method)
    for scenario in section.beside:
        for cell in section.of(scenario, contender):
            if cell.throughput is not None:
                return replace(
                    full, cell=cell, loaded_by=f"{scenario.generator} {saturating_shape(scenario)}"
                )
    scenario = section.scenario
    measured = [
        (cell.throughput.value, cell)
        for cell in section.of(scenario, contender)
        if cell.throughput is not None and math.isfinite(cell.throughput.value)
    ]
    if not measured:
        return full
    _, cell = max(measured, key=lambda pair: pair[0])
    loaded_by = f"{scenario.generator}, {level_name(scenario)} {cell.level:,}"
    return replace(full, cell=cell, loaded_by=loaded_by)
