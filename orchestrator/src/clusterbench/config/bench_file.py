"""bench.toml -> what it holds, checked: every mistake at once, with what is allowed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.config.bench_tables import BenchTables
from clusterbench.config.compose_file import Role, Service, has_sources, servers, with_role
from clusterbench.config.include_paths import INCLUDE
from clusterbench.config.included_files import IncludedFiles, read_included
from clusterbench.config.problems import FileSchema, check
from clusterbench.config.resolve import BenchFile
from clusterbench.model.contender import CURRENT, HANDLER, Alternative, Contender, Handler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.config.contender_tables import AlternativeTable, ContenderTable


def read(file: Path, services: Mapping[str, Service], lab: Path = Path()) -> BenchFile:
    """Read a bench.toml with what it includes; `services` are those of compose.yaml.

    `lab` is the lab's folder. What another file says of a contender is relative to that file's own.
    Raises one ConfigError that lists every mistake: line, key, value and what is allowed.
    """
    source = read_included(file, lab)
    tables = check(BenchTables, source, _names(source.values, services))
    return BenchFile(
        defaults=tables.defaults,
        contenders=_contenders(tables, services, _folders(source, lab)),
        scenarios={name: table.scenario(name) for name, table in tables.scenarios.items()},
        profiles=tables.profiles,
        trainings=tables.training.trainings() if tables.training else {},
        calls_rounds=tables.calls.rounds,
        question=tables.question.question() if tables.question else None,
    )


def bench_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, made from the models that read it."""
    schema = BenchTables.model_json_schema(schema_generator=FileSchema)
    wanted = schema.pop("required")
    # What a file leaves out, those that it includes may hold.
    either = [{"required": [INCLUDE]}, {"required": wanted}]
    return {**schema, "title": "bench.toml", "anyOf": either}


def _names(values: Mapping[str, Any], services: Mapping[str, Service]) -> Mapping[str, Any]:
    """Return the names that keys may refer to, also of tables that hold mistakes."""
    training = _table(values, "training")
    images = _table(training, "images").values()
    return {
        "servers": list(servers(services)),
        "trainers": list(with_role(services, Role.TRAINER)),
        # Of servers that are images only, nobody knows the variants.
        "variants": {
            name: tuple(each.recipe.variants) if each.recipe else ()
            for name, each in servers(services).items()
            if has_sources(services)
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


def _folders(source: IncludedFiles, lab: Path) -> Mapping[str, Path]:
    """Return the folders of the contenders that another file than the lab's own describes."""
    owners = {name: source.owner(("contenders", name)) for name in source.values["contenders"]}
    found = {name: owner.path.parent.absolute() for name, owner in owners.items() if owner}
    return {name: folder for name, folder in found.items() if folder != lab.absolute()}


def _contenders(
    tables: BenchTables, services: Mapping[str, Service], folders: Mapping[str, Path]
) -> Mapping[str, Contender]:
    """Return the contenders and the alternatives, by name."""
    contenders = {
        name: _contender(name, table, services, folders.get(name))
        for name, table in tables.contenders.items()
    }
    for name, table in tables.alternatives.items():
        contenders[name] = _alternative(name, table, contenders)
    return contenders


def _contender(
    name: str, table: ContenderTable, services: Mapping[str, Service], folder: Path | None
) -> Contender:
    usual = services[table.service].edition if table.service else CURRENT
    return Contender(
        name=name,
        environment=_environment(table.environment, table.handler),
        title=table.title or name,
        edition=table.edition or usual,
        per_core=table.workers is not None,
        folder=str(folder) if folder and table.command else None,
        model=str(folder / table.model) if folder and table.model else table.model,
        **table.model_dump(exclude={"environment", "title", "edition", "workers", "model"}),
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
