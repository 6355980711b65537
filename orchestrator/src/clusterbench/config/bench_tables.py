"""The tables of bench.toml as pydantic models: the shape of the file, and what each key takes.

Names of what stands elsewhere (contenders, scenarios, services, ...) are looked up in the
validation's context; `bench_file` fills it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from clusterbench.config.compose_tables import Edition
from clusterbench.config.question_table import QuestionTable
from clusterbench.config.rate_links import rate_problems
from clusterbench.config.server_variables import number_problems
from clusterbench.config.tables import (
    Agreement,
    Connections,
    CpuCount,
    Deadline,
    Each,
    FileTable,
    Level,
    LoadTime,
    PartTime,
    Ratio,
    Rounds,
    Seed,
    Text,
    Texts,
    WaitTime,
    among,
    known,
    named,
    says,
    several,
    unknown,
    wrong,
)
from clusterbench.config.training_table import TrainingTable
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import AnyLoadKind
from clusterbench.load.kinds.closed_loop import ClosedLoop
from clusterbench.model.contender import WORKERS, Handler
from clusterbench.model.experiment import Loop, Method, Scenario
from clusterbench.plan.cpu_plan import PLANS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import InitErrorDetails

#: The variable that tells a server which handler to use.
HANDLER = "SERVER_HANDLER"


def _variable(name: str) -> str:
    if name == HANDLER:
        raise says('is said by the key `handler`: handler = "noop"')
    return name


Name = Annotated[
    str,
    named(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
        "a name takes letters, digits, `.`, `_` and `-`, up to 63 of them",
    ),
]
Environment = dict[Annotated[str, AfterValidator(_variable)], Text]
ContenderName = Annotated[Text, known("contenders")]
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


class DefaultsTable(FileTable):
    """What holds for every profile that says nothing else."""

    profile: Annotated[Text, known("profiles")]
    plan: Plan
    seed: Seed
    start_deadline: Deadline = Field(description="Seconds until a server must be healthy.")
    timing: TimingTable
    warm_up: WarmUpTable


class ContenderTable(FileTable):
    """One thing being compared: a service of compose.yaml, or somebody else's image or command."""

    service: Annotated[Text, known("servers")] | None = None
    variant: Text | None = Field(None, description="Another build of the service, by its name.")
    image: Text | None = None
    command: Texts | None = None
    environment: Environment = Field(default_factory=dict)
    title: Text | None = None
    edition: Edition | None = Field(
        None, description="The year of its dependencies; the service's own if not given."
    )
    handler: Handler = Field(Handler.MODEL, description="`noop` returns a constant.")
    workers: Literal["per-core"] | None = Field(
        None, description="`per-core`: one worker per core of the server's CPU set."
    )
    model: Text | None = Field(None, description="The file of a model of its own.")
    published: Text | None = Field(
        None, description="The published contender that it stands for; its own name if not given."
    )

    @model_validator(mode="after")
    def _is_one_thing(self, info: ValidationInfo) -> Self:
        found: list[InitErrorDetails] = []
        theirs = self.image is not None or self.command is not None
        if (self.service is not None) == theirs:
            what = "or else `image`, `command` or both must say what it is"
            found.append(wrong("service", what=what))
        if self.variant is not None and self.service is None:
            found.append(wrong("variant", what="is another build of a `service`, which is missing"))
        elif self.variant is not None:
            found += unknown(self.variant, _variants(info).get(self.service, ()), "variant")
        if self.service is not None:
            found += number_problems(self.environment)
        if self.workers and WORKERS in self.environment:
            what = f"and {WORKERS} in `environment` say the same; keep one"
            found.append(wrong("workers", what=what))
        several(found)
        return self


class AlternativeTable(FileTable):
    """Another choice, measured beside the one that is kept: a contender, or made from `of`."""

    of: ContenderName
    about: Text = Field(description="In a few words, what differs.")
    goal: Ratio | None = Field(None, description="The throughput of `of` over its own.")
    variant: Text | None = None
    environment: Environment = Field(default_factory=dict)
    handler: Handler | None = None
    cores: CpuCount | None = None


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
    per_core: Annotated[bool, Strict()] = Field(
        default=False, description="Without contenders of which another has one worker per core."
    )

    def scenario(self, name: str) -> Scenario:
        """Return the scenario; it has no contenders where it names none of its own."""
        same = {"method", "generator", "connections", "sweep", "rounds", "per_core"}
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
        found = self.load.problems(self.scenario(""), able)
        several(wrong(*key.split("."), what=what) for key, what in found)
        return self


class ProfileTable(FileTable):
    """A named set of durations, rounds, contenders and scenarios."""

    description: Text = ""
    rounds: Rounds
    plan: Plan | None = None
    seed: Seed | None = None
    contenders: Each[ContenderName] = Field(
        description="Of every scenario that names none of its own."
    )
    scenarios: Each[ScenarioName]
    timing: TimingChanges = TimingChanges()
    warm_up: WarmUpChanges = WarmUpChanges()
    training: Annotated[Text, known("trainings")] | None = None


class CallsTable(FileTable):
    """What `./lab bench calls` takes."""

    rounds: Rounds = Field(description="Turns in which each call is timed.")


class BenchTables(FileTable):
    """Every experiment of the lab."""

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
            several(_alternative_problems(tables, contenders, _variants(info)))
        return tables


def _variants(info: ValidationInfo) -> Mapping[str | None, Collection[str]]:
    """Return the variants that each service has."""
    found: Mapping[str | None, Collection[str]] = (info.context or {})["variants"]
    return found


def _alternative_problems(
    tables: Mapping[str, AlternativeTable],
    contenders: Mapping[str, ContenderTable],
    variants: Mapping[str | None, Collection[str]],
) -> Iterator[InitErrorDetails]:
    """Return what is wrong between alternatives and what they stand against."""
    services = {name: table.service for name, table in contenders.items()}
    for name, table in tables.items():
        others = [each for each in services if each != name]
        if table.of not in others:
            yield from unknown(table.of, others, name, "of")
            services.setdefault(name)
        elif name in contenders:
            what = f"stands in [contenders.{name}] already; keep one"
            for key in ("variant", "environment", "handler", "cores"):
                if key in table.model_fields_set:
                    yield wrong(name, key, what=what)
        else:
            service = services[name] = services[table.of]
            if service is not None:
                yield from number_problems(table.environment, name)
            if table.variant is not None:
                yield from unknown(table.variant, variants.get(service, ()), name, "variant")
