"""Runs one trial, and records it as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.bench.loading import Watch, drive
from clusterbench.bench.loads_done import Done, LoadsDone
from clusterbench.bench.progress import Progress
from clusterbench.bench.requests import GeneratorFiles, Requests
from clusterbench.bench.trial_checks import all_right, answered, within_cpus
from clusterbench.bench.trial_line import line
from clusterbench.bench.trial_records import TrialLoads, figures_of, held_back_by, part_record
from clusterbench.bench.turn_log import TurnLog, utc_now
from clusterbench.errors import MeasureError, ServerFailed
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generator import Load, LoadGenerator, Reading
from clusterbench.load.generators.bodies import body
from clusterbench.load.generators.right_responses import right_of
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.load.kinds.kind import Part, Seen
from clusterbench.measure.windows import figures
from clusterbench.model.contender import Contender
from clusterbench.model.records import Outcome, TrialRecord
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import time_of
from clusterbench.runtime.port import Generator, Server
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from clusterbench.load.generator import Right
    from clusterbench.load.kinds.kind import LoadKind, TurnSoFar
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSides:
    """A turn's server and load generator while they run, whose they are, and what is sent."""

    contender: Contender
    server: Server
    generator: Generator
    requests: Requests
    files: GeneratorFiles


@dataclass(kw_only=True)
class Trials:
    """Runs the trials of a run, one at a time."""

    generators: Mapping[str, LoadGenerator]
    folder: RunFolder
    progress: Progress
    machine: Callable[[], CpuTimes | None] | None = None

    def __post_init__(self) -> None:
        self.experiment, self.plan = self.folder.run.experiment, self.folder.run.plan
        self._expected: dict[tuple[str, str], tuple[int | None, Right | None]] = {}

    def run(self, trial: Trial, sides: TurnSides, log: TurnLog, place: str) -> TrialRecord:
        """Run a trial and return its record, which is on disk then; `place` is `3/18`."""
        cell = trial.cell
        scenario = self.experiment.scenarios[cell.scenario]
        kind = kind_of(scenario)
        what = f"[{place}] {cell.contender}  {cell.scenario}  {kind.level_words(cell.level)}"
        known: dict[str, Any] = {
            "id": trial.id,
            "round": trial.round,
            "contender": cell.contender,
            "scenario": cell.scenario,
            "level": cell.level,
            "connections": scenario.connections_at(cell.level),
            "started": utc_now(),
            "repeats": trial.first.id if trial.again else None,
        }
        began = time.monotonic()
        try:
            with self.progress.step(what, time_of(self.experiment, trial)):
                done = self._measured(kind, scenario, trial, sides, log)
        except MeasureError as error:
            self.progress.warn(f"{what}: failed: {error}")
            steps = {"failed": Seconds(time.monotonic() - began)}
            record = TrialRecord(**known, outcome=Outcome.FAILED, reason=str(error), steps=steps)
            self.folder.append(record)
            return record
        found = figures_of(done, time.monotonic() - began)
        held_back = held_back_by(kind, log.startup, known["connections"], cell.level)
        record = TrialRecord(**known, outcome=Outcome.OK, held_back=held_back, **found)
        self.folder.append(record)
        # What a turn's rates are made from stays, so that a schedule that is run again is the same.
        if scenario.saturates and not trial.again:
            log.saturated[scenario.name] = done.window.throughput
        self.progress.measured(f"  {what}  {self._line(done.window, record)}")
        for doubt in done.reading.doubts:
            self.progress.warn(f"{what}: {scenario.generator} doubts its figures: {doubt}")
        return record

    def _measured(
        self, kind: LoadKind, scenario: Scenario, trial: Trial, sides: TurnSides, log: TurnLog
    ) -> TrialLoads:
        """Run the loads of a trial, and keep its requests. Raises MeasureError."""
        loads, capacity = self._loads(kind, scenario, trial, sides, log)
        done, reading = loads.of_the_trial(capacity)
        window = kind.figures(reading, self.experiment.timing)
        answered(reading, window)
        self.folder.add_samples(trial.id, reading.samples)
        self.folder.add_generator_summary(trial.id, reading.summary)
        return TrialLoads(
            loads=loads.all, capacity=capacity, done=done, reading=reading, window=window
        )

    def _line(self, window: Figures, record: TrialRecord) -> str:
        return line(window, record, self.experiment.interference)

    def _loads(
        self, kind: LoadKind, scenario: Scenario, trial: Trial, sides: TurnSides, log: TurnLog
    ) -> tuple[LoadsDone, FoundCapacity | None]:
        """Run the loads of a trial, and return what each gave, and what they found together."""
        turn = self._turn(kind, scenario, log)
        loads = kind.loads(self.experiment.timing, trial.cell.level, turn)
        done = LoadsDone()
        part = next(loads)
        while True:
            one, reading = self._part(kind, part, trial, sides)
            done.add(
                one, reading, may_be_the_trial=kind.may_be_the_trial(trial.cell.level, one.window)
            )
            log.saw(one.last)
            if one.record.rate is not None:
                seen = Seen(rate=round(one.record.rate), figures=one.window)
                log.seen.setdefault(scenario.method, []).append(seen)
            try:
                part = loads.send(one.window)
            except StopIteration as found:
                return done, found.value

    def _turn(self, kind: LoadKind, scenario: Scenario, log: TurnLog) -> TurnSoFar | None:
        """Return what a kind needs of the turn. Raises ServerFailed where it is not there."""
        if kind.saturated_by is None:
            return None
        turn = log.so_far(kind.saturated_by, scenario.method)
        if turn is None:
            raise ServerFailed(
                f"its saturated throughput is not known: {kind.saturated_by} gave none in this turn"
            )
        return turn

    def _part(
        self, kind: LoadKind, part: Part, trial: Trial, sides: TurnSides
    ) -> tuple[Done, Reading]:
        scenario = self.experiment.scenarios[trial.cell.scenario]
        tag = trial.id if part.name == "load" else f"{trial.id}-{part.name}"
        watch = Watch(sides.server, sides.generator, part, machine=self.machine)
        load = self.load_of(kind, scenario, part, trial.cell.level, sides)
        driver = self.generators[scenario.generator]
        sides.files.put(driver, sides.requests[scenario.name])
        reading = drive(driver, load, sides.generator, tag, watch)
        all_right(reading)
        usage = watch.usage(sides.contender.capacity(self.plan), self.plan.generator_capacity)
        if not sides.server.running():
            raise ServerFailed(f"the server ended in {part.name}", sides.server.logs())
        within_cpus(*usage)
        cpus = sides.contender.cpus(self.plan), self.plan.generator
        usage = watch.with_interference(usage, cpus)
        window = figures(reading.samples, part.timing)
        record = part_record(reading, watch, usage, window, load)
        done = Done(part=part, usage=usage, record=record, window=window, last=watch.last)
        return done, reading

    def load_of(
        self, kind: LoadKind, scenario: Scenario, part: Part, level: int, sides: TurnSides
    ) -> Load:
        """Return the load of a trial's part."""
        own = part.level or level
        response_bytes, right = self._expect(scenario, sides)
        return Load(
            address=sides.server.address,
            method=scenario.method,
            loop=kind.loop,
            level=own,
            connections=part.connections or scenario.connections_at(own),
            duration=part.timing.load,
            response_bytes=response_bytes,
            right=right,
            threads=self.plan.generator_capacity,
            may_stall=part.may_stall,
            generator_defaults=kind.generator_defaults,
        )

    def _expect(self, scenario: Scenario, sides: TurnSides) -> tuple[int | None, Right | None]:
        """Return the size of a right response to the request that some generators repeat.

        And which responses are right. None where right ones may differ in that.
        """
        method, key = scenario.method, (sides.contender.name, scenario.name)
        if key not in self._expected:
            data, noop = sides.requests[scenario.name], sides.contender.noop
            size = body(data, method, noop=noop).response_bytes
            self._expected[key] = size, right_of(data, method, noop=noop)
        return self._expected[key]
