"""The tables of a report as text: the same cells for the page, for report.md and for a terminal.

Pure. A cell is its figure and its interval, which each medium puts together in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from clusterbench.model.cell_summary import Pairing
from clusterbench.report import numbers as fmt
from clusterbench.report.sections import saturating_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clusterbench.model.cell_summary import CellSummary, Comparison
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary, TimeSpent
    from clusterbench.report.sections import Section

PERCENTILES = ("p50", "p90", "p95", "p99", "p99.9", "max")
#: Columns after a table's names that hold words too, which stand to the left.
_WORDS = frozenset({
    "errors by status", "limit", "notes", "loaded by", "memory by", "value", "equal work",
    "axis", "goal",
})  # fmt: skip
#: Columns of sentences, which may be broken over lines.
SENTENCES = frozenset({"notes", "value", "what it says", "reason", "published"})
_MEBI = 1024.0**2
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a cell of a table: the figure, and its interval or ""."""

    text: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.interval}" if self.interval else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of values. The first `names` columns are names, the rest figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    names: int

    def words(self, place: int) -> bool:
        """Return whether a column holds words rather than figures."""
        return place < self.names or self.columns[place] in _WORDS


def cells(section: Section) -> Table:
    """Return every cell of a section, contender by contender."""
    columns = {
        "contender": lambda c: Value(c.contender),
        "scenario": lambda c: Value(c.scenario),
        "level": lambda c: Value(f"{c.level:,}"),
        rate(section): _throughput,
        **{f"{name} (ms)": _latency(name) for name in PERCENTILES},
        "error rate": lambda c: _percent(c.error_rate),
        "errors by status": lambda c: Value(fmt.counts(c.errors) if c.throughput else fmt.NOTHING),
        "server CPU": lambda c: _percent(c.server_share),
        "generator CPU": lambda c: _percent(c.generator_share),
        "CPU/request (µs)": lambda c: _estimate(c.cpu_per_request, 1e6),
        "limit": lambda c: Value(c.limit or fmt.NOTHING),
        "notes": lambda c: Value("; ".join(notes(c))),
    }
    return _table("Every cell", columns, section.all(), names=2)


def brief(section: Section) -> Table:
    """Return what fits a terminal or an issue: throughput, two percentiles, errors, both sides."""
    columns = {
        "contender": lambda c: Value(c.contender),
        "level": lambda c: Value(_level(section, c)),
        rate(section): _throughput,
        "p50 (ms)": _latency("p50"),
        "p99 (ms)": _latency("p99"),
        "errors": lambda c: _percent(c.error_rate),
        "CPU server/generator": lambda c: Value(_sides(c)),
        "notes": lambda c: Value("; ".join(notes(c, brief=True))),
    }
    return _table(section.scenario.name, columns, section.all(), names=1)


def rate(section: Section) -> str:
    """Name what a section's throughput counts: ghz's own figure has errors in it."""
    return "requests/s" if section.scenario.as_published else "responses/s"


RATIOS: Mapping[Pairing, str] = {
    Pairing.ONE_PROCESS: "Ratios of throughput",
    Pairing.SINCE_2019: "What each gained since 2019, as ratios of throughput",
    Pairing.OF_2019: "Ratios of throughput in 2019",
    Pairing.GAIN: "Throughput with one worker per core over that with one process",
    Pairing.PER_CORE: "Ratios of throughput, one worker per core",
}


def all_ratios(section: Section, summary: Summary) -> tuple[Table, ...]:
    """Return a section's comparisons, a table for each kind that there are any of."""
    tables = (ratios(section, summary, pairing) for pairing in Pairing)
    return tuple(table for table in tables if table.rows)


def ratios(section: Section, summary: Summary, pairing: Pairing = Pairing.ONE_PROCESS) -> Table:
    """Return a section's comparisons of a kind: a row for each level, a column for each pair."""
    names = (section.scenario, *section.beside)
    found = {
        (c.scenario, c.level, c.numerator, c.denominator): c
        for c in summary.comparisons
        if c.pairing is pairing
        and any(
            c.scenario == s.name and {c.numerator, c.denominator} <= {*s.contenders} for s in names
        )
    }
    pairs = tuple(dict.fromkeys((top, bottom) for _, _, top, bottom in found))
    levels = [
        (scenario, level)
        for scenario in names
        for level in scenario.sweep
        if any(key[:2] == (scenario.name, level) for key in found)
    ]
    rows = tuple(
        (
            Value(
                f"{level:,}" if scenario is section.scenario else _beside(section, scenario.name)
            ),
            *(_ratio(found.get((scenario.name, level, *pair))) for pair in pairs),
        )
        for scenario, level in levels
    )
    columns = ("level", *(f"{top} / {bottom}" for top, bottom in pairs))
    return Table(title=RATIOS[pairing], columns=columns, rows=rows, names=1)


def contenders(summary: Summary) -> Table:
    """Return what each contender needs apart from its answers."""
    columns = {
        "contender": lambda c: Value(c.name),
        "what it is": lambda c: Value(c.title),
        "turns": lambda c: Value(str(c.turns)),
        "warm": lambda c: Value(f"{c.warm_turns} of {c.turns}"),
        "start (s)": lambda c: _estimate(c.start, 1.0),
        "peak memory (MiB)": lambda c: _estimate(c.peak_memory, 1 / _MEBI),
        "memory by": lambda c: Value(c.peak_memory_source or fmt.NOTHING),
    }
    return _table("Contenders", columns, summary.contenders, names=2)


