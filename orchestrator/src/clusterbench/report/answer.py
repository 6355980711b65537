"""The answer of a run in words, at most four sentences, made from its figures. Pure.

What one core of each contender serves, the ratio, what the asked rate takes, and what to distrust.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Method
from clusterbench.report.answered import answered
from clusterbench.report.distrust import doubts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.served import Answered, Served

#: About how long a sentence may be. What does not fit is counted, but so many are named always.
LONGEST = 160
LEAST_NAMED = 3
_LEAST_DOUBTS = 2


def answer(run: RunRecord, summary: Summary) -> tuple[str, ...]:
    """Return the answer, at most four sentences; nothing for a run that has none."""
    found = answered(run, summary)
    return () if found is None else tuple(sentences(run, summary, found))


def sentences(run: RunRecord, summary: Summary, found: Answered) -> Iterator[str]:
    """Yield the sentences of an answer, given its figures."""
    yield _served(found)
    if ratios := _ratios(found):
        yield ratios
    if taken := _taken(found):
        yield taken
    if said := doubts(run, summary, found):
        yield _fitted("Distrust: ", said, "; ", _LEAST_DOUBTS) + "."


# ------------------------------------------------------------------------- what a core serves


def _served(found: Answered) -> str:
    known = found.known
    lost = _lost(found)
    if not known:
        return f"No contender has a figure: {'; '.join(lost)}."
    unit = "batches/s" if found.method == Method.PREDICT_BATCH else "requests/s"
    best, *others = known
    first = f"{best.title} serves {_figure(best)} {unit}{_between(best.per_core)}"
    parts = [first, *(f"{each.title} {_figure(each)}" for each in others)]
    if found.missed is not None:
        lost = [f"{found.missed} was met by none at any rate that was tried", *lost]
    head = (
        f"Within {found.objective} one core of "
        if found.objective is not None
        else "Saturated, without a latency objective, one core of "
    )
    return "; ".join([_fitted(head, parts, ", "), *lost]) + "."


def _figure(each: Served) -> str:
    return fmt.bounded(fmt.point(each.per_core), lower_bound=each.lower_bound)


def _lost(found: Answered) -> list[str]:
    """Return why contenders have no figure, those of one reason together."""
    why: dict[str, list[str]] = {}
    for each in found.contenders:
        if each.per_core is None:
            why.setdefault(_why_none(each), []).append(each.title)
    return [f"{fmt.listing(titles)}{reason}" for reason, titles in why.items()]


def _why_none(each: Served) -> str:
    if each.none_met:
        return " met it at no rate that was tried"
    return " failed" if each.failures else ": not measured"


# ------------------------------------------------------------------------------------- ratios


def _ratios(found: Answered) -> str:
    """Return how many times the best is what each other is."""
    times, equal, unknown = list[str](), list[str](), list[str]()
    for other in found.known[1:]:
        made = found.ratio(other)
        if made.estimate is None:
            continue
        between = _between(made.estimate)
        ends = made.estimate.ends
        if made.bound == "unknown":
            unknown.append(other.title)
        elif not made.bound and ends is not None and ends[0] <= 1 <= ends[1]:
            equal.append(f"{other.title}{between.replace(')', ' times)')}")
        else:
            figure = " ".join(filter(None, (made.bound, fmt.point(made.estimate))))
            times.append(f"{figure} times{between} {other.title}")
    parts = []
    if times:
        left = len(times) - LEAST_NAMED
        shown = [*times[:LEAST_NAMED], *([f"{left} more"] if left > 0 else [])]
        parts.append(f"that is {fmt.listing(shown)}")
    if equal:
        parts.append(f"no difference beyond the interval from {fmt.listing(equal)}")
    if unknown:
        parts.append(f"the ratio to {fmt.listing(unknown)} is unknown, since both are lower bounds")
    return _sentence("; ".join(parts)) if parts else ""


# ------------------------------------------------------------------- what the asked rate takes


def _taken(found: Answered) -> str:
    known, asked = found.known, found.question
    if asked is None:
        return _cpu_times(known)
    takers = [each for each in known if each.cores is not None]
    if not takers:
        return ""
    spare = f" with {fmt.percent(asked.headroom)} headroom" if asked.headroom else ""
    rate = f"{fmt.number(asked.rate, 0)} requests/s{spare} take "
    head = rate if found.objective else f"By CPU time {rate}"
    parts = [
        _cores(each, each.cores, first=not place) for place, each in enumerate(takers) if each.cores
    ]
    return _fitted(head, parts, ", ") + "."


def _cores(each: Served, cores: Estimate, *, first: bool) -> str:
    """Write `4 (3 to 5) of`, the first with its noun: `1 core of`."""
    figure = " ".join(filter(None, (each.cores_bound, fmt.number(cores.value, 0))))
    noun = f" core{'s'[: cores.value != 1]}" if first else ""
    between = ""
    if cores.low is not None and cores.high is not None and cores.low != cores.high:
        most = f"to {fmt.number(cores.high, 0)}" if math.isfinite(cores.high) else "or more"
        between = f" ({fmt.number(cores.low, 0)} {most})"
    return f"{figure}{noun}{between} of {each.title}"


def _cpu_times(known: Sequence[Served]) -> str:
    costs = [(each, each.cell.cpu_per_request) for each in known if each.cell]
    parts = [f"{fmt.seconds(cpu.value)} with {each.title}" for each, cpu in costs if cpu]
    if not parts:
        return ""
    return _fitted("A request takes CPU time of ", parts, ", ") + "."


# -------------------------------------------------------------------------------------- words


def _between(found: Estimate | None) -> str:
    """Write an interval as a sentence has it: ` (148,000 to 154,000)`; nothing where none is."""
    if found is None or found.ends is None:
        return ""
    places = fmt.decimals(found)
    low, high = (fmt.number(end, places) for end in found.ends)
    return f" ({low} to {high})" if low != high else ""


def _fitted(head: str, parts: Sequence[str], between: str, least: int = LEAST_NAMED) -> str:
    """Join parts while they fit into a sentence, and count the others."""
    kept = list(parts)
    while len(kept) > least and len(head + between.join(kept)) > LONGEST:
        kept.pop()
    left = len(parts) - len(kept)
    return head + between.join([*kept, *([f"and {left} more"] if left else [])])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
