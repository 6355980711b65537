"""The tables of bench.toml as pydantic models: the shape of the file, and what each key takes.

Names of what stands elsewhere (contenders, scenarios, services, ...) are looked up in the
validation's context; `bench_file` fills it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from clusterbench.config.compose_tables import Edition
from clusterbench.config.tables import (
    Among,
    Count,
    Each,
    NotNegative,
    Positive,
    Problem,
    Table,
    Text,
    Texts,
    Whole,
    known,
    none_of,
    says,
    several,
)
from clusterbench.config.training_table import TrainingTable
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import AnyLoadKind
from clusterbench.load.kinds.closed_loop import ClosedLoop
from clusterbench.model.experiment import WORKERS, Handler, Method, Scenario
from clusterbench.plan.cpu_plan import PLANS

#: The variable that tells a server which handler to use.
HANDLER = "SERVER_HANDLER"


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        raise says("is no name; a name takes letters, digits, `.`, `_` and `-`, up to 63 of them")
    return value


Name = Annotated[str, AfterValidator(_name)]
ContenderName = Annotated[Text, known("contenders")]
ScenarioName = Annotated[Text, known("scenarios")]
Plan = Annotated[str, Among(PLANS)]


class TimingTable(Table):
    """How long a trial lasts, in seconds: thrown away at first, the window, a margin after it."""

    dropped: NotNegative
    window: Positive
    margin: NotNegative


class TimingChanges(Table):
    """What a profile changes of the default timing."""

    dropped: NotNegative | None = None
    window: Positive | None = None
    margin: NotNegative | None = None


class WarmUpTable(Table):
    """Load before a turn's first window: chunks (s) until two in a row agree."""

    chunk: Positive
    agree_within: Positive
    shortest: NotNegative
    longest: NotNegative
    concurrency: Count


class WarmUpChanges(Table):
    """What a profile changes of the default warm-up."""

    chunk: Positive | None = None
    agree_within: Positive | None = None
    shortest: NotNegative | None = None
    longest: NotNegative | None = None
    concurrency: Count | None = None


class DefaultsTable(Table):
    """What holds for every profile that says nothing else."""

    profile: Annotated[Text, known("profiles")]
    plan: Plan
    seed: Whole
    start_deadline: Positive = Field(description="Seconds until a server must be healthy.")
    timing: TimingTable
    warm_up: WarmUpTable


class ContenderTable(Table):
    """One thing being compared: a service of compose.yaml, or somebody else's image or command."""

    service: Annotated[Text, known("servers")] | None = None
    variant: Text | None = Field(None, description="Another build of the service, by its name.")
    image: Text | None = None
    command: Texts | None = None
    environment: dict[str, Text] = Field(default_factory=dict)
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
        found: list[Problem] = []
        theirs = self.image is not None or self.command is not None
        if (self.service is not None) == theirs:
            what = "or else `image`, `command` or both must say what it is"
            found.append(Problem(("service",), says(what)))
        if self.variant is not None and self.service is None:
            what = "is another build of a `service`, which is missing"
            found.append(Problem(("variant",), says(what)))
        elif self.variant is not None:
            variants = (info.context or {}).get("variants", {}).get(self.service, ())
            if self.variant not in variants:
                found.append(Problem(("variant",), none_of(variants), self.variant))
        if self.workers and WORKERS in self.environment:
            what = f"and {WORKERS} in `environment` say the same; keep one"
            found.append(Problem(("workers",), says(what)))
        several([*found, *_handler_problems(self.environment)])
        return self


class AlternativeTable(Table):
    """Another choice, measured beside the one that is kept: a contender, or made from `of`."""

    of: ContenderName
    about: Text = Field(description="In a few words, what differs.")
    goal: Positive | None = Field(None, description="The throughput of `of` over its own.")
    variant: Text | None = None
    environment: dict[str, Text] = Field(default_factory=dict)
    handler: Handler | None = None
    cores: Count | None = None

    @model_validator(mode="after")
    def _says_handler_once(self) -> Self:
        several(_handler_problems(self.environment))
        return self


