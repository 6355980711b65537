"""How many times one contender's throughput another has, paired by round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate_of
from clusterbench.model.cell_summary import Comparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.trial import Limit


def compare(
    numerator: CellSummary,
    denominator: CellSummary,
    numerator_rounds: Mapping[int, float],
    denominator_rounds: Mapping[int, float],
) -> Comparison | None:
    """Compare two cells of one scenario and level; None where no round has a figure of both.

    `*_rounds` are throughputs by round.
    """
    ratio = paired(numerator_rounds, denominator_rounds)
    if ratio is None:
        return None
    return Comparison(
        numerator=numerator.contender,
        denominator=denominator.contender,
        scenario=numerator.scenario,
        level=numerator.level,
        ratio=ratio,
        bound=bound(numerator.limit, denominator.limit),
    )


def paired(
    numerator_rounds: Mapping[int, float], denominator_rounds: Mapping[int, float]
) -> Estimate | None:
    """Estimate a ratio from the figures of each round; None where no round has both.

    The ratio is taken within each round, where both ran minutes apart on the same host, and
    then estimated on the log scale: what slowed a whole round down cancels. A round in which
    either figure is 0 has no ratio and is left out.
    """
    return estimate_of(
        figure / denominator_rounds[number]
        for number, figure in sorted(numerator_rounds.items())
        if figure > 0 and denominator_rounds.get(number, 0.0) > 0
    )


def bound(numerator: Limit | None, denominator: Limit | None) -> str:
    """Return what a ratio bounds, where a load generator or a quota limited a throughput or both.

    A numerator that could do more makes the true ratio larger, a denominator that could do
    more makes it smaller, and with both nothing is known.
    """
    sides = (each is not None and each.lower_bound for each in (numerator, denominator))
    return bound_of(*sides)


def bound_of(numerator: bool, denominator: bool) -> str:
    """Return what a ratio bounds, where either figure, or both, is a lower bound."""
    match numerator, denominator:
        case (True, True):
            return "unknown"
        case (True, False):
            return ">="
        case (False, True):
            return "<="
        case _:
            return ""
