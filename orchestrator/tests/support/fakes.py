"""Fakes of the ports: a runtime in which nothing runs, generators that end at once, made-up jobs.

mypy holds them to the ports: see the end of this file.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.errors import HostError, JobFailed, ProfilerFailed, ServerFailed
from clusterbench.load.generator import Invocation, Load, Reading
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.execution import Address, Completed, JobOutput, Unknown, Usage
from clusterbench.model.samples import Samples
from clusterbench.model.units import Bytes, Seconds
from support.factories import run_record
from support.silent_dialogue import SilentDialogue
from support.training import benchmark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.load.generator import LoadGenerator
    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.data import DataFolder
    from clusterbench.model.records import Fingerprint
    from clusterbench.runtime.port import Execution, Generator, Job, Jobs, Server, WholeRuntime


class World:
    """A runtime in which nothing runs: it counts, and fails where a test says so."""

    name = "made-up"

    def __init__(self) -> None:
        self.alive = 0
        self.most_alive = 0
        self.log: list[str] = []
        self.first_words = ""
        self.dies_at: str | None = None
        self.refuses: set[str] = set()
        self.rates: Iterator[float] = iter(())
        self.fails: dict[str, Exception] = {}
        self.lacking: Mapping[str, str] = {}
        self.warned: Sequence[str] = ()
        self.quota: float | None = None
        self.waits: float | None = 0.0
        self.throttled = {"server": 0.0, "generator": 0.0}
        self.busy = {"server": 1.0, "generator": 0.5}
        self.last_words = ""
        self.never_stops = self.drops_limits = False
        self.image_size: Bytes | Unknown = Bytes(127_000_000)
        self.counters = True
        self.verified: list[str] = []
        self.started_ago = self.stops_in = 0.0
        self.stacks: Mapping[str, str] = {}
        self.no_profiler: Mapping[str, str] = {}
        self.current: FakeServer | None = None
        self.others: Mapping[str, float] = {}  # tag of a load -> share of the server's CPU

    def counted(self, side: str, now: float, memory: Bytes) -> Usage:
        return Usage(
            at=now,
            cpu=Seconds(now * self.busy[side]),
            memory=memory,
            throttled=Seconds(now * self.throttled[side]),
            quota=self.quota,
            pressure=Seconds(now * self.waits) if self.waits is not None else Unknown("made up"),
        )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[FakeServer]:
        if contender.name in self.refuses:
            raise ServerFailed("did not start", "Traceback: no model")
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        self.log.append(f"start {contender.name}")
        try:
            yield FakeServer(self, contender.name)
        finally:
            self.alive -= 1
            self.log.append(f"stop {contender.name}")

    @contextmanager
    def generator(self, cpus: CpuSet) -> Iterator[FakeGenerator]:
        yield FakeGenerator(self)

    @contextmanager
    def open(self) -> Iterator[None]:
        yield

    def warnings(self) -> Sequence[str]:
        return self.warned

    def skip(self, contender: Contender) -> str | None:
        return self.lacking.get(contender.name)

    def lacks(self, generator: str) -> str | None:
        return self.lacking.get(generator)

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        return run_record().fingerprint


class FakeServer:
    """A server that does as its world says."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.dead, self.stopped = world, name, False, False
        self.address = Address("127.0.0.1", 1)
        self.started_steps: Mapping[str, Seconds] = {"create": Seconds(0.0), "start": Seconds(0.0)}
        self.started_at: float | None = time.monotonic() - world.started_ago
        world.current = self

    def verify(self) -> None:
        self.world.verified.append(self.name)
        if self.world.drops_limits:
            raise HostError("CPU set: 0 was asked for, and it is unpinned")

    def image_size(self) -> Bytes | Unknown:
        return self.world.image_size

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.world.log.append(f"pause {self.name}")
        yield
        self.world.log.append(f"resume {self.name}")

    def profile(self, profiler: Profiler, aside: CpuSet) -> str | None:
        self.world.log.append(f"{profiler.name} samples {self.name}")
        if reason := self.world.no_profiler.get(profiler.name):
            raise ProfilerFailed(reason)
        return self.world.stacks.get(profiler.name)

    def running(self) -> bool:
        return not self.dead

    def logs(self) -> str:
        last = self.world.last_words if self.stopped else ""
        return f"{self.world.first_words}{self.name} says goodbye{last}"

    def stop(self, number: int = 15) -> None:  # SIGTERM
        self.world.log.append(f"asked to stop {self.name}")
        if self.world.never_stops:
            raise ServerFailed("cannot stop it")
        time.sleep(self.world.stops_in)
        self.dead = self.stopped = True

    def exit_status(self) -> int | None:
        return 0 if self.stopped else None

    def usage(self) -> Usage | None:
        if self.dead:
            raise ServerFailed("the server no longer runs", self.logs())
        counted = self.world.counted
        return counted("server", time.monotonic(), Bytes(1000)) if self.world.counters else None


