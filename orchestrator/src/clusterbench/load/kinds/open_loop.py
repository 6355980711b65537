"""Open loop: a fixed schedule of sends, whatever the responses do."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from clusterbench.load.kinds.kind import LoadKind
from clusterbench.model.experiment import Loop

SCHEDULED = (
    "Open loop: throughput is what the schedule asks for, as long as the server keeps up. It is no "
    "measure of what the server can do."
)
FROM_DUE = (
    "Open loop: the load generator's own send delay is a part of the latency; the table has it by "
    "itself."
)


class Scheduled(LoadKind):
    """A load that keeps a schedule: what all such kinds have in common."""

    loop: ClassVar[Loop] = Loop.OPEN
    takes_levels: ClassVar[bool] = False
    shows_capacity: ClassVar[bool] = False
    latency_from: ClassVar[str] = "from when a request was due"


class FromSaturated(Scheduled):
    """A schedule whose rates are made from the same server's saturated throughput in its turn."""

    of: str = Field(strict=True, description="The scenario that saturates the servers.")

    steady: ClassVar[bool] = False

    @property
    def saturated_by(self) -> str:
        """Name the scenario whose throughput the rates are made from."""
        return self.of


class OpenLoop(Scheduled):
    """A fixed rate. A level is the number of requests per second that the schedule asks for."""

    kind: Literal["open-loop"] = "open-loop"
    title: ClassVar[str] = "open loop"

    def level_words(self, level: int) -> str:
        """Return the rate."""
        return f"{level:,}/s"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return what a schedule makes of throughput and latency."""
        return {"throughput": (SCHEDULED,), "latency": (FROM_DUE,)}.get(quantity, ())
