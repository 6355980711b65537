"""The loop: one server at a time. Turns in order, each trial on disk as it ends."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.bench import client
from clusterbench.bench.progress import clock
from clusterbench.errors import GeneratorFailed, MeasureError, ServerFailed
from clusterbench.load.generators.bodies import body
from clusterbench.load.port import CALL_TIMEOUT, Load
from clusterbench.measure.limits import limit_of_trial
from clusterbench.measure.published import published_figures
from clusterbench.measure.windows import figures
from clusterbench.model.experiment import (
    Bytes,
    GeneratorName,
    Method,
    RequestsPerSecond,
    Seconds,
    Timing,
)
from clusterbench.model.records import (
    Outcome,
    Parity,
    SideUsage,
    TrialRecord,
    TurnRecord,
    WorkerShare,
)
from clusterbench.plan.schedule import (
    TRIAL_COST,
    TURN_COST,
    expected_warm_up,
    warm_up_chunks,
    warmed,
)
from clusterbench.runtime.server_log import parse_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clusterbench.bench.progress import Progress
    from clusterbench.load.port import LoadGenerator, Reading
    from clusterbench.model.data import DataFolder
    from clusterbench.model.execution import Usage
    from clusterbench.model.experiment import Trial, Turn
    from clusterbench.runtime.port import Generator, Runtime, Server
    from clusterbench.store.run_folder import RunFolder

#: A generator may need so much longer than its load to end: requests in flight, output (s).
GENERATOR_GRACE = CALL_TIMEOUT + 30.0
#: Counters are read this long after the window's start, so that the load surely runs (s).
SETTLE = 0.3


@dataclass(slots=True)
class _Stay:
    """What a turn gathers while it lasts."""

    started: str
    steps: dict[str, Seconds] = field(default_factory=dict)
    warm_up: list[RequestsPerSecond] = field(default_factory=list)
    warm: bool = False
    parity: Parity | None = None
    hello: Mapping[str, object] = field(default_factory=dict)
    peak_memory: int = 0
    peak_memory_source: str = ""
    workers: tuple[WorkerShare, ...] = ()
    left: float = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; a name that comes twice adds up."""
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            self.steps[name] = Seconds(self.steps.get(name, 0.0) + took)

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Note when the last trial was over and stopping began."""
        try:
            yield
        finally:
            self.left = time.monotonic()

    def close(self, began: float, inside: float) -> None:
        """Return stopping, and what no step named, a step each; `inside` is its trials' time (s)."""
        ended = time.monotonic()
        self.steps["stop"] = Seconds(ended - self.left)
        named = sum(self.steps.values()) + inside
        self.steps["other"] = Seconds(max(0.0, ended - began - named))

    def saw(self, usage: Usage) -> None:
        """Keep the largest memory, by the kernel's mark where it keeps one."""
        source = "sampled" if usage.peak_memory is None else "kernel"
        self.peak_memory = max(self.peak_memory, usage.peak_memory or usage.memory)
        self.peak_memory_source = source


