"""Open loop: a fixed schedule of sends, whatever the responses do."""

from __future__ import annotations

from typing import ClassVar, Literal

from clusterbench.load.kinds.kind import LoadKind
from clusterbench.model.experiment import Loop


class OpenLoop(LoadKind):
    """A fixed rate. A level is the number of requests per second that the schedule asks for."""

    kind: Literal["open-loop"] = "open-loop"
    title: ClassVar[str] = "open loop"
    loop: ClassVar[Loop] = Loop.OPEN
    takes_levels: ClassVar[bool] = False
