"""Judges the published claims by what runs measured. docs/claims.md has the rules. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import (
    ErrorEvidence,
    Errors,
    Judged,
    Ratio,
    RatioEvidence,
    errors,
    ratio,
)
from clusterbench.measure.claim_reasons import errors_reason, ratio_reason
from clusterbench.measure.claim_rules import Ruling, chosen, rule_errors, rule_ratio, together
from clusterbench.measure.claim_training import training
from clusterbench.model.claim_result import ClaimFigure, ClaimResult, Verdict
from clusterbench.model.claims import Subject
from clusterbench.model.experiment import CURRENT, EDITION_2019, Loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.claims import Claim

EDITIONS = (CURRENT, EDITION_2019)


def judge(claims: Iterable[Claim], runs: Sequence[Judged]) -> tuple[ClaimResult, ...]:
    """Judge each claim by these runs: each takes what it needs from whichever measured it.

    By the reference method, a run whose server and load generator had CPUs of their own comes
    before one where they took them from each other; then one of more rounds; then the first given.
    One whose interval says nothing gives way to the next that says something.
    """
    return tuple(
        _judge_errors(claim, runs) if claim.subject is Subject.ERRORS else _judge_ratio(claim, runs)
        for claim in claims
    )


def ranked(runs: Sequence[Judged]) -> list[Judged]:
    """Put runs in the order in which they are preferred by the reference method."""
    return sorted(runs, key=lambda run: (run.shared, -run.run.experiment.rounds))


def ranked_by_passes(runs: Sequence[Judged]) -> list[Judged]:
    """Put runs in the order in which they are preferred for training: that of most passes first."""
    return sorted(
        runs, key=lambda run: -(run.summary.training.passes if run.summary.training else 0)
    )


# ---------------------------------------------------------------------------- with a factor


def _judge_ratio(claim: Claim, runs: Sequence[Judged]) -> ClaimResult:
    judged = {edition: _ratios(claim, edition, runs) for edition in EDITIONS}
    found = {edition: evidence for edition, (evidence, _) in judged.items()}
    rulings = {edition: ruling for edition, (_, ruling) in judged.items()}
    said = {edition: ratio_reason(claim, found[edition], rulings[edition]) for edition in EDITIONS}
    figures = {e: chosen(evidence.sweep, evidence.saturated) for e, evidence in found.items()}
    published = [_figure(each.then, e) for e, each in reversed(found.items()) if each.then]
    return _result(
        claim,
        rulings,
        said,
        replace(published[0], bound="") if published else None,
        {e: _figure(figure, e) for e, figure in figures.items() if figure},
    )


def _ratios(claim: Claim, edition: str, runs: Sequence[Judged]) -> tuple[RatioEvidence, Ruling]:
    """Gather and judge an edition's ratios: the sweep and what fills servers are of one run.

    That is the first in their order by which the claim can be judged; else the first of all.
    """
    every = [(each, rule_ratio(claim, each)) for each in _every(claim, edition, runs)]
    judged = (pair for pair in every if pair[1].verdict is not Verdict.NOT_MEASURED)
    return next(judged, every[0])


def _every(claim: Claim, edition: str, runs: Sequence[Judged]) -> Iterator[RatioEvidence]:
    """Return what each run has of a claim, the preferred first; at the end, none of it."""
    trained = claim.subject is Subject.TRAINING
    measure = training if trained else ratio

    def first(where: Iterable[Judged], sources: Sequence[str]) -> Ratio | None:
        found = (measure(run, name, claim, edition) for run in where for name in sources)
        return next((each for each in found if each is not None), None)

    ordered = ranked_by_passes(runs) if trained else ranked(runs)
    then = first(ordered if trained else runs, claim.sources.as_published)
    for run in ordered:
        sweep = first([run], claim.sources.sweep)
        fills = claim.sources.saturated if claim.subject is Subject.THROUGHPUT else ()
        saturated = first([run], fills)
        if sweep or saturated:
            rate = _throughput(claim, sweep, edition) if sweep else None
            yield RatioEvidence(then=then, sweep=sweep, saturated=saturated, throughput=rate)
    yield RatioEvidence(then=then)


def _throughput(claim: Claim, latency: Ratio, edition: str) -> Ratio | None:
    """Return the throughput ratio of the cells of a latency ratio, where their loop is closed."""
    if claim.subject is not Subject.LATENCY:
        return None
    if latency.of.run.experiment.scenarios[latency.source].loop is not Loop.CLOSED:
        return None
    by_calls = replace(claim, subject=Subject.THROUGHPUT, percentile=None)
    return ratio(latency.of, latency.source, by_calls, edition)


def _figure(of: Ratio, edition: str) -> ClaimFigure:
    return ClaimFigure(
        run=of.of.run.id,
        source=of.source,
        contenders=of.contenders,
        edition=edition,
        ratio=of.ratio,
        bound=of.bound,
        by_level={str(level): found.value for level, found in of.levels.items()},
    )


# ----------------------------------------------------------------------------------- errors


def _judge_errors(claim: Claim, runs: Sequence[Judged]) -> ClaimResult:
    found = {edition: _errors(claim, edition, runs) for edition in EDITIONS}
    rulings = {edition: rule_errors(evidence) for edition, evidence in found.items()}
    said = {edition: errors_reason(claim, found[edition], rulings[edition]) for edition in EDITIONS}
    published = [_shares(each.then, e) for e, each in reversed(found.items()) if each.then]
    return _result(
        claim,
        rulings,
        said,
        published[0] if published else None,
        {e: _shares(each.reference, e) for e, each in found.items() if each.reference},
    )


def _errors(claim: Claim, edition: str, runs: Sequence[Judged]) -> ErrorEvidence:
    def first(where: Iterable[Judged], sources: Sequence[str]) -> Errors | None:
        found = (errors(run, name, claim, edition) for run in where for name in sources)
        return next((each for each in found if each is not None), None)

    sources = claim.sources
    return ErrorEvidence(
        then=first(runs, sources.as_published), reference=first(ranked(runs), sources.sweep)
    )


def _shares(of: Errors, edition: str) -> ClaimFigure:
    return ClaimFigure(
        run=of.of.run.id,
        source=of.source,
        contenders=tuple(column[0].contender for column in of.all),
        edition=edition,
        shares={column[0].contender: of.share(column) for column in of.all},
    )


# ---------------------------------------------------------------------------------- the row


def _result(
    claim: Claim,
    rulings: Mapping[str, Ruling],
    said: Mapping[str, str],
    then: ClaimFigure | None,
    reference: Mapping[str, ClaimFigure],
) -> ClaimResult:
    """Put the editions together: each edition that was measured has its own words."""
    edition, ruling = together(rulings)
    measured = [e for e, r in rulings.items() if r.verdict is not Verdict.NOT_MEASURED]
    reason = said[edition]
    if measured and measured != [CURRENT]:
        words = {CURRENT: "Current edition", EDITION_2019: EDITION_2019}
        reason = ". ".join(f"{words[e]}: {said[e]}" for e in measured)
    return ClaimResult(
        id=claim.id,
        claim=claim.claim,
        published=claim.published,
        verdict=ruling.verdict,
        reason=reason,
        as_published=then,
        reference=reference,
    )
