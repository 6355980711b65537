"""The rules of judging a claim, as docs/claims.md has them: what was measured -> verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.model.claim_result import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.measure.claim_evidence import ErrorEvidence, Errors, Ratio, RatioEvidence
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
    """Why a verdict is what it is: what its sentence says."""

    AS_CLAIMED = "as claimed"
    SOME_LEVELS = "at some levels"
    SIZE = "direction, not size"
    BOUND = "known up to a bound only"
    GENERATOR = "the load generator was the limit"
    METHOD = "it comes of the method"
    REPEATS = "it repeats the throughput"
    NO_DIFFERENCE = "no difference"
    REVERSED = "the other way round"
    TOO_WIDE = "the interval says nothing"
    CUT_OFF = "requests cut off"
    NO_ERRORS = "no errors at all"
    LOWER = "lower"
    ABSENT = "nothing measured"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and its cause."""

    verdict: Verdict
    cause: Cause


#: Between these, Little's product counts as 1. A busy load generator takes some time between a
#: response and the next request, which no latency has; a short window's edges cut some requests.
_LITTLE = (0.7, 1.15)

_REFUTED = frozenset(
    {Agreement.LARGER, Agreement.SMALLER, Agreement.NO_DIFFERENCE, Agreement.REVERSED}
)
#: What follows from an agreement alone; as claimed, it is so of the levels together, not of each.
_PLAIN: Mapping[Agreement, Ruling] = {
    Agreement.AS_CLAIMED: Ruling(Verdict.IN_PART, Cause.SOME_LEVELS),
    Agreement.LARGER: Ruling(Verdict.IN_PART, Cause.SIZE),
    Agreement.SMALLER: Ruling(Verdict.IN_PART, Cause.SIZE),
    Agreement.NO_DIFFERENCE: Ruling(Verdict.NOT, Cause.NO_DIFFERENCE),
    Agreement.REVERSED: Ruling(Verdict.NOT, Cause.REVERSED),
    Agreement.OPEN_ABOVE: Ruling(Verdict.IN_PART, Cause.BOUND),
    Agreement.UNKNOWN: Ruling(Verdict.NOT_MEASURED, Cause.TOO_WIDE),
}


def band(claim: Claim) -> tuple[float, float]:
    """Return the ratios that count as the claimed one, ends included."""
    times = claim.times or 1.0
    return times / (1 + claim.tolerance), times * (1 + claim.tolerance)


def ends(estimate: Estimate) -> tuple[float, float]:
    """Return an interval's ends, or the point twice where one round gave none."""
    if estimate.low is None or estimate.high is None:
        return estimate.value, estimate.value
    return estimate.low, estimate.high


def agreement(estimate: Estimate, claim: Claim, bound: str = "") -> Agreement:
    """Return how a ratio stands to the claimed one.

    The claimed ratio is met where the interval reaches the band around it. A lower bound can
    confirm up to itself, and an upper bound refute down to itself: no more.
    """
    low, high = ends(estimate)
    least, most = band(claim)
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


def rule_ratio(claim: Claim, evidence: RatioEvidence) -> Ruling:
    """Judge a claim with a factor, for one edition."""
    judged = chosen(evidence.sweep, evidence.saturated)
    if judged is None:
        return Ruling(Verdict.NOT_MEASURED, Cause.ABSENT)
    throughput = evidence.throughput
    if throughput is not None and _better(judged) and repeats(judged, throughput, claim):
        return Ruling(Verdict.ARTEFACT, Cause.REPEATS)
    found = agreement(judged.ratio, claim, judged.bound)
    if found is Agreement.AS_CLAIMED and not missed_levels(judged, claim):
        return Ruling(Verdict.HOLDS, Cause.AS_CLAIMED)
    if found in _REFUTED and (cause := _method(claim, evidence, judged)):
        return Ruling(Verdict.ARTEFACT, cause)
    return _PLAIN[found]


