"""compose.yaml as the lab reads it: the one definition of what a server is.

Compose interpolates `${...}`, YAML does not: what is read here must therefore hold none. Each
key of a server's entry is either mapped to the engine, or known to be provided by the runtime
itself, or refused: a key that was silently dropped would start another server than Compose does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from clusterbench.config.yaml_entry import Entry, is_texts
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import Bytes, Seconds

GENERATOR = "ghz-runner"
ORCHESTRATOR = "orchestrator"
TRAINING = "training"
TOOLCHAINS = ("cargo", "go", "python", "python3.7")

#: Keys of a server's entry that say how it runs: each becomes a field of `Service`.
MAPPED = frozenset(
    {
        "cap_drop",
        "command",
        "entrypoint",
        "environment",
        "image",
        "init",
        "mem_limit",
        "read_only",
        "security_opt",
        "stop_grace_period",
        "tmpfs",
        "user",
        "x-lab",
    }
)
#: Keys that the runtime settles itself: network, CPUs, order, images; health checks are off.
PROVIDED = frozenset(
    {"build", "cpuset", "depends_on", "healthcheck", "networks", "pull_policy", "restart"}
)
#: How long Compose waits between SIGTERM and SIGKILL where the file says nothing.
DEFAULT_GRACE = Seconds(10.0)
_VARIANT_KEYS = ("needs", "sources", "build", "command")
_RECIPE_KEYS = (*_VARIANT_KEYS, "machines", "variants")
_VARIANT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class Kind(StrEnum):
    """What an entry of compose.yaml is for."""

    SERVER = "server"
    GENERATOR = "generator"
    ORCHESTRATOR = "orchestrator"
    IMAGE = "image"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a server is built and started without an engine (`x-lab`).

    `sources` are relative to the repository's root, where `build`'s commands run too. The
    commands may hold the placeholders {python}, {env}, {service} and {cache}. `machines` are the
    only ones (as `platform.machine` names them) that it runs on, in containers too; none: any.

    `variants` are other builds of the same server by name, each whole: what one does not say
    is as in the recipe itself.
    """

    needs: tuple[str, ...]
    machines: tuple[str, ...] = ()
    sources: tuple[Path, ...]
    build: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    variants: Mapping[str, Recipe] = field(default_factory=dict)

    def wrong_machine(self, machine: str) -> str | None:
        """Return why it cannot run on such a machine, or None."""
        if not self.machines or machine in self.machines:
            return None
        return f"it runs on {' and '.join(self.machines)} only, and this machine is {machine}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An entry of compose.yaml. Of an orchestrator or a build-only image only the name is read.

    `tmpfs` maps a path to its mount options; `command` and `entrypoint` are None where the
    image's own hold; `mem_limit` is None where there is none.
    """

    name: str
    kind: Kind
    image: str
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


def read_services(path: Path) -> Mapping[str, Service]:
    """Read every service of a Compose file, by name.

    Raises ConfigError naming the file, the service and the key, and what is allowed.
    """
    entries = _document(path).get("services")
    if not isinstance(entries, dict) or not entries:
        raise ConfigError(f"{path}: `services` should map names to services, and is {entries!r}")
    return {str(name): _service(Entry(path, str(name), entry)) for name, entry in entries.items()}


def servers(services: Mapping[str, Service]) -> Mapping[str, Service]:
    """Return the servers among the services, in the file's order."""
    return {name: each for name, each in services.items() if each.kind is Kind.SERVER}


def variants(services: Mapping[str, Service]) -> Mapping[str, tuple[str, ...]]:
    """Return each server's variants by name: what bench.toml's contenders may be."""
    return {
        name: tuple(each.recipe.variants) if each.recipe else ()
        for name, each in servers(services).items()
    }


