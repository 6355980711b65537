"""claims.toml and data/published/summaries.csv -> claims that cannot be wrong."""

from __future__ import annotations

import csv
import dataclasses
from typing import TYPE_CHECKING, Annotated, Self

import msgspec
from pydantic import Field, Strict, ValidationInfo, model_validator

from clusterbench.config.problems import check, mistakes
from clusterbench.config.source_files import read_toml
from clusterbench.config.tables import (
    Each,
    FileTable,
    Level,
    Number,
    Share,
    Text,
    among,
    several,
    unknown,
    within,
    wrong,
)
from clusterbench.config.training_table import ALL_GROUPS, trained
from clusterbench.errors import ConfigError
from clusterbench.model import bounds
from clusterbench.model.bounds import span
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.claims import Claim, InForce, Published, Sides, Sources, Subject
from clusterbench.model.contender import EDITION_2019
from clusterbench.model.experiment import Loop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from pydantic_core import InitErrorDetails

    from clusterbench.config.resolve import BenchFile

#: The largest number of a published summary: a count of a day, or nanoseconds of one.
_LARGEST = 10**14
#: What the published figures came from.
HOST = "Ryzen 7 1700"

#: The context's key for what a source of each name may be: scenarios, or groups of training.
_SCENARIOS, _GROUPS = "sources", "groups"


class SourcesTable(FileTable):
    """What measures a claim: scenarios (of training: groups) in the order of preference."""

    as_published: Each[Text]
    sweep: Each[Text]
    saturated: Each[Text] = ()
    command: Text = Field(description="What would measure it.")

    def unknown_names(self, allowed: Mapping[str, Collection[str]]) -> Iterator[InitErrorDetails]:
        """Return what none of the allowed names is, by key."""
        for key, names in allowed.items():
            yield from unknown(getattr(self, key), names, "sources", key)


class SidesTable(FileTable):
    """Who is said to do better, and than whom."""

    better: Text
    than: Each[Text]

    def unknown_names(self, names: Collection[str], *above: str) -> Iterator[InitErrorDetails]:
        """Return what is wrong with the sides, `names` being those that there are."""
        yield from unknown(self.better, names, *above, "better")
        yield from unknown(self.than, names, *above, "than")
        if self.better in self.than:
            what = f"names {self.better!r}, which is said to be better than itself"
            yield wrong(*above, "than", what=what)


class ClaimDefaultsTable(FileTable):
    """What holds for all claims that say nothing else."""

    tolerance: Share
    repeats_within: Share
    minimum_levels: Number
    levels: Each[Level]
    sources: SourcesTable

    @model_validator(mode="after")
    def _sources_are_scenarios(self, info: ValidationInfo) -> Self:
        several(self.sources.unknown_names((info.context or {})[_SCENARIOS]))
        return self


class ClaimTable(SidesTable):
    """A published claim; with several percentiles, a row for each."""

    claim: Text
    subject: Subject
    times: Annotated[float, Strict(), within(bounds.TIMES)] | None = None
    published: Text = Field(description="The published figure, in words.")
    percentiles: Each[Annotated[str, among(PERCENTILES)]] | None = None
    levels: Each[Level] | None = None
    minimum_levels: Number | None = None
    tolerance: Share | None = None
    repeats_within: Share | None = None
    sources: SourcesTable | None = None
    editions: dict[Annotated[str, among((EDITION_2019,))], SidesTable] = Field(
        {}, description="Who trains in another edition than the current one."
    )

    @model_validator(mode="after")
    def _fits_its_subject(self, info: ValidationInfo) -> Self:
        context = info.context or {}
        training = self.subject is Subject.TRAINING
        names = context["trained"] if training else context["published"]
        several(
            [
                *self._amount_problems(),
                *self.unknown_names(names),
                *self._edition_problems(names),
                *self._source_problems(context[_GROUPS] if training else context[_SCENARIOS]),
            ]
        )
        return self

    def _amount_problems(self) -> Iterator[InitErrorDetails]:
        errors, latency = self.subject is Subject.ERRORS, self.subject is Subject.LATENCY
        if errors and self.times is not None:
            yield wrong("times", what="is not for errors, where a share is lower or not")
        if not errors and self.times is None:
            yield wrong("times", what="is missing")
        if latency and self.percentiles is None:
            yield wrong("percentiles", what="is missing")
        if not latency and self.percentiles is not None:
            yield wrong("percentiles", what="is for claims about latency alone")

    def _edition_problems(self, names: Collection[str]) -> Iterator[InitErrorDetails]:
        if self.editions and self.subject is not Subject.TRAINING:
            what = "is for claims about training: servers are found by edition"
            yield wrong("editions", what=what)
        for edition, sides in self.editions.items():
            yield from sides.unknown_names(names, "editions", edition)

    def _source_problems(
        self, allowed: Mapping[str, Collection[str]]
    ) -> Iterator[InitErrorDetails]:
        if self.sources is not None:
            yield from self.sources.unknown_names(allowed)
        elif self.subject is Subject.TRAINING:
            yield wrong("sources", what="is missing; it names groups of training")


