"""bench.toml -> what it holds, checked: every mistake at once, with what is allowed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from clusterbench.config.bench_tables import BenchTables
from clusterbench.config.compose_file import Role, Service, servers, with_role
from clusterbench.config.problems import FileSchema, check
from clusterbench.config.resolve import BenchFile
from clusterbench.config.source_files import read_toml
from clusterbench.model.contender import CURRENT, HANDLER, Alternative, Contender, Handler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.config.contender_tables import AlternativeTable, ContenderTable


def read(file: Path, services: Mapping[str, Service]) -> BenchFile:
    """Read bench.toml; `services` are those of compose.yaml.

    Raises one ConfigError that lists every mistake: line, key, value and what is allowed.
    """
    source = read_toml(file)
    tables = check(BenchTables, source, _names(source.values, services))
    return BenchFile(
        defaults=tables.defaults,
        contenders=_contenders(tables, services),
        scenarios={name: table.scenario(name) for name, table in tables.scenarios.items()},
        profiles=tables.profiles,
        trainings=tables.training.trainings() if tables.training else {},
        calls_rounds=tables.calls.rounds,
        question=tables.question.question() if tables.question else None,
    )


def bench_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, made from the models that read it."""
    schema = BenchTables.model_json_schema(schema_generator=FileSchema)
    return {**schema, "title": "bench.toml"}


def _names(values: Mapping[str, Any], services: Mapping[str, Service]) -> Mapping[str, Any]:
    """Return the names that keys may refer to, also of tables that hold mistakes."""
    training = _table(values, "training")
    images = _table(training, "images").values()
    return {
        "servers": list(servers(services)),
        "trainers": list(with_role(services, Role.TRAINER)),
        "variants": {
            name: tuple(each.recipe.variants) if each.recipe else ()
            for name, each in servers(services).items()
        },
        "contenders": [*(_table(values, "contenders") | _table(values, "alternatives"))],
        "scenarios": list(_table(values, "scenarios")),
        "profiles": list(_table(values, "profiles")),
        "trainings": list(_table(training, "forms")),
        "trained": [name for names in images if isinstance(names, list) for name in names],
    }


def _table(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _contenders(tables: BenchTables, services: Mapping[str, Service]) -> Mapping[str, Contender]:
    """Return the contenders and the alternatives, by name."""
    contenders = {
        name: _contender(name, table, services) for name, table in tables.contenders.items()
    }
    for name, table in tables.alternatives.items():
        contenders[name] = _alternative(name, table, contenders)
    return contenders


def _contender(name: str, table: ContenderTable, services: Mapping[str, Service]) -> Contender:
    usual = services[table.service].edition if table.service else CURRENT
    return Contender(
        name=name,
        environment=_environment(table.environment, table.handler),
        title=table.title or name,
        edition=table.edition or usual,
        per_core=table.workers is not None,
        **table.model_dump(exclude={"environment", "title", "edition", "workers"}),
    )


def _alternative(
    name: str, table: AlternativeTable, contenders: Mapping[str, Contender]
) -> Contender:
    """Return an alternative: the contender of its name, or one made from what it stands against."""
    kept = contenders[table.of]
    alternative = Alternative(of=kept.name, about=table.about, goal=table.goal)
    if name in contenders:
        return dataclasses.replace(contenders[name], alternative=alternative)
    handler = table.handler or kept.handler
    return dataclasses.replace(
        kept,
        name=name,
        title=table.about,
        variant=table.variant or kept.variant,
        environment=_environment({**kept.environment, **table.environment}, handler),
        handler=handler,
        cores=table.cores or kept.cores,
        alternative=alternative,
    )


def _environment(environment: Mapping[str, str], handler: Handler) -> Mapping[str, str]:
    """Return what a server is told, its handler among it where that is not the usual one."""
    others = {name: value for name, value in environment.items() if name != HANDLER}
    return others if handler is Handler.MODEL else {**others, HANDLER: handler.value}
