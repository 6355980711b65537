"""The command `run`: from options to a run folder with its summary and report."""

from __future__ import annotations

import datetime as dt
import shlex
from typing import TYPE_CHECKING

from clusterbench import __version__, report
from clusterbench.bench import comparisons as alternatives
from clusterbench.bench.progress import Progress, clock
from clusterbench.bench.signals import interruptible
from clusterbench.bench.training_loop import train
from clusterbench.bench.turns import Runner
from clusterbench.cli import assembly
from clusterbench.cli.training_options import words
from clusterbench.doctor import checks
from clusterbench.errors import HostError, RunRefused, cannot_resume
from clusterbench.model.experiment import GeneratorName
from clusterbench.model.records import Outcome, RunRecord, TrialRecord
from clusterbench.model.training import TrainingRecord
from clusterbench.plan import schedule
from clusterbench.store import run_folder as store
from clusterbench.store.analysis import analyse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.cli.assembly import Assembly
    from clusterbench.config.resolve import Overrides
    from clusterbench.model.cpus import CpuPlan
    from clusterbench.model.experiment import Contender, Experiment
    from clusterbench.runtime.port import Jobs, Runtime

#: Exit codes: something failed and the rest was measured; ended by Ctrl-C or SIGTERM.
FAILED, INTERRUPTED = 5, 130


def run(
    asked: Overrides,
    *,
    data: Path,
    results: Path,
    runtime: str,
    resume: bool = False,
    run_folder: Path | None = None,
) -> int:
    """Measure a profile, or with `resume` what is left of a run. Returns the exit code.

    Raises LabError where nothing could be measured.
    """
    old = store.RunFolder.open(run_folder or store.latest(results)) if resume else None
    if old:
        asked = asked.after(old.run.asked)
    bench = assembly.read(asked, data)
    with interruptible(), store.lock(results):
        run_id = old.run.id if old else store.new_id(bench.experiment.profile)
        progress = Progress(0.0)
        progress.say(str(bench.plan))
        for line in bench.said:
            progress.say(line)
        where = assembly.runtime(runtime, bench=bench, run_id=run_id, say=progress.say)
        try:
            with where.open():
                record = _record(run_id, bench, where, asked, progress)
                folder = _resumed(old, record) if old else store.RunFolder.create(results, record)
                failed = _measure(folder, bench, where, progress)
                failed += _train(folder, where, progress)
        except KeyboardInterrupt:
            kept = (
                f"what was measured is in {results / run_id}; `run --resume` finishes it, "
                "`report` shows it as it is"
            )
            begun = (results / run_id).exists()
            progress.say(f"interrupted: all is stopped; {kept if begun else 'nothing had begun'}")
            return INTERRUPTED
        found = analyse(folder)
        folder.write_summary(found.summary)
        if not alternatives.conclude(found, progress.say):
            report.conclude(folder, found.summary, progress.say)
    if failed:
        progress.warn(f"{failed} failed; {folder.path / store.TRIALS} says why")
    return FAILED if failed else 0


def _measure(folder: store.RunFolder, bench: Assembly, where: Runtime, progress: Progress) -> int:
    """Run the turns that are left. Gives how many turns and trials failed."""
    experiment = folder.run.experiment
    if not experiment.scenarios:
        return 0
    done = {
        r.id for r in folder.records() if isinstance(r, TrialRecord) and r.outcome is Outcome.OK
    }
    every = schedule.schedule(experiment)
    turns = schedule.remaining(every, done)
    time = schedule.duration(experiment, turns)
    progress.expect(time.wall)
    progress.say(
        f"{folder.path}: profile {experiment.profile}, {len(turns)} turns, "
        f"{sum(len(t.trials) for t in turns)} trials"
        + (f" ({len(done)} done before)" if done else "")
        + f", {clock(time.load)} of load, about {clock(time.wall)} in all"
    )
    used = {s.generator for s in experiment.scenarios.values()}
    return Runner(
        folder=folder,
        runtime=where,
        data=bench.data,
        models=bench.models,
        generators=assembly.generators(used),
        progress=progress,
    ).run(turns)


