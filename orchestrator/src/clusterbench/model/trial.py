"""What is measured: a cell, in a trial, in a turn. No I/O here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Limit(StrEnum):
    """What limited a trial: the side whose CPU set was full, or a CPU quota over a side."""

    SERVER_BOUND = "server-bound"
    CLIENT_BOUND = "client-bound"
    THROTTLED = "throttled"
    NEITHER = "neither"

    @property
    def lower_bound(self) -> bool:
        """Return whether the server's own CPUs could do more than was measured."""
        return self in {Limit.CLIENT_BOUND, Limit.THROTTLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A contender, under a scenario, at a level."""

    contender: str
    scenario: str
    level: int

    def __str__(self) -> str:
        return f"{self.contender} {self.scenario} {self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One measured window of one cell, in one round (counted from 1).

    `again` counts the times that it was run before in its turn, because it was disturbed.
    """

    cell: Cell
    round: int
    again: int = 0

    @property
    def id(self) -> str:
        """Name the trial within its run, safe as a file's name."""
        plain = f"r{self.round}-{self.cell.contender}-{self.cell.scenario}-{self.cell.level}"
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
        return f"{name}-again{self.again}" if self.again else name

    @property
    def first(self) -> Trial:
        """Return the trial that this one repeats; itself where it repeats none."""
        return replace(self, again=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One contender's stay in one round: its trials, in the order in which they run."""

    contender: str
    round: int
    trials: tuple[Trial, ...]
