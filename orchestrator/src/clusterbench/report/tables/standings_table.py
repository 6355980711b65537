"""A comparison with alternatives as a table: for a terminal, and as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.standings import GoalState
from clusterbench.report import numbers as fmt
from clusterbench.report.sections import describe
from clusterbench.report.tables.cells import Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.measure.standings import Standing
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord

COLUMNS = (
    "contender",
    "what it is",
    "responses/s",
    "ratio",
    "CPU/request (µs)",
    "limit",
    "goal",
)


def tables(run: RunRecord, found: Sequence[Standing]) -> Iterator[Table]:
    """Return a table for each scenario and level that compares alternatives."""
    places = dict.fromkeys((each.scenario, each.level) for each in found)
    for scenario, level in places:
        here = [each for each in found if (each.scenario, each.level) == (scenario, level)]
        kept = next((each.contender for each in here if each.alternative is None), "")
        shape = run.experiment.scenarios[scenario]
        yield Table(
            title=f"{scenario}: {describe(shape)}, {level:,} in flight",
            columns=COLUMNS,
            rows=tuple(_row(each, kept) for each in here),
            names=2,
        )


def notes(run: RunRecord, found: Sequence[Standing]) -> list[str]:
    """Return what the table rests on, and what failed."""
    rounds = run.experiment.rounds
    spread = "95% intervals over" if rounds > 1 else "no intervals: there is"
    host = run.fingerprint.host
    over = (
        f"{spread} {rounds} interleaved round{'s' if rounds > 1 else ''} of "
        f"{run.experiment.timing.window:g} s. ratio: throughput of what it stands against, over "
        "its own, paired by round; compare ratios, not figures of different runs."
    )
    where = f"{host.get('cpu', '')}, {host.get('cores', '')}; run {run.id}, {run.runtime}"
    said = [over, f"{run.plan}; {where}"]
    for each in found:
        if each.errors:
            said.append(f"errors of {each.contender}: {fmt.counts(each.errors)}")
        said += [f"failed: {each.contender}, {why.splitlines()[0]}" for why in each.failures]
    return said


def goal(each: Standing) -> str:
    """Return what became of a goal, and by how much: `0.93: reached, 1.2% above`."""
    if each.alternative is None or each.alternative.goal is None or each.verdict is None:
        return ""
    said = f"{each.alternative.goal:g} or more: {each.verdict}"
    if each.beyond is None:
        return said
    side = "above" if each.beyond >= 0 else "below"
    return f"{said}, {fmt.percent(abs(each.beyond))} {side}"


def undecided(found: Sequence[Standing]) -> bool:
    """Return whether more rounds could settle a goal."""
    return any(each.verdict is GoalState.UNDECIDED for each in found)


def _about(each: Standing, kept: str) -> str:
    """Return what a row is, and what it stands against where that is not what the others do."""
    if each.alternative is None:
        return f"kept: {each.title}"
    against = "" if each.alternative.of == kept else f" (against {each.alternative.of})"
    return each.alternative.about + against


def _row(each: Standing, kept: str) -> tuple[Value, ...]:
    throughput = _value(each.throughput)
    if each.lower_bound:
        throughput = Value(f">= {throughput.text}", throughput.interval)
    ratio = Value("")
    if each.alternative:
        shown = each.ratio
        ratio = Value(fmt.ratio(shown), fmt.interval(shown.ratio)) if shown else Value(fmt.NOTHING)
    return (
        Value(each.contender),
        Value(_about(each, kept)),
        throughput,
        ratio,
        _value(each.cpu_per_request, 1e6),
        Value(each.limit or fmt.NOTHING),
        Value(goal(each)),
    )


def _value(estimate: Estimate | None, scale: float = 1.0) -> Value:
    return Value(fmt.point(estimate, scale), fmt.interval(estimate, scale))
