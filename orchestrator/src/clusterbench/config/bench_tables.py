"""The tables of bench.toml as pydantic models: the shape of the file, and what each key takes.

Names of what stands elsewhere (contenders, scenarios, services, ...) are looked up in the
validation's context; `bench_file` fills it.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, ValidationInfo, field_validator, model_validator

from clusterbench.config.contender_tables import (
    AlternativeTable,
    ContenderTable,
    alternative_problems,
    variants_of,
)
from clusterbench.config.question_table import QuestionTable
from clusterbench.config.rate_links import rate_problems
from clusterbench.config.sizes_table import SizesTable, size_problems
from clusterbench.config.tables import (
    Agreement,
    Connections,
    ContenderName,
    Deadline,
    Each,
    FileTable,
    Level,
    LoadTime,
    PartTime,
    Points,
    Repeats,
    Rounds,
    Seed,
    Text,
    WaitTime,
    among,
    known,
    named,
    several,
    wrong,
)
from clusterbench.config.training_table import TrainingTable
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import AnyLoadKind
from clusterbench.load.kinds.closed_loop import ClosedLoop
from clusterbench.model.experiment import Loop, Method, Scenario
from clusterbench.plan.cpu_plan import PLANS

Name = Annotated[
    str,
    named(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
        "a name takes letters, digits, `.`, `_` and `-`, up to 63 of them",
    ),
]
ScenarioName = Annotated[Text, known("scenarios")]
Plan = Annotated[str, among(PLANS)]


class TimingTable(FileTable):
    """How long a trial lasts, in seconds: thrown away at first, the window, a margin after it."""

    dropped: PartTime
    window: LoadTime
    margin: PartTime


class TimingChanges(FileTable):
    """What a profile changes of the default timing."""

    dropped: PartTime | None = None
    window: LoadTime | None = None
    margin: PartTime | None = None


class WarmUpTable(FileTable):
    """Load before a turn's first window: chunks (s) until two in a row agree."""

    chunk: LoadTime
    agree_within: Agreement
    shortest: WaitTime
    longest: WaitTime
    concurrency: Level


class WarmUpChanges(FileTable):
    """What a profile changes of the default warm-up."""

    chunk: LoadTime | None = None
    agree_within: Agreement | None = None
    shortest: WaitTime | None = None
    longest: WaitTime | None = None
    concurrency: Level | None = None


class InterferenceTable(FileTable):
    """Which trials are disturbed, and how often such a one is run again."""

    bound: Agreement = Field(description="The share of a side's CPUs that others had, from which.")
    repeats: Repeats = Field(description="How often at most, at the end of its turn.")


class InterferenceChanges(FileTable):
    """What a profile changes of the default rule for interference."""

    bound: Agreement | None = None
    repeats: Repeats | None = None


class DefaultsTable(FileTable):
    """What holds for every profile that says nothing else."""

    profile: Annotated[Text, known("profiles")]
    plan: Plan
    seed: Seed
    start_deadline: Deadline = Field(description="Seconds until a server must be healthy.")
    timing: TimingTable
    warm_up: WarmUpTable
    interference: InterferenceTable


class ScenarioTable(FileTable):
    """A method, a load generator, a load kind, a connection count and a sweep of levels."""

    method: Method
    generator: Annotated[str, among(GENERATORS)]
    connections: Connections
    sweep: Each[Level] = Field(description="Levels: concurrencies, or requests per second.")
    load: AnyLoadKind = ClosedLoop()
    contenders: Each[ContenderName] | None = Field(
        None, description="Its own contenders, in place of the profile's."
    )
    rounds: Rounds | None = Field(None, description="The rounds that it takes part in; else all.")
    per_core: Annotated[bool, Strict()] | None = Field(
        None,
        description="With contenders of one worker per core in the place of the same with one "
        "process (true), or without those (false); else with both.",
    )
    rows: Points | None = Field(
        None, description="Observations per request of PredictBatch, in profiles with `sizes`."
    )

    def scenario(self, name: str) -> Scenario:
        """Return the scenario; it has no contenders where it names none of its own."""
        same = {"method", "generator", "connections", "sweep", "rounds", "per_core", "rows"}
        able = GENERATORS[self.generator].capabilities
        return Scenario(
            name=name,
            contenders=self.contenders or (),
            load=self.load.model_dump(),
            loop=self.load.loop,
            reference=self.load.reference,
            saturates=able.saturates and self.load.loop is Loop.CLOSED,
            **self.model_dump(include=same),
        )

    @model_validator(mode="after")
    def _kind_and_generator_fit(self) -> Self:
        able = GENERATORS[self.generator].capabilities
        found = [*self.load.problems(self.scenario(""), able)]
        if self.rows is not None and self.method is not Method.PREDICT_BATCH:
            found.append(("rows", f"are for PredictBatch; a request of {self.method} has one"))
        several(wrong(*key.split("."), what=what) for key, what in found)
        return self


class ProfileTable(FileTable):
    """A named set of durations, rounds, contenders and scenarios."""

    description: Text = ""
    rounds: Rounds
    sizes: SizesTable | None = Field(None, description="Generated models: all serve each.")
    plan: Plan | None = None
    seed: Seed | None = None
    contenders: Each[ContenderName] = Field(
        description="Of every scenario that names none of its own."
    )
    scenarios: Each[ScenarioName]
    timing: TimingChanges = TimingChanges()
    warm_up: WarmUpChanges = WarmUpChanges()
    interference: InterferenceChanges = InterferenceChanges()
    training: Annotated[Text, known("trainings")] | None = None
    profiler: bool = Field(
        default=False, description="Whether profilers sample each server once, not measured."
    )
    counters: bool = Field(
        default=False, description="Whether instructions and context switches are counted."
    )


class CallsTable(FileTable):
    """What `./lab bench calls` takes."""

    rounds: Rounds = Field(description="Turns in which each call is timed.")


class BenchTables(FileTable):
    """Every experiment of the lab."""

    include: Each[Text] | None = Field(
        None,
        description="Files whose tables come beside these, relative to this one; `{lab}` is the "
        "lab's folder.",
    )
    defaults: DefaultsTable
    contenders: dict[Name, ContenderTable]
    alternatives: dict[Name, AlternativeTable] = Field(default_factory=dict)
    scenarios: dict[Name, ScenarioTable]
    profiles: dict[Name, ProfileTable]
    training: TrainingTable | None = None
    calls: CallsTable
    question: QuestionTable | None = None

    @model_validator(mode="after")
    def _rates_are_made_from_what_is_there(self) -> Self:
        several(rate_problems(self.scenarios, self.profiles))
        return self

    @field_validator("alternatives")
    @classmethod
    def _stand_against_what_is_above(
        cls, tables: dict[str, AlternativeTable], info: ValidationInfo
    ) -> dict[str, AlternativeTable]:
        contenders: dict[str, ContenderTable] | None = info.data.get("contenders")
        if contenders is not None:
            several(alternative_problems(tables, contenders, variants_of(info)))
        return tables

    @field_validator("profiles")
    @classmethod
    def _sizes_fit(
        cls, tables: dict[str, ProfileTable], info: ValidationInfo
    ) -> dict[str, ProfileTable]:
        scenarios: dict[str, ScenarioTable] | None = info.data.get("scenarios")
        if scenarios is not None:
            several(size_problems(tables, {n: t.scenario(n) for n, t in scenarios.items()}))
        return tables
