"""Counts context switches and instructions of a loaded server, after its trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.bench.profiling import Profiling
from clusterbench.errors import EngineLost, MeasureError
from clusterbench.host.counters import Counters, Counts
from clusterbench.model.counts import HARDWARE, SWITCHES, CounterRecord

if TYPE_CHECKING:
    from clusterbench.bench.trials import TurnSides
    from clusterbench.model.trial import Trial

_NO_PROCESS = "no process of the server is seen"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Counts for one window, under the load of a trial."""

    profiling: Profiling

    def run(self, trial: Trial, sides: TurnSides) -> CounterRecord:
        """Count, and say what there is. What cannot be counted is `lacking`: the run goes on."""
        counters = Counters()
        try:
            printed = self.profiling.sampled(counters, trial, sides)
            found = Counts(lacking=_all(_NO_PROCESS)) if printed is None else counters.read(printed)
        except EngineLost:
            raise
        except MeasureError as error:
            found = Counts(lacking=_all(str(error)))
        return CounterRecord(
            scenario=trial.cell.scenario,
            level=trial.cell.level,
            switches=found.switches,
            hardware=found.hardware,
            lacking=found.lacking,
        )


def _all(why: str) -> dict[str, str]:
    return dict.fromkeys((SWITCHES, HARDWARE), why)
