"""One run, from its first turn to its last: a new one, or one that was cut short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from clusterbench import __version__
from clusterbench.bench.progress import Progress, clock
from clusterbench.bench.training_loop import train
from clusterbench.bench.turns import Runner
from clusterbench.config.compose_file import Service
from clusterbench.errors import EngineLost, HostError, RunRefused, cannot_resume
from clusterbench.host.cpu_time import cpu_times
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.claims import InForce
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.data import DataFolder
from clusterbench.model.experiment import Experiment
from clusterbench.model.records import Outcome, RunRecord, TrialRecord
from clusterbench.model.training import TrainingRecord
from clusterbench.plan import schedule
from clusterbench.runtime.port import WholeRuntime
from clusterbench.store.run_folder import RunFolder, differences

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.contender import Contender


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What one run was asked to do, resolved against the lab's files and this host.

    `models` are the requests of those contenders that have a model of their own. `left_out` says
    why the CPU plan has no room for a contender, `notes` what it made of the load. `asked` is
    what the command line set, by name; `services` are compose.yaml's; `resumed` is the run to go
    on with.
    """

    experiment: Experiment
    plan: CpuPlan
    data: DataFolder
    models: Mapping[str, DataFolder] = field(default_factory=dict)
    claims: InForce = field(default_factory=InForce)
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    resumed: RunFolder | None = None

    def done(self) -> set[str]:
        """Return the ids of the trials that the run to go on with has measured.

        What was run again is not counted, and never run again by itself.
        """
        records = self.resumed.records() if self.resumed else ()
        trials = (r for r in records if isinstance(r, TrialRecord) and r.repeats is None)
        return {trial.id for trial in trials if trial.outcome is Outcome.OK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of an assembly: where it runs, and what is kept beside its figures.

    `commands` repeat the run; `warnings` are what would spoil its figures on this host.
    `commit` is that of the lab's repository.
    """

    id: str
    parts: Assembly
    where: WholeRuntime
    progress: Progress
    commands: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    commit: str | None = None

    def run(self, results: Path) -> tuple[RunFolder, int]:
        """Measure what is left; return the run folder, and how many turns, trials, passes failed.

        The runtime must be open. Raises LabError where nothing could be measured, RunRefused where
        a run to go on with would differ, and KeyboardInterrupt where it was told to end: what was
        measured is on disk then.
        """
        for warning in (*self.warnings, *self._untrained()):
            self.progress.warn(warning)
        record, old = self._record(), self.parts.resumed
        if old and (found := differences(old.run, record)):
            raise cannot_resume(f"{old.path}:", "run", found)
        folder = old or RunFolder.create(results, record, self.progress.warn)
        return folder, self._serve(folder) + self._train(folder)

    def _serve(self, folder: RunFolder) -> int:
        """Run the turns that are left; return how many turns and trials failed."""
        experiment = folder.run.experiment
        if not experiment.scenarios:
            return 0
        done = self.parts.done()
        turns = schedule.remaining(experiment, schedule.schedule(experiment), done)
        time = schedule.duration(experiment, turns)
        self.progress.expect(time.wall)
        self.progress.say(
            f"{folder.path}: profile {experiment.profile}, {len(turns)} turns, "
            f"{sum(len(turn.trials) for turn in turns)} trials"
            + (f" ({len(done)} done before)" if done else "")
            + f", {clock(time.load)} of load, about {clock(time.wall)} in all"
            + (f", at worst {clock(time.again)} more of trials run again" if time.again else "")
        )
        return Runner(
            folder=folder,
            runtime=self.where,
            data=self.parts.data,
            models=self.parts.models,
            generators={name: GENERATORS[name] for name in experiment.generators},
            progress=self.progress,
            machine=cpu_times,
        ).run(turns)

    def _untrained(self) -> list[str]:
        """Return what a run that serves first will not train, said while it can still be made."""
        experiment = self.parts.experiment
        if experiment.training is None or not experiment.scenarios:
            return []
        why = {image: self.where.skip_service(image) for image in experiment.training.images}
        return [f"training leaves out {image}: {reason}" for image, reason in why.items() if reason]

    def _train(self, folder: RunFolder) -> int:
        """Run the passes of training that are left, where the run trains; return how many failed.

        In a run that serves too, a host that cannot train is warned of, and is no reason to end.
        """
        training = folder.run.experiment.training
        if training is None:
            return 0
        plan = folder.run.plan
        try:
            return train(
                training,
                self.where,
                cpus=plan.server,
                capacity=plan.server_capacity,
                progress=self.progress,
                before=folder.training() or TrainingRecord(),
                keep=folder.write_training,
            )
        except EngineLost:
            raise
        except HostError as error:
            if not folder.run.experiment.scenarios:
                raise
            self.progress.warn(f"training is left out: {error}")
            kept = folder.training() or TrainingRecord()
            folder.write_training(replace(kept, left_out=(str(error),)))
            return 0

    def _record(self) -> RunRecord:
        """Make run.json's content: what runs here, on what, and what would spoil it."""
        parts = self.parts
        left_out = self._left_out()
        experiment = _without(parts.experiment, left_out)
        return RunRecord(
            id=self.id,
            created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            clusterbench=__version__,
            runtime=self.where.name,
            experiment=experiment,
            plan=parts.plan,
            fingerprint=self.where.describe(list(experiment.contenders.values())),
            asked=parts.asked,
            commands=self.commands,
            warnings=self.warnings,
            left_out={**parts.left_out, **left_out},
            claims=parts.claims,
            commit=self.commit,
        )

    def _left_out(self) -> Mapping[str, str]:
        """Return why contenders and generators cannot run here, with a warning for each."""
        experiment = self.parts.experiment
        if not experiment.scenarios:
            return {}
        why: dict[str, str | None] = {
            name: self.where.skip(contender) or _no_fewer_cores(contender, self.parts.plan)
            for name, contender in experiment.contenders.items()
        }
        why |= {name: self.where.lacks(name) for name in experiment.generators}
        left_out = {name: reason for name, reason in why.items() if reason}
        for name, reason in left_out.items():
            self.progress.warn(f"{name} is left out: {reason}")
        return left_out


def _without(experiment: Experiment, left_out: Mapping[str, str]) -> Experiment:
    """Return what can run. Raises RunRefused where nothing can."""
    if not left_out:
        return experiment
    able = experiment.without(left_out, left_out)
    if not able.contenders:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise RunRefused(f"nothing can be measured here: {reasons}")
    return able


def _no_fewer_cores(contender: Contender, plan: CpuPlan) -> str | None:
    """Return why a contender that should have fewer cores than the others would have as many."""
    if contender.cores is None or contender.cores < plan.server_capacity:
        return None
    return f"it should have {contender.cores} of the server's cores, and {plan.server} is no more"
