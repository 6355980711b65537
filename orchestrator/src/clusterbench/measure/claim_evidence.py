"""What runs measured of a claim: ratios by level, shares of errors, and what limited them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.stats import gmean

from clusterbench.measure.comparison import bound
from clusterbench.measure.estimates import estimate
from clusterbench.measure.limits import FULL
from clusterbench.measure.published import stands_for
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.claims import Subject
from clusterbench.model.experiment import Limit
from clusterbench.model.interval import Estimate
from clusterbench.model.records import RunRecord
from clusterbench.model.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.claims import Claim
    from clusterbench.model.experiment import Experiment, Scenario


@dataclass(frozen=True, slots=True)
class Judged:
    """A run as judging takes it: what it was, and what it measured."""

    run: RunRecord
    summary: Summary

    @property
    def shared(self) -> bool:
        """Return whether server and load generator shared CPUs, and so took them from each other.

        Not pinned, both have all of the host's.
        """
        server, generator = self.run.plan.server, self.run.plan.generator
        return not server or not generator or bool({*server.cpus} & {*generator.cpus})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times better one contender is, over levels: the figure of a claim with a factor.

    `better` and `than` are the cells, level by level; both are empty for training. `ratio` is the
    geometric mean over levels, estimated over rounds; `levels` that at each. `generator` names
    what loaded; `bound` says what the load generator's limits make of the ratio.
    """

    of: Judged
    source: str
    generator: str
    contenders: tuple[str, ...]
    ratio: Estimate
    levels: Mapping[int, Estimate]
    bound: str = ""
    better: tuple[CellSummary, ...] = ()
    than: tuple[CellSummary, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The cells of a claim about errors, by contender as published, level by level alike."""

    of: Judged
    source: str
    better: tuple[CellSummary, ...]
    others: tuple[tuple[CellSummary, ...], ...]

    @property
    def all(self) -> tuple[tuple[CellSummary, ...], ...]:
        """Return every contender's cells, the one that is said to be better first."""
        return (self.better, *self.others)

    @staticmethod
    def share(cells: Sequence[CellSummary]) -> float:
        """Return errors / requests over a contender's cells."""
        failed = sum(sum(cell.errors.values()) for cell in cells)
        return failed / (failed + sum(cell.responses for cell in cells)) if failed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioEvidence:
    """What one edition gave for a claim with a factor; what was not measured is None.

    `then` is measured as published, `sweep` and `saturated` properly; `throughput` is the
    throughput ratio of the sweep of a latency claim, in a closed loop.
    """

    then: Ratio | None = None
    sweep: Ratio | None = None
    saturated: Ratio | None = None
    throughput: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvidence:
    """What one edition gave for a claim about errors, as published and reference."""

    then: Errors | None = None
    reference: Errors | None = None


def ratio(of: Judged, scenario: str, claim: Claim, edition: str) -> Ratio | None:
    """Measure a claim about throughput or latency in one scenario; None where it has no such cells.

    Only levels of the claim count (all of a saturating scenario), at which both
    contenders have a figure of every round.
    """
    cells = _cells(of, scenario, claim, edition)
    if cells is None:
        return None
    kept = [
        (top, bottom, found)
        for top, bottom in zip(*cells, strict=True)
        if (found := _over_rounds(top, bottom, claim, of.run.experiment))
    ]
    loaded = of.run.experiment.scenarios[scenario]
    fewest = 1 if loaded.saturates else claim.minimum_levels
    if len(kept) < fewest:
        return None
    per_round = zip(*(found for _, _, found in kept), strict=True)
    tops, bottoms = tuple(top for top, _, _ in kept), tuple(bottom for _, bottom, _ in kept)
    return Ratio(
        of=of,
        source=scenario,
        generator=loaded.generator,
        contenders=(tops[0].contender, bottoms[0].contender),
        ratio=estimate([float(gmean(figures)) for figures in per_round], positive=True),
        levels={top.level: estimate(found, positive=True) for top, _, found in kept},
        bound=_bound(
            [bound(limit(t, shared=of.shared), limit(b, shared=of.shared)) for t, b, _ in kept]
        ),
        better=tops,
        than=bottoms,
    )


def errors(of: Judged, scenario: str, claim: Claim, edition: str) -> Errors | None:
    """Gather a claim's cells for errors in one scenario; None where one has none.

    Only levels of the claim count, at which every contender has a figure.
    """
    cells = _cells(of, scenario, claim, edition)
    if cells is None:
        return None
    kept = [row for row in zip(*cells, strict=True) if all(cell.trials for cell in row)]
    if len(kept) < claim.minimum_levels:
        return None
    better, *others = (tuple(column) for column in zip(*kept, strict=True))
    return Errors(of=of, source=scenario, better=better, others=tuple(others))


def limit(cell: CellSummary, *, shared: bool) -> Limit | None:
    """Return what limited a cell, also where both sides had the same CPUs.

    Those being full, the load generator was the limit where it used more of them than the server:
    without it there, the server would have done more.
    """
    server, generator = cell.server_share, cell.generator_share
    if not shared or server is None or generator is None:
        return cell.limit
    if server.value + generator.value < FULL:
        return Limit.NEITHER
    return Limit.CLIENT_BOUND if generator.value > server.value else Limit.SERVER_BOUND


def _levels(scenario: Scenario, claim: Claim) -> tuple[int, ...]:
    if scenario.saturates:
        return scenario.sweep
    return tuple(sorted(level for level in scenario.sweep if level in claim.levels))


def _cells(of: Judged, scenario: str, claim: Claim, edition: str) -> list[list[CellSummary]] | None:
    """Return each contender's cells at the claim's levels; None where one does not take part."""
    experiment = of.run.experiment
    if scenario not in experiment.scenarios:
        return None
    found = [_contender(experiment, scenario, n, edition) for n in (claim.better, *claim.than)]
    if None in found:
        return None
    by_key = {(c.contender, c.scenario, c.level): c for c in of.summary.cells}
    levels = _levels(experiment.scenarios[scenario], claim)
    rows = [[by_key.get((str(name), scenario, level)) for name in found] for level in levels]
    whole = [[cell for cell in row if cell is not None] for row in rows if None not in row]
    return [list(column) for column in zip(*whole, strict=True)] if whole else None


def _contender(experiment: Experiment, scenario: str, name: str, edition: str) -> str | None:
    """Name who stands for a published contender in a scenario: of that edition, on one process."""
    for each in experiment.scenarios[scenario].contenders:
        contender = experiment.contenders.get(each)
        if contender is not None and stands_for(contender, name, edition):
            return each
    return None


def _over_rounds(
    top: CellSummary, bottom: CellSummary, claim: Claim, experiment: Experiment
) -> list[float] | None:
    """Return one level's ratio in each round; None unless both have a figure of every round."""
    rounds = experiment.rounds_of(top.scenario)
    pair = [_figure(cell, claim) for cell in (top, bottom)]
    better, than = (each.rounds if each else () for each in pair)
    if len(better) != rounds or len(than) != rounds or min(*better, *than) <= 0:
        return None
    if claim.subject is Subject.LATENCY:
        better, than = than, better
    return [a / b for a, b in zip(better, than, strict=True)]


def _figure(cell: CellSummary, claim: Claim) -> Estimate | None:
    if claim.subject is Subject.LATENCY:
        return cell.latency.get(claim.percentile or "")
    return cell.throughput


def _bound(bounds: Sequence[str]) -> str:
    """Return what a ratio over levels bounds; nothing is known where levels bound it both ways."""
    said = {each for each in bounds if each}
    if not said:
        return ""
    return said.pop() if len(said) == 1 else "unknown"