def _method(claim: Claim, evidence: RatioEvidence, judged: Ratio) -> Cause | None:
    """Return what in the published method gave a ratio that the reference method does not."""
    size = agreement(judged.ratio, claim, judged.bound) in {Agreement.LARGER, Agreement.SMALLER}
    if size and judged is evidence.saturated and evidence.sweep and evidence.sweep.bound:
        return Cause.GENERATOR
    then = evidence.then
    came_out = then is not None and agreement(then.ratio, claim) is Agreement.AS_CLAIMED
    return Cause.METHOD if came_out else None


def chosen(sweep: Ratio | None, saturated: Ratio | None) -> Ratio | None:
    """Choose the figure to judge: the sweep's, or the saturated servers' where that was bounded."""
    if sweep is not None and not sweep.bound:
        return sweep
    return saturated or sweep


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


def _better(judged: Ratio) -> bool:
    return ends(judged.ratio)[0] > 1


# ---------------------------------------------------------------------------------- errors


def rule_errors(evidence: ErrorEvidence) -> Ruling:
    """Judge a claim that a share of errors is lower, for one edition."""
    then, reference = evidence.then, evidence.reference
    if reference is None:
        return Ruling(Verdict.NOT_MEASURED, Cause.ABSENT)
    lower = lower_levels(reference)
    if any(lower):
        part = Ruling(Verdict.IN_PART, Cause.SOME_LEVELS)
        return Ruling(Verdict.HOLDS, Cause.LOWER) if all(lower) else part
    if then is not None and lower_on_the_whole(then):
        cut = cut_off(then)
        if cut or not total_errors(reference):
            return Ruling(Verdict.ARTEFACT, Cause.CUT_OFF if cut else Cause.METHOD)
    some = total_errors(reference) > 0
    return Ruling(Verdict.NOT, Cause.NO_DIFFERENCE if some else Cause.NO_ERRORS)


def lower_levels(found: Errors) -> tuple[bool, ...]:
    """Return, by level, whether the share of errors is surely lower than all the others'."""
    return tuple(
        all(_surely_lower(better, column[place]) for column in found.others)
        for place, better in enumerate(found.better)
    )


def lower_on_the_whole(found: Errors) -> bool:
    """Return whether the share of errors over all levels is lower than each of the others'."""
    return all(found.share(found.better) < found.share(column) for column in found.others)


def cut_off(found: Errors) -> bool:
    """Return whether the errors can be requests cut off at the end: never more than in flight."""
    cells = [cell for column in found.all for cell in column]
    return any(cell.most_errors for cell in cells) and all(
        cell.most_errors <= cell.level for cell in cells
    )


def total_errors(found: Errors) -> int:
    """Return all errors of all contenders."""
    return sum(sum(cell.errors.values()) for column in found.all for cell in column)


def _surely_lower(better: CellSummary, other: CellSummary) -> bool:
    if better.error_rate is None or other.error_rate is None:
        return False
    return ends(better.error_rate)[1] < ends(other.error_rate)[0]


# --------------------------------------------------------------------------------- editions


def together(rulings: Mapping[str, Ruling]) -> tuple[str, Ruling]:
    """Put the editions' rulings together: whose reason counts most, and the verdict.

    One edition measured decides alone. Where they differ, a claim that holds, wholly or in part,
    on one edition and not on the other holds in part; else it is an artefact of the method where
    it is one on either.
    """
    measured = {e: r for e, r in rulings.items() if r.verdict is not Verdict.NOT_MEASURED}
    if not measured:
        edition = next(iter(rulings))
        return edition, rulings[edition]
    verdicts = {ruling.verdict for ruling in measured.values()}
    if len(verdicts) == 1:
        edition = next(iter(measured))
        return edition, measured[edition]
    good = {Verdict.HOLDS, Verdict.IN_PART}
    wanted = good if verdicts & good else {Verdict.ARTEFACT}
    edition = next(e for e, ruling in measured.items() if ruling.verdict in wanted)
    verdict = Verdict.IN_PART if verdicts & good else Verdict.ARTEFACT
    return edition, Ruling(verdict, measured[edition].cause)
