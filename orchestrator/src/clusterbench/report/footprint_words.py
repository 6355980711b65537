"""What a run's footprints come to, in a sentence of its figures, and what is not known. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.footprint import Need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.cell_summary import ContenderSummary
    from clusterbench.model.footprint import FootprintRatio
    from clusterbench.model.summary import Summary

_FIGURES = {
    "start": "cold start",
    "image_size": "image size",
    "idle_memory": "idle memory",
    "peak_memory": "peak memory",
    "workers": "number of workers",
}


def sentence(summary: Summary) -> str:
    """Return who starts soonest and who holds least, and how far the others are; "" of nothing."""
    soonest, smallest = _least(summary, Need.START), _least(summary, Need.IDLE_MEMORY)
    parts = []
    if soonest:
        parts.append(_starts(soonest, _others(summary, Need.START)))
    if smallest:
        subject = "" if smallest is soonest else f"{smallest.name} "
        parts.append(subject + _holds(smallest, _others(summary, Need.IDLE_MEMORY)))
    return f"{', and '.join(parts)}." if parts else ""


def unknown(summary: Summary) -> tuple[str, ...]:
    """Return which figures are not known, of whom, and why."""
    lines = []
    for figure, words in _FIGURES.items():
        why = {
            each.name: each.footprint.unknown[figure]
            for each in summary.contenders
            if figure in each.footprint.unknown
        }
        lines += [f"No {words} of {line}." for line in fmt.reasons(why)]
    if failed := [each.name for each in summary.contenders if not each.turns]:
        lines.append(f"No footprint of {fmt.listing(failed)}: no turn went well (see Failures).")
    return tuple(lines)


def _least(summary: Summary, need: Need) -> ContenderSummary | None:
    """Return the contender that needs the least of something; None where nobody's need is known."""
    found = [
        (figure.value, place)
        for place, each in enumerate(summary.contenders)
        if (figure := getattr(each.footprint, need)) is not None
    ]
    return summary.contenders[min(found)[1]] if found else None


def _others(summary: Summary, need: Need) -> Sequence[FootprintRatio]:
    """Return how much more the next contender needs, and the last where there are several."""
    found = [each for each in summary.footprints if each.need is need]
    return found if len(found) < 2 else [found[0], found[-1]]  # noqa: PLR2004 - the two ends


def _starts(soonest: ContenderSummary, others: Sequence[FootprintRatio]) -> str:
    begins = "creation" if "create" in soonest.footprint.steps else "start"
    after = fmt.with_interval(soonest.footprint.start, unit=" s")
    text = f"{soonest.name} gives its first right response {after} after its {begins} begins"
    return text + _aside([_more(each, "takes", "as long") for each in others])


def _holds(smallest: ContenderSummary, others: Sequence[FootprintRatio]) -> str:
    idle = fmt.with_interval(smallest.footprint.idle_memory, 1 / fmt.MEBI, " MiB")
    return f"holds {idle} idle" + _aside([_more(each, "holds", "as much") for each in others])


def _more(found: FootprintRatio, verb: str, measure: str) -> str:
    times = " ".join(filter(None, (fmt.ratio(found.ratio), fmt.interval(found.ratio))))
    text = f"{found.numerator} {verb} {times} {measure}"
    ends = found.ratio.ends
    return text if ends is None or ends[0] > 1 else f"{text}, no clear difference"


def _aside(texts: Sequence[str]) -> str:
    return f" ({'; '.join(texts)})" if texts else ""
