"""What runs measured of a claim: ratios by level, shares of errors, and what limited them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from scipy.stats import gmean

from clusterbench.measure.comparison import bound
from clusterbench.measure.estimates import estimate
from clusterbench.measure.limits import FULL
from clusterbench.measure.published import stands_for
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.claim_result import ClaimFigure
from clusterbench.model.claims import Claim, Subject
from clusterbench.model.interval import Estimate
from clusterbench.model.records import RunRecord
from clusterbench.model.summary import Summary
from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.experiment import Experiment, Scenario


@dataclass(frozen=True, slots=True)
class Judged:
    """A run as judging takes it: what it was, and what it measured."""

    run: RunRecord
    summary: Summary

    @property
    def shared(self) -> bool:
        """Return whether server and load generator took CPUs from each other."""
        return self.run.plan.shared


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run has of a claim: in a scenario, or in a group of training (`source`).

    `bound` says what the limits of the load generator and of CPU quotas make of a ratio.
    """

    of: Judged
    source: str
    contenders: tuple[str, ...]
    bound: str = ""

    def figure(self, edition: str) -> ClaimFigure:
        """Return what summary.json keeps of it."""
        return ClaimFigure(
            run=self.of.run.id,
            source=self.source,
            contenders=self.contenders,
            edition=edition,
            bound=self.bound,
        )


@dataclass(frozen=True, kw_only=True)
class Ratio(Measured):
    """How many times better one contender is, over levels: the figure of a claim with a factor.

    `better` and `than` are the cells, level by level; both are empty for training. `ratio` is the
    geometric mean over levels, estimated over rounds; `levels` that at each. `generator` names
    what loaded.
    """

    generator: str
    ratio: Estimate
    levels: Mapping[int, Estimate]
    better: tuple[CellSummary, ...] = ()
    than: tuple[CellSummary, ...] = ()

    def figure(self, edition: str) -> ClaimFigure:
        """Return what summary.json keeps of it."""
        by_level = {str(level): found.value for level, found in self.levels.items()}
        return replace(super().figure(edition), ratio=self.ratio, by_level=by_level)


@dataclass(frozen=True, kw_only=True)
class Errors(Measured):
    """The cells of a claim about errors, level by level alike.

    `columns` are each contender's, the one first that is said to be better.
    """

    columns: tuple[tuple[CellSummary, ...], ...]

    @property
    def cells(self) -> tuple[CellSummary, ...]:
        """Return the cells of all contenders."""
        return tuple(cell for column in self.columns for cell in column)

    @property
    def total(self) -> int:
        """Return all errors of all contenders."""
        return sum(cell.failed for cell in self.cells)

    @property
    def shares(self) -> Mapping[str, float]:
        """Return errors / requests by contender, over its cells."""
        found = {}
        for name, column in zip(self.contenders, self.columns, strict=True):
            failed = sum(cell.failed for cell in column)
            responses = sum(cell.responses for cell in column)
            found[name] = failed / (failed + responses) if failed else 0.0
        return found

    def figure(self, edition: str) -> ClaimFigure:
        """Return what summary.json keeps of it."""
        return replace(super().figure(edition), shares=self.shares)


M = TypeVar("M", Ratio, Errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Generic[M]):
    """What one edition gave for a claim; what was not measured is None.

    `published` is measured by the published method, `sweep` and `saturated` by the reference
    method. `throughput` is the throughput ratio of the sweep of a latency claim, in a closed loop.
    """

    claim: Claim
    published: M | None = None
    sweep: M | None = None
    saturated: M | None = None
    throughput: Ratio | None = None

    @property
    def judged(self) -> M | None:
        """Return what is judged: the sweep, or the saturated servers where that was bounded."""
        if self.sweep is not None and not self.sweep.bound:
            return self.sweep
        return self.saturated or self.sweep


