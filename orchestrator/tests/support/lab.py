"""The loop on fakes: a runner with its folder, and what it recorded."""

from __future__ import annotations

import io
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console

from clusterbench.bench import health, parity
from clusterbench.bench.progress import Progress
from clusterbench.bench.turns import Runner
from clusterbench.config.data_folder import read_data
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.experiment import Timing, WarmUp
from clusterbench.model.records import Parity, TrialRecord, TurnRecord
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import schedule
from clusterbench.store.run_folder import RunFolder
from support.data_folders import write
from support.factories import cpu_plan, experiment, run_record
from support.fakes import Driver, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

TIMING = Timing(dropped=Seconds(0.01), window=Seconds(0.03), margin=Seconds(0.005))
WARM_UP = WarmUp(
    chunk=Seconds(0.01),
    agree_within=0.03,
    shortest=Seconds(0.02),
    longest=Seconds(0.05),
    concurrency=64,
)


class Machine:
    """The CPU of the server (0) and that of the generator (1): what those two ran, and others."""

    def __init__(self, world: World) -> None:
        self._world, self._ran, self._read = world, {0: 0.0, 1: 0.0}, time.monotonic()

    def __call__(self) -> CpuTimes:
        now, world = time.monotonic(), self._world
        others = world.others.get(world.log[-1] if world.log else "", 0.0)
        for cpu, rate in ((0, world.busy["server"] + others), (1, world.busy["generator"])):
            self._ran[cpu] += (now - self._read) * rate
        self._read = now
        return CpuTimes(at=now, busy=dict(self._ran))


class Lab:
    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.world = World()
        self.out = io.StringIO()
        made = experiment(timing=TIMING, warm_up=WARM_UP, rounds=1, **changes)
        self.folder = RunFolder.create(tmp_path, run_record(experiment=made, plan=cpu_plan()))
        self.drivers = {name: Driver(self.world, name) for name in GENERATORS}
        self.checked: list[str] = []

        @contextmanager
        def connect(server: Any) -> Iterator[None]:
            yield None

        def check(server: Any, channel: Any, data: Any, methods: Any) -> Parity:
            self.checked.append(server.name)
            return Parity(observations=4, worst_excess=0.0)

        monkeypatch.setattr(health, "connect", connect)
        monkeypatch.setattr(health, "wait_until_serving", lambda *_: None)
        monkeypatch.setattr(parity, "check_first", lambda *_, **__: None)
        monkeypatch.setattr(parity, "check_parity", check)
        self.data = data = read_data(write(tmp_path / "data"))
        self.runner = Runner(
            folder=self.folder,
            runtime=self.world,
            data=data,
            generators=self.drivers,
            machine=Machine(self.world),
            progress=Progress(
                10.0,
                Console(file=self.out, soft_wrap=True, highlight=False),
                now=lambda: 0.0,  # time left is told from the plan alone
            ),
        )

    def run(self) -> int:
        return self.runner.run(schedule(self.folder.run.experiment))

    @property
    def trials(self) -> list[TrialRecord]:
        return [r for r in self.folder.records() if isinstance(r, TrialRecord)]

    @property
    def turns(self) -> list[TurnRecord]:
        return [r for r in self.folder.records() if isinstance(r, TurnRecord)]