def spread(summary: Summary) -> Table:
    """Return how the kernel spread calls over the workers of those contenders that have several."""
    found = [contender for contender in summary.contenders if contender.worker_shares]
    columns = {
        "contender": lambda c: Value(c.name),
        "workers": lambda c: Value(str(len(c.worker_shares))),
        "busiest over an even share": lambda c: _times(c.unevenness),
        "each worker's share of calls": lambda c: Value(
            " ".join(fmt.percent(share.value) for share in c.worker_shares)
        ),
    }
    return _table("Spread of calls over workers", columns, found, names=1)


def time_spent(time: TimeSpent) -> Table:
    """Return where the run's wall time went, the largest step first."""
    parts = [("windows", time.window), ("warm-up and dropped seconds", time.warm_up)]
    steps = sorted(time.steps.items(), key=lambda step: -step[1])
    whole = time.wall or 1.0
    rows = [
        (Value(name), Value(fmt.seconds(took)), Value(fmt.percent(took / whole)))
        for name, took in [
            *parts,
            ("all other", time.other),
            *((f"\N{EN DASH} {n}", s) for n, s in steps),
        ]
    ]
    rows.append((Value("wall time"), Value(fmt.seconds(time.wall)), Value("")))
    return Table(
        title="Where the time went", columns=("step", "time", "share"), rows=tuple(rows), names=1
    )


def fingerprint(run: RunRecord, summary: Summary) -> Table:
    """Return what the figures depend on."""
    print_ = run.fingerprint
    trained = summary.training.software if summary.training else {}
    groups: dict[str, Mapping[str, str]] = {
        "host": print_.host,
        "engine": print_.engine,
        "image": print_.images,
        **print_.software,
        **trained,
    }
    rows = [
        (Value(group), Value(k), Value(v))
        for group, facts in groups.items()
        for k, v in facts.items()
    ]
    load = ", ".join(f"{value:g}" for value in print_.load)
    rows.append((Value("host"), Value("load average at the start"), Value(load)))
    data = run.experiment.data
    shape = f"{data.n_clusters:,} clusters of {data.n_features:,} features"
    rows.append((Value("data"), Value("model"), Value(shape)))
    requests = f"{data.n_requests:,} observations, {data.n_batches:,} batches"
    rows.append((Value("data"), Value("requests"), Value(requests)))
    rows += [(Value("data"), Value(f"{n} SHA-256"), Value(d)) for n, d in data.digest.items()]
    return Table(title="Fingerprint", columns=("of", "what", "value"), rows=tuple(rows), names=3)


def failures(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Give (what failed, why); a reason that many cells share is said once, with their levels."""
    said: dict[tuple[str, str], list[str]] = {}
    for cell in summary.cells:
        for reason in cell.failures:
            said.setdefault((cell.contender, reason), []).append(f"{cell.scenario} {cell.level:,}")
    for contender in summary.contenders:
        for reason in contender.failures:
            said.setdefault((contender.name, reason), [])
    return tuple(
        (f"{name}: {', '.join(where)}" if where else name, reason)
        for (name, reason), where in said.items()
    )


def notes(cell: CellSummary, *, brief: bool = False) -> tuple[str, ...]:
    """Return what a reader of one cell must know."""
    said = []
    if cell.lower_bound and not brief:
        said.append("at least: client-bound")
    if cell.held_back is not None:
        said.append(f"held back to {cell.held_back:,} by the server's bound on streams")
    if cell.truncated:
        said.append("percentiles of the first calls only" if not brief else "first calls only")
    if cell.failures:
        said.append(f"{len(cell.failures)} of {len(cell.failures) + cell.trials} rounds failed")
    return tuple(said)


def _table(
    title: str,
    columns: Mapping[str, Callable[[_Row], Value]],
    rows: Sequence[_Row],
    names: int,
) -> Table:
    made = tuple(tuple(column(row) for column in columns.values()) for row in rows)
    return Table(title=title, columns=tuple(columns), rows=made, names=names)


def _throughput(cell: CellSummary) -> Value:
    return _estimate(cell.throughput, 1.0, ">= " if cell.lower_bound else "")


def _latency(name: str) -> Callable[[CellSummary], Value]:
    return lambda cell: _estimate(cell.latency.get(name), 1e3)


def _estimate(estimate: Estimate | None, scale: float, before: str = "") -> Value:
    text = fmt.point(estimate, scale)
    if text == fmt.NOTHING:
        return Value(text)
    return Value(before + text, fmt.interval(estimate, scale))


def _percent(estimate: Estimate | None) -> Value:
    if estimate is None:
        return Value(fmt.NOTHING)
    return Value(fmt.percent(estimate.value), fmt.percent_interval(estimate))


def _ratio(comparison: Comparison | None) -> Value:
    if comparison is None:
        return Value(fmt.NOTHING)
    beside = [fmt.interval(comparison.ratio)]
    if comparison.per_worker is not None:
        beside.append(f"{fmt.point(comparison.per_worker)}{fmt.TIMES} a worker")
    return Value(fmt.ratio(comparison), "; ".join(part for part in beside if part))


def _times(estimate: Estimate | None) -> Value:
    value = _estimate(estimate, 1.0)
    return value if value.text == fmt.NOTHING else Value(value.text + fmt.TIMES, value.interval)


def _sides(cell: CellSummary) -> str:
    shares = (cell.server_share, cell.generator_share)
    return " / ".join(fmt.percent(share.value) if share else fmt.NOTHING for share in shares)


def _level(section: Section, cell: CellSummary) -> str:
    if cell.scenario == section.scenario.name:
        return f"{cell.level:,}"
    return _beside(section, cell.scenario)


def _beside(section: Section, name: str) -> str:
    scenario = next(s for s in section.beside if s.name == name)
    return f"{scenario.generator} {saturating_shape(scenario)}"
