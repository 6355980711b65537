"""What may be chosen by name, read from bench.toml's keys: for help, completion, did-you-mean.

Standard library only. Nothing else is read or checked here: a file that cannot be read has no
names, and the real reader says why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterbench.plan.comparisons import PREFIX
from clusterbench.plan.cpu_plan import PLANS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by what they are of; an empty tuple allows any name.

    `editions` are those of the services whose dependencies are not today's.
    """

    profiles: tuple[str, ...] = ()
    plans: tuple[str, ...] = PLANS
    contenders: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    comparisons: tuple[str, ...] = ()
    training_groups: tuple[str, ...] = ()
    training_contenders: tuple[str, ...] = ()
    editions: Mapping[str, str] = field(default_factory=dict)


def read_names(bench: Path) -> Names:
    """Read the names that bench.toml has; none where it cannot be read."""
    try:
        top = tomllib.loads(bench.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Names()
    profiles = _keys(top, "profiles")
    contenders = [e for e in _values(top.get("contenders")) if isinstance(e, dict)]
    images = _table(_table(top, "training"), "images")
    return Names(
        profiles=profiles,
        contenders=_unique([*_keys(top, "contenders"), *_keys(top, "alternatives")]),
        services=_unique(entry.get("service") for entry in contenders),
        comparisons=tuple(
            name.removeprefix(PREFIX) for name in profiles if name.startswith(PREFIX)
        ),
        training_groups=_keys(_table(top, "training"), "groups"),
        training_contenders=_unique(
            name for names in _values(images) if isinstance(names, list) for name in names
        ),
        editions={
            str(entry["service"]): str(entry["edition"])
            for entry in contenders
            if "service" in entry and "edition" in entry
        },
    )


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _keys(table: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_table(table, key))


def _values(table: object) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else []


def _unique(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file holds
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
