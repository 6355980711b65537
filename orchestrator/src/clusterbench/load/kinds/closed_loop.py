"""Closed loop: a fixed number of requests in flight; each response lets the next one go."""

from __future__ import annotations

from typing import ClassVar, Literal

from clusterbench.load.kinds.kind import LoadKind

LITTLE = (
    "Closed loop: throughput \N{MULTIPLICATION SIGN} mean latency = concurrency, so in a saturated "
    "sweep this plot is the throughput plot upside down."
)


class ClosedLoop(LoadKind):
    """A fixed concurrency. A level is the number of requests in flight over all connections."""

    kind: Literal["closed-loop"] = "closed-loop"
    title: ClassVar[str] = "closed loop"

    def captions(self, quantity: str) -> tuple[str, ...]:
        """Return that latency repeats throughput in a closed loop."""
        return (LITTLE,) if quantity == "latency" else ()
