"""What the environment asks for, checked once. compose.yaml holds the defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from clusterbench.errors import ConfigError
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import GeneratorName, Method, Seconds, Timing

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The published port: every server of compose.yaml listens here.
PORT = 5001

#: How long a level may last. h2load's log of a longer one would not fit into memory.
SHORTEST, LONGEST = Seconds(0.1), Seconds(300.0)

_UNITS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_CPUS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")

#: Of each level, the first second is thrown away (of one below 2 s, its half), and a little at
#: the end, where the generator has stopped sending.
_DROPPED = 1.0
_MARGIN = 0.1

_Name = TypeVar("_Name", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is loaded, how, and where the sides are pinned (as compose.yaml was told)."""

    target: str
    levels: tuple[int, ...]
    duration: Seconds
    method: Method
    connections: int
    generator: GeneratorName
    server_cpus: CpuSet
    generator_cpus: CpuSet

    @property
    def timing(self) -> Timing:
        """Return the part of a level that counts."""
        dropped = min(_DROPPED, self.duration / 2)
        margin = min(_MARGIN, self.duration / 50)
        return Timing(
            dropped=Seconds(dropped),
            window=Seconds(self.duration - dropped - margin),
            margin=Seconds(margin),
        )

    def connections_at(self, level: int) -> int:
        """Return the number of connections at a level: no more than there are callers."""
        return min(self.connections, level)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment.

        Raises ConfigError naming the variable, its value and what is allowed.
        """
        settings = cls(
            target=_get(environment, "TARGET"),
            levels=_levels(_get(environment, "CONCURRENCY")),
            duration=_duration(_get(environment, "DURATION")),
            method=_one_of("METHOD", _get(environment, "METHOD"), Method),
            connections=_count("CONNECTIONS", _get(environment, "CONNECTIONS")),
            generator=_one_of("GENERATOR", _get(environment, "GENERATOR"), GeneratorName),
            server_cpus=_cpus("SERVER_CPUS", environment.get("SERVER_CPUS", "")),
            generator_cpus=_cpus("GENERATOR_CPUS", environment.get("GENERATOR_CPUS", "")),
        )
        if settings.generator is GeneratorName.H2LOAD:
            settings._check_streams()
        return settings

    def _check_streams(self) -> None:
        """Refuse levels that h2load's connections cannot share evenly."""
        for level in self.levels:
            connections = self.connections_at(level)
            if level % connections:
                below = level - level % connections
                raise ConfigError(
                    f"CONCURRENCY: {level} is no multiple of {connections} (CONNECTIONS), and "
                    f"h2load gives each connection as many calls at a time as the others; take "
                    f"{below} or {below + connections}"
                )


def _get(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; `docker compose run --rm ghz-runner` sets it")
    return value


def _levels(text: str) -> tuple[int, ...]:
    return tuple(_count("CONCURRENCY", word) for word in text.replace(",", " ").split())


def _count(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ConfigError(f"{name}: {text!r} is not a whole number of 1 or more")
    return int(text)


def _duration(text: str) -> Seconds:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ConfigError(f"DURATION: {text!r} is not a time such as 30s, 500ms or 1m")
    seconds = Seconds(float(found[1]) * _UNITS[found[2]])
    if not SHORTEST <= seconds <= LONGEST:
        raise ConfigError(
            f"DURATION: {text} is not from {SHORTEST * 1000:g}ms to {LONGEST / 60:g}m"
        )
    return seconds


def _one_of(name: str, text: str, names: type[_Name]) -> _Name:
    try:
        return names(text)
    except ValueError as error:
        allowed = " or ".join(names)
        raise ConfigError(f"{name}: {text!r} is not {allowed}") from error


def _cpus(name: str, text: str) -> CpuSet:
    text = text.strip()
    if not text:
        return CpuSet()
    if not _CPUS.fullmatch(text):
        raise ConfigError(f"{name}: {text!r} is not a list of CPUs such as 0-3 or 0,2,4-7")
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return CpuSet(tuple(cpus))
