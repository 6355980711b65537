"""What a comparison of two runs that were measured found, as data. No I/O here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clusterbench.model.compared import CompareVerdict
from clusterbench.model.interval import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """How many times the figure of the first run the second's is, of one contender.

    `scenario` and `level` are None of what a contender has once a run: its start, its memory.
    `first` and `second` are the runs' estimates in `unit`. The interval of `ratio` holds what runs
    differ by without any change; it has none where that is not known. `verdict` is what it says,
    and `why` why it says no more.
    """

    contender: str
    metric: str
    title: str
    unit: str
    verdict: CompareVerdict
    scenario: str | None = None
    level: int | None = None
    first: Estimate | None = None
    second: Estimate | None = None
    ratio: Estimate | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsCompared:
    """Two runs by their ids, how each figure changed, and what else differs between them.

    `differences` has a line for each part of the experiment, of the plan and of the fingerprint
    that differs. `elsewhere` are those of them that make the runs ones of different hosts.
    `calibrated` says when the host was calibrated (UTC, ISO 8601); None where it was not.
    """

    first: str
    second: str
    changes: tuple[FigureChange, ...]
    differences: tuple[str, ...]
    elsewhere: tuple[str, ...]
    calibrated: str | None

    @property
    def judged(self) -> tuple[FigureChange, ...]:
        """Return the changes that a verdict stands for: none is too noisy, or not compared."""
        none = {CompareVerdict.TOO_NOISY, CompareVerdict.NOT_COMPARED}
        return tuple(each for each in self.changes if each.verdict not in none)

    def failing(self, most: float) -> tuple[FigureChange, ...]:
        """Return the figures that are worse by `most` (a share) or more, beyond noise."""
        return tuple(
            each
            for each in self.changes
            if each.verdict is CompareVerdict.SLOWER
            and each.ratio is not None
            and abs(math.log(each.ratio.value)) >= math.log1p(most)
        )
