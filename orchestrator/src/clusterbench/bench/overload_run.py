"""`./lab bench overload`: more than a server can take, and a stop in the middle of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from clusterbench.bench import client
from clusterbench.bench.progress import Progress, clock
from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly
from clusterbench.errors import ConfigError, MeasureError, RunRefused, ServerFailed, StoreError
from clusterbench.load.generators.bodies import body
from clusterbench.load.port import CALL_TIMEOUT, Load
from clusterbench.measure import recovery as measure
from clusterbench.measure.windows import figures
from clusterbench.model.experiment import Bytes, GeneratorName, Loop, Method, Seconds
from clusterbench.model.samples import Samples
from clusterbench.report.tables import recovery_table as shown
from clusterbench.store import run_folder as store
from clusterbench.store.bench_result import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from grpc import Channel

    from clusterbench.config.resolve import Overrides
    from clusterbench.load.port import Reading
    from clusterbench.model.execution import Usage
    from clusterbench.model.experiment import Contender, Overload
    from clusterbench.runtime.port import Generator, Server
    from clusterbench.runtime.process.process_runtime import ProcessRuntime
    from clusterbench.runtime.process.processes import ProcessServer

PROFILE = "overload"
FAILED, INTERRUPTED = 5, 130
#: Starting and stopping a server, and reading what the generator wrote (s): for estimates only.
_TURN_COST = 12.0


def run(names: Sequence[str], asked: Overrides, *, data: Path, results: Path) -> int:
    """Overload each contender in turn; return the exit code.

    Raises LabError where nothing could be measured.
    """
    if unfit := set(asked.given()) & {"rounds", "seed"}:
        raise ConfigError(
            f"./lab bench overload takes no --{min(unfit)}: each server has one turn; "
            "start it again to repeat it"
        )
    this = asked.after({"profile": PROFILE, **({"contenders": tuple(names)} if names else {})})
    bench = assembly.read(this, data)
    overload = assembly.profiles().overload
    progress = Progress(0.0)
    progress.say(str(bench.plan))
    found: list[measure.Overloaded] = []
    failures: dict[str, str] = {}
    with interruptible(), store.lock(results):
        name = store.new_id(f"bench-{PROFILE}")
        where = cast(
            "ProcessRuntime",
            assembly.runtime("process", bench=bench, run_id=name, say=progress.say),
        )
        if reason := where.lacks(GeneratorName.H2LOAD):
            raise RunRefused(f"nothing can be measured here: {reason}")
        contenders = bench.experiment.contenders.values()
        each = _turn_time(bench, overload)
        progress.expect(each * len(contenders))
        interrupted = False
        try:
            with where.open():
                for number, contender in enumerate(contenders, start=1):
                    progress.say(
                        f"{contender.name}, {number} of {len(contenders)} "
                        f"(about {clock(progress.left)} left)"
                    )
                    turn = _Turn(bench, overload, where, progress)
                    try:
                        found.append(turn.run(contender))
                    except MeasureError as error:
                        failures[contender.name] = str(error)
                        progress.warn(f"{contender.name}: {error}")
                    progress.done(each)
        except KeyboardInterrupt:
            progress.say("interrupted: all is stopped")
            interrupted = True
        if found or failures:
            _tell(results / name, bench, found, failures, progress.say)
    return INTERRUPTED if interrupted else FAILED if failures else 0


def _turn_time(bench: assembly.Assembly, overload: Overload) -> float:
    experiment = bench.experiment
    return _TURN_COST + experiment.warm_up.longest + 2 * experiment.timing.load + overload.load


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An overload: its calls, and when the server was stopped and went on (s after the first)."""

    samples: Samples
    stop: Seconds
    resumed: Seconds
    server_share: float
    generator_share: float


