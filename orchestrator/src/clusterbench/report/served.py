"""What one core of each contender serves, and what the asked rate takes, as data. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clusterbench.measure.comparison import paired
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.interval import Estimate
from clusterbench.model.numbers import LOWER, UPPER
from clusterbench.model.objective import Objective, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one core of a service serves (requests/s), by the contender that stands for it.

    `per_core` is None where nothing was measured, or no rate that was tried met the objective
    (`unmet` of `trials` trials). `lower_bound` says that the server may do more. `cell` is what
    the figures rest on. `used` says that the server did not fill its CPUs, and that the figure is
    that of each core that it used. `cores` are whole ones for the asked rate (`cores_bound` is `<=`
    where the capacity is a lower bound) and `memory` (bytes) is theirs; `peak_memory` was measured.
    """

    contender: str
    title: str
    per_core: Estimate | None = None
    lower_bound: bool = False
    used: bool = False
    trials: int = 0
    unmet: int = 0
    reasons: tuple[str, ...] = ()
    failures: int = 0
    cell: CellSummary | None = None
    cores: Estimate | None = None
    cores_bound: str = ""
    memory: Estimate | None = None
    peak_memory: Estimate | None = None

    @property
    def none_met(self) -> bool:
        """Return whether it was measured, and met the objective at no rate."""
        return self.unmet == self.trials > 0

    @property
    def point(self) -> float:
        """Return its figure to rank by; below all others where there is none."""
        return self.per_core.value if self.per_core else -math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOver:
    """How many times what a core of the best serves is what a core of another does.

    `estimate` is None where no ratio can be said; `bound` is as in a Comparison.
    """

    estimate: Estimate | None
    bound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a run says of the question: the best contender first, those without a figure last.

    `objective` is None for saturated servers; `missed` is then the objective that no contender met
    at any rate, where the run looked for one. `older` are contenders of an earlier edition than
    what is deployed now, of which the sentences say nothing.
    """

    objective: Objective | None
    question: Question | None
    method: str
    rounds: int
    contenders: tuple[Served, ...]
    older: tuple[Served, ...] = ()
    missed: Objective | None = None

    @property
    def known(self) -> tuple[Served, ...]:
        """Return the contenders that have a figure."""
        return tuple(each for each in self.contenders if each.per_core is not None)

    def ratio(self, other: Served) -> BestOver:
        """Compare the best with another, paired by round where both have each round."""
        best = self.contenders[0]
        if best.per_core is None or other.per_core is None or best.unmet or other.unmet:
            return BestOver(estimate=None)
        bound = {
            (True, False): LOWER,
            (False, True): UPPER,
            (True, True): "unknown",
        }.get((best.lower_bound, other.lower_bound), "")
        return BestOver(estimate=_ratio(best.per_core, other.per_core), bound=bound)


def _ratio(over: Estimate, under: Estimate) -> Estimate | None:
    """Return a ratio: of each round where both have as many, else of the intervals' far ends."""
    if len(over.rounds) == len(under.rounds):
        return paired(dict(enumerate(over.rounds)), dict(enumerate(under.rounds)))
    low = high = None
    if over.ends and under.ends and under.ends[0] > 0:
        low, high = over.ends[0] / under.ends[1], over.ends[1] / under.ends[0]
    return Estimate(value=over.value / under.value, low=low, high=high, rounds=())
