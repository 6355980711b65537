"""Ratios between contenders of many runs, in the order of time, by host and load. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from clusterbench.measure.change_points import change_points, levels_around, not_looked_for
from clusterbench.measure.comparison import bound_of
from clusterbench.measure.estimates import estimate_of
from clusterbench.model.history import ChangePoint, HistoryPoint, HistorySeries
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clusterbench.model.cell_summary import CellSummary, Comparison
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Cell


class PastRun(NamedTuple):
    """A run of the past: what it recorded, what it found, and the digest of its host."""

    run: RunRecord
    summary: Summary
    host: str


def history(
    runs: Iterable[PastRun], metric: str, scenario: str | None = None
) -> tuple[HistorySeries, ...]:
    """Return a series for each host, CPU plan, scenario and pair of contenders that runs compare.

    Each scenario is shown at its highest level, `scenario` alone where it is given. Runs may come
    in any order.
    """
    found: dict[tuple[str, ...], HistorySeries] = {}
    for past in sorted(runs, key=lambda each: each.run.created):
        for series in _of_run(past, metric):
            if scenario is None or series.scenario == scenario:
                place = _place(series)
                known = found.get(place, replace(series, points=()))
                found[place] = replace(known, points=(*known.points, *series.points))
    return tuple(map(_with_changes, found.values()))


def _place(series: HistorySeries) -> tuple[str, ...]:
    return (
        series.host, series.where, series.scenario, str(series.level), series.numerator,
        series.denominator,
    )  # fmt: skip


def _of_run(past: PastRun, metric: str) -> Iterator[HistorySeries]:
    """Yield the series of one point each that a run adds to."""
    run, summary, host = past
    scenarios = run.experiment.scenarios
    cells = {cell.cell: cell for cell in summary.cells}
    for each in summary.comparisons:
        if each.scenario not in scenarios or each.level != max(scenarios[each.scenario].sweep):
            continue
        ratio, bound = _ratio(each, cells, metric)
        if ratio is not None:
            yield HistorySeries(
                host=host,
                where=_where(run),
                scenario=each.scenario,
                level=each.level,
                numerator=each.numerator,
                denominator=each.denominator,
                metric=metric,
                points=(
                    HistoryPoint(
                        run=run.id, created=run.created, commit=run.commit, ratio=ratio, bound=bound
                    ),
                ),
            )


def _where(run: RunRecord) -> str:
    host = run.fingerprint.host
    facts = [host[key] for key in ("cpu", "cores", "kernel") if host.get(key)]
    plan = run.plan
    sides = f"server on {plan.server}, generator on {plan.generator}"
    return f"{', '.join(facts)}; {run.runtime}; {sides}"


def _ratio(
    compared: Comparison, cells: Mapping[Cell, CellSummary], metric: str
) -> tuple[Estimate | None, str]:
    """Return the ratio of a pair, and what it bounds."""
    if metric == "throughput":
        return compared.ratio, compared.bound
    both = [
        next(
            cell for place, cell in cells.items()
            if (place.contender, place.scenario, place.level)
            == (name, compared.scenario, compared.level)
        )
        for name in (compared.numerator, compared.denominator)
    ]  # fmt: skip
    one, other = (cell.cpu_per_request for cell in both)
    if one is None or other is None or not other.value > 0:
        return None, ""
    if len(one.rounds) == len(other.rounds):
        return estimate_of(
            above / below for above, below in zip(one.rounds, other.rounds, strict=True)
        ), bound_of(numerator=False, denominator=False)
    return Estimate(value=one.value / other.value, low=None, high=None, rounds=()), ""


def _with_changes(series: HistorySeries) -> HistorySeries:
    """Look for change points, where there are runs enough and none of them is a bound."""
    points = series.points
    why = not_looked_for(len(points))
    if not why and any(point.bound for point in points):
        why = "the ratio of some runs is a bound: the load generator, or a quota, was the limit"
    if why:
        return replace(series, why=why)
    ratios = [point.ratio.value for point in points]
    places = change_points(ratios)
    changes = []
    for place in places:
        before, after, change = levels_around(ratios, places, place)
        at = points[place]
        changes.append(
            ChangePoint(run=at.run, commit=at.commit, before=before, after=after, change=change)
        )
    return replace(series, changes=tuple(changes))
