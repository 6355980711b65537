"""The entries of compose.yaml as pydantic models: what the lab reads of them, and refuses.

Compose interpolates `${...}`, YAML does not: what is read here must therefore hold none, but for
the two variables of an image's name, which are filled in here as Compose does. Each key of a
server's entry is either mapped to the engine, or known to be provided by the runtime itself, or
refused: a key that was silently dropped would start another server than Compose does.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from clusterbench.config.tables import (
    FileTable,
    Text,
    Texts,
    among,
    known,
    named,
    says,
    several,
    takes,
    wrong,
)
from clusterbench.model.contender import CURRENT, EDITION_2019
from clusterbench.model.units import Bytes, Seconds

#: Where images come from, and which: the variables that an image's name may hold.
IMAGE_VARIABLES = ("LAB_REGISTRY", "LAB_TAG")
_IMAGE_VARIABLE = re.compile(rf"\$\{{({'|'.join(IMAGE_VARIABLES)}):-([^{{}}]*)\}}")
TOOLCHAINS = ("cargo", "go", "python", "python3.7")
#: How long Compose waits between SIGTERM and SIGKILL where the file says nothing.
DEFAULT_GRACE = Seconds(10.0)

#: Keys that the runtime settles itself: network, CPUs, order, images, logs; health checks are off.
_PROVIDED = {
    "build", "cpuset", "depends_on", "healthcheck", "logging", "networks", "pull_policy", "restart",
}  # fmt: skip
_ALWAYS = {"image", "x-lab"}
#: How a container is hardened; what else a generator's or trainer's entry says is for Compose.
_HARDENING = {
    "cap_drop", "init", "mem_limit", "read_only", "security_opt", "stop_grace_period", "tmpfs",
}  # fmt: skip
#: Of a size or a duration: longer ones would not be numbers of bytes or seconds any more.
_NUMBER = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)"
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Role(StrEnum):
    """What an entry of compose.yaml is for."""

    SERVER = "server"
    GENERATOR = "generator"
    TRAINER = "trainer"
    ORCHESTRATOR = "orchestrator"
    IMAGE = "image"


#: Of a server or trainer that runs as an image only, too.
_ALSO_OF_IMAGES = {"edition", "machines"}
_RECIPE = {"edition", "needs", "machines", "sources", "build", "command", "variants"}
#: What `x-lab` says beside the role.
_LAB_KEYS = {Role.SERVER: _RECIPE, Role.TRAINER: _RECIPE, Role.IMAGE: {"of", "optional"}}


# ------------------------------------------------------------------ how Compose writes values


def _text(value: object) -> object:
    """Return a whole number as a text: YAML takes a user `1000` for a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _texts(value: object) -> object:
    """Return one text as a list of it."""
    return [value] if isinstance(value, str) else value


def _words(value: object) -> object:
    """Return a text split as a shell does."""
    return shlex.split(value) if isinstance(value, str) else value


def _environment(value: object) -> object:
    """Return `environment`, in either of its forms, as a mapping of texts."""
    if isinstance(value, list) and all(isinstance(each, str) and "=" in each for each in value):
        return dict(each.split("=", 1) for each in value)
    if isinstance(value, dict) and all(
        isinstance(each, str | int | float) and not isinstance(each, bool)
        for each in value.values()
    ):
        return {str(name): str(each) for name, each in value.items()}
    raise takes("NAME: text or number, each with a value")


def _tmpfs(value: object) -> object:
    """Return a list of `path:options`, or one of it, as a mapping of options by path."""
    folders = _texts(value)
    if not isinstance(folders, list) or not all(isinstance(each, str) for each in folders):
        raise takes("a list of texts, each a folder or folder:options")
    return {folder: options for folder, _, options in (each.partition(":") for each in folders)}


def _size(value: object) -> object:
    """Return a size such as `512m` in bytes."""
    match = re.fullmatch(rf"{_NUMBER}\s*([bkmgt]?)(?:i?b)?", str(value).lower())
    if isinstance(value, bool) or match is None:
        raise takes("bytes, or a number with b, k, m or g")
    return int(float(match[1]) * _UNITS[match[2] or "b"])


def _duration(value: object) -> object:
    """Return a duration such as `1m30s` in seconds."""
    parts = re.findall(rf"{_NUMBER}(us|ms|s|m|h)", str(value))
    if not parts or "".join(number + unit for number, unit in parts) != str(value):
        raise takes("a duration such as 10s or 1m30s")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


