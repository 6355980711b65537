"""The rules of judging a claim, as docs/claims.md has them: what was measured -> verdict. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.model.claim_result import Verdict
from clusterbench.model.claims import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.measure.claim_evidence import Errors, Evidence, Ratio
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.claims import Claim
    from clusterbench.model.interval import Estimate


class Agreement(StrEnum):
    """How a measured ratio stands to the claimed one."""

    AS_CLAIMED = "as claimed"
    LARGER = "larger"
    SMALLER = "smaller"
    NO_DIFFERENCE = "no difference shown"
    REVERSED = "reversed"
    OPEN_ABOVE = "at least so much"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a claim is judged as it is: the end of its sentence, which `claim_reasons` fills in."""

    ABSENT = "nothing here measured it by the reference method; `{command}` would"
    ONE_ROUND = "one round has no interval and decides nothing: more rounds (--rounds) would tell"
    TRAINED_ONCE = "one pass has no interval and decides nothing: more passes (--passes) would tell"
    # of claims with a factor
    AS_CLAIMED = "that reaches {claimed} within {within}"
    SOME_LEVELS = "that reaches {claimed} within {within} on the whole, but not at {missed}"
    SIZE = "better, but not by {claimed}"
    BOUND = "better; the load generator was the limit, so {claimed} cannot be judged"
    GENERATOR = (
        "what the sweep shows is the load generator's limit, and the servers' ratio is not "
        "{claimed}"
    )
    METHOD = "{claimed} is an artefact of the published method"
    REPEATS = (
        "throughput \N{MULTIPLICATION SIGN} mean latency is {little} of the concurrency in these "
        "cells: in a closed loop latency is concurrency over throughput, and the ratio repeats the "
        "throughput's {throughput}"
    )
    REVERSED = "the opposite of {claimed}"
    NO_DIFFERENCE = "no difference is shown, let alone {claimed}"
    TOO_WIDE = "too uncertain to judge {claimed}: more rounds (--rounds) would tell"
    # of claims about errors
    CUT_OFF = (
        "the errors are the requests that `close` cut off at the end: in {trials} trials never "
        "more than were in flight (at most {errors} of {level})"
    )
    LOWER = "fewer at each of {lower} requests in flight, by intervals that do not overlap"
    LOWER_AT_SOME = "fewer only at {lower} requests in flight, by intervals that do not overlap"
    NOWHERE_LOWER = "at no level fewer, by intervals that do not overlap"
    NO_ERRORS = "no share is lower than another"
    ERRORS_OF_METHOD = "the difference is an artefact of the published method"

    @property
    def verdict(self) -> Verdict:
        """Return what becomes of a claim for this cause."""
        return next(verdict for verdict, causes in _VERDICTS.items() if self in causes)


_VERDICTS = {
    Verdict.HOLDS: {Cause.AS_CLAIMED, Cause.LOWER},
    Verdict.IN_PART: {Cause.SOME_LEVELS, Cause.SIZE, Cause.BOUND, Cause.LOWER_AT_SOME},
    Verdict.NOT: {
        Cause.REVERSED, Cause.NO_DIFFERENCE, Cause.NOWHERE_LOWER, Cause.NO_ERRORS,
    },
    Verdict.ARTEFACT: {
        Cause.GENERATOR, Cause.METHOD, Cause.REPEATS, Cause.CUT_OFF, Cause.ERRORS_OF_METHOD,
    },
    Verdict.NOT_DECIDED: {Cause.ONE_ROUND, Cause.TRAINED_ONCE, Cause.TOO_WIDE},
    Verdict.NOT_MEASURED: {Cause.ABSENT},
}  # fmt: skip

#: Between these, Little's product counts as 1. A busy load generator takes some time between a
#: response and the next request, which no latency has; a short window's edges cut some requests.
_LITTLE = (0.7, 1.15)

_REFUTED = frozenset(
    {Agreement.LARGER, Agreement.SMALLER, Agreement.NO_DIFFERENCE, Agreement.REVERSED}
)
#: What follows from an agreement alone; as claimed, it is so of the levels together, not of each.
_CAUSES: Mapping[Agreement, Cause] = {
    Agreement.AS_CLAIMED: Cause.SOME_LEVELS,
    Agreement.LARGER: Cause.SIZE,
    Agreement.SMALLER: Cause.SIZE,
    Agreement.NO_DIFFERENCE: Cause.NO_DIFFERENCE,
    Agreement.REVERSED: Cause.REVERSED,
    Agreement.OPEN_ABOVE: Cause.BOUND,
    Agreement.UNKNOWN: Cause.TOO_WIDE,
}


def ends(estimate: Estimate) -> tuple[float, float]:
    """Return an interval's ends, or the point twice where one round gave none."""
    return estimate.ends or (estimate.value, estimate.value)


def agreement(estimate: Estimate, claim: Claim, bound: str = "") -> Agreement:
    """Return how a ratio stands to the claimed one.

    The claimed ratio is met where the interval reaches the band around it. A lower bound can
    confirm up to itself, and an upper bound refute down to itself: no more.
    """
    low, high = ends(estimate)
    times = claim.times or 1.0
    least, most = times / (1 + claim.tolerance), times * (1 + claim.tolerance)
    match bound:
        case ">=":
            if low < least:
                return Agreement.OPEN_ABOVE if low > 1 else Agreement.UNKNOWN
            return Agreement.LARGER if low > most else Agreement.AS_CLAIMED
        case "<=":
            if high < 1:
                return Agreement.REVERSED
            return Agreement.SMALLER if high < least and low > 1 else Agreement.UNKNOWN
        case "":
            return _exact(low, high, least, most)
        case _:
            return Agreement.UNKNOWN