class Runner:
    """Runs turns and records them; a failed turn or trial never stops the run."""

    def __init__(
        self,
        *,
        folder: RunFolder,
        runtime: Runtime,
        data: DataFolder,
        generators: Mapping[GeneratorName, LoadGenerator],
        progress: Progress,
        models: Mapping[str, DataFolder] | None = None,
    ) -> None:
        self._folder = folder
        self._experiment = folder.run.experiment
        self._plan = folder.run.plan
        self._runtime = runtime
        self._data = data
        self._models = models or {}
        self._generators = generators
        self._progress = progress
        self._sizes: dict[tuple[str, Method], int] = {}
        self._files = self._files_for(data)

    def run(self, turns: Sequence[Turn]) -> int:
        """Run the turns and return how many turns and trials failed."""
        total = sum(len(turn.trials) for turn in turns)
        failed = before = 0
        for number, turn in enumerate(turns, start=1):
            self._progress.say(
                f"turn {number} of {len(turns)}: {turn.contender}, round {turn.round} of "
                f"{self._experiment.rounds} (about {clock(self._progress.left)} left)"
            )
            failed += self._turn(turn, before, total)
            before += len(turn.trials)
        return failed

    def _files_for(self, data: DataFolder) -> Mapping[str, bytes]:
        return {
            name: content
            for generator in self._generators.values()
            for name, content in generator.files(data).items()
        }

    # ------------------------------------------------------------------------------- a turn

    def _turn(self, turn: Turn, before: int, total: int) -> int:
        stay = _Stay(started=_now())
        failed = 0
        reason: str | None = None
        began = time.monotonic()
        inside = 0.0
        try:
            with ExitStack() as stack:
                with stay.leaving():
                    server, generator = self._started(turn, stay, stack)
                    to_warm = warmed(self._experiment, turn)
                    for number, trial in enumerate(turn.trials, start=before + 1):
                        if trial is to_warm:
                            with stay.step("warm_up"):
                                self._warm_up(trial, server, generator, stay)
                        entered = time.monotonic()
                        record = self._trial(trial, server, generator, stay, f"{number}/{total}")
                        inside += time.monotonic() - entered
                        failed += record.outcome is Outcome.FAILED
                        load = self._experiment.timing_of(trial.cell.scenario).load
                        self._progress.done(load + TRIAL_COST)
                        if not server.running():
                            raise ServerFailed("the server ended in mid-turn", server.logs())
                # Its last words say what each of its workers did.
                server.stop()
                stay.workers = parse_workers(server.logs())
        except MeasureError as error:
            reason = str(error)
            failed += 1
            self._progress.warn(f"{turn.contender}, round {turn.round}: turn failed: {reason}")
        stay.close(began, inside)
        self._folder.append(
            TurnRecord(
                round=turn.round,
                contender=turn.contender,
                started=stay.started,
                outcome=Outcome.FAILED if reason else Outcome.OK,
                reason=reason,
                steps=stay.steps,
                warm_up=tuple(stay.warm_up),
                warm=stay.warm,
                parity=stay.parity,
                hello=stay.hello,
                peak_memory=Bytes(stay.peak_memory) if stay.peak_memory else None,
                peak_memory_source=stay.peak_memory_source,
                workers=stay.workers,
            )
        )
        return failed

    def _started(self, turn: Turn, stay: _Stay, stack: ExitStack) -> tuple[Server, Generator]:
        """Start server and generator; wait for health, check parity."""
        contender = self._experiment.contenders[turn.contender]
        own = self._models.get(contender.name)
        data = own or self._data
        with stay.step("start"), self._progress.step(f"{turn.contender}: starting"):
            cpus = contender.cpus(self._plan)
            server = stack.enter_context(self._runtime.server(contender, cpus))
            stack.callback(self._keep_logs, turn, server)
            generator = stack.enter_context(self._runtime.generator(self._plan.generator))
            generator.put(self._files_for(own) if own else self._files)
            with client.connect(server) as channel:
                client.wait_until_serving(server, channel, self._experiment.start_deadline)
        stay.hello = server.hello()
        with (
            stay.step("parity"),
            self._progress.step(f"{turn.contender}: parity"),
            client.connect(server) as channel,
        ):
            if contender.noop:
                client.check_noop(server, channel, data)
            else:
                methods = {self._experiment.scenarios[t.cell.scenario].method for t in turn.trials}
                stay.parity = client.check_parity(server, channel, data, methods)
        self._progress.done(TURN_COST)
        return server, generator

    def _keep_logs(self, turn: Turn, server: Server) -> None:
        self._folder.add_log(f"r{turn.round}-{turn.contender}", server.logs())

    def _warm_up(self, first: Trial, server: Server, generator: Generator, stay: _Stay) -> None:
        """Load the server in chunks until two in a row agree, within the bounds.

        `first` is the trial that comes after it.
        """
        rule = self._experiment.warm_up
        chunks = warm_up_chunks(rule)
        name = GeneratorName.GHZ if GeneratorName.GHZ in self._generators else GeneratorName.H2LOAD
        scenario = self._experiment.scenarios[first.cell.scenario]
        timing = Timing(dropped=Seconds(0.0), window=rule.chunk, margin=Seconds(0.0))
        method = scenario.method if name is GeneratorName.GHZ else Method.PREDICT
        connections = min(scenario.connections, rule.concurrency)
        for number in range(1, chunks.stop):
            load = Load(
                address=server.address,
                method=method,
                loop=scenario.loop,
                level=rule.concurrency - rule.concurrency % connections,
                connections=connections,
                duration=rule.chunk,
                threads=self._plan.generator_capacity,
            )
            what = f"{first.cell.contender}: warming up"
            with self._progress.step(what):
                reading = self._drive(name, load, generator, f"warm-up-{number}")
            stay.saw(server.usage())
            stay.warm_up.append(figures(reading.samples, timing).throughput)
            last = stay.warm_up[-2:]
            change = abs(last[-1] - last[0]) / max(*last, 1e-9) if number > 1 else math.inf
            stay.warm = number >= chunks.start and change <= rule.agree_within
            if stay.warm:
                break
        self._progress.done(expected_warm_up(rule))
        if stay.warm_up:
            chain = " ".join(f"{value:,.0f}" for value in stay.warm_up)
            settled = "agreed" if stay.warm else "still moving when its time was over"
            self._progress.say(f"    warm-up: {chain} responses/s, {settled}")

    # ------------------------------------------------------------------------------ a trial

    def _trial(
        self, trial: Trial, server: Server, generator: Generator, stay: _Stay, place: str
    ) -> TrialRecord:
        cell, timing = trial.cell, self._experiment.timing_of(trial.cell.scenario)
        scenario = self._experiment.scenarios[cell.scenario]
        connections = scenario.connections_at(cell.level)
        started, began = _now(), time.monotonic()
        steps: dict[str, Seconds] = {}
        load = Load(
            address=server.address,
            method=scenario.method,
            loop=scenario.loop,
            level=cell.level,
            connections=connections,
            duration=timing.load,
            response_bytes=self._response_bytes(cell.contender, scenario.method),
            threads=self._plan.generator_capacity,
            as_published=scenario.as_published,
        )
        what = f"[{place}] {cell.contender}  {cell.scenario}  {cell.level}"
        common = {
            "id": trial.id,
            "round": trial.round,
            "contender": cell.contender,
            "scenario": cell.scenario,
            "level": cell.level,
            "connections": connections,
            "started": started,
        }
        try:
            with self._progress.step(what):
                measuring = _Measuring(server, generator, timing)
                reading = self._drive(scenario.generator, load, generator, trial.id, measuring)
                steps["load"] = timing.load
                contender = self._experiment.contenders[cell.contender]
                usage = measuring.usage(
                    contender.capacity(self._plan), self._plan.generator_capacity
                )
                stay.saw(measuring.last)
                window = (
                    published_figures(reading.summary, reading.samples.counts)
                    if scenario.as_published
                    else figures(reading.samples, timing)
                )
                if reading.response_bytes_ok is False:
                    raise ServerFailed("answers of a wrong size: they were no right ones")
                if not window.responses and not window.errors:
                    raise GeneratorFailed("no call was answered within the window")
                self._folder.add_samples(trial.id, reading.samples)
                self._folder.add_generator_summary(trial.id, reading.summary)
        except MeasureError as error:
            self._progress.warn(f"{what}: failed: {error}")
            record = TrialRecord(
                **common,  # type: ignore[arg-type]
                outcome=Outcome.FAILED,
                reason=str(error),
                steps={"load": Seconds(time.monotonic() - began)},
            )
            self._folder.append(record)
            return record
        steps["collect"] = Seconds(time.monotonic() - began - timing.load)
        record = TrialRecord(
            **common,  # type: ignore[arg-type]
            outcome=Outcome.OK,
            steps=steps,
            summary_counts=reading.samples.counts,
            truncated=reading.samples.truncated,
            server=usage[0],
            generator=usage[1],
            held_back=_held_back(stay.hello, connections, cell.level),
            response_bytes_ok=reading.response_bytes_ok,
        )
        self._folder.append(record)
        p99 = window.latency.get("p99")
        latency = (
            f"  p50 {window.latency['p50'] * 1e3:.2f} ms  p99 {p99 * 1e3:.2f} ms" if p99 else ""
        )
        errors = f"  {sum(window.errors.values()):,} errors" if window.errors else ""
        full = limit_of_trial(*usage)
        self._progress.say(
            f"  {what}  {window.throughput:,.0f} responses/s{latency}{errors}  "
            f"(server {usage[0].share:.0%}, generator {usage[1].share:.0%} busy; limit: {full})"
        )
        return record

    def _response_bytes(self, contender: str, method: Method) -> int:
        """Return the size of a right response to the request that h2load repeats."""
        key = (contender, method)
        if key not in self._sizes:
            data = self._models.get(contender, self._data)
            noop = self._experiment.contenders[contender].noop
            self._sizes[key] = body(data, method, noop=noop).response_bytes
        return self._sizes[key]

    def _drive(
        self,
        name: GeneratorName,
        load: Load,
        generator: Generator,
        tag: str,
        measuring: _Measuring | None = None,
    ) -> Reading:
        """Run one load to its end and read what the generator wrote."""
        driver = self._generators[name]
        invocation = driver.invocation(load, tag)
        with generator.execute(invocation.command, outputs=invocation.outputs) as execution:
            if measuring is not None:
                measuring.read(execution.running)
            completed = execution.wait(Seconds(load.duration + GENERATOR_GRACE))
            return driver.read(load, completed)