class ScenarioTable(Table):
    """A method, a load generator, a load kind, a connection count and a sweep of levels."""

    method: Method
    generator: Annotated[str, Among(tuple(GENERATORS))]
    connections: Count
    sweep: Each[Count] = Field(description="Levels: concurrencies, or requests per second.")
    load: AnyLoadKind = ClosedLoop()
    contenders: Each[ContenderName] | None = Field(
        None, description="Its own contenders, in place of the profile's."
    )
    rounds: Count | None = Field(None, description="The rounds that it takes part in; else all.")

    def scenario(self, name: str) -> Scenario:
        """Return the scenario; it has no contenders where it names none of its own."""
        return Scenario(
            name=name,
            method=self.method,
            generator=self.generator,
            connections=self.connections,
            sweep=self.sweep,
            contenders=self.contenders or (),
            load=self.load.model_dump(),
            loop=self.load.loop,
            reference=self.load.reference,
            saturates=GENERATORS[self.generator].capabilities.saturates,
            rounds=self.rounds,
        )

    @model_validator(mode="after")
    def _kind_and_generator_fit(self) -> Self:
        able = GENERATORS[self.generator].capabilities
        found = self.load.problems(self.scenario(""), able)
        several(Problem(tuple(key.split(".")), says(what)) for key, what in found)
        return self


class ProfileTable(Table):
    """A named set of durations, rounds, contenders and scenarios."""

    description: Text = ""
    rounds: Count
    plan: Plan | None = None
    seed: Whole | None = None
    contenders: Each[ContenderName] = Field(
        description="Of every scenario that names none of its own."
    )
    scenarios: Each[ScenarioName]
    timing: TimingChanges = TimingChanges()
    warm_up: WarmUpChanges = WarmUpChanges()
    training: Annotated[Text, known("trainings")] | None = None


class CallsTable(Table):
    """What `./lab bench calls` takes."""

    rounds: Count = Field(description="Turns in which each call is timed.")


class BenchTables(Table):
    """Every experiment of the lab."""

    defaults: DefaultsTable
    contenders: dict[Name, ContenderTable]
    alternatives: dict[Name, AlternativeTable] = Field(default_factory=dict)
    scenarios: dict[Name, ScenarioTable]
    profiles: dict[Name, ProfileTable]
    training: TrainingTable | None = None
    calls: CallsTable

    @field_validator("alternatives")
    @classmethod
    def _stand_against_what_is_above(
        cls, tables: dict[str, AlternativeTable], info: ValidationInfo
    ) -> dict[str, AlternativeTable]:
        contenders: dict[str, ContenderTable] | None = info.data.get("contenders")
        if contenders is not None:
            several(_alternative_problems(tables, contenders, (info.context or {})["variants"]))
        return tables


def _alternative_problems(
    tables: dict[str, AlternativeTable],
    contenders: dict[str, ContenderTable],
    variants: dict[str, tuple[str, ...]],
) -> list[Problem]:
    """Return what is wrong between alternatives and what they stand against."""
    found: list[Problem] = []
    services = {name: table.service for name, table in contenders.items()}
    for name, table in tables.items():
        if table.of == name or table.of not in services:
            found.append(
                Problem((name, "of"), none_of([n for n in services if n != name]), table.of)
            )
            services.setdefault(name)
            continue
        if name in contenders:
            found += [
                Problem((name, key), says(f"stands in [contenders.{name}] already; keep one"))
                for key in ("variant", "environment", "handler", "cores")
                if key in table.model_fields_set
            ]
            continue
        service = services[name] = services.get(table.of)
        there = variants.get(service or "", ())
        if table.variant is not None and table.variant not in there:
            found.append(Problem((name, "variant"), none_of(there), table.variant))
    return found


def _handler_problems(environment: dict[str, str]) -> list[Problem]:
    if HANDLER not in environment:
        return []
    what = 'is said by the key `handler`: handler = "noop"'
    return [Problem(("environment", HANDLER), says(what))]
