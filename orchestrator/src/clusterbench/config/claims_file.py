"""claims.toml and data/published/summaries.csv -> claims that cannot be wrong."""

from __future__ import annotations

import csv
import dataclasses
from typing import TYPE_CHECKING

import msgspec

from clusterbench.config import toml_table as toml
from clusterbench.errors import ConfigError
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.claims import Claim, InForce, Published, Sources, Subject
from clusterbench.model.experiment import GeneratorName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from clusterbench.config.toml_table import Table
    from clusterbench.model.experiment import Scenario

#: What the published figures came from.
HOST = "Ryzen 7 1700"

_KEYS = (
    "claim", "subject", "better", "than", "times", "published", "percentiles", "levels",
    "minimum_levels", "tolerance", "repeats_within", "sources",
)  # fmt: skip
_SOURCES = ("as_published", "sweep", "saturated", "command")


def read(claims: Path, published: Path, scenarios: Mapping[str, Scenario]) -> InForce:
    """Read both files; `scenarios` are those of bench.toml.

    Raises ConfigError naming the file, the key, its value and what is allowed.
    """
    figures = read_published(published)
    top = toml.read(claims).only("defaults", "claims")
    defaults = top.table("defaults").only(
        "tolerance", "repeats_within", "minimum_levels", "levels", "sources"
    )
    usual = _Usual(defaults, scenarios, {summary.contender for summary in figures})
    found = [
        claim
        for id_, table in top.table("claims").tables().items()
        for claim in usual.claims(id_, table)
    ]
    return InForce(claims=tuple(found), published=figures, host=HOST)


def read_published(file: Path) -> tuple[Published, ...]:
    """Read the published summaries. Raises ConfigError naming the line that is wrong."""
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            lines = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, start=2):
        try:
            found.append(msgspec.convert(line, Published, strict=False))
        except msgspec.ValidationError as error:
            raise ConfigError(f"{file}:{number}: not a published summary: {error}") from error
    if not found:
        raise ConfigError(f"{file}: holds no summary")
    return tuple(found)


class _Usual:
    """Reads claims, with what holds for all that say nothing else."""

    def __init__(
        self, defaults: Table, scenarios: Mapping[str, Scenario], published: Collection[str]
    ) -> None:
        self._scenarios, self._published = scenarios, sorted(published)
        self._tolerance = _share(defaults, "tolerance", None)
        self._repeats_within = _share(defaults, "repeats_within", None)
        self._minimum = _count(defaults, "minimum_levels", None)
        self._levels = defaults.numbers("levels")
        self._sources = self._served(defaults.table("sources"))

    def claims(self, id_: str, table: Table) -> Iterator[Claim]:
        """Return a claim's rows: one, or one for each of its percentiles."""
        table.only(*_KEYS)
        subject = Subject(table.choice("subject", [each.value for each in Subject]))
        training, errors = subject is Subject.TRAINING, subject is Subject.ERRORS
        latency = subject is Subject.LATENCY
        if errors == ("times" in table):
            what = "is not for errors, where a share is lower or not" if errors else "is missing"
            raise table.error("times", what)
        if latency != ("percentiles" in table):
            what = "is missing" if latency else "is for claims about latency alone"
            raise table.error("percentiles", what)
        names = None if training else self._published
        levels = table.numbers("levels") if "levels" in table else self._levels
        better, *than = _contenders(table, names)
        claim = Claim(
            id=id_,
            claim=table.take("claim", str),
            subject=subject,
            better=better,
            than=tuple(than),
            published=table.take("published", str),
            times=None if errors else _above_one(table),
            levels=() if training else levels,
            minimum_levels=_count(table, "minimum_levels", self._minimum),
            tolerance=_share(table, "tolerance", self._tolerance),
            repeats_within=_share(table, "repeats_within", self._repeats_within),
            sources=self._sources_of(table, training=training),
        )
        percentiles = table.names("percentiles", PERCENTILES) if latency else ()
        if not percentiles:
            yield claim
        for percentile in percentiles:
            yield dataclasses.replace(claim, id=f"{id_}-{percentile}", percentile=percentile)

    def _sources_of(self, table: Table, *, training: bool) -> Sources:
        if training:
            own = table.table("sources").only(*_SOURCES)
            return Sources(
                as_published=_words(own, "as_published"),
                sweep=_words(own, "sweep"),
                command=own.take("command", str),
            )
        return self._served(table.table("sources")) if "sources" in table else self._sources

    def _served(self, table: Table) -> Sources:
        table.only(*_SOURCES)
        kinds = {
            "as_published": [n for n, s in self._scenarios.items() if s.as_published],
            "sweep": [n for n, s in self._scenarios.items() if _by_ghz(s)],
            "saturated": [
                n for n, s in self._scenarios.items() if s.generator is GeneratorName.H2LOAD
            ],
        }
        named = {key: table.names(key, allowed) for key, allowed in kinds.items()}
        return Sources(**named, command=table.take("command", str))


def _by_ghz(scenario: Scenario) -> bool:
    return scenario.generator is GeneratorName.GHZ and not scenario.as_published


def _contenders(table: Table, known: Collection[str] | None) -> tuple[str, ...]:
    """Return who is better, and than whom; `known` are the published ones, None leaves all be."""
    if known is None:
        names = (table.take("better", str), *_words(table, "than"))
    else:
        names = (table.choice("better", known), *table.names("than", known))
    if names[0] in names[1:]:
        raise table.error("than", f"names {names[0]!r}, which is said to be better than itself")
    return names


def _words(table: Table, key: str) -> tuple[str, ...]:
    words = table.take(key, list)
    if not words or not all(isinstance(word, str) for word in words):
        raise table.error(key, f"is {words!r}; it takes a list of texts")
    return tuple(words)


def _above_one(table: Table) -> float:
    value = table.take("times", float)
    if not 1 < value < float("inf"):
        raise table.error("times", f"is {value:g}; it takes a number above 1")
    return value


def _share(table: Table, key: str, default: float | None) -> float:
    value = table.take(key, float, default)
    if not 0 < value < 1:
        raise table.error(key, f"is {value:g}; it takes a number between 0 and 1")
    return value


def _count(table: Table, key: str, default: int | None) -> int:
    value = table.take(key, int, default)
    if value < 1:
        raise table.error(key, f"is {value}; it takes a whole number from 1 up")
    return value
