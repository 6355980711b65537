"""What the environment asks for, checked once. compose.yaml holds the defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError
from clusterbench.host.cpu_lists import parse_cpus
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.bounds import CONNECTIONS, LEVELS, LOAD, Bounds
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Method, Scenario, Timing
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: How long a level may last.
SHORTEST, LONGEST = Seconds(0.1), Seconds(LOAD.high)

#: Letters of a wrong value that are shown.
_SHOWN = 40
_UNITS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m)")
_CPUS = re.compile(r"[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*")

#: Of each level, the first second is thrown away (of one below 2 s, its half), and a little at
#: the end, where the generator has stopped sending.
_DROPPED = 1.0
_MARGIN = 0.1
#: Which variable sets a key of a scenario.
_VARIABLES = {"sweep": "LAB_CONCURRENCY", "generator": "LAB_GENERATOR"}

_PREFIX = "LAB_"
#: What the variables were called before, without the prefix: words that a shell has for others.
_OLD_NAMES = (
    "TARGET", "CONCURRENCY", "DURATION", "METHOD", "CONNECTIONS", "GENERATOR", "SERVER_CPUS",
    "GENERATOR_CPUS",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is loaded, how, and where the sides are pinned (as compose.yaml was told)."""

    target: str
    scenario: Scenario
    timing: Timing
    server_cpus: CpuSet
    generator_cpus: CpuSet


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the environment. Raises ConfigError naming the variable, its value, what is allowed."""
    target = _get(environment, "LAB_TARGET")
    levels = _get(environment, "LAB_CONCURRENCY").replace(",", " ").split()
    scenario = Scenario(
        name="sweep",
        method=Method(_one_of("LAB_METHOD", _get(environment, "LAB_METHOD"), Method)),
        generator=_one_of("LAB_GENERATOR", _get(environment, "LAB_GENERATOR"), GENERATORS),
        connections=_count("LAB_CONNECTIONS", _get(environment, "LAB_CONNECTIONS"), CONNECTIONS),
        sweep=tuple(dict.fromkeys(_count("LAB_CONCURRENCY", word, LEVELS) for word in levels)),
        contenders=(target,),
    )
    capabilities = GENERATORS[scenario.generator].capabilities
    for key, what in kind_of(scenario).problems(scenario, capabilities):
        raise ConfigError(f"{_VARIABLES.get(key, key)} {what}")
    return Settings(
        target=target,
        scenario=scenario,
        timing=_timing(_get(environment, "LAB_DURATION")),
        server_cpus=_cpus("LAB_SERVER_CPUS", environment.get("LAB_SERVER_CPUS", "")),
        generator_cpus=_cpus("LAB_GENERATOR_CPUS", environment.get("LAB_GENERATOR_CPUS", "")),
    )


def unread(environment: Mapping[str, str]) -> str | None:
    """Return which variables have a name that is not read any more; None where none is set."""
    old = [name for name in _OLD_NAMES if environment.get(name)]
    if not old:
        return None
    given = ", ".join(f"{name}={environment[name]}" for name in old)
    now = ", ".join(f"{_PREFIX}{name}" for name in old)
    return f"{given} of the environment: not used; the variables of ghz-runner are {now}"


def _get(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; `docker compose run --rm ghz-runner` sets it")
    return value


def _count(name: str, text: str, bounds: Bounds) -> int:
    value = bounds.read(text)
    if value is None:
        raise ConfigError(f"{name}: {_cut(text)!r} is not {bounds.takes}")
    return int(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _timing(text: str) -> Timing:
    """Return the part of a level of LAB_DURATION that counts."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ConfigError(f"LAB_DURATION: {_cut(text)!r} is not a time such as 30s, 500ms or 1m")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not SHORTEST <= seconds <= LONGEST:
        raise ConfigError(
            f"LAB_DURATION: {text} is not from {SHORTEST * 1000:g}ms to {LONGEST / 60:g}m"
        )
    dropped, margin = min(_DROPPED, seconds / 2), min(_MARGIN, seconds / 50)
    return Timing(
        dropped=Seconds(dropped), window=Seconds(seconds - dropped - margin), margin=Seconds(margin)
    )


def _one_of(name: str, text: str, names: Iterable[str]) -> str:
    if text not in (allowed := list(names)):
        raise ConfigError(f"{name}: {_cut(text)!r} is not {' or '.join(allowed)}")
    return text


def _cpus(name: str, text: str) -> CpuSet:
    text = text.strip()
    if text and not _CPUS.fullmatch(text):
        raise ConfigError(f"{name}: {_cut(text)!r} is not a list of CPUs such as 0-3 or 0,2,4-7")
    return CpuSet(parse_cpus(text))
