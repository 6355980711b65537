"""Turns of a real process and a real load, with somebody else on the server's CPU where asked for.

The server is a stand-in and the load sends nothing: what is real is the kernel's accounting.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from clusterbench.bench import health, parity
from clusterbench.bench.progress import Progress
from clusterbench.bench.turns import Runner
from clusterbench.config.data_folder import read_data
from clusterbench.host.cpu_time import cpu_times
from clusterbench.host.procfs import usage
from clusterbench.load.generator import Invocation
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Timing, WarmUp
from clusterbench.model.records import Parity
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import schedule
from clusterbench.store.run_folder import RunFolder
from support import stand_in_processes as stand_ins
from support.data_folders import write
from support.factories import cpu_plan, experiment, run_record
from support.fakes import Driver, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from clusterbench.load.generator import Load, Reading
    from clusterbench.model.disturbance import InterferenceRule
    from clusterbench.model.execution import Completed

TIMING = Timing(dropped=Seconds(0.1), window=Seconds(1.0), margin=Seconds(0.4))
_NO_WARM_UP = WarmUp(
    chunk=Seconds(1.0), agree_within=0.03, shortest=Seconds(0), longest=Seconds(0), concurrency=1
)
_BUSY = "import os; os.sched_setaffinity(0, {%d})\nwhile True: pass"


@contextmanager
def disturber(cpu: int) -> Iterator[int]:
    """Keep a CPU busy by another process, which runs once this is entered, and yield its id."""
    with subprocess.Popen([sys.executable, "-c", _BUSY % cpu]) as busy:
        try:
            assert stand_ins.until(lambda: usage(busy.pid).cpu > 0.1)
            yield busy.pid
        finally:
            busy.kill()


class Sleeps(Driver):
    """A load that is a process which sleeps, with a disturber beside it where its tag says so."""

    def __init__(self, disturbed: Callable[[str], bool], cpu: int) -> None:
        super().__init__(World(), "grpc-load")
        self._disturbed, self._cpu, self._beside = disturbed, cpu, ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.close()

    def invocation(self, load: Load, tag: str) -> Invocation:
        super().invocation(load, tag)
        if self._disturbed(tag):
            self._beside.enter_context(disturber(self._cpu))
        return Invocation(command=("sleep", f"{load.duration:g}"), outputs=())

    def read(self, load: Load, completed: Completed) -> Reading:
        self._beside.close()
        return super().read(load, completed)


def one_cell(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    rule: InterferenceRule,
    disturbed: Callable[[str], bool],
) -> RunFolder:
    """Run one cell in one round; `disturbed` says of a trial's id whether it has a disturber."""
    cpus = sorted(os.sched_getaffinity(0))
    server, generator = CpuSet((cpus[0],)), CpuSet((cpus[-1],))
    name = stand_ins.STAND_IN.name
    scenario = replace(
        experiment().scenarios["saturated"], generator="grpc-load", contenders=(name,)
    )
    made = experiment(
        timing=TIMING,
        warm_up=_NO_WARM_UP,
        rounds=1,
        interference=rule,
        contenders={name: stand_ins.STAND_IN},
        scenarios={scenario.name: scenario},
    )
    plan = cpu_plan(server=server, generator=generator)
    folder = RunFolder.create(root / "results", run_record(experiment=made, plan=plan))

    @contextmanager
    def connect(_server: Any) -> Iterator[None]:
        yield None

    monkeypatch.setattr(health, "connect", connect)
    monkeypatch.setattr(health, "wait_until_serving", lambda *_: None)
    right = Parity(observations=4, worst_excess=0.0)
    monkeypatch.setattr(parity, "check_first", lambda *_, **__: None)
    monkeypatch.setattr(parity, "check_parity", lambda *_, **__: right)
    lab = stand_ins.Lab(root, f"labtest-{uuid.uuid4().hex}")
    runtime = lab.runtime()
    load = Sleeps(disturbed, cpus[0])
    with runtime.open(), load:
        Runner(
            folder=folder,
            runtime=runtime,
            data=read_data(write(root / "data")),
            generators={"grpc-load": load},
            progress=Progress(10.0, quiet=True),
            machine=cpu_times,
        ).run(schedule(made))
    return folder
