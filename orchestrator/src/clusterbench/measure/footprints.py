"""What each contender needs before and beside its responses: cold start, image, memory. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.comparison import paired
from clusterbench.measure.estimates import estimate, estimate_of
from clusterbench.model.contender import WORKERS
from clusterbench.model.footprint import START_STEPS, Footprint, FootprintRatio, Need
from clusterbench.model.numbers import MEBI, listing, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clusterbench.model.contender import Contender
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import TurnRecord
    from clusterbench.model.units import Bytes

_SAMPLED = "sampled"
_NOT_RECORDED = "the run did not record it"
_NOT_SAID = "the server did not say how many it has"


def footprint(contender: Contender, turns: Sequence[TurnRecord]) -> Footprint:
    """Return a contender's footprint; `turns` are its own that went well, by round."""
    found: dict[str, Estimate | None] = {
        need: estimate_of(map(figure, turns)) for need, figure in _NEEDS.items()
    }
    sources = {turn.peak_memory_source for turn in turns if turn.peak_memory}
    counts = [_workers(contender, turn) for turn in turns]
    workers = next((count for count in reversed(counts) if count), None)
    sizes = sorted({turn.image_size for turn in turns if turn.image_size})
    image = sizes[0] if len(sizes) == 1 else None
    known = {**found, "image_size": image, "workers": workers}
    missing = [name for name, figure in known.items() if figure is None] if turns else []
    return Footprint(
        **found,
        steps=_steps(turns),
        image_size=image,
        # The weaker source speaks for all where turns differ.
        peak_memory_source=_SAMPLED if _SAMPLED in sources else "".join(sources),
        workers=workers,
        idle_memory_per_worker=_shared(Need.IDLE_MEMORY, turns, counts),
        peak_memory_per_worker=_shared(Need.PEAK_MEMORY, turns, counts),
        unknown={name: _why(name, turns, sizes) for name in missing},
    )


def compare_footprints(turns: Mapping[str, Sequence[TurnRecord]]) -> Iterator[FootprintRatio]:
    """Compare each contender with the one that needs the least of something.

    `turns` are those that went well, by contender. The next comes first.
    """
    for need, figure in _NEEDS.items():
        rounds = {
            name: {turn.round: value for turn in own if (value := figure(turn)) is not None}
            for name, own in turns.items()
        }
        points = {name: estimate([*own.values()]).value for name, own in rounds.items() if own}
        order = sorted(points, key=lambda name: points[name])
        for name in order[1:]:
            if ratio := paired(rounds[name], rounds[order[0]]):
                yield FootprintRatio(need=need, numerator=name, denominator=order[0], ratio=ratio)


def _cold_start(turn: TurnRecord) -> float | None:
    """Return how long a server took to its first right response; None where it ran before."""
    if "start" not in turn.steps:
        return None
    return sum(turn.steps.get(step, 0.0) for step in START_STEPS)


def _peak(turn: TurnRecord) -> float | None:
    """Return a turn's peak of memory; of an older run with file pages, which are not told apart."""
    return turn.peak_without_files or turn.peak_memory


_NEEDS: Mapping[Need, Callable[[TurnRecord], float | None]] = {
    Need.START: _cold_start,
    Need.IDLE_MEMORY: lambda turn: turn.idle_memory,
    Need.PEAK_MEMORY: _peak,
}


def _steps(turns: Sequence[TurnRecord]) -> Mapping[str, Estimate]:
    started = [turn.steps for turn in turns if "start" in turn.steps]
    return {
        step: estimate([steps[step] for steps in started])
        for step in START_STEPS
        if started and all(step in steps for steps in started)
    }


def _workers(contender: Contender, turn: TurnRecord) -> int | None:
    """Return how many workers a server had by its own word, or else was told to run."""
    if turn.workers:
        return len(turn.workers)
    said = turn.startup.get("workers")
    if isinstance(said, int) and not isinstance(said, bool) and said > 0:
        return said
    return contender.workers if contender.environment.get(WORKERS) else None


def _shared(
    need: Need, turns: Sequence[TurnRecord], counts: Sequence[int | None]
) -> Estimate | None:
    figures = ((_NEEDS[need](turn), count) for turn, count in zip(turns, counts, strict=True))
    return estimate_of(used / count for used, count in figures if used is not None and count)


def _why(name: str, turns: Sequence[TurnRecord], sizes: Sequence[Bytes]) -> str:
    """Return why a figure is not known."""
    if name == "image_size" and sizes:
        changed = listing([f"{number(size / MEBI)} MiB" for size in sizes])
        return f"it changed in the run: {changed}"
    if name == "workers":
        return _NOT_SAID
    return next((turn.unknown[name] for turn in turns if name in turn.unknown), _NOT_RECORDED)
