"""Says in a sentence why a claim's verdict is what it is, with the figures measured. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.claim_rules import (
    Cause,
    Ruling,
    chosen,
    little,
    lower_levels,
    missed_levels,
    total_errors,
)
from clusterbench.measure.limits import FULL
from clusterbench.model.claims import Subject
from clusterbench.model.numbers import (
    LOWER,
    TIMES,
    UPPER,
    interval,
    listing,
    number,
    percent,
    ratio,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.measure.claim_evidence import ErrorEvidence, Errors, Ratio, RatioEvidence
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.claims import Claim
    from clusterbench.model.interval import Estimate

_GROUPS = {
    "ten-restarts-against-one": "ten restarts against one",
    "as-published": "one restart each",
    "equal-work": "equal work, one restart each from the same centroids,",
}


def ratio_reason(claim: Claim, evidence: RatioEvidence, ruling: Ruling) -> str:
    """Return the sentence of a claim with a factor."""
    judged = chosen(evidence.sweep, evidence.saturated)
    published = evidence.then and f"by the published method it is {_spread(evidence.then)}"
    if judged is None:
        absent = (
            f"nothing here measured it by the reference method; `{claim.sources.command}` would"
        )
        return "; ".join(part for part in (published, absent) if part)
    parts = []
    if evidence.sweep is not None:
        parts.append(_sweep(claim, evidence.sweep))
    if judged is evidence.saturated:
        parts.append(
            f"saturated by {judged.generator} it is {_interval(judged.ratio, judged.bound)}"
        )
    if judged.ratio.low is None:
        parts.append("one round, so without an interval")
    if published and ruling.cause is not Cause.REPEATS:
        parts.append(published)
    return "; ".join([*parts, _conclusion(claim, evidence, judged, ruling.cause)])


def _sweep(claim: Claim, sweep: Ratio) -> str:
    """Return what the sweep gave, and what of it was the load generator's."""
    if claim.subject is Subject.TRAINING:
        group = _GROUPS.get(sweep.source, sweep.source)
        threads = listing([f"{n} thread{'s' * (n > 1)}" for n in sweep.levels])
        return f"{group} gives {_spread(sweep)} on {threads}"
    said = f"{_at(sweep.levels)} it is {_spread(sweep)}"
    if not sweep.bound:
        return said
    sides = {">=": (sweep.better,), "<=": (sweep.than,)}
    cells = [c for side in sides.get(sweep.bound, (sweep.better, sweep.than)) for c in side]
    return f"{said}, but {_limited(sweep, cells)} ({_bounds(sweep.bound)})"


def _limited(sweep: Ratio, cells: Sequence[CellSummary]) -> str:
    """Return how the load generator limited these cells."""
    names = listing(list(dict.fromkeys(cell.contender for cell in cells)))
    generator = [s for c in cells if c.generator_share for s in c.generator_share.rounds]
    server = [s for c in cells if c.server_share for s in c.server_share.rounds]
    if sweep.of.shared:
        return (
            f"of the CPUs that both shared {sweep.generator} used {percent(_mean(generator))} "
            f"and {names} {percent(_mean(server))}"
        )
    full = sum(g >= FULL and s < FULL for g, s in zip(generator, server, strict=False))
    return (
        f"{sweep.generator}'s CPUs were full in {full} of {len(generator)} trials of {names}, "
        f"and the server's were not"
    )


def _conclusion(claim: Claim, evidence: RatioEvidence, judged: Ratio, cause: Cause) -> str:
    claimed = f"the claimed {claim.times or 0.0:g}{TIMES}"
    within = percent(claim.tolerance)
    missed = listing([f"{level:,}" for level in missed_levels(judged, claim)])
    what = "threads" if claim.subject is Subject.TRAINING else "requests in flight"
    throughput = _interval(evidence.throughput.ratio) if evidence.throughput else ""
    return {
        Cause.AS_CLAIMED: f"that reaches {claimed} within {within}",
        Cause.SOME_LEVELS: (
            f"that reaches {claimed} within {within} on the whole, but not at {missed} {what}"
        ),
        Cause.SIZE: f"better, but not by {claimed}",
        Cause.BOUND: f"better; the load generator was the limit, so {claimed} cannot be judged",
        Cause.GENERATOR: (
            f"what the sweep shows is the load generator's limit, and the servers' ratio is not "
            f"{claimed}"
        ),
        Cause.METHOD: f"{claimed} is an artefact of the published method",
        Cause.REPEATS: (
            f"throughput {TIMES} mean latency is {_range(little(judged))} of the concurrency in "
            "these cells: in a closed loop latency is concurrency over throughput, and the ratio "
            f"repeats the throughput's {throughput}"
        ),
        Cause.REVERSED: f"the opposite of {claimed}",
        Cause.NO_DIFFERENCE: f"no difference is shown, let alone {claimed}",
        Cause.TOO_WIDE: (f"too uncertain to judge {claimed}: more rounds (--rounds) would tell"),
    }[cause]


