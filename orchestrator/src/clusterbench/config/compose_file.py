"""compose.yaml as the lab reads it: the one definition of what a server is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from clusterbench.config.compose_tables import (
    DEFAULT_GRACE,
    ComposeTables,
    EntryTable,
    LabTable,
    Role,
)
from clusterbench.config.problems import check
from clusterbench.config.source_files import read_yaml
from clusterbench.errors import ConfigError
from clusterbench.model.contender import CURRENT
from clusterbench.model.units import Bytes, Seconds

__all__ = [
    "DEFAULT_GRACE", "GENERATOR", "Recipe", "Role", "Service", "has_sources", "image_of",
    "read_services", "require_sources", "servers", "with_role", "with_tag",
]  # fmt: skip

#: The entry whose image is the home of a run's load generators.
GENERATOR = "generators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a server is built and started without an engine (`x-lab`).

    `sources` are relative to the repository's root, where `build`'s commands run too. The
    commands may hold the placeholders {python}, {env}, {service} and {cache}.

    `variants` are other builds of the same server by name, each whole: what one does not say
    is as in the recipe itself.
    """

    needs: tuple[str, ...]
    sources: tuple[Path, ...]
    build: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    variants: Mapping[str, Recipe] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An entry of compose.yaml. `role` is what it is for, `edition` the year of its dependencies.

    Of an orchestrator or an image that is only built, nothing else is read. Such an image is `of`
    a service; where it is `optional`, a run goes without the service if the image is not there.
    It is `built` from sources, or else pulled.

    `machines` are the only ones (as `platform.machine` names them) that it runs on; none: any.
    `tmpfs` maps a path to its mount options; `command` and `entrypoint` are None where the
    image's own hold; `mem_limit` is None where there is none.
    """

    name: str
    role: Role
    image: str
    of: str | None = None
    optional: bool = False
    built: bool = False
    machines: tuple[str, ...] = ()
    edition: str = CURRENT
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    user: str | None = None
    init: bool = False
    read_only: bool = False
    cap_drop: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    mem_limit: Bytes | None = None
    stop_grace_period: Seconds = DEFAULT_GRACE
    recipe: Recipe | None = None

    def wrong_machine(self, machine: str) -> str | None:
        """Return why it cannot run on such a machine, or None."""
        if not self.machines or machine in self.machines:
            return None
        return f"it runs on {' and '.join(self.machines)} only, and this machine is {machine}"


def read_services(path: Path, variables: Mapping[str, str] = os.environ) -> Mapping[str, Service]:
    """Read every service of a Compose file, by name; `variables` fill in the names of images.

    Raises one ConfigError that lists every mistake: line, key, value and what is allowed.
    """
    if not path.exists():
        raise ConfigError(
            f"{path}: cannot be read: No such file or directory; remedy: go to the folder of a "
            "lab, or have `clusterbench init DIR` write one"
        )
    source = read_yaml(path)
    names = source.values.get("services")
    known = [*map(str, names)] if isinstance(names, dict) else []
    context = {"services": known, "variables": variables}
    tables = check(ComposeTables, source, context)
    return {name: _service(name, table) for name, table in tables.services.items()}


def with_role(services: Mapping[str, Service], role: Role) -> Mapping[str, Service]:
    """Return the services of a role, in the file's order."""
    return {name: each for name, each in services.items() if each.role is role}


def servers(services: Mapping[str, Service]) -> Mapping[str, Service]:
    """Return the servers among the services, in the file's order."""
    return with_role(services, Role.SERVER)


def image_of(services: Mapping[str, Service], name: str) -> Service | None:
    """Return the entry that builds the image of a service, or None where no entry only does so."""
    return next((each for each in services.values() if each.of == name), None)


def require_sources(services: Mapping[str, Service], what: str) -> None:
    """Raise ConfigError for what is built from sources, where there are none."""
    if not has_sources(services):
        raise ConfigError(
            f"{what}: this lab has images and no sources, and that is built from sources; remedy: "
            "clone the repository of clusterbench, and use ./lab there"
        )


def has_sources(services: Mapping[str, Service]) -> bool:
    """Return whether servers can be built here: the file says of one how, or else of none."""
    return any(each.recipe is not None for each in servers(services).values())


def with_tag(image: str, tag: str) -> str:
    """Return an image's name with that tag in place of its own, if it has one."""
    folder, slash, name = image.rpartition("/")
    return f"{folder}{slash}{name.partition(':')[0]}:{tag}"


def _service(name: str, table: EntryTable) -> Service:
    return Service(
        name=name,
        recipe=_recipe(table.lab),
        **table.lab.model_dump(include={"role", "of", "optional", "edition", "machines"}),
        **table.model_dump(exclude={"lab"}),
    )


def _recipe(lab: LabTable) -> Recipe | None:
    """Return the recipe of an entry, or None where it runs with an engine only."""
    if lab.command is None:
        return None
    whole = Recipe(**lab.model_dump(include={"needs", "sources", "build", "command"}))
    variants = {
        name: replace(whole, **each.model_dump(exclude_unset=True))
        for name, each in lab.variants.items()
    }
    return replace(whole, variants=variants)