class _Measuring:
    """Reads both sides' counters near the window's start and at its end.

    Without a margin the load ends with the window: the last reading then comes somewhat before.
    """

    def __init__(self, server: Server, generator: Generator, timing: Timing) -> None:
        self._server, self._generator, self._timing = server, generator, timing
        self._began = time.monotonic()
        self._readings: list[tuple[Usage, Usage]] = []

    def read(self, running: Callable[[], bool]) -> None:
        """Sleep through the window, with one reading near its start and one at its end."""
        timing = self._timing
        settle = min(SETTLE, timing.window / 4)
        end = timing.dropped + timing.window - (0.0 if timing.margin else settle)
        for moment in (timing.dropped + settle, end):
            time.sleep(max(0.0, self._began + moment - time.monotonic()))
            if not running():
                return  # it failed early: `wait` says how
            self._readings.append((self._server.usage(), self._generator.usage()))

    @property
    def last(self) -> Usage:
        """Return the server's last reading."""
        return self._readings[-1][0]

    def usage(self, server_cpus: int, generator_cpus: int) -> tuple[SideUsage, SideUsage]:
        """Return what each side used between the readings. Raises GeneratorFailed without two."""
        if len(self._readings) < 2:  # noqa: PLR2004 - a start and an end
            raise GeneratorFailed("the generator ended before the window did")
        first, last = self._readings[0], self._readings[-1]
        return (
            _between(first[0], last[0], server_cpus),
            _between(first[1], last[1], generator_cpus),
        )


def _between(first: Usage, last: Usage, cpus: int) -> SideUsage:
    return SideUsage(
        cpu=Seconds(last.cpu - first.cpu), seconds=Seconds(last.at - first.at), cpus=cpus
    )


def _held_back(hello: Mapping[str, object], connections: int, level: int) -> int | None:
    """Return the callers that the server's bound on streams lets through, where fewer than asked."""
    bound = hello.get("max_streams")
    if not isinstance(bound, int) or isinstance(bound, bool) or bound <= 0:
        return None
    return bound * connections if bound * connections < level else None


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
