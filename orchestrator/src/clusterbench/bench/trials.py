"""Runs one trial, and records it as it ends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterbench.bench.loading import Watch, drive
from clusterbench.bench.progress import Progress
from clusterbench.bench.turn_log import TurnLog, utc_now
from clusterbench.errors import GeneratorFailed, MeasureError, ServerFailed
from clusterbench.load.generator import Load, LoadGenerator, Reading
from clusterbench.load.generators.bodies import body
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.limits import limit_of_trial
from clusterbench.measure.windows import figures
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.data import DataFolder
from clusterbench.model.experiment import Contender, Experiment, Method, Seconds
from clusterbench.model.records import Outcome, PartRecord, SideUsage, TrialRecord
from clusterbench.plan.schedule import load_of
from clusterbench.runtime.port import Generator, Server
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from clusterbench.load.kinds.kind import LoadKind, Part
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.experiment import Scenario, Trial
    from clusterbench.model.samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A turn's server and load generator while they run, and whose they are."""

    contender: Contender
    server: Server
    generator: Generator
    data: DataFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A trial's output in memory: what its load kind makes figures of."""

    reading: Reading

    @property
    def counts(self) -> Mapping[str, int]:
        """Return all responses by status name."""
        return self.reading.samples.counts

    def samples(self) -> Samples:
        """Return the trial's requests."""
        return self.reading.samples

    def generator_summary(self) -> Mapping[str, Any]:
        """Return the generator's own summary."""
        return self.reading.summary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What the parts of a trial gave: that of the measured one, and all of them."""

    reading: Reading
    usage: tuple[SideUsage | None, ...]
    parts: tuple[PartRecord, ...]


@dataclass(slots=True, kw_only=True)
class Trials:
    """Runs the trials of a run, one at a time."""

    experiment: Experiment
    plan: CpuPlan
    generators: Mapping[str, LoadGenerator]
    folder: RunFolder
    progress: Progress
    _sizes: dict[tuple[str, Method], int] = field(default_factory=dict)

    def run(self, trial: Trial, sides: Sides, log: TurnLog, place: str) -> TrialRecord:
        """Run a trial and return its record, which is on disk then; `place` is `3/18`."""
        cell = trial.cell
        scenario = self.experiment.scenarios[cell.scenario]
        kind = kind_of(scenario)
        what = f"[{place}] {cell.contender}  {cell.scenario}  {cell.level}"
        record = _Record(trial, scenario.connections_at(cell.level))
        try:
            with self.progress.step(what):
                done = self._parts(kind, scenario, trial, sides, log)
                window = kind.figures(Output(reading=done.reading), self.experiment.timing)
                _check(done.reading, window)
                self.folder.add_samples(trial.id, done.reading.samples)
                self.folder.add_generator_summary(trial.id, done.reading.summary)
        except MeasureError as error:
            self.progress.warn(f"{what}: failed: {error}")
            failed = record.failed(str(error))
            self.folder.append(failed)
            return failed
        window_s = kind.timing(self.experiment.timing).window
        made = record.done(done, window_s, load_of(self.experiment, trial), log.startup)
        self.folder.append(made)
        self.progress.say(f"  {what}  {_line(window, made)}")
        return made

    def _parts(
        self, kind: LoadKind, scenario: Scenario, trial: Trial, sides: Sides, log: TurnLog
    ) -> _Done:
        parts = kind.parts(self.experiment.timing)
        recorded: list[PartRecord] = []
        for part in parts:
            tag = trial.id if len(parts) == 1 else f"{trial.id}-{part.name}"
            watch = Watch(sides.server, sides.generator, part)
            load = self._load(kind, scenario, part, trial.cell.level, sides)
            driver = self.generators[scenario.generator]
            reading = drive(driver, load, sides.generator, tag, watch)
            usage = watch.usage(sides.contender.capacity(self.plan), self.plan.generator_capacity)
            if not sides.server.running():
                raise ServerFailed(f"the server ended in {part.name}", sides.server.logs())
            log.saw(watch.readings[-1][0])
            recorded.append(_part_record(part, reading, watch))
            if part.measured:
                measured = reading, usage
        return _Done(
            reading=measured[0],
            usage=measured[1],
            parts=tuple(recorded) if len(parts) > 1 else (),
        )

    def _load(
        self, kind: LoadKind, scenario: Scenario, part: Part, level: int, sides: Sides
    ) -> Load:
        own = part.level or level
        return Load(
            address=sides.server.address,
            method=scenario.method,
            loop=kind.loop,
            level=own,
            connections=part.connections or scenario.connections_at(own),
            duration=part.timing.load,
            response_bytes=self._response_bytes(scenario.method, sides),
            threads=self.plan.generator_capacity,
            may_stall=part.may_stall,
            generator_defaults=kind.generator_defaults,
        )

    def _response_bytes(self, method: Method, sides: Sides) -> int:
        """Return the size of a right response to the request that some generators repeat."""
        key = (sides.contender.name, method)
        if key not in self._sizes:
            found = body(sides.data, method, noop=sides.contender.noop)
            self._sizes[key] = found.response_bytes
        return self._sizes[key]


class _Record:
    """What a trial's record says however it ends."""

    def __init__(self, trial: Trial, connections: int) -> None:
        self._trial, self._connections = trial, connections
        self._started, self._began = utc_now(), time.monotonic()

    def failed(self, reason: str) -> TrialRecord:
        """Return the record of a trial that failed."""
        steps = {"failed": Seconds(time.monotonic() - self._began)}
        return self._record(outcome=Outcome.FAILED, reason=reason, steps=steps)

    def done(
        self, done: _Done, window: Seconds, load: Seconds, startup: Mapping[str, object]
    ) -> TrialRecord:
        """Return the record of a trial that was measured; its window and whole load are in s."""
        samples = done.reading.samples
        elapsed = time.monotonic() - self._began
        counted = min(window, elapsed)
        dropped = min(load - window, elapsed - counted)
        server, generator = done.usage
        return self._record(
            outcome=Outcome.OK,
            steps={
                "window": Seconds(counted),
                "dropped": Seconds(dropped),
                "collect": Seconds(elapsed - counted - dropped),
            },
            summary_counts=samples.counts,
            truncated=samples.truncated,
            server=server,
            generator=generator,
            held_back=_held_back(startup, self._connections, self._trial.cell.level),
            response_bytes_ok=done.reading.response_bytes_ok,
            parts=done.parts,
        )

    def _record(self, **fields: Any) -> TrialRecord:  # noqa: ANN401 - fields of TrialRecord
        cell = self._trial.cell
        return TrialRecord(
            id=self._trial.id,
            round=self._trial.round,
            contender=cell.contender,
            scenario=cell.scenario,
            level=cell.level,
            connections=self._connections,
            started=self._started,
            **fields,
        )


