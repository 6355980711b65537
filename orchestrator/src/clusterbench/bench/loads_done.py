"""What the loads of a trial gave, and the requests of those that can still be the trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.load.generator import Reading
from clusterbench.load.kinds.kind import Part
from clusterbench.model.cell_summary import Figures
from clusterbench.model.execution import Usage
from clusterbench.model.records import PartRecord, SideUsage

if TYPE_CHECKING:
    from clusterbench.model.capacity import FoundCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one load of a trial gave, without its requests. `last` are the server's counters."""

    part: Part
    usage: tuple[SideUsage | None, ...]
    record: PartRecord
    window: Figures
    last: Usage | None


@dataclass(slots=True)
class LoadsDone:
    """The loads of a trial so far. A search has many, and the requests of one are the trial's."""

    all: list[Done] = field(default_factory=list)
    _readings: dict[int, Reading] = field(default_factory=dict)
    _may_be: set[int] = field(default_factory=set)

    def add(self, done: Done, reading: Reading, *, may_be_the_trial: bool) -> None:
        """Take in a load, and let go of requests that can no longer be the trial's.

        `may_be_the_trial` says that it can be so although others come after it, at other rates. The
        last measured one can in any case.
        """
        self.all.append(done)
        if not done.part.measured:
            return
        number = len(self.all) - 1
        self._readings = {
            earlier: kept
            for earlier, kept in self._readings.items()
            if earlier in self._may_be and self.all[earlier].record.rate != done.record.rate
        }
        self._readings[number] = reading
        if may_be_the_trial:
            self._may_be.add(number)

    def of_the_trial(self, capacity: FoundCapacity | None) -> tuple[Done, Reading]:
        """Return the load whose requests are the trial's: the last measured one.

        Of a search that found a capacity, it is the last one at that rate.
        """
        numbers = [*self._readings]
        found = [
            each for each in numbers if capacity and self.all[each].record.rate == capacity.rate
        ]
        number = (found or numbers)[-1]
        return self.all[number], self._readings[number]
