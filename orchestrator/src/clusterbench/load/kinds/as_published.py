"""The published method: ghz at its defaults of 2019 on a cold server, its own summary's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.closed_loop import LITTLE
from clusterbench.load.kinds.kind import Duration, LoadKind, Plots, TrialOutput
from clusterbench.measure.published import published_figures
from clusterbench.model.experiment import Scenario, Timing
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.load.generator import Capabilities
    from clusterbench.model.cell_summary import Figures

_METHOD = (
    "Published method: the load generator's own summary, on a cold server. Its requests per second "
    "count errors, and also the requests that it cut off at the end."
)


class AsPublished(LoadKind):
    """As the published benchmark was run: level after level, each for `duration` seconds, once."""

    kind: Literal["as-published"] = "as-published"
    duration: Duration = Field(description="Seconds of each trial.")

    title: ClassVar[str] = "closed loop, published method"
    reference: ClassVar[bool] = False
    cold: ClassVar[bool] = True
    phase: ClassVar[int] = 0
    fixed_connections: ClassVar[bool] = True
    generator_defaults: ClassVar[bool] = True
    #: The server is cold once: what comes after is another trial.
    most_repeats: ClassVar[int | None] = 0
    published: ClassVar[bool] = True
    plots: ClassVar[tuple[Plots, ...]] = (Plots.SWEEP, Plots.PUBLISHED)
    throughput_unit: ClassVar[str] = "requests/s"
    throughput_axis: ClassVar[str] = "requests per second (errors counted)"

    def problems(self, scenario: Scenario, generator: Capabilities) -> Sequence[tuple[str, str]]:
        """Return that the generator's own summary is needed, where it has none."""
        found = list(super().problems(scenario, generator))
        if not generator.published_summary:
            able = [name for name, g in GENERATORS.items() if g.capabilities.published_summary]
            takes = " or ".join(map(repr, able))
            found.append(("generator", f"is {scenario.generator!r}; {self.kind} takes {takes}"))
        return found

    def lasting(self, seconds: Seconds) -> AsPublished:
        """Return this kind with another duration."""
        return AsPublished(duration=seconds)

    def timing(self, usual: Timing) -> Timing:  # noqa: ARG002 - all of the load counts
        """Return a window that is the whole load."""
        return Timing(dropped=Seconds(0.0), window=Seconds(self.duration), margin=Seconds(0.0))

    def figures(self, output: TrialOutput, usual: Timing) -> Figures:  # noqa: ARG002
        """Return the figures that ghz's own summary has."""
        return published_figures(output.summary, output.counts)

    def window_words(self, usual: Timing) -> str:  # noqa: ARG002
        """Return that all of the load counts."""
        return f"{self.duration:g} s each, all of it counted"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return how its figures differ from all others."""
        return {
            "throughput": (_METHOD,),
            "latency": (_METHOD, LITTLE),
            "error_rate": (_METHOD,),
        }.get(quantity, ())