class _Turn:
    """One server's turn: start, check, warm up, normal load, overload with a stop, normal load."""

    def __init__(
        self,
        bench: assembly.Assembly,
        overload: Overload,
        where: ProcessRuntime,
        progress: Progress,
    ) -> None:
        self._bench, self._strain, self._where, self._progress = bench, overload, where, progress
        self._driver = assembly.generators([GeneratorName.H2LOAD])[GeneratorName.H2LOAD]

    def run(self, contender: Contender) -> measure.Overloaded:
        """Return what became of the server. Raises MeasureError."""
        if reason := self._where.skip(contender):
            raise MeasureError(f"it is left out: {reason}")
        plan, experiment = self._bench.plan, self._bench.experiment
        (scenario,) = experiment.scenarios.values()
        usual = scenario.sweep[0]
        with (
            self._where.server(contender, contender.cpus(plan)) as server,
            self._where.generator(plan.generator) as generator,
        ):
            generator.put(self._driver.files(self._bench.data))
            with self._progress.step("starting"), client.connect(server) as channel:
                client.wait_until_serving(server, channel, experiment.start_deadline)
                self._check(contender, server, channel)
            if experiment.warm_up.longest:
                with self._progress.step("warming up"):
                    self._drive(
                        self._load(contender, server, scenario.connections, usual,
                                   experiment.warm_up.longest),
                        generator, "warm-up",
                    )  # fmt: skip
            load = self._load(
                contender, server, scenario.connections, usual, experiment.timing.load
            )
            with self._progress.step("normal load"):
                before = figures(
                    self._drive(load, generator, "before").samples, experiment.timing
                ).throughput
            start = server.usage()
            with self._progress.step("overload"):
                seen = self._overload(contender, server, generator)
            if not server.running():
                raise ServerFailed("the server ended in overload", server.logs())
            with self._progress.step("normal load again"):
                after = figures(
                    self._drive(load, generator, "after").samples, experiment.timing
                ).throughput
            end = server.usage()
        samples, whole = seen.samples, self._strain.load
        return measure.Overloaded(
            contender=contender.name,
            normal=before,
            seconds=measure.by_second(samples, seen.stop, whole),
            again=measure.first_response(samples, seen.resumed),
            back=measure.back_to_normal(samples, seen.resumed, before, whole),
            after=after,
            memory=measure.Memory(start=start.memory, peak=_peak(start, end), end=end.memory),
            errors=measure.errors(samples),
            server_share=seen.server_share,
            generator_share=seen.generator_share,
        )

    def _check(self, contender: Contender, server: Server, channel: Channel) -> None:
        if contender.noop:
            client.check_noop(server, channel, self._bench.data)
        else:
            client.check_parity(server, channel, self._bench.data, {Method.PREDICT})

    def _overload(self, contender: Contender, server: ProcessServer, generator: Generator) -> _Seen:
        """Offer more than the server can take, and stop it in the middle."""
        overload = self._strain
        load = self._load(
            contender, server, overload.connections, overload.callers, overload.load, may_stall=True
        )
        invocation = self._driver.invocation(load, "overload")
        with generator.execute(invocation.command, outputs=invocation.outputs) as execution:
            time.sleep(overload.before / 4)
            first = server.usage(), generator.usage()
            time.sleep(overload.before * 3 / 4)
            last = server.usage(), generator.usage()
            with server.stopped():
                stop = time.time()
                time.sleep(overload.stopped)
            resumed = time.time()
            completed = execution.wait(Seconds(load.duration + CALL_TIMEOUT))
            reading = self._driver.read(load, completed)
        origin = reading.samples.origin or stop
        plan = self._bench.plan
        return _Seen(
            samples=reading.samples,
            stop=Seconds(stop - origin),
            resumed=Seconds(resumed - origin),
            server_share=_busy(first[0], last[0], contender.capacity(plan)),
            generator_share=_busy(first[1], last[1], plan.generator_capacity),
        )

    def _drive(self, load: Load, generator: Generator, tag: str) -> Reading:
        invocation = self._driver.invocation(load, tag)
        with generator.execute(invocation.command, outputs=invocation.outputs) as execution:
            return self._driver.read(load, execution.wait(Seconds(load.duration + CALL_TIMEOUT)))

    def _load(
        self,
        contender: Contender,
        server: Server,
        connections: int,
        callers: int,
        seconds: Seconds,
        *,
        may_stall: bool = False,
    ) -> Load:
        right = body(self._bench.data, Method.PREDICT, noop=contender.noop).response_bytes
        return Load(
            address=server.address,
            method=Method.PREDICT,
            loop=Loop.CLOSED,
            level=callers,
            connections=connections,
            duration=seconds,
            response_bytes=right,
            threads=self._bench.plan.generator_capacity,
            may_stall=may_stall,
        )


def _busy(first: Usage, last: Usage, cpus: int) -> float:
    return (last.cpu - first.cpu) / ((last.at - first.at) * cpus)


def _peak(*readings: Usage) -> Bytes:
    return max(each.peak_memory or each.memory for each in readings)


def _tell(
    folder: Path,
    bench: assembly.Assembly,
    found: Sequence[measure.Overloaded],
    failures: Mapping[str, str],
    say: Callable[[str], None],
) -> None:
    overload = assembly.profiles().overload
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made: {error.strerror}") from error
    tell(
        folder,
        title="Under more than they can take",
        tables=shown.tables(overload, found),
        notes=[str(bench.plan), *shown.notes(overload, failures)],
        data={"overload": overload, "plan": bench.plan, "servers": found, "failures": failures},
        say=say,
    )