# ------------------------------------------------------------------------------------ errors


def errors_reason(claim: Claim, evidence: ErrorEvidence, ruling: Ruling) -> str:
    """Return the sentence of a claim about errors."""
    published, reference = evidence.then, evidence.reference
    before = published and (
        f"by the published method {_shares(published)} failed {_at(_levels(published))}"
    )
    if reference is None:
        absent = (
            f"nothing here measured it by the reference method; `{claim.sources.command}` would"
        )
        return "; ".join(part for part in (before, absent) if part)
    cells = [cell for column in reference.all for cell in column]
    failed = total_errors(reference)
    requests = sum(cell.responses for cell in cells) + failed
    if failed:
        after = f"by the reference method {_shares(reference)} of {requests:,} requests failed"
    else:
        after = f"by the reference method none of {requests:,} requests failed"
    lower = [
        f"{cell.level:,}"
        for cell, is_lower in zip(reference.better, lower_levels(reference), strict=True)
        if is_lower
    ]
    apart = ", by intervals that do not overlap"
    match ruling.cause:
        case Cause.CUT_OFF:
            parts = [before, _cut(published), after] if published else [after]
        case Cause.LOWER:
            parts = [before, after, f"fewer at each of {listing(lower)} requests in flight{apart}"]
        case Cause.SOME_LEVELS:
            parts = [before, after, f"fewer only at {listing(lower)} requests in flight{apart}"]
        case Cause.NO_ERRORS:
            parts = [before, after, "no share is lower than another"]
        case Cause.METHOD:
            parts = [before, after, "the difference is an artefact of the published method"]
        case _:
            parts = [before, after, f"at no level fewer{apart}"]
    return "; ".join(part for part in parts if part)


def _cut(published: Errors) -> str:
    """Return that the errors are requests cut off, and how far from the bound they stay."""
    cells = [cell for column in published.all for cell in column]
    trials = sum(cell.trials for cell in cells)
    nearest = max(cells, key=lambda cell: cell.most_errors / cell.level)
    return (
        "the errors are the requests that `close` cut off at the end: in "
        f"{trials} trials never more than were in flight (at most {nearest.most_errors:,} of "
        f"{nearest.level:,})"
    )


def _shares(found: Errors) -> str:
    return " against ".join(
        f"{percent(found.share(column))} ({column[0].contender})" for column in found.all
    )


def _levels(found: Errors) -> tuple[int, ...]:
    return tuple(cell.level for cell in found.better)


# ------------------------------------------------------------------------------------- words


def _at(levels: Iterable[int]) -> str:
    found = sorted(levels)
    if len(found) == 1:
        return f"at {found[0]:,} requests in flight"
    return f"at {found[0]:,} to {found[-1]:,} requests in flight"


def _spread(found: Ratio) -> str:
    """Write a ratio by its levels: from the least to the most."""
    values = sorted(each.value for each in found.levels.values())
    least, most = number(values[0]), number(values[-1])
    if least == most:
        return f"{_interval(found.ratio)}" if len(values) == 1 else f"{least}{TIMES}"
    return f"{least}{TIMES} to {most}{TIMES}"


def _range(values: Sequence[float]) -> str:
    """Write from the least to the most, to two decimals."""
    found = sorted({f"{value:.2f}" for value in values})
    return " to ".join(dict.fromkeys([*found[:1], *found[-1:]]))


def _interval(estimate: Estimate, bound: str = "") -> str:
    text = ratio(estimate, bound if bound in {LOWER, UPPER} else "")
    return " ".join(part for part in (text, interval(estimate)) if part)


def _bounds(bound: str) -> str:
    said = {">=": "a lower bound", "<=": "an upper bound"}
    return said.get(bound, "so it says little of the servers")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
