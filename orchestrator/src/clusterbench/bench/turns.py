"""The loop: one server at a time, turns in order, each trial on disk as it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from clusterbench.bench import health, parity
from clusterbench.bench.counting import Counting
from clusterbench.bench.profiling import Profiling
from clusterbench.bench.progress import Progress
from clusterbench.bench.repeats import due
from clusterbench.bench.requests import GeneratorFiles, checked, requests_of
from clusterbench.bench.trials import Trials, TurnSides
from clusterbench.bench.turn_log import TRIALS, TurnLog
from clusterbench.bench.warm_up import warm_up
from clusterbench.errors import MeasureError, ServerFailed, first_counts
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generator import LoadGenerator
from clusterbench.model.data import DataFolder
from clusterbench.model.numbers import listing, plural
from clusterbench.model.records import Outcome
from clusterbench.plan.schedule import (
    COUNT_COST,
    PROFILE_COST,
    START_COST,
    STOP_COST,
    counted,
    duration,
    expected_warm_up,
    profiled,
    time_of,
    warmed,
)
from clusterbench.runtime.port import Runtime
from clusterbench.runtime.server_log import parse_workers
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import TrialRecord
    from clusterbench.model.trial import Trial, Turn
    from clusterbench.runtime.port import Generator, Server


@dataclass(kw_only=True)
class Runner:
    """Runs turns and records them; a failed turn or trial never stops the run.

    `models` are the data of those contenders that have a model of their own. `machine` reads the
    counters of all CPUs; without it, what others had of them is not known.
    """

    folder: RunFolder
    runtime: Runtime
    data: DataFolder
    generators: Mapping[str, LoadGenerator]
    progress: Progress
    machine: Callable[[], CpuTimes | None] | None = None
    models: Mapping[str, DataFolder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._experiment, self._plan = self.folder.run.experiment, self.folder.run.plan
        self._trials = Trials(
            generators=self.generators,
            folder=self.folder,
            progress=self.progress,
            machine=self.machine,
        )
        self._profiling = Profiling(trials=self._trials, folder=self.folder)
        self._counting = Counting(profiling=self._profiling)

    def run(self, turns: Sequence[Turn]) -> int:
        """Run the turns and return how many turns and trials failed."""
        total = sum(len(turn.trials) for turn in turns)
        times = [duration(self._experiment, [turn]).wall for turn in turns]
        failed = before = 0
        for number, turn in enumerate(turns, start=1):
            self.progress.say(
                f"turn {number} of {len(turns)}: {turn.contender}, round {turn.round} of "
                f"{self._experiment.rounds} (about {self.progress.left_words} left)"
            )
            places = [f"{before + place}/{total}" for place in range(1, len(turn.trials) + 1)]
            failed += self._turn(turn, places)
            before += len(turn.trials)
            self.progress.remains(sum(times[number:]))
        return failed

    # ------------------------------------------------------------------------------- a turn

    def _turn(self, turn: Turn, places: Sequence[str]) -> int:
        log = TurnLog(turn)
        reason: str | None = None
        try:
            with ExitStack() as stack:
                sides = self._start(turn, log, stack)
                self._measure(turn, sides, log, places)
                what = f"{turn.contender}: stopping"
                with log.step("stop"), self.progress.step(what, STOP_COST):
                    # Its last log lines say what each of its workers did.
                    sides.server.stop()
                    log.workers = parse_workers(sides.server.logs())
                    stack.close()
        except MeasureError as error:
            reason = str(error)
            log.failed += 1
            self.progress.warn(f"{turn.contender}, round {turn.round}: turn failed: {reason}")
        self.folder.append(log.record(reason))
        return log.failed

    def _measure(self, turn: Turn, sides: TurnSides, log: TurnLog, places: Sequence[str]) -> None:
        """Warm up and run a turn's trials. Raises ServerFailed where the server ended."""
        to_warm = warmed(self._experiment, turn)
        tries: dict[Trial, list[TrialRecord]] = {}
        for trial, place in zip(turn.trials, places, strict=True):
            if trial is to_warm:
                self._warm_up(trial, sides, log)
            tries[trial] = [self._trial(trial, sides, log, place)]
        self._again(tries, dict(zip(turn.trials, places, strict=True)), sides, log)
        self._count(turn, sides, log)
        self._profile(turn, sides, log)

    def _again(
        self,
        tries: Mapping[Trial, list[TrialRecord]],
        places: Mapping[Trial, str],
        sides: TurnSides,
        log: TurnLog,
    ) -> None:
        """Run the disturbed trials of a turn again. One that fails leaves the figure that is there.

        All of them are kept: which of them counts is told from the records.
        """
        rule = self._experiment.interference
        for again in range(1, rule.repeats + 1):
            found = due(self._experiment, tries, again)
            if not found:
                return
            self.progress.grows(sum(time_of(self._experiment, trial) for trial in found))
            self.progress.say(
                f"{sides.contender.name}: {plural(len(found), 'trial')} of this turn run again, "
                f"since others had {rule.bound:.0%} of a side's CPUs or more"
            )
            for trial in found:
                place = f"{places[trial.first]}, again"
                tries[trial.first].append(self._trial(trial, sides, log, place))

    def _trial(self, trial: Trial, sides: TurnSides, log: TurnLog, place: str) -> TrialRecord:
        """Run a trial. Raises ServerFailed where the server ended in it."""
        with log.step(TRIALS):
            record = self._trials.run(trial, sides, log, place)
        log.failed += record.outcome is Outcome.FAILED and not trial.again
        if not sides.server.running():
            raise ServerFailed("the server ended in mid-turn", sides.server.logs())
        return record

    def _count(self, turn: Turn, sides: TurnSides, log: TurnLog) -> None:
        """Count what the server does to its CPUs, where that is asked for."""
        trial = counted(self._experiment, turn)
        if trial is None:
            return
        with log.step("count"), self.progress.step(f"{turn.contender}: counted", COUNT_COST):
            log.counters = self._counting.run(trial, sides)
        for reason in dict.fromkeys(log.counters.lacking.values()):
            of = [what for what, why in log.counters.lacking.items() if why == reason]
            self.progress.say(f"  {turn.contender}: no {listing(of)}: {reason}")

    def _profile(self, turn: Turn, sides: TurnSides, log: TurnLog) -> None:
        """Have profilers sample the server, where that is asked for. Nothing of it is a figure."""
        trial = profiled(self._experiment, turn)
        if trial is None:
            return
        what = f"{turn.contender}: under profilers"
        with log.step("profile"), self.progress.step(what, PROFILE_COST):
            log.profile = self._profiling.run(trial, sides)
        for name, reason in log.profile.lacking.items():
            self.progress.warn(f"{turn.contender} is not sampled by {name}: {reason}")

    def _start(self, turn: Turn, log: TurnLog, stack: ExitStack) -> TurnSides:
        """Start the server, check it, and then make the load generators' home.

        The start is the server's alone: its creation, its start, until it serves, and its first
        right response are each a step, one from the end of the other. Its memory is read last, when
        it has had nothing to do for a moment.
        """
        contender = self._experiment.contenders[turn.contender]
        scenarios = self._scenarios(turn)
        requests = requests_of(self.models.get(contender.name, self.data), scenarios)
        first = scenarios[0]
        with self.progress.step(f"{turn.contender}: starting", START_COST):
            server = stack.enter_context(self.runtime.server(contender, contender.cpus(self._plan)))
            stack.callback(self._keep_logs, turn, server)
            for step, seconds in server.started_steps.items():
                log.took(step, seconds)
            with health.connect(server) as channel:
                with log.step("serving", since=server.started_at):
                    health.wait_until_serving(server, channel, self._experiment.start_deadline)
                with log.step("first_response"):
                    parity.check_first(
                        server,
                        channel,
                        requests[first.name],
                        {each.method for each in scenarios if each.rows == first.rows},
                        noop=contender.noop,
                    )
                server.verify()
                log.saw_start(server)
                with log.step("parity"):
                    if not contender.noop:
                        log.parity = checked(
                            requests, scenarios, partial(parity.check_parity, server, channel)
                        )
            with log.step("generator"):
                generator = stack.enter_context(self.runtime.generator(self._plan.generator))
                files = self._files(generator, requests[first.name])
            log.saw_idle(server.usage())
        return TurnSides(
            contender=contender, server=server, generator=generator, requests=requests, files=files
        )

    def _files(self, generator: Generator, sent: DataFolder) -> GeneratorFiles:
        """Put there what each load generator needs to send the first requests."""
        files = GeneratorFiles(generator)
        for driver in self.generators.values():
            files.put(driver, sent)
        return files

    def _scenarios(self, turn: Turn) -> list[Scenario]:
        """Return the scenarios of a turn's trials, each once, that of its first trial first."""
        names = dict.fromkeys(trial.cell.scenario for trial in turn.trials)
        return [self._experiment.scenarios[name] for name in names]

    def _keep_logs(self, turn: Turn, server: Server) -> None:
        with first_counts():
            self.folder.add_log(f"r{turn.round}-{turn.contender}", server.logs())

    def _warm_up(self, trial: Trial, sides: TurnSides, log: TurnLog) -> None:
        rule = self._experiment.warm_up
        if not rule.longest:
            return
        scenario = self._experiment.scenarios[trial.cell.scenario]
        driver = self.generators[scenario.generator]
        what = f"{sides.contender.name}: warming up"
        with log.step("warm_up"), self.progress.step(what, expected_warm_up(rule)):
            sides.files.put(driver, sides.requests[scenario.name])
            warm_up(
                rule,
                scenario,
                driver=driver,
                sides=sides,
                log=log,
                threads=self._plan.generator_capacity,
            )
        if log.warm_up:
            chain = " ".join(f"{value:,.0f}" for value in log.warm_up)
            settled = "settled" if log.warm else "not settled when its time was over"
            self.progress.say(f"    warm-up: {chain} responses/s, {settled}")
