"""What a comparison found, and how it was measured, in sentences. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.measure.compare_budget import budget_needed
from clusterbench.model import numbers as fmt
from clusterbench.model.compare_plan import Arm
from clusterbench.model.compared import CompareVerdict
from clusterbench.report import captions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.compared import MetricResult
    from clusterbench.model.interval import Estimate
    from clusterbench.report.measured_comparison import MeasuredComparison

#: What a contender is whose every metric of a verdict is one of memory, and what it is else.
_WORDS: Mapping[CompareVerdict, tuple[str, str]] = {
    CompareVerdict.SLOWER: ("takes more memory than", "is slower than"),
    CompareVerdict.FASTER: ("takes less memory than", "is faster than"),
}
_UNITS: Mapping[str, str] = {"us": "µs"}
_MINUTE = 60.0
_MOST_PLACES = 3


def unit(name: str) -> str:
    """Return a metric's unit as it is printed."""
    return _UNITS.get(name, name)


def change(ratio: Estimate | None) -> str:
    """Write a ratio as a change with its interval: `+5.1% (+3.2% to +7.0%)`."""
    if ratio is None:
        return fmt.NOTHING
    places = _places(ratio)
    text = _signed(ratio.value, places)
    if ratio.ends is None:
        return f"{text} (one block: no interval)"
    low, high = (_signed(end, places) for end in ratio.ends)
    return f"{text} ({low} to {high})"


def beyond(results: Sequence[MetricResult]) -> str:
    """Write the largest change that the intervals allow, either way: `1.8%`."""
    ends = [end for each in results if each.ratio and each.ratio.ends for end in each.ratio.ends]
    largest = max((abs(end - 1) for end in ends), default=math.inf)
    # Rounded up: a bound that is rounded down is none.
    return f"{math.ceil(largest * 1000) / 10:.1f}%" if math.isfinite(largest) else fmt.NOTHING


def verdict_sentences(shown: MeasuredComparison) -> Iterator[str]:
    """Yield the verdict in words, the sentence that matters most first."""
    verdict = shown.found.verdict
    yield _verdict(shown, verdict)
    if verdict is CompareVerdict.SLOWER and (faster := _of(shown, CompareVerdict.FASTER)):
        yield f"But better: {_changes(faster)}."
    if verdict is not CompareVerdict.TOO_NOISY and (noisy := _of(shown, CompareVerdict.TOO_NOISY)):
        yield f"Too noisy to say: {_changes(noisy)}{_budget(shown)}."
    yield from _allowed(shown)


def headline(shown: MeasuredComparison) -> str:
    """Return the verdict in a few words, for a heading."""
    words = {
        CompareVerdict.NO_DIFFERENCE: f"no difference beyond {beyond(shown.deciding)}",
        CompareVerdict.TOO_NOISY: "too noisy to say",
        CompareVerdict.NOT_COMPARED: "not compared",
    }
    verdict = shown.found.verdict
    both = shown.name(Arm.CANDIDATE), shown.name(Arm.BASELINE)
    if verdict in _WORDS:
        return f"{both[0]} {_relation(_of(shown, verdict), verdict)} {both[1]}"
    return f"{both[0]} and {both[1]}: {words[verdict]}"


def how_measured(shown: MeasuredComparison) -> str:
    """Return in a sentence how much was measured, and how."""
    found, plan = shown.found, shown.plan
    disturbed = f", {fmt.plural(found.disturbed, 'disturbed pair')} measured again"
    return (
        f"{fmt.plural(found.blocks, 'block')} (one instance of each), "
        f"{fmt.plural(found.pairs, 'pair')} of {plan.slice * 1e3:g} ms slices"
        f"{disturbed if found.disturbed else ''}, in {fmt.seconds(found.seconds)}{_reached(shown)}"
    )


def load(shown: MeasuredComparison) -> str:
    """Return how each slice loaded a server."""
    asked = shown.plan.load
    connections = fmt.plural(asked.connections, "connection")
    if asked.concurrency is not None:
        return f"{asked.method}, closed loop, {asked.concurrency} in flight on {connections}"
    rate = f"{fmt.whole(shown.rate)} requests/s" if shown.rate else "no rate known"
    share = "" if asked.rate is not None else f" ({asked.share:.0%} of the slower one's most)"
    return f"{asked.method}, open loop, {rate}{share}, {connections}"


