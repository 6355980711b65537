"""The claims table: a row for each published claim, its verdict and the reason. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.contender import CURRENT, EDITION_2019
from clusterbench.report.captions import INTERVAL
from clusterbench.report.tables.table import Value, ratio, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.claim_result import ClaimFigure, ClaimResult
    from clusterbench.report.tables.table import Columns, Table

#: The results of one claim, each with its label.
_Group = list[tuple[str, "ClaimResult"]]
NOTE = (
    "Published method: measured here as the published benchmark was run. Reference method: the "
    f"lab's own, with its {INTERVAL}, by edition of the servers' dependencies. docs/claims.md has "
    "the rules."
)
_METHODS: Columns[ClaimResult] = {
    "published method": lambda claim: _of_edition(claim.as_published),
    "reference method": lambda claim: _figure(claim.reference.get(CURRENT)),
    "reference method, 2019": lambda claim: _figure(claim.reference.get(EDITION_2019)),
    "verdict": lambda claim: claim.verdict.value,
}


def claims(results: Sequence[ClaimResult]) -> Table:
    """Return every claim as a row; the reason is the last column."""
    columns: Columns[ClaimResult] = {
        "claim": lambda claim: claim.id,
        "what it says": lambda claim: claim.claim,
        "published": lambda claim: claim.published,
        **_METHODS,
        "reason": lambda claim: claim.reason,
    }
    return table("Published claims", columns, results, names=len(columns))


def grouped(results: Sequence[ClaimResult]) -> Table:
    """Return a row for each claim, with a line in each cell for each percentile that it is of."""

    def lines(column: Callable[[ClaimResult], Value | str]) -> Callable[[_Group], str]:
        return lambda group: "\n".join(f"{label}{column(claim)}" for label, claim in group)

    columns: Columns[_Group] = {
        "what it says": lambda group: group[0][1].claim,
        "published": lambda group: group[0][1].published,
        **{name: lines(column) for name, column in _METHODS.items()},
    }
    return table("Published claims", columns, _groups(results), names=len(columns))


def grouped_reasons(results: Sequence[ClaimResult]) -> tuple[str, ...]:
    """Return each claim with the reason of its verdict, the percentiles of one claim together."""
    return tuple(
        f"{group[0][1].claim}: {' '.join(f'{label}{each.reason}.' for label, each in group)}"
        for group in _groups(results)
    )


def _groups(results: Sequence[ClaimResult]) -> list[_Group]:
    """Return the results of each claim together, each with a label where there are several."""
    claims: dict[str, list[ClaimResult]] = {}
    for result in results:
        claims.setdefault(result.claim, []).append(result)
    return [
        [(f"{each.id.rpartition('-')[2]}: " if len(group) > 1 else "", each) for each in group]
        for group in claims.values()
    ]


def short_claims(results: Sequence[ClaimResult]) -> Table:
    """Return the figures of every claim, without its words."""
    columns: Columns[ClaimResult] = {
        "claim": lambda claim: claim.id,
        "published": lambda claim: claim.published.split(":")[0],
        **_METHODS,
    }
    return table("Published claims", columns, results, names=len(columns))


def reasons(results: Sequence[ClaimResult]) -> tuple[str, ...]:
    """Return what each claim says, its verdict, and why."""
    return tuple(f"{each.id}: {each.claim}: {each.verdict}\n  {each.reason}\n" for each in results)


def tally(results: Sequence[ClaimResult]) -> str:
    """Count the verdicts: `3 hold, 9 artefact of the method`."""
    verdicts = [result.verdict.value for result in results]
    return ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))


def _of_edition(figure: ClaimFigure | None) -> Value:
    """Return a figure, with its edition where that is not the current one."""
    found = _figure(figure)
    if figure is None or figure.edition == CURRENT:
        return found
    return Value(found.text, " ".join([*filter(None, [found.interval]), f"({figure.edition})"]))


def _figure(figure: ClaimFigure | None) -> Value:
    """Return a ratio with its bound and interval, or shares of errors against each other."""
    if figure is None:
        return Value(fmt.NOTHING)
    if figure.ratio is None:
        return Value(" against ".join(fmt.percent(share) for share in figure.shares.values()))
    return ratio(figure.ratio, figure.bound)