def _document(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: should map `services` to services")
    return document


def _service(entry: Entry) -> Service:
    kind = _kind(entry)
    image = entry.text("image")
    if image is None:
        raise entry.error("image", "is missing", "the name of an image")
    if kind in {Kind.ORCHESTRATOR, Kind.IMAGE}:
        return Service(name=entry.name, kind=kind, image=image)
    tmpfs = [option.partition(":") for option in entry.texts("tmpfs") or ()]
    hardened = Service(
        name=entry.name,
        kind=kind,
        image=image,
        init=entry.flag("init"),
        read_only=entry.flag("read_only"),
        cap_drop=entry.texts("cap_drop") or (),
        security_opt=entry.texts("security_opt") or (),
        tmpfs={folder: options for folder, _, options in tmpfs},
        mem_limit=entry.size("mem_limit"),
        stop_grace_period=entry.duration("stop_grace_period", DEFAULT_GRACE),
    )
    if kind is Kind.GENERATOR:  # what else its entry says is for starting it by hand
        return hardened
    if kind is Kind.TRAINING:  # likewise
        return replace(hardened, recipe=_recipe(entry))
    entry.refuse_unknown(MAPPED | PROVIDED)
    return replace(
        hardened,
        command=entry.words("command"),
        entrypoint=entry.words("entrypoint"),
        user=entry.text("user"),
        environment=entry.environment(),
        recipe=_recipe(entry),
    )


def _kind(entry: Entry) -> Kind:
    if entry.name == ORCHESTRATOR:
        return Kind.ORCHESTRATOR
    if entry.name == GENERATOR:
        return Kind.GENERATOR
    if re.fullmatch(rf"{TRAINING}(-\d+)?", entry.name):
        return Kind.TRAINING
    return Kind.IMAGE if entry.name.endswith("-image") else Kind.SERVER


def _recipe(entry: Entry) -> Recipe | None:
    value = entry.get("x-lab")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - set(_RECIPE_KEYS):
        raise entry.error("x-lab", f"is {value!r}", f"a mapping of {', '.join(_RECIPE_KEYS)}")
    recipe = _steps(Entry(entry.path, entry.name, value, prefix="x-lab."))
    return replace(recipe, variants=_variants(entry, value))


def _variants(entry: Entry, lab: Mapping[str, Any]) -> Mapping[str, Recipe]:
    found = lab.get("variants") or {}
    if not isinstance(found, dict):
        raise entry.error("x-lab.variants", f"is {found!r}", "a mapping of names to builds")
    made: dict[str, Recipe] = {}
    for name, value in found.items():
        key = f"x-lab.variants.{name}"
        if not isinstance(name, str) or not _VARIANT_NAME.fullmatch(name):
            allowed = "small letters, digits, `.`, `_` and `-`, up to 63 of them"
            raise entry.error(key, "is no name of a variant", allowed)
        if not isinstance(value, dict) or not value or set(value) - set(_VARIANT_KEYS):
            allowed = f"a mapping of {', '.join(_VARIANT_KEYS)}, one or more of them"
            raise entry.error(key, f"is {value!r}", allowed)
        whole = {each: lab[each] for each in (*_VARIANT_KEYS, "machines") if each in lab} | value
        made[name] = _steps(Entry(entry.path, entry.name, whole, prefix=f"{key}."))
    return made


def _steps(lab: Entry) -> Recipe:
    needs, command = lab.texts("needs") or (), lab.texts("command")
    if unknown := [need for need in needs if need not in TOOLCHAINS]:
        raise lab.error("needs", f"names {unknown[0]!r}", ", ".join(TOOLCHAINS))
    build = lab.get("build") or []
    if not isinstance(build, list) or not all(is_texts(step) for step in build):
        raise lab.error("build", f"is {build!r}", "a list of commands, each a list of words")
    if not command:
        raise lab.error("command", "is missing or empty", "a list of words")
    return Recipe(
        needs=needs,
        machines=lab.texts("machines") or (),
        sources=tuple(Path(source) for source in lab.texts("sources") or ()),
        build=tuple(tuple(step) for step in build),
        command=command,
    )