def _train(folder: store.RunFolder, where: Jobs, progress: Progress) -> int:
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
            where,
            cpus=plan.server,
            capacity=plan.server_capacity,
            progress=progress,
            before=folder.training() or TrainingRecord(),
            keep=folder.write_training,
        )
    except HostError as error:
        if not folder.run.experiment.scenarios:
            raise
        progress.warn(f"training is left out: {error}")
        folder.write_training(TrainingRecord(left_out=(str(error),)))
        return 0


def _record(
    run_id: str, bench: Assembly, where: Runtime, asked: Overrides, progress: Progress
) -> RunRecord:
    """Make run.json's content: what runs here, on what, and what would spoil it."""
    experiment, left_out = _runnable(bench.experiment, bench.plan, where, progress)
    findings = [f for f in checks.noise() if f.state is checks.State.WARN]
    warnings = tuple(f"{f.subject}: {f.found}; {f.remedy}" for f in findings)
    for warning in warnings:
        progress.warn(warning)
    return RunRecord(
        id=run_id,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        clusterbench=__version__,
        runtime=where.name,
        experiment=experiment,
        plan=bench.plan,
        fingerprint=where.describe(list(experiment.contenders.values())),
        asked=asked.given(),
        commands=_commands(asked, experiment, where.name),
        warnings=warnings,
        left_out={**bench.left_out, **left_out},
        claims=bench.claims,
    )


def _runnable(
    experiment: Experiment, plan: CpuPlan, where: Runtime, progress: Progress
) -> tuple[Experiment, Mapping[str, str]]:
    """Leave out, with a warning, the contenders and generators that cannot run here; say why."""
    if not experiment.scenarios:
        return experiment, {}
    used = {s.generator for s in experiment.scenarios.values()}
    why = {
        **{
            name: where.skip(c) or _no_fewer_cores(c, plan)
            for name, c in experiment.contenders.items()
        },
        **{name.value: where.lacks(name) for name in GeneratorName if name in used},
    }
    left_out = {name: reason for name, reason in why.items() if reason}
    for name, reason in left_out.items():
        progress.warn(f"{name} is left out: {reason}")
    able = experiment.without(left_out, [name for name in GeneratorName if name in left_out])
    if not able.contenders:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise RunRefused(f"nothing can be measured here: {reasons}")
    return able, left_out


def _no_fewer_cores(contender: Contender, plan: CpuPlan) -> str | None:
    """Say that a contender which should have fewer cores than the others would have as many."""
    if contender.cores is None or contender.cores < plan.server_capacity:
        return None
    return f"it should have {contender.cores} of the server's cores, and {plan.server} is no more"


def _resumed(old: store.RunFolder, now: RunRecord) -> store.RunFolder:
    """Return the folder to go on with. Raises RunRefused where the run would not be the same."""
    found = store.differences(old.run, now)
    if found:
        raise cannot_resume(f"{old.path}:", "run", found)
    return old


def _commands(asked: Overrides, experiment: Experiment, runtime: str) -> tuple[str, ...]:
    """Return the commands that repeat the run."""
    if asked.training is not None:
        plan = ["--plan", asked.plan] if asked.plan else []
        said = shlex.join([*words(asked.training), *plan])
        if runtime == "process":
            return (f"./lab train --runtime process {said}".rstrip(),)
        return (
            f"docker compose run --rm --build orchestrator train {said}".rstrip(),
            f"./lab train {said}".rstrip(),
        )
    options = ["--profile", experiment.profile]
    for option, value in {
        "--plan": asked.plan,
        "--rounds": asked.rounds,
        "--window": asked.window,
        "--warm-up": asked.warm_up,
        "--seed": asked.seed,
        "--duration": asked.duration,
        "--levels": ",".join(map(str, asked.levels)) if asked.levels else None,
    }.items():
        if value is not None:
            options += [option, str(value)]
    for name in asked.contenders or ():
        options += ["--contender", name]
    line = shlex.join(options)
    if runtime == "process":
        return (f"./lab run --runtime process {line}",)
    return (f"docker compose run --rm --build orchestrator run {line}", f"./lab run {line}")
