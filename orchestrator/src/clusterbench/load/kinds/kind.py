"""What a load kind is: one way to load a server for a trial.

A kind is a frozen pydantic model. Its fields are its settings, the table `load` of a scenario in
bench.toml. Everything else in the lab asks the kind, and never which kind it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from clusterbench.measure.windows import figures
from clusterbench.model.bounds import LOAD
from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import Loop, Scenario, Timing
from clusterbench.model.numbers import listing
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from clusterbench.load.generator import Capabilities
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.objective import Objective
    from clusterbench.model.samples import Samples

#: The type of a setting that is a time above 0 (s). A file's is bounded further, by `problems`:
#: runs that were measured before there was a bound can still be read.
Duration = Annotated[float, Field(gt=0, strict=True, allow_inf_nan=False)]

#: Counters are read this long after a window's start, so that the load surely runs (s).
SETTLE = 0.3


class TrialOutput(Protocol):
    """What a trial left behind, in memory or in a run folder."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Return all responses by status name, as the generator counted them."""

    @property
    def samples(self) -> Samples:
        """Return the trial's requests."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """Return the generator's own summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The server is paused for `seconds`, `at` seconds after the load's start."""

    at: Seconds
    seconds: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One load of a trial. Most kinds have one part; its requests are the trial's samples.

    `level` and `connections` are None where they are the cell's. `counters` are the seconds after
    the start at which both sides' counters are read. `measured` marks the part whose requests are
    kept. `may_stall` says that a server which stops responding is no failure of this load.
    """

    name: str
    timing: Timing
    counters: tuple[float, float]
    level: int | None = None
    connections: int | None = None
    measured: bool = True
    pause: Pause | None = None
    may_stall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a load at a rate (requests/s) gave, within one turn."""

    rate: int
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSoFar:
    """What a turn has measured of its server by the time that a trial begins.

    `saturated` is its throughput in the scenario that a kind names (responses/s). `seen` are
    the loads at a rate of the same method.
    """

    saturated: float
    seen: tuple[Seen, ...] = ()


class Plots(StrEnum):
    """The sets of plots that a report has: which ones suit the cells of a kind."""

    SWEEP = "by level"
    AT_RATE = "by rate"
    CAPACITY = "capacity"
    PUBLISHED = "beside the published figures"


class Settings(BaseModel):
    """A table of settings: keys that it does not name are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LoadKind(Settings):
    """One way to load a server. Fields are settings; class attributes say how it is treated.

    `loop` tells what a level is. `reference` is False for what is measured by the published
    method. `cold` trials come first in a turn, in the sweep's order, before anything warms the
    server. `phase` orders the others within a turn. `fixed_connections` keeps the scenario's
    connections whatever the CPU plan. `generator_defaults` asks the generator for its own
    defaults. `takes_levels` says whether `--levels` replaces the sweep. `most_repeats` bounds how
    often a disturbed trial is run again, None where it is the profile's to say.
    """

    #: The name in bench.toml: a literal in each kind.
    kind: str
    title: ClassVar[str]
    loop: ClassVar[Loop] = Loop.CLOSED
    reference: ClassVar[bool] = True
    cold: ClassVar[bool] = False
    phase: ClassVar[int] = 1
    fixed_connections: ClassVar[bool] = False
    generator_defaults: ClassVar[bool] = False
    takes_levels: ClassVar[bool] = True
    most_repeats: ClassVar[int | None] = None
    #: Whether the published figures are drawn behind its plots and compared with it.
    published: ClassVar[bool] = False
    #: Whether the load is the same throughout, so that its levels can be compared.
    steady: ClassVar[bool] = True
    #: The plots that a report draws of its cells, in their order.
    plots: ClassVar[tuple[Plots, ...]] = (Plots.SWEEP,)
    #: Whether its throughput shows what a server can do, and not what a schedule asks for.
    shows_capacity: ClassVar[bool] = True
    #: From when a request's latency counts, in words.
    latency_from: ClassVar[str] = "from the send of a request"
    #: What its throughput counts, in tables and on axes.
    throughput_unit: ClassVar[str] = "responses/s"
    throughput_axis: ClassVar[str] = "responses per second"

    @property
    def saturated_by(self) -> str | None:
        """Name the scenario whose throughput in the same turn this kind's rates are made from."""
        return None

    def objective(self, level: int) -> Objective | None:  # noqa: ARG002 - most search for none
        """Return the objective within which a level's trials search for a capacity."""
        return None

    # ------------------------------------------------------------------------- validation

    def problems(self, scenario: Scenario, generator: Capabilities) -> Sequence[tuple[str, str]]:
        """Return what is wrong with a scenario of this kind, as (key, what is wrong)."""
        found = [
            (f"load.{name}", f"is {value:g}; it takes {LOAD.takes}")
            for name, value in self
            if isinstance(value, float) and not LOAD.fits(value)
        ]
        if self.loop is Loop.OPEN and not generator.open_loop:
            found.append(("generator", f"is {scenario.generator!r}, which keeps no schedule"))
        if generator.level_multiple_of_connections and self.loop is Loop.CLOSED:
            found += [
                ("sweep", _no_multiple(scenario, level))
                for level in scenario.sweep
                if level % scenario.connections_at(level)
            ]
        return found

    def lasting(self, seconds: Seconds) -> LoadKind:  # noqa: ARG002 - most last as the profile says
        """Return this kind with the duration that `--duration` asks for."""
        return self

    def within(
        self,
        objectives: Sequence[Objective],  # noqa: ARG002 - most search for nothing
    ) -> tuple[LoadKind, tuple[int, ...]] | None:
        """Return this kind and the levels for objectives of one percentile; None of most kinds."""
        return None

    # ------------------------------------------------------------------------------- load

    def timing(self, usual: Timing) -> Timing:
        """Return how long a trial lasts, `usual` being the profile's."""
        return usual

    def parts(self, usual: Timing, level: int) -> tuple[Part, ...]:  # noqa: ARG002 - for steps
        """Return the loads of a trial at a level, in order."""
        timing = self.timing(usual)
        return (Part(name="load", timing=timing, counters=window_counters(timing)),)

    def loads(
        self,
        usual: Timing,
        level: int,
        turn: TurnSoFar | None,  # noqa: ARG002 - for kinds that name a scenario
    ) -> Generator[Part, Figures, FoundCapacity | None]:
        """Yield the loads of a trial, one after another; each one's figures are sent in.

        `turn` is there for a kind that names a scenario in `saturated_by`. What comes last of the
        measured ones is the trial. Returns a capacity where the kind searches for one: the trial
        is then the last measured load at that rate.
        """
        for part in self.parts(usual, level):  # noqa: UP028 - a tuple's iterator takes no figures
            yield part
        return None

    def may_be_the_trial(self, level: int, figures: Figures) -> bool:  # noqa: ARG002 - for searches
        """Return whether a measured load can be the trial although others come after it."""
        return False

    # ---------------------------------------------------------------------------- figures

    def figures(self, output: TrialOutput, usual: Timing) -> Figures:
        """Return a trial's figures."""
        return figures(output.samples, self.timing(usual))

    # ----------------------------------------------------------------------------- report

    @property
    def level_name(self) -> str:
        """Name what a level is."""
        return "concurrency" if self.loop is Loop.CLOSED else "rate"

    def level_words(self, level: int) -> str:
        """Return a level in words, as a table has it."""
        return f"{level:,}"

    def at(self, *levels: int) -> str:
        """Return levels as a sentence has them, after `at`: `concurrency 64 and 128`."""
        return f"{self.level_name} {listing([self.level_words(level) for level in levels])}"

    def describe(self) -> str:
        """Return what it is, in a few words: `closed loop`."""
        return self.title

    def window_words(self, usual: Timing) -> str:
        """Return how long a trial counts, in words."""
        return f"{self.timing(usual).window:g} s windows"

    def captions(self, quantity: str) -> tuple[str, ...]:  # noqa: ARG002 - a kind may say more
        """Return what a reader of a plot of `quantity` (`throughput`, `latency`, ...) must know."""
        return ()


def window_counters(timing: Timing) -> tuple[float, float]:
    """Return when both sides' counters are read: soon after the window's start, and at its end.

    Without a margin the load ends with the window; the last reading then comes somewhat before.
    """
    settle = min(SETTLE, timing.window / 4)
    end = timing.dropped + timing.window - (0.0 if timing.margin else settle)
    return timing.dropped + settle, end


def _no_multiple(scenario: Scenario, level: int) -> str:
    connections = scenario.connections_at(level)
    below = level - level % connections
    return (
        f"holds {level}; {scenario.generator} gives each of {connections} connections as many "
        f"streams, so a level must be a multiple of that: {below} or {below + connections}"
    )
