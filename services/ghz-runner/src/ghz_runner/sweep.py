"""Settings -> a run of one contender, one scenario and one round, as the lab describes runs."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from clusterbench import __version__
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.experiment import Experiment, WarmUp
from clusterbench.model.records import RunRecord
from clusterbench.model.trial import Cell, Trial, Turn
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.attached import AttachedRuntime
    from ghz_runner.settings import Settings

NAME = "ghz-runner"
#: How long a server may take to start.
DEADLINE = Seconds(60.0)
_NO_WARM_UP = WarmUp(
    chunk=Seconds(1.0),
    agree_within=0.0,
    shortest=Seconds(0.0),
    longest=Seconds(0.0),
    concurrency=1,
)


def turn(settings: Settings) -> Turn:
    """Return the one turn: the levels in their order, one after the other."""
    cells = (
        Cell(contender=settings.target, scenario=settings.scenario.name, level=level)
        for level in settings.scenario.sweep
    )
    trials = tuple(Trial(cell=cell, round=1) for cell in cells)
    return Turn(contender=settings.target, round=1, trials=trials)


def run_record(
    run_id: str, settings: Settings, data: DataFolder, runtime: AttachedRuntime
) -> RunRecord:
    """Describe the run, as run.json keeps it."""
    here = len(os.sched_getaffinity(0))
    experiment = Experiment(
        profile=NAME,
        contenders={settings.target: Contender(name=settings.target, service=settings.target)},
        scenarios={settings.scenario.name: settings.scenario},
        rounds=1,
        seed=0,
        timing=settings.timing,
        warm_up=_NO_WARM_UP,
        plan=NAME,
        data=data.describe(),
        start_deadline=DEADLINE,
    )
    plan = CpuPlan(
        name=NAME,
        server=settings.server_cpus,
        generator=settings.generator_cpus,
        server_capacity=len(settings.server_cpus) or here,
        generator_capacity=len(settings.generator_cpus) or here,
        asked="as LAB_SERVER_CPUS and LAB_GENERATOR_CPUS say",
    )
    return RunRecord(
        id=run_id,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        clusterbench=__version__,
        runtime=runtime.name,
        experiment=experiment,
        plan=plan,
        fingerprint=runtime.describe([]),
    )
