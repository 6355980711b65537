"""Capacity: the highest rate that a server sustains within a latency objective."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from clusterbench.errors import GeneratorFailed
from clusterbench.load.kinds.kind import Duration, Part, Plots, TurnSoFar, window_counters
from clusterbench.load.kinds.open_loop import FromSaturated
from clusterbench.measure.capacity_search import RESOLUTION, search
from clusterbench.measure.rate_judgement import SENT, judge
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.experiment import Scenario, Timing
from clusterbench.model.numbers import listing
from clusterbench.model.objective import Objective, in_milliseconds
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from clusterbench.load.generator import Capabilities
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.cell_summary import Figures

#: How many short and full windows a search is taken to have, for estimates of how long it lasts.
_USUAL_PROBES, _USUAL_WINDOWS = 2, 3
#: Of a probe, what comes before its window and after it (s): queues of the last one are gone.
_BEFORE, _AFTER = Seconds(0.3), Seconds(0.1)


class WithinObjective(FromSaturated):
    """A search for the highest rate within an objective. A level is its limit in milliseconds.

    Rates are tried in short windows of `probe` seconds, and near the capacity in full ones. What is
    found held in a full window, which is the trial's. The search begins where what the turn has
    seen of the server before says that the capacity is.
    """

    kind: Literal["capacity"] = "capacity"
    percentile: str = Field("p99", strict=True, description="Of latency: p50, p90, p95 or p99.")
    probe: Duration = Field(1.0, description="Seconds of each short window.")

    title: ClassVar[str] = "open loop, Poisson, a search for the capacity within objectives"
    phase: ClassVar[int] = 3
    plots: ClassVar[tuple[Plots, ...]] = (Plots.CAPACITY,)
    level_name: ClassVar[str] = "objective"
    #: It lasts as long as five other trials.
    most_repeats: ClassVar[int | None] = 1

    def problems(self, scenario: Scenario, generator: Capabilities) -> Sequence[tuple[str, str]]:
        """Return also where the percentile is none that the lab computes."""
        found = list(super().problems(scenario, generator))
        if self.percentile not in PERCENTILES:
            takes = ", ".join(PERCENTILES)
            found.append(("load.percentile", f"is {self.percentile!r}; it takes one of {takes}"))
        return found

    def within(
        self, objectives: Sequence[Objective]
    ) -> tuple[WithinObjective, tuple[int, ...]] | None:
        """Return this kind with the objectives' percentile, and their limits as levels."""
        kind = self.model_copy(update={"percentile": objectives[0].percentile})
        return kind, tuple(dict.fromkeys(each.milliseconds for each in objectives))

    def objective(self, level: int) -> Objective:
        """Return the objective that a level is."""
        return in_milliseconds(self.percentile, level)

    def parts(self, usual: Timing, level: int) -> tuple[Part, ...]:  # noqa: ARG002 - all alike
        """Return the loads of a usual search: for estimates of how long it lasts."""
        probe, full = self._part(usual, "probe", full=False), self._part(usual, "window", full=True)
        return (*[probe] * _USUAL_PROBES, *[full] * _USUAL_WINDOWS)

    def loads(
        self, usual: Timing, level: int, turn: TurnSoFar | None
    ) -> Generator[Part, Figures, FoundCapacity | None]:
        """Yield loads at the rates that the search tries; return what it found."""
        if turn is None:
            return None
        objective = self.objective(level)
        hints = [(float(seen.rate), judge(seen.figures, objective)) for seen in turn.seen]
        tries = search(objective, RequestsPerSecond(turn.saturated), hints)
        number, probe = 1, next(tries)
        while True:
            rate = max(1, round(probe.rate))
            name = f"{'window' if probe.full else 'probe'}-{number}"
            part = self._part(usual, name, full=probe.full)
            figures = yield replace(part, level=rate)
            number += 1
            try:
                probe = tries.send(judge(figures, objective))
            except StopIteration as found:
                return _known(found.value)

    def may_be_the_trial(self, level: int, figures: Figures) -> bool:
        """Return whether the rate held: what is found is the highest of those."""
        return judge(figures, self.objective(level)).holds

    def level_words(self, level: int) -> str:
        """Return the objective."""
        return str(self.objective(level))

    def at(self, *levels: int) -> str:
        """Return objectives."""
        return listing([self.level_words(level) for level in levels])

    def window_words(self, usual: Timing) -> str:
        """Return how long the windows are in which rates are tried, and that which counts."""
        return f"windows of {self.probe:g} s, near the capacity of {usual.window:g} s"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return what a capacity is."""
        meaning = (
            f"Capacity: the highest rate found whose {self.percentile} of latency, from when a "
            "request was due, stayed within the objective in a full window, without errors, and "
            f"with {SENT:.0%} of the schedule sent. Rates are tried until no more than "
            f"{RESOLUTION - 1:.0%} lies between one that holds and one that does not."
        )
        return (meaning,) if quantity == "capacity" else ()

    def _part(self, usual: Timing, name: str, *, full: bool) -> Part:
        short = Timing(dropped=_BEFORE, window=Seconds(self.probe), margin=_AFTER)
        timing = usual if full else short
        return Part(name=name, timing=timing, counters=window_counters(timing), measured=full)


def _known(capacity: FoundCapacity) -> FoundCapacity:
    """Return a capacity. Raises GeneratorFailed where the generator let no rate hold."""
    if capacity.lower_bound and not capacity.rate:
        raise GeneratorFailed(f"no rate that was tried held: {capacity.why}")
    return capacity
