"""Open loop: a fixed schedule of sends, whatever the responses do."""

from __future__ import annotations

from typing import ClassVar, Literal

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


class OpenLoop(LoadKind):
    """A fixed rate. A level is the number of requests per second that the schedule asks for."""

    kind: Literal["open-loop"] = "open-loop"
    title: ClassVar[str] = "open loop"
    loop: ClassVar[Loop] = Loop.OPEN
    takes_levels: ClassVar[bool] = False
    shows_capacity: ClassVar[bool] = False
    latency_from: ClassVar[str] = "from when a request was due"

    def level_words(self, level: int) -> str:
        """Return the rate."""
        return f"{level:,}/s"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return what a schedule makes of throughput and latency."""
        return {"throughput": (SCHEDULED,), "latency": (FROM_DUE,)}.get(quantity, ())