class FakeGenerator:
    """A place for commands of load generators, none of which is started."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.files: dict[str, bytes] = {}

    def put(self, files: Mapping[str, bytes]) -> None:
        self.files.update(files)

    def usage(self) -> Usage:
        return self.world.counted("generator", time.monotonic(), Bytes(1))

    @contextmanager
    def execute(
        self, command: Sequence[str], *, outputs: Sequence[str] = ()
    ) -> Iterator[FakeExecution]:
        assert "requests" in self.files
        self.world.log.append(command[0])
        if self.world.dies_at == command[0]:
            assert self.world.current is not None
            self.world.current.dead = True
        yield FakeExecution()

    @contextmanager
    def talk(self, command: Sequence[str]) -> Iterator[SilentDialogue]:
        yield SilentDialogue()


class FakeExecution:
    """A command that has ended well as soon as it is waited for."""

    def running(self) -> bool:
        return True

    def wait(self, timeout: Seconds) -> Completed:
        return Completed(exit_status=0, stdout="", stderr="", outputs={})


class Driver:
    """A load generator whose every load has the throughput that the world names next."""

    version_command = "true"

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.capabilities = GENERATORS[name].capabilities
        self.loads: list[Load] = []

    def parse_version(self, printed: str) -> str | None:
        return None

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        return {"requests": b""}

    def invocation(self, load: Load, tag: str) -> Invocation:
        self.loads.append(load)
        self.tag = tag
        return Invocation(command=(tag,), outputs=(f"{tag}.json",))

    def read(self, load: Load, completed: Completed) -> Reading:
        if self.tag in self.world.fails:
            raise self.world.fails[self.tag]
        rate = next(self.world.rates, 10_000.0)
        sent = max(1, int(rate * load.duration))
        start = np.linspace(0.0, load.duration, sent, endpoint=False)
        samples = Samples(
            origin=1.9e9,
            start=start,
            latency=np.full(sent, 1e-4),
            status=np.zeros(sent, dtype=np.int8),
            counts={"OK": sent},
            duration=load.duration,
        )
        return Reading(samples=samples, summary={"rps": rate}, response_bytes_ok=None)


class FakeJobs:
    """Training images that are what they are told to be; each pass times what it is ordered to."""

    def __init__(
        self,
        *,
        software: Mapping[str, Mapping[str, str]] | None = None,
        why: Mapping[str, str] | None = None,
        failing: int | None = None,
        writes: bytes | None = None,
    ) -> None:
        self.software = software or {}
        self.why = why if why is not None else {"training-2019": "is not built"}
        self.failing = failing
        self.writes = writes
        self.held = Seconds(0.0)
        self.ordered: list[dict[str, Any]] = []

    def skip_service(self, service: str) -> str | None:
        return self.why.get(service)

    def describe_service(self, service: str) -> Mapping[str, str]:
        return self.software.get(service, {"image": "one"})

    def memory_limit(self, service: str) -> Bytes | None:
        assert service not in self.why
        return None

    def run_once(self, job: Job) -> JobOutput:
        assert (job.service, job.command) == ("training", ("pass",))
        assert job.environment["TRAINING_OUT"] == job.output
        told = json.loads(job.environment["TRAINING_PASS"])
        self.ordered.append(told)
        if told["pass"] == self.failing:
            raise JobFailed("exit status 1")
        if self.writes is not None:
            return JobOutput(self.writes)
        timed = [benchmark(job["contender"], 1.0) for job in told["benchmarks"]]
        return JobOutput(json.dumps({"benchmarks": timed}).encode(), self.held)


class WholeWorld(World, FakeJobs):
    """A runtime in which nothing runs, jobs neither."""

    def __init__(self, **lacking: str) -> None:
        World.__init__(self)
        FakeJobs.__init__(self)
        self.lacking = {name.replace("_", "-"): why for name, why in lacking.items()}


if TYPE_CHECKING:
    _runtime: WholeRuntime = WholeWorld()
    _server: Server = FakeServer(World(), "any")
    _generator: Generator = FakeGenerator(World())
    _execution: Execution = FakeExecution()
    _load_generator: LoadGenerator = Driver(World(), "ghz")
    _jobs: Jobs = FakeJobs()