class ClaimsFile(FileTable):
    """The published claims, each with what measures it."""

    defaults: ClaimDefaultsTable
    claims: dict[str, ClaimTable]


def read(claims: Path, published: Path, bench: BenchFile) -> InForce:
    """Read both files; `bench` has the scenarios and the training that claims may name.

    Raises one ConfigError for each file, which lists every mistake.
    """
    figures = read_published(published)
    tables = check(
        ClaimsFile,
        read_toml(claims),
        {
            "published": sorted({summary.contender for summary in figures}),
            "trained": [n for each in bench.trainings.values() for n in trained(each.images)],
            _SCENARIOS: _uses(bench),
            _GROUPS: {"as_published": ALL_GROUPS, "sweep": ALL_GROUPS, "saturated": ()},
        },
    )
    rows = [
        row for id_, table in tables.claims.items() for row in _rows(id_, table, tables.defaults)
    ]
    return InForce(claims=tuple(rows), published=figures, host=HOST)


def _uses(bench: BenchFile) -> Mapping[str, Collection[str]]:
    """Return the scenarios that may measure a claim, by the use that they are of.

    Claims are about concurrencies: a level of an open loop is none.
    """
    scenarios = bench.scenarios.items()
    return {
        "as_published": [name for name, each in scenarios if not each.reference],
        "sweep": [
            name
            for name, each in scenarios
            if each.reference and not each.saturates and each.loop is Loop.CLOSED
        ],
        "saturated": [name for name, each in scenarios if each.saturates],
    }


def _rows(id_: str, table: ClaimTable, usual: ClaimDefaultsTable) -> Iterator[Claim]:
    """Return a claim's rows: one, or one for each of its percentiles."""
    own = {"sources", "editions", "percentiles"}
    settings = usual.model_dump(exclude=own) | table.model_dump(exclude=own, exclude_none=True)
    if table.subject is Subject.TRAINING:
        settings["levels"] = ()
    claim = Claim(
        id=id_,
        sources=Sources(**(table.sources or usual.sources).model_dump()),
        editions={name: Sides(**each.model_dump()) for name, each in table.editions.items()},
        **settings,
    )
    if not table.percentiles:
        yield claim
    for percentile in table.percentiles or ():
        yield dataclasses.replace(claim, id=f"{id_}-{percentile}", percentile=percentile)


def read_published(file: Path) -> tuple[Published, ...]:
    """Read the published summaries. Raises ConfigError naming each line that is wrong."""
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            lines = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    found: list[Published] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=2):
        try:
            summary = msgspec.convert(line, Published, strict=False)
        except msgspec.ValidationError as error:
            wrong.append((number, f"{file}:{number}: not a published summary: {error}"))
            continue
        found.append(summary)
        for name, value in dataclasses.asdict(summary).items():
            if name != "contender" and not 0 <= value <= _LARGEST:  # NaN is not
                takes = f"it takes a number{span(0, _LARGEST)}"
                wrong.append((number, f"{file}:{number}: {name} is {line[name][:40]}; {takes}"))
    if wrong:
        raise mistakes(wrong)
    if not found:
        raise ConfigError(f"{file}: holds no summary")
    return tuple(found)
