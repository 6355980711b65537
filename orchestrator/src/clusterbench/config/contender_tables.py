"""The tables of bench.toml on what is compared: contenders, and what stands against them.

Names of what stands elsewhere (services, ...) are looked up in the validation's context;
`bench_file` fills it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from clusterbench.config.compose_tables import Edition
from clusterbench.config.server_variables import number_problems
from clusterbench.config.tables import (
    ContenderName,
    CpuCount,
    FileTable,
    Ratio,
    Text,
    Texts,
    known,
    says,
    several,
    unknown,
    wrong,
)
from clusterbench.model.contender import HANDLER, WORKERS, Handler

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import InitErrorDetails


def _variable(name: str) -> str:
    if name == HANDLER:
        raise says('is said by the key `handler`: handler = "noop"')
    return name


Environment = dict[Annotated[str, AfterValidator(_variable)], Text]


class ContenderTable(FileTable):
    """One thing being compared: a service of compose.yaml, or somebody else's image or command."""

    service: Annotated[Text, known("servers")] | None = None
    variant: Text | None = Field(None, description="Another build of the service, by its name.")
    image: Text | None = Field(None, description="Somebody else's server, with an engine.")
    command: Texts | None = Field(
        None, description="Somebody else's server, without an engine: run in this file's folder."
    )
    environment: Environment = Field(default_factory=dict)
    title: Text | None = None
    edition: Edition | None = Field(
        None, description="The year of its dependencies; the service's own if not given."
    )
    handler: Handler = Field(Handler.MODEL, description="`noop` returns a constant.")
    workers: Literal["per-core"] | None = Field(
        None, description="`per-core`: one worker per core of the server's CPU set."
    )
    model: Text | None = Field(
        None, description="The file of a model of its own, relative to this one's folder."
    )
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
        elif self.variant is not None and self.service in variants_of(info):
            found += unknown(self.variant, variants_of(info)[self.service], "variant")
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


def variants_of(info: ValidationInfo) -> Mapping[str | None, Collection[str]]:
    """Return the variants that each service has."""
    found: Mapping[str | None, Collection[str]] = (info.context or {})["variants"]
    return found


def alternative_problems(
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
            if table.variant is not None and (service is None or service in variants):
                yield from unknown(table.variant, variants.get(service, ()), name, "variant")