def cautions(shown: MeasuredComparison) -> Iterator[str]:
    """Yield of which arm instances were nearly full, in how many blocks, and what follows."""
    for arm in Arm:
        shares = [
            each.rate / each.saturated if each.saturated else math.inf
            for each in shown.found.nearly_full
            if each.arm is arm
        ]
        if shares:
            yield (
                f"{shown.name(arm)}: in {len(shares)} of {fmt.plural(shown.found.blocks, 'block')} "
                f"the rate was up to {max(shares):.0%} of what it served when it was saturated: "
                "its response times are partly those of a queue; a lower --rate shows those of "
                "requests"
            )


def where(shown: MeasuredComparison) -> str:
    """Return on which CPUs, how, and on which machine."""
    plan = shown.record.plan
    cpus = f"Server on CPUs {plan.server}, load generator on {plan.generator}"
    return f"{cpus}. {captions.where(shown.record)}"


def _verdict(shown: MeasuredComparison, verdict: CompareVerdict) -> str:
    baseline, candidate = shown.name(Arm.BASELINE), shown.name(Arm.CANDIDATE)
    those = _of(shown, verdict)
    match verdict:
        case CompareVerdict.NO_DIFFERENCE:
            return (
                f"No difference between {candidate} and {baseline} beyond {beyond(those)}: "
                f"{_changes(those)}."
            )
        case CompareVerdict.TOO_NOISY:
            return (
                f"Too noisy to say whether {candidate} is slower or faster than {baseline}: "
                f"{_changes(those)}{_budget(shown)}."
            )
        case CompareVerdict.NOT_COMPARED:
            why = next((each.why for each in those if each.why), "no metric decides")
            return f"{candidate} was not compared with {baseline}: {why}."
        case _:
            return f"{candidate} {_relation(those, verdict)} {baseline}: {_changes(those)}."


def _relation(those: Sequence[MetricResult], verdict: CompareVerdict) -> str:
    memory, else_ = _WORDS[verdict]
    return memory if all(each.name == "memory" for each in those) else else_


def _of(shown: MeasuredComparison, verdict: CompareVerdict) -> list[MetricResult]:
    return [each for each in shown.deciding if each.verdict is verdict]


def _changes(results: Sequence[MetricResult]) -> str:
    return "; ".join(f"{each.title} {change(each.ratio)}" for each in results)


def _budget(shown: MeasuredComparison) -> str:
    """Return which budget would do, where it is known."""
    if shown.found.blocks == 1:
        return "; one block has no interval, so more blocks are needed"
    needed = budget_needed(shown.plan, shown.found)
    if needed is None:
        return ""
    blocks, seconds = needed
    minutes = fmt.plural(max(1, math.ceil(seconds / _MINUTE)), "minute")
    return f"; a budget of about {minutes} ({blocks:,} blocks) would do"


def _allowed(shown: MeasuredComparison) -> Iterator[str]:
    """Return whether it fails, in words, where something can."""
    if (most := shown.plan.fail_over) is None:
        return
    if failing := [each for each in shown.deciding if each.fails]:
        names = fmt.listing([each.title for each in failing])
        yield f"It fails: {names} is worse by {fmt.percent(most)} or more, beyond noise."
    else:
        yield f"It passes: nothing that decides is worse by {fmt.percent(most)} beyond noise."


def _reached(shown: MeasuredComparison) -> str:
    """Return whether the precision was reached, in words, where one was asked for."""
    if not shown.plan.precision:
        return ""
    reached = "" if shown.found.reached else "not "
    precision = f"\N{PLUS-MINUS SIGN}{fmt.percent(shown.plan.precision)}"
    return f"; the precision of {precision} was {reached}reached"


def _places(ratio: Estimate) -> int:
    """Return the decimals of a percentage that an interval allows: one, or more where narrow."""
    if ratio.ends is None:
        return 1
    width = (ratio.ends[1] - ratio.ends[0]) * 100
    needed = -math.floor(math.log10(width)) if width > 0 else 1
    return min(max(needed, 1), _MOST_PLACES)


def _signed(ratio: float, places: int) -> str:
    percent = round((ratio - 1) * 100, places) + 0.0  # no "-0"
    return f"{percent:+,.{places}f}%"