Edition = Annotated[str, among((CURRENT, EDITION_2019))]
_Flag = Annotated[bool, Field(strict=True)]
_TextOrNumber = Annotated[Text, BeforeValidator(_text)]
_TextOrTexts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]
_Command = Annotated[tuple[Text, ...], BeforeValidator(_words)]
_Toolchain = Annotated[str, among(TOOLCHAINS)]
_VariantName = Annotated[
    str,
    named(
        r"[a-z0-9][a-z0-9._-]{0,62}",
        "a variant's name takes small letters, digits, `.`, `_` and `-`, up to 63 of them",
    ),
]


def _filled_in(image: str, variables: Mapping[str, str]) -> str:
    """Return an image's name with its variables, or their defaults where they are not set."""
    return _IMAGE_VARIABLE.sub(lambda found: variables.get(found[1]) or found[2], image)


# ------------------------------------------------------------------------------------- tables


class VariantTable(FileTable):
    """Another build of a server: what it does not say is as in the recipe itself."""

    needs: tuple[_Toolchain, ...] | None = None
    sources: tuple[Path, ...] | None = None
    build: tuple[Texts, ...] | None = None
    command: Texts | None = None

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if not self.model_fields_set:
            raise takes("one or more of needs, sources, build, command")
        return self


class LabTable(FileTable):
    """`x-lab`: what an entry is for; of servers and trainers, how to do without an engine."""

    role: Role
    of: Annotated[Text, known("services")] | None = None
    optional: _Flag = False
    edition: Edition = CURRENT
    needs: tuple[_Toolchain, ...] = ()
    machines: tuple[Text, ...] = ()
    sources: tuple[Path, ...] = ()
    build: tuple[Texts, ...] = ()
    command: Texts | None = None
    variants: dict[_VariantName, VariantTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_role(self) -> Self:
        given, allowed = self.model_fields_set - {"role"}, _LAB_KEYS.get(self.role, set())
        what = f"is not for the role {self.role}"
        found = [wrong(key, what=what) for key in sorted(given - allowed)]
        if self.role is Role.IMAGE and self.of is None:
            found.append(wrong("of", what="is missing; it names the service whose image this is"))
        if allowed is _RECIPE and given - _ALSO_OF_IMAGES and self.command is None:
            found.append(wrong("command", what="is missing; it takes a list of words"))
        several(found)
        return self


class EntryTable(FileTable):
    """An entry of compose.yaml, as far as the lab reads it."""

    image: Text
    lab: LabTable = Field(alias="x-lab")
    built: _Flag = Field(default=False, alias="build")
    command: _Command | None = None
    entrypoint: _Command | None = None
    user: _TextOrNumber | None = None
    init: _Flag = False
    read_only: _Flag = False
    cap_drop: _TextOrTexts = ()
    security_opt: _TextOrTexts = ()
    tmpfs: Annotated[dict[str, Text], BeforeValidator(_tmpfs)] = Field(default_factory=dict)
    environment: Annotated[dict[str, Text], BeforeValidator(_environment)] = Field(
        default_factory=dict
    )
    mem_limit: Annotated[Bytes, BeforeValidator(_size)] | None = None
    stop_grace_period: Annotated[Seconds, BeforeValidator(_duration)] = DEFAULT_GRACE

    @model_validator(mode="before")
    @classmethod
    def _of_interest(cls, entry: object) -> object:
        """Leave out what the lab does not read of an entry of its role; null is as not there."""
        if not isinstance(entry, Mapping):
            return entry
        lab = entry.get("x-lab")
        role = lab.get("role") if isinstance(lab, Mapping) else None
        there = {str(key): value for key, value in entry.items() if value is not None}
        if role == Role.SERVER:
            return {key: value for key, value in there.items() if key not in _PROVIDED}
        hardened = isinstance(role, str) and role in {Role.GENERATOR, Role.TRAINER}
        kept = _ALWAYS | (_HARDENING if hardened else set())
        found = {key: value for key, value in there.items() if key in kept}
        return {**found, "build": True} if role == Role.IMAGE and "build" in there else found

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - YAML is untyped
        if info.field_name == "image" and isinstance(value, str):
            value = _filled_in(value, (info.context or {}).get("variables", {}))
        if "${" in repr(value):
            raise says(
                f"holds ${{...}}: {value!r}; it takes plain values, since only Compose interpolates"
            )
        return value


class ComposeTables(FileTable):
    """compose.yaml; what it holds beside services is Compose's."""

    model_config = ConfigDict(extra="ignore")

    services: dict[str, EntryTable] = Field(min_length=1)
