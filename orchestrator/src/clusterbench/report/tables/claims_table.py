"""The claims table: a row for each published claim, its verdict and the reason. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.contender import CURRENT, EDITION_2019
from clusterbench.report.captions import INTERVAL
from clusterbench.report.tables.table import Value, ratio, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.claim_result import ClaimFigure, ClaimResult
    from clusterbench.report.tables.table import Columns, Table

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
