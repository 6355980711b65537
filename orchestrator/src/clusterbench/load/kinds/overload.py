"""Overload: more than a server can take, and a pause of the server in the middle of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from clusterbench.errors import shown
from clusterbench.load.kinds.kind import (
    Duration,
    LoadKind,
    Part,
    Pause,
    Plots,
    Settings,
    window_counters,
)
from clusterbench.model.bounds import CONNECTIONS, LEVELS
from clusterbench.model.experiment import Scenario, Timing
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.load.generator import Capabilities


class NormalLoad(Settings):
    """The load that a server takes before and after the overload."""

    connections: int = Field(ge=1, strict=True)
    concurrency: int = Field(ge=1, strict=True)


class Overload(LoadKind):
    """A concurrency that the server cannot take, between two normal loads.

    The overload lasts `before` seconds; then the server is paused (SIGSTOP) for `paused` seconds
    and goes on (SIGCONT), and the load for `after` seconds more. A level is the concurrency of
    the overload.
    """

    kind: Literal["overload"] = "overload"
    normal: NormalLoad
    before: Duration = Field(description="Seconds of load before the pause.")
    paused: Duration = Field(description="Seconds of the pause.")
    after: Duration = Field(description="Seconds of load after the pause.")

    title: ClassVar[str] = "overload"
    phase: ClassVar[int] = 4
    takes_levels: ClassVar[bool] = False
    #: What a server does in its first overload is asked, and it was in it.
    most_repeats: ClassVar[int | None] = 0
    steady: ClassVar[bool] = False
    plots: ClassVar[tuple[Plots, ...]] = ()

    def problems(self, scenario: Scenario, generator: Capabilities) -> Sequence[tuple[str, str]]:
        """Return also where the generator cannot make the normal load."""
        found = list(super().problems(scenario, generator))
        concurrency, connections = self.normal.concurrency, self.normal.connections
        if not CONNECTIONS.fits(connections):
            what = f"is {shown(str(connections))}; it takes {CONNECTIONS.takes}"
            found.append(("load.normal.connections", what))
        elif not LEVELS.fits(concurrency):
            what = f"is {shown(str(concurrency))}; it takes {LEVELS.takes}"
            found.append(("load.normal.concurrency", what))
        elif concurrency < connections:
            what = f"is {concurrency}; it takes as many as `connections` or more"
            found.append(("load.normal.concurrency", what))
        elif generator.level_multiple_of_connections and concurrency % connections:
            what = f"is {concurrency}; {scenario.generator} takes a multiple of `connections`"
            found.append(("load.normal.concurrency", what))
        return found

    def timing(self, usual: Timing) -> Timing:  # noqa: ARG002 - the overload has its own times
        """Return a window from the load's start to the pause: what the server does in overload."""
        rest = Seconds(self.paused + self.after)
        return Timing(dropped=Seconds(0.0), window=Seconds(self.before), margin=rest)

    def parts(self, usual: Timing, level: int) -> tuple[Part, ...]:  # noqa: ARG002
        """Return the normal load, the overload with its pause, and the normal load again."""
        normal = Part(
            name="normal",
            timing=usual,
            counters=window_counters(usual),
            level=self.normal.concurrency,
            connections=self.normal.connections,
            measured=False,
        )
        overload = Part(
            name="overload",
            timing=self.timing(usual),
            counters=(self.before / 4, self.before),
            pause=Pause(at=Seconds(self.before), seconds=Seconds(self.paused)),
            may_stall=True,
        )
        return (normal, overload, replace(normal, name="after"))

    def window_words(self, usual: Timing) -> str:  # noqa: ARG002
        """Return how long the overload lasts."""
        return f"{self.before:g} s of overload, then a pause of {self.paused:g} s"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return what the figures of `recovery` are."""
        if quantity != "recovery":
            return ()
        in_flight, connections = self.normal.concurrency, self.normal.connections
        return (
            f"Normal load: {in_flight:,} requests in flight over {connections:,} connections.",
            "It comes before the overload and again after it. Percentages are of its responses/s.",
            "In overload all requests are in flight at all times, or wait in the load generator.",
            "They wait where the server bounds the streams of a connection.",
            f"In the pause SIGSTOP stops all processes of the server for {self.paused:g} s.",
            f"The load goes on for {self.after:g} s after it. Times are from the end of the pause.",
            "Memory is resident, of all processes of the server. Errors are of the whole overload.",
            "Each row is one trial.",
        )