def _check(reading: Reading, window: Figures) -> None:
    if reading.response_bytes_ok is False:
        raise ServerFailed("responses of a wrong size: they were not the right ones")
    if not window.responses and not window.errors:
        raise GeneratorFailed("no request was answered within the window")


def _part_record(part: Part, reading: Reading, watch: Watch) -> PartRecord:
    origin = reading.samples.origin or watch.paused or 0.0
    last = watch.readings[-1][0]
    return PartRecord(
        name=part.name,
        seconds=part.timing.load,
        throughput=figures(reading.samples, part.timing).throughput,
        memory=last.memory if last else None,
        peak_memory=(last.peak_memory or last.memory) if last else None,
        paused=None if watch.paused is None else Seconds(watch.paused - origin),
        resumed=None if watch.resumed is None else Seconds(watch.resumed - origin),
    )


def _line(window: Figures, record: TrialRecord) -> str:
    """Return a trial's figures in one line, for the progress of a run."""
    said = [f"{window.throughput:,.0f} responses/s"]
    if p99 := window.latency.get("p99"):
        said.append(f"p50 {window.latency['p50'] * 1e3:.2f} ms  p99 {p99 * 1e3:.2f} ms")
    if window.errors:
        said.append(f"{sum(window.errors.values()):,} errors")
    if record.generator:
        server = f"server {record.server.share:.0%}, " if record.server else ""
        said.append(
            f"({server}generator {record.generator.share:.0%} busy; "
            f"{limit_of_trial(record.server, record.generator)})"
        )
    return "  ".join(said)


def _held_back(startup: Mapping[str, object], connections: int, level: int) -> int | None:
    """Return the concurrency that the server's bound on streams lets through, where it is less."""
    bound = startup.get("max_streams")
    if not isinstance(bound, int) or isinstance(bound, bool) or bound <= 0:
        return None
    return bound * connections if bound * connections < level else None
