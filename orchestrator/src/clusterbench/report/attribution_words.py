"""Where CPU time per request goes, in sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.attribution import Spent
from clusterbench.own_program import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.attribution import Attribution, ContenderCosts, Difference
    from clusterbench.model.units import Seconds

#: CPU time per request is written in microseconds.
MICRO = 1e6
#: What a class is called in a sentence.
_IN_WORDS: Mapping[str, str] = {
    Spent.KERNEL: "the kernel and the network",
    Spent.FRAMEWORK: "the framework",
    Spent.MODEL: "the call into the model",
    Spent.OTHER: "the rest",
}
WAYS = (
    "Profile: samples of one window of the saturated server, which is not measured; each "
    "stack belongs to the innermost frame that is known. No-op: the CPU time per request of the "
    "same server with a handler that returns a constant, and what the model's handler takes more. "
    "Of Python code, profiles see too little of the model: believe the no-op handlers there."
)


def sentences(found: Attribution) -> Iterator[str]:
    """Return what the largest difference is made of, by each way that tells, and what does not."""
    if found.difference is not None:
        yield from _difference(found.difference, found.contenders)
    if not any(each.profile or each.lacking for each in found.contenders):
        yield f"No profiles: this run did not ask for them ({program()} run --profiler)."
    if not any(each.noop for each in found.contenders):
        yield "No-op handlers: this run has none under a load that saturates servers."
    for each in found.contenders:
        for profiler, reason in each.lacking.items():
            yield f"{each.contender}: n/a by {profiler}: {reason}."


def _difference(found: Difference, costs: tuple[ContenderCosts, ...]) -> Iterator[str]:
    cpu = {each.contender: each.cpu.value for each in costs}
    more, less = (f"{name} ({micro(cpu[name])})" for name in (found.more, found.less))
    ways = ((found.by_profile, "by their profiles"), (found.by_noop, "by their no-op handlers"))
    told = [(parts, way) for parts, way in ways if parts]
    if not told:
        yield (
            f"{more} takes {fmt.number(found.ratio)} times the CPU time per request of {less}. "
            "Neither profiles nor no-op handlers tell of both what it is made of."
        )
    of = (
        f"Of the {fmt.number(found.ratio)}-fold difference in CPU time per request between "
        f"{more} and {less}"
    )
    for place, (parts, way) in enumerate(told):
        yield f"{of if place == 0 else 'Of the same'}, {way} {_parts(parts, found.total)}."


def _parts(parts: Mapping[Spent, Seconds] | Mapping[str, Seconds], total: float) -> str:
    """Write each part with its share, the largest first."""
    largest = sorted(parts.items(), key=lambda part: -abs(part[1]))
    return fmt.listing(
        [
            f"{_IN_WORDS.get(name, name)}{'' if place else ' is'} {micro(value)} "
            f"({fmt.percent(value / total)})"
            for place, (name, value) in enumerate(largest)
            if value
        ]
    )


def micro(value: float) -> str:
    """Write a time in microseconds."""
    return f"{fmt.number(value * MICRO)} µs"
