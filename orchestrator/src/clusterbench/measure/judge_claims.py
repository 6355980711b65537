"""Judges the published claims by what runs measured. docs/claims.md has the rules. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import Evidence, Judged, M, Ratio, errors, ratio
from clusterbench.measure.claim_reasons import errors_reason, ratio_reason
from clusterbench.measure.claim_rules import Cause, rule_errors, rule_ratio, together
from clusterbench.measure.claim_training import training
from clusterbench.model.claim_result import ClaimResult
from clusterbench.model.claims import Subject
from clusterbench.model.contender import CURRENT, EDITION_2019
from clusterbench.model.experiment import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from clusterbench.model.claims import Claim

    Measure = Callable[[Judged, str, Claim, str], M | None]

EDITIONS = (CURRENT, EDITION_2019)


def judge(claims: Iterable[Claim], runs: Sequence[Judged]) -> tuple[ClaimResult, ...]:
    """Judge each claim by these runs: each takes what it needs from whichever measured it.

    By the reference method, a run whose server and load generator had CPUs of their own comes
    before one where they took them from each other; then one of more rounds; then the first given.
    Of training, the run of most passes comes first. One whose interval says nothing gives way to
    the next that says something.
    """
    return tuple(_judge(claim, runs) for claim in claims)


def _judge(claim: Claim, runs: Sequence[Judged]) -> ClaimResult:
    if claim.subject is Subject.ERRORS:
        return _result(claim, errors, rule_errors, errors_reason, runs=runs, ranked=_ranked(runs))
    if claim.subject is Subject.TRAINING:
        trained = sorted(runs, key=_passes, reverse=True)
        return _result(claim, training, rule_ratio, ratio_reason, runs=trained, ranked=trained)
    return _result(claim, ratio, rule_ratio, ratio_reason, runs=runs, ranked=_ranked(runs))


def _passes(of: Judged) -> int:
    return of.summary.training.passes if of.summary.training else 0


def _ranked(runs: Sequence[Judged]) -> list[Judged]:
    """Put runs in the order in which they are preferred by the reference method."""
    return sorted(runs, key=lambda run: (run.shared, -run.run.experiment.rounds))


def _result(
    claim: Claim,
    measure: Measure[M],
    rule: Callable[[Evidence[M]], Cause],
    reason: Callable[[Evidence[M], Cause], str],
    *,
    runs: Sequence[Judged],
    ranked: Sequence[Judged],
) -> ClaimResult:
    """Judge each edition, and put them together: each that was measured has its own words."""
    found: dict[str, Evidence[M]] = {}
    causes: dict[str, Cause] = {}
    for edition in EDITIONS:
        every = [(e, rule(e)) for e in _evidence(claim, edition, runs, ranked, measure)]
        says = (pair for pair in every if pair[1].verdict.decided)
        found[edition], causes[edition] = next(says, every[0])
    said = {edition: reason(found[edition], causes[edition]) for edition in EDITIONS}
    edition, verdict = together(causes)
    measured = [e for e, r in causes.items() if r.verdict.decided] or [edition]
    words = said[edition]
    if measured != [CURRENT]:
        names = {CURRENT: "Current edition", EDITION_2019: EDITION_2019}
        words = ". ".join(f"{names[e]}: {said[e]}" for e in measured)
    published = [each.published.figure(e) for e, each in found.items() if each.published]
    return ClaimResult(
        id=claim.id,
        claim=claim.claim,
        published=claim.published,
        verdict=verdict,
        reason=words,
        # The edition that was published, where it was measured. Its method bounds nothing.
        as_published=replace(published[-1], bound="") if published else None,
        reference={e: each.judged.figure(e) for e, each in found.items() if each.judged},
    )


def _evidence(
    claim: Claim,
    edition: str,
    runs: Sequence[Judged],
    ranked: Sequence[Judged],
    measure: Measure[M],
) -> Iterator[Evidence[M]]:
    """Return what each run has of a claim, the preferred first; at the end, none of it.

    The sweep and what saturates servers are of one run.
    """

    def first(where: Iterable[Judged], sources: Sequence[str]) -> M | None:
        found = (measure(run, name, claim, edition) for run in where for name in sources)
        return next((each for each in found if each is not None), None)

    published = first(runs, claim.sources.as_published)
    for run in ranked:
        sweep = first([run], claim.sources.sweep)
        by_throughput = claim.subject is Subject.THROUGHPUT
        saturated = first([run], claim.sources.saturated) if by_throughput else None
        if sweep or saturated:
            yield Evidence(
                claim=claim,
                published=published,
                sweep=sweep,
                saturated=saturated,
                throughput=_throughput(claim, run, sweep.source, edition) if sweep else None,
            )
    yield Evidence(claim=claim, published=published)


def _throughput(claim: Claim, of: Judged, scenario: str, edition: str) -> Ratio | None:
    """Return the throughput ratio of the cells of a latency ratio, where their loop is closed."""
    if claim.subject is not Subject.LATENCY:
        return None
    if of.run.experiment.scenarios[scenario].loop is not Loop.CLOSED:
        return None
    by_responses = replace(claim, subject=Subject.THROUGHPUT, percentile=None)
    return ratio(of, scenario, by_responses, edition)
