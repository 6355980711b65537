"""What a comparison of two runs found, in sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.compared import CompareVerdict
from clusterbench.report.comparison_words import change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.runs_compared import FigureChange, RunsCompared

_MOST_NAMED = 3


def sentences(shown: RunsCompared) -> Iterator[str]:
    """Yield what changed from the first run to the second, what matters most first."""
    what = f"{shown.second} against {shown.first}"
    if not shown.changes:
        yield f"{what}: the runs have no cell in common, so nothing was compared."
        return
    of = f"of {fmt.plural(len(shown.changes), 'figure')}"
    worse = _with(shown, CompareVerdict.SLOWER)
    better = _with(shown, CompareVerdict.FASTER)
    if worse:
        yield f"{what}: {len(worse)} {of} are worse: {_named(worse)}."
    if better:
        yield f"{what}: {len(better)} {of} are better: {_named(better)}."
    same = len(_with(shown, CompareVerdict.NO_DIFFERENCE))
    if not worse and not better:
        if same:
            yield f"{what}: no difference in {same} {of}."
        else:
            yield f"{what}: no figure can be judged."
    for (verdict, why), number in _reasons(shown).items():
        yield f"{number} {of} {verdict}: {why}."
    if shown.judged:
        yield (
            "Each interval stands by itself: of 100 figures without any change, about 5 are found "
            "better or worse."
        )


def depends(shown: RunsCompared) -> Iterator[str]:
    """Yield what the intervals rest on, and a line for each part that differs between the runs."""
    if shown.calibrated:
        yield f"Intervals: by the calibration of this host of {shown.calibrated}."
    if shown.elsewhere:
        yield "The runs were measured on different hosts, or in different ways: see below."
    if not shown.differences:
        yield "Nothing else differs between the runs."
    yield from shown.differences


def _with(shown: RunsCompared, verdict: CompareVerdict) -> list[FigureChange]:
    return [each for each in shown.changes if each.verdict is verdict]


def _named(changes: Sequence[FigureChange]) -> str:
    """Name the largest changes, and count the others."""
    sizes = sorted(changes, key=lambda each: -abs(each.ratio.value - 1) if each.ratio else 0.0)
    named = [
        f"{each.contender}{_where(each)}, {each.title} {change(each.ratio)}"
        for each in sizes[:_MOST_NAMED]
    ]
    left = len(changes) - len(named)
    return "; ".join([*named, f"{left} more below"] if left else named)


def _where(each: FigureChange) -> str:
    return "" if each.scenario is None else f" at {each.scenario} {each.level:,}"


def _reasons(shown: RunsCompared) -> dict[tuple[str, str], int]:
    """Count the figures that are not judged, by what is said of them and why."""
    found: dict[tuple[str, str], int] = {}
    for verdict in (CompareVerdict.TOO_NOISY, CompareVerdict.NOT_COMPARED):
        for each in _with(shown, verdict):
            why = each.why or "runs of this host differ by more than that without any change"
            found[verdict.value, why] = found.get((verdict.value, why), 0) + 1
    return found
