"""Open loop at shares of what the same server did when it was saturated, in the same turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from clusterbench.load.kinds.kind import Part, Plots, TurnSoFar
from clusterbench.load.kinds.open_loop import FROM_DUE, SCHEDULED, FromSaturated
from clusterbench.model.numbers import listing

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from clusterbench.load.generator import Capabilities
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.experiment import Scenario, Timing

#: Beyond this share (per cent) a queue only grows, and a latency says how long the window was.
_MOST = 150


class ShareOfSaturated(FromSaturated):
    """A schedule whose rate is a share of the saturated throughput. A level is in per cent.

    The throughput is that of the scenario `of`, of the same contender, in the same turn.
    """

    kind: Literal["share-of-saturated"] = "share-of-saturated"

    title: ClassVar[str] = "open loop, Poisson, at shares of the saturated throughput"
    phase: ClassVar[int] = 2
    plots: ClassVar[tuple[Plots, ...]] = (Plots.AT_RATE,)
    level_name: ClassVar[str] = "share"

    def problems(self, scenario: Scenario, generator: Capabilities) -> Sequence[tuple[str, str]]:
        """Return also which levels are no shares."""
        found = list(super().problems(scenario, generator))
        found += [
            ("sweep", f"holds {level}; a level is in per cent, from 1 to {_MOST}")
            for level in scenario.sweep
            if level > _MOST
        ]
        return found

    def loads(
        self, usual: Timing, level: int, turn: TurnSoFar | None
    ) -> Generator[Part, Figures, None]:
        """Yield one load, at the share of what the turn saw."""
        (part,) = self.parts(usual, level)
        yield replace(part, level=share(turn, level))

    def level_words(self, level: int) -> str:
        """Return the share."""
        return f"{level}%"

    def at(self, *levels: int) -> str:
        """Return shares, and of what."""
        shares = listing([self.level_words(level) for level in levels])
        return f"{shares} of its saturated throughput"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return what the rates are, and what latency holds."""
        rates = (
            "Open loop, Poisson. Each rate is a share of what the same server did when it was "
            f"saturated ({self.of}), in the same turn. Latency counts from when a request was "
            "due, of OK responses: it holds the time in queues."
        )
        said = {"throughput": SCHEDULED, "latency": FROM_DUE, "at_rate": rates}
        return (said[quantity],) if quantity in said else ()


def share(turn: TurnSoFar | None, per_cent: int) -> int:
    """Return a share of the saturated throughput as a rate, 1 request per second or more.

    `turn` is never None where the trials are run: a turn without it has no such trial.
    """
    saturated = turn.saturated if turn else 0.0
    return max(1, round(saturated * per_cent / 100))