def _exact(low: float, high: float, least: float, most: float) -> Agreement:
    if high < 1:
        return Agreement.REVERSED
    if low <= 1:
        return Agreement.UNKNOWN if high >= least else Agreement.NO_DIFFERENCE
    if high < least:
        return Agreement.SMALLER
    return Agreement.LARGER if low > most else Agreement.AS_CLAIMED


def rule_ratio(evidence: Evidence[Ratio]) -> Cause:
    """Judge a claim with a factor, for one edition."""
    claim, judged = evidence.claim, evidence.judged
    if judged is None:
        return Cause.ABSENT
    if judged.ratio.ends is None:
        return Cause.TRAINED_ONCE if claim.subject is Subject.TRAINING else Cause.ONE_ROUND
    return _rule_ratio(evidence, judged)


def _rule_ratio(evidence: Evidence[Ratio], judged: Ratio) -> Cause:
    claim, throughput = evidence.claim, evidence.throughput
    if throughput and ends(judged.ratio)[0] > 1 and repeats(judged, throughput, claim):
        return Cause.REPEATS
    found = agreement(judged.ratio, claim, judged.bound)
    if found is Agreement.AS_CLAIMED and not missed_levels(judged, claim):
        return Cause.AS_CLAIMED
    size = found in {Agreement.LARGER, Agreement.SMALLER}
    if size and judged is evidence.saturated and evidence.sweep:
        return Cause.GENERATOR
    published = evidence.published
    came_out = published and agreement(published.ratio, claim) is Agreement.AS_CLAIMED
    if came_out and found in _REFUTED:
        return Cause.METHOD
    return _CAUSES[found]


def repeats(latency: Ratio, throughput: Ratio, claim: Claim) -> bool:
    """Return whether a latency ratio is the throughput ratio of the same cells over again.

    It is where each cell obeys Little's law, as closed loops do, and the ratios are near.
    """
    apart = latency.ratio.value / throughput.ratio.value
    near = 1 / (1 + claim.repeats_within) <= apart <= 1 + claim.repeats_within
    least, most = _LITTLE
    return near and all(least <= product <= most for product in little(latency))


def little(latency: Ratio) -> tuple[float, ...]:
    """Return throughput x mean latency / concurrency of each cell: 1 in a closed loop."""
    return tuple(
        cell.throughput.value * cell.latency["mean"].value / cell.level
        for cell in (*latency.better, *latency.than)
        if cell.throughput and "mean" in cell.latency
    )


def missed_levels(judged: Ratio, claim: Claim) -> tuple[int, ...]:
    """Return the levels at which the ratio alone is not as claimed."""
    return tuple(
        level
        for level, found in judged.levels.items()
        if agreement(found, claim, judged.bound) is not Agreement.AS_CLAIMED
    )


# ---------------------------------------------------------------------------------- errors


def rule_errors(evidence: Evidence[Errors]) -> Cause:
    """Judge a claim that a share of errors is lower, for one edition."""
    published, judged = evidence.published, evidence.judged
    if judged is None:
        return Cause.ABSENT
    if all(cell.error_rate is None or cell.error_rate.ends is None for cell in judged.cells):
        return Cause.ONE_ROUND
    return _rule_errors(judged, published)


def _rule_errors(judged: Errors, published: Errors | None) -> Cause:
    lower = lower_levels(judged)
    if len(lower) == len(judged.columns[0]):
        return Cause.LOWER
    if lower:
        return Cause.LOWER_AT_SOME
    if published and lower_on_the_whole(published):
        if cut_off(published):
            return Cause.CUT_OFF
        if not judged.total:
            return Cause.ERRORS_OF_METHOD
    return Cause.NOWHERE_LOWER if judged.total else Cause.NO_ERRORS


def lower_levels(found: Errors) -> tuple[int, ...]:
    """Return the levels at which the share of errors is surely lower than each of the others'."""
    return tuple(
        better.level
        for better, *others in zip(*found.columns, strict=True)
        if all(_surely_lower(better, other) for other in others)
    )


def lower_on_the_whole(found: Errors) -> bool:
    """Return whether the share of errors over all levels is lower than each of the others'."""
    better, *others = found.shares.values()
    return all(better < share for share in others)


def cut_off(found: Errors) -> bool:
    """Return whether the errors can be requests cut off at the end: never more than in flight."""
    return any(cell.most_errors for cell in found.cells) and all(
        cell.most_errors <= cell.level for cell in found.cells
    )


def _surely_lower(better: CellSummary, other: CellSummary) -> bool:
    rates = (better.error_rate, other.error_rate)
    ours, theirs = (rate.ends if rate else None for rate in rates)
    return ours is not None and theirs is not None and ours[1] < theirs[0]


# --------------------------------------------------------------------------------- editions


def together(causes: Mapping[str, Cause]) -> tuple[str, Verdict]:
    """Put the editions together: whose reason counts most, and the verdict.

    One edition that says something decides alone. Where they differ, a claim that holds, wholly or
    in part, on one edition and not on the other holds in part; else it is an artefact of the method
    where it is one on either.
    """
    verdicts = {e: c.verdict for e, c in causes.items() if c.verdict.decided}
    if len({*verdicts.values()}) <= 1:
        open_ = [e for e, c in causes.items() if c.verdict is Verdict.NOT_DECIDED]
        edition = next(iter([*verdicts, *open_, *causes]))
        return edition, causes[edition].verdict
    good = {Verdict.HOLDS, Verdict.IN_PART} & {*verdicts.values()}
    wanted = good or {Verdict.ARTEFACT}
    edition = next(e for e, verdict in verdicts.items() if verdict in wanted)
    return edition, Verdict.IN_PART if good else Verdict.ARTEFACT
