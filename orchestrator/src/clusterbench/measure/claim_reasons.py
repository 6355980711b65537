"""Writes in a sentence why a claim's verdict is what it is, with the figures measured. Pure."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from clusterbench.measure.claim_rules import Cause, little, lower_levels, missed_levels
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
    plural,
    ratio,
)
from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.measure.claim_evidence import Errors, Evidence, Ratio
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.claims import Claim
    from clusterbench.model.interval import Estimate

_GROUPS = {
    "ten-restarts-against-one": "ten restarts against one",
    "as-published": "one restart each",
    "equal-work": "equal work, one restart each from the same centroids,",
}
#: What a ratio is that the load generator or a CPU quota limited, by its bound.
_BOUNDS = {
    LOWER: "a lower bound",
    UPPER: "an upper bound",
    "unknown": "so it says little of the servers",
}


def ratio_reason(evidence: Evidence[Ratio], cause: Cause) -> str:
    """Return the sentence of a claim with a factor."""
    claim, judged, throughput = evidence.claim, evidence.judged, evidence.throughput
    parts = []
    if evidence.sweep:
        parts.append(_sweep(claim, evidence.sweep))
    if judged and judged is evidence.saturated:
        parts.append(
            f"saturated by {judged.generator} it is {_interval(judged.ratio, judged.bound)}"
        )
    if evidence.published and cause is not Cause.REPEATS:
        parts.append(f"by the published method it is {_spread(evidence.published)}")
    missed = [f"{level:,}" for level in missed_levels(judged, claim)] if judged else []
    what = "threads" if claim.subject is Subject.TRAINING else "requests in flight"
    conclusion = cause.format(
        command=claim.sources.command,
        claimed=f"the claimed {claim.times or 0.0:g}{TIMES}",
        within=percent(claim.tolerance),
        missed=f"{listing(missed)} {what}",
        little=_range(little(judged)) if judged else "",
        throughput=_interval(throughput.ratio) if throughput else "",
    )
    return "; ".join([*parts, conclusion])


def _sweep(claim: Claim, sweep: Ratio) -> str:
    """Return what the sweep gave, and what of it was the load generator's."""
    if claim.subject is Subject.TRAINING:
        group = _GROUPS.get(sweep.source, sweep.source)
        threads = listing([plural(n, "thread") for n in sweep.levels])
        return f"{group} gives {_spread(sweep)} on {threads}"
    said = f"{_at(sweep.levels)} it is {_spread(sweep)}"
    if not sweep.bound:
        return said
    sides = {">=": (sweep.better,), "<=": (sweep.than,)}
    cells = [c for side in sides.get(sweep.bound, (sweep.better, sweep.than)) for c in side]
    return f"{said}, but {_limited(sweep, cells)} ({_BOUNDS[sweep.bound]})"


def _limited(sweep: Ratio, cells: Sequence[CellSummary]) -> str:
    """Return how the load generator, or a CPU quota, limited these cells."""
    names = listing(list(dict.fromkeys(cell.contender for cell in cells)))
    if held := sum(cell.limit is Limit.THROTTLED for cell in cells):
        return f"a CPU quota throttled {plural(held, 'cell')} of {names}"
    generator = [s for c in cells if c.generator_share for s in c.generator_share.rounds]
    server = [s for c in cells if c.server_share for s in c.server_share.rounds]
    if sweep.of.shared:
        theirs, ours = (percent(fmean(shares or [0.0])) for shares in (generator, server))
        return f"of the CPUs that both shared {sweep.generator} used {theirs} and {names} {ours}"
    full = sum(g >= FULL and s < FULL for g, s in zip(generator, server, strict=False))
    return (
        f"{sweep.generator}'s CPUs were full in {full} of {len(generator)} trials of {names}, "
        f"and the server's were not"
    )


# ------------------------------------------------------------------------------------ errors


def errors_reason(evidence: Evidence[Errors], cause: Cause) -> str:
    """Return the sentence of a claim about errors."""
    published, judged = evidence.published, evidence.judged
    parts = []
    if published:
        levels = _at(cell.level for cell in published.columns[0])
        parts.append(f"by the published method {_shares(published)} failed {levels}")
    if judged:
        requests = sum(cell.responses for cell in judged.cells) + judged.total
        shares = _shares(judged) if judged.total else "none"
        parts.append(f"by the reference method {shares} of {requests:,} requests failed")
    cells = published.cells if published else ()
    nearest = max(cells, key=lambda cell: cell.most_errors / cell.level, default=None)
    conclusion = cause.format(
        command=evidence.claim.sources.command,
        trials=sum(cell.trials for cell in cells),
        errors=f"{nearest.most_errors:,}" if nearest else "",
        level=f"{nearest.level:,}" if nearest else "",
        lower=listing([f"{level:,}" for level in lower_levels(judged)]) if judged else "",
    )
    # That requests were cut off explains the errors of the published method, which come first.
    parts.insert(1 if cause is Cause.CUT_OFF else len(parts), conclusion)
    return "; ".join(parts)


def _shares(found: Errors) -> str:
    return " against ".join(f"{percent(share)} ({name})" for name, share in found.shares.items())


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
        return _interval(found.ratio) if len(values) == 1 else f"{least}{TIMES}"
    return f"{least}{TIMES} to {most}{TIMES}"


def _range(values: Sequence[float]) -> str:
    """Write from the least to the most, to two decimals."""
    found = sorted({f"{value:.2f}" for value in values})
    return " to ".join(dict.fromkeys([*found[:1], *found[-1:]]))


def _interval(estimate: Estimate, bound: str = "") -> str:
    text = ratio(estimate, bound if bound in {LOWER, UPPER} else "")
    return " ".join(part for part in (text, interval(estimate)) if part)
