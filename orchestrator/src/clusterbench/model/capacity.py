"""What a search for a capacity finds, and what a run knows of one, as data. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.interval import Estimate
from clusterbench.model.objective import Objective
from clusterbench.model.units import RequestsPerSecond


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCapacity:
    """What one trial's search found: the highest rate that held in a full window.

    `rate` is 0 where no rate that was tried held. `lower_bound` says that the server may sustain
    more: the load generator, not the server, ended the search. With a rate of 0 nothing is known
    then. `why` says how, or why the rate is 0.
    """

    objective: Objective
    rate: RequestsPerSecond
    lower_bound: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitySummary:
    """A contender's capacity at an objective, over all rounds.

    `capacity` is in requests per second, `per_core` is per CPU that the server had (`cores` of
    them, for `workers` processes or runtimes); both are None where no trial succeeded. `unmet` is
    in how many of the `trials` no rate that was tried met the objective; those count as 0.
    `lower_bound` says that one of them is a lower bound, `reasons` say why. `failures` are the
    reasons of failed trials. `ratio` is how many times the capacity of `than`, the best contender
    on Python at this objective, it has, paired by round; `bound` says what that bounds, as in a
    Comparison. Of that one itself, and where there is none, it is None. `interference`, `disturbed`
    and `repeated` are those of a cell.
    """

    contender: str
    scenario: str
    objective: Objective
    trials: int
    cores: int
    workers: int
    capacity: Estimate | None
    per_core: Estimate | None
    lower_bound: bool
    unmet: int = 0
    reasons: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    than: str = ""
    ratio: Estimate | None = None
    bound: str = ""
    interference: float | None = None
    disturbed: int = 0
    repeated: int = 0

    @property
    def never_met(self) -> bool:
        """Return whether no rate that was tried met the objective, in any trial."""
        return self.unmet == self.trials > 0
