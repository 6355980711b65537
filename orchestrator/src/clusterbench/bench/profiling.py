"""Loads a server after its trials while profilers sample it. Nothing of it enters figures."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.bench.trials import Trials
from clusterbench.errors import EngineLost, GeneratorFailed, MeasureError
from clusterbench.host.profilers.all_profilers import PROFILERS
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.profile import ProfileRecord
from clusterbench.model.units import Seconds
from clusterbench.store.profile_files import keep
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from clusterbench.bench.trials import TurnSides
    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.load.generator import Load
    from clusterbench.model.trial import Trial

#: The load runs so long before a profiler samples (s).
_SETTLE = 0.3
#: The load would last so much longer than a profiler's window (s). The profiler's end ends it.
_LONGER = 90.0


@dataclass(frozen=True, kw_only=True)
class Profiling:
    """Samples servers with every profiler that suits them, one after another."""

    trials: Trials
    folder: RunFolder

    def run(self, trial: Trial, sides: TurnSides) -> ProfileRecord:
        """Sample a server under a trial's load, keep the stacks, and say what there is.

        A profiler that may not sample, or fails, is `lacking`: the run goes on.
        """
        samples: dict[str, int] = {}
        lacking: dict[str, str] = {}
        for profiler in PROFILERS:
            try:
                stacks = self.sampled(profiler, trial, sides)
            except EngineLost:
                raise
            except MeasureError as error:
                lacking[profiler.name] = str(error)
                continue
            if stacks is not None:
                keep(self.folder.path, sides.contender.name, profiler.name, stacks)
                samples[profiler.name] = counted(stacks)
        cell = trial.cell
        return ProfileRecord(
            scenario=cell.scenario, level=cell.level, samples=samples, lacking=lacking
        )

    def sampled(self, profiler: Profiler, trial: Trial, sides: TurnSides) -> str | None:
        """Return what a profiler saw under a trial's load, None where it does not suit.

        Raises MeasureError.
        """
        load = self._load(profiler, trial, sides)
        scenario = self.trials.experiment.scenarios[trial.cell.scenario]
        invocation = self.trials.generators[scenario.generator].invocation(load, "profile")
        with sides.generator.execute(invocation.command) as execution:
            time.sleep(_SETTLE)
            stacks = sides.server.profile(profiler, self.trials.plan.generator)
            if not execution.running():
                raise GeneratorFailed("the load ended before the profiler did")
        return stacks

    def _load(self, profiler: Profiler, trial: Trial, sides: TurnSides) -> Load:
        """Return the trial's load, or one request in flight, for longer than the profiler takes."""
        experiment = self.trials.experiment
        scenario = experiment.scenarios[trial.cell.scenario]
        kind = kind_of(scenario)
        part = kind.parts(experiment.timing, trial.cell.level)[0]
        load = self.trials.load_of(kind, scenario, part, trial.cell.level, sides)
        load = replace(load, duration=Seconds(profiler.window + _LONGER), may_stall=True)
        return replace(load, level=1, connections=1) if profiler.one_at_a_time else load


def counted(stacks: str) -> int:
    """Return how many samples folded stacks are."""
    return sum(int(line.rpartition(" ")[2]) for line in stacks.splitlines())