def ratio(of: Judged, scenario: str, claim: Claim, edition: str) -> Ratio | None:
    """Measure a claim about throughput or latency in one scenario; None where it has no such cells.

    Only levels of the claim count (all of a saturating scenario), at which both
    contenders have a figure of every round.
    """
    kept = [
        (top, bottom, found)
        for top, bottom in _levels(of, scenario, claim, edition)
        if (found := _over_rounds(top, bottom, claim, of.run.experiment))
    ]
    if not kept:
        return None
    loaded = of.run.experiment.scenarios[scenario]
    if len(kept) < claim.minimum_levels and not loaded.saturates:
        return None
    tops, bottoms, by_level = zip(*kept, strict=True)
    limits = [
        bound(limit(top, shared=of.shared), limit(bottom, shared=of.shared))
        for top, bottom, _ in kept
    ]
    return Ratio(
        of=of,
        source=scenario,
        generator=loaded.generator,
        contenders=(tops[0].contender, bottoms[0].contender),
        ratio=estimate([float(ratio) for ratio in gmean(by_level)]),
        levels={top.level: estimate(found) for top, _, found in kept},
        bound=_bound(limits),
        better=tops,
        than=bottoms,
    )


def errors(of: Judged, scenario: str, claim: Claim, edition: str) -> Errors | None:
    """Gather a claim's cells for errors in one scenario; None where one has none.

    Only levels of the claim count, at which every contender has a figure.
    """
    levels = _levels(of, scenario, claim, edition)
    kept = [cells for cells in levels if all(cell.trials for cell in cells)]
    if not kept or len(kept) < claim.minimum_levels:
        return None
    columns = tuple(zip(*kept, strict=True))
    names = tuple(column[0].contender for column in columns)
    return Errors(of=of, source=scenario, contenders=names, columns=columns)


def limit(cell: CellSummary, *, shared: bool) -> Limit | None:
    """Return what limited a cell, also where both sides had the same CPUs.

    Those being full, the load generator was the limit where it used more of them than the server:
    without it there, the server would have done more.
    """
    server, generator = cell.server_share, cell.generator_share
    throttled = cell.limit is Limit.THROTTLED
    if throttled or not shared or server is None or generator is None:
        return cell.limit
    if server.value + generator.value < FULL:
        return Limit.NEITHER
    return Limit.CLIENT_BOUND if generator.value > server.value else Limit.SERVER_BOUND


def _levels(of: Judged, scenario: str, claim: Claim, edition: str) -> list[list[CellSummary]]:
    """Return the contenders' cells at each level of a claim, of those where all have one.

    The contender comes first that is said to be better.
    """
    experiment = of.run.experiment
    if scenario not in experiment.scenarios:
        return []
    loaded = experiment.scenarios[scenario]
    names = [_contender(experiment, loaded, n, edition) for n in (claim.better, *claim.than)]
    levels = loaded.sweep if loaded.saturates else sorted({*loaded.sweep} & {*claim.levels})
    by_key = {(c.contender, c.level): c for c in of.summary.cells if c.scenario == scenario}
    rows = [[by_key.get((name, level)) for name in names] for level in levels]
    return [[cell for cell in row if cell is not None] for row in rows if None not in row]


def _contender(experiment: Experiment, scenario: Scenario, name: str, edition: str) -> str:
    """Name who stands for a published contender in a scenario; "" where nobody does."""
    present = (c for each in scenario.contenders if (c := experiment.contenders.get(each)))
    return next((c.name for c in present if stands_for(c, name, edition)), "")


def _over_rounds(
    top: CellSummary, bottom: CellSummary, claim: Claim, experiment: Experiment
) -> list[float] | None:
    """Return one level's ratio in each round; None unless both have a figure of every round."""
    rounds = experiment.rounds_of(top.scenario)
    if claim.subject is Subject.LATENCY:  # the longer one over the shorter
        pair = [cell.latency.get(claim.percentile or "") for cell in (bottom, top)]
    else:
        pair = [top.throughput, bottom.throughput]
    over, under = (each.rounds if each else () for each in pair)
    if len(over) != rounds or len(under) != rounds or min(*over, *under) <= 0:
        return None
    return [a / b for a, b in zip(over, under, strict=True)]


def _bound(bounds: Sequence[str]) -> str:
    """Return what a ratio over levels bounds; nothing is known where levels bound it both ways."""
    said = {each for each in bounds if each}
    return "unknown" if len(said) > 1 else "".join(said)
