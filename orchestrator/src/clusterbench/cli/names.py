"""What may be chosen by name, from the keys of bench.toml and compose.yaml: for help and checks.

Standard library only. Nothing else is read or checked here: a file that cannot be read has no
names, and the real reader says why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.config.include_paths import with_included
from clusterbench.plan.comparisons import PREFIX
from clusterbench.plan.cpu_plan import PLANS

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCH_OPTION = "--bench"
"""The option that names a file to read in the place of bench.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by what they are of; an empty tuple allows any name.

    `commands` are contenders that a command alone describes: no image. `editions` are those of the
    services whose dependencies are not today's, `descriptions` what profiles are for.
    """

    profiles: tuple[str, ...] = ()
    plans: tuple[str, ...] = PLANS
    contenders: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    comparisons: tuple[str, ...] = ()
    training_groups: tuple[str, ...] = ()
    training_contenders: tuple[str, ...] = ()
    editions: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)


def read_names(root: Path, bench: Path | None = None) -> Names:
    """Read the names that a repository's files have; none where one cannot be read.

    `bench` is what is read in the place of its bench.toml, with all that it includes.
    """
    editions = _servers(_text(root / "compose.yaml"))
    servers = Names(
        services=tuple(editions),
        editions={name: edition for name, edition in editions.items() if edition},
    )
    try:
        return _of_tables(_together(bench or root / "bench.toml", root), servers)
    # No file, no TOML, or no tables where they should be.
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return servers


def bench_given(arguments: Sequence[str]) -> Path | None:
    """Return the file that --bench gives. It says which names the other options may take."""
    for word, following in pairwise([*arguments, ""]):
        option, equals, value = word.partition("=")
        if option == BENCH_OPTION:
            return Path(value if equals else following)
    return None


def _together(bench: Path, root: Path) -> dict[str, Any]:
    """Return the tables of a file and of all that it includes."""
    found: dict[str, dict[str, Any]] = {}
    for _, values in with_included(bench, root):
        for table, value in values.items():
            if isinstance(value, dict):
                found[table] = {**value, **found.get(table, {})}
    return found


def _of_tables(top: dict[str, Any], servers: Names) -> Names:
    """Add what bench.toml has names for."""
    profiles = top.get("profiles", {})
    training = top.get("training", {})
    trained = chain.from_iterable(training.get("images", {}).values())
    return replace(
        servers,
        profiles=tuple(profiles),
        contenders=tuple({**top.get("contenders", {}), **top.get("alternatives", {})}),
        commands=tuple(
            name
            for name, table in top.get("contenders", {}).items()
            if "command" in table and "image" not in table
        ),
        comparisons=tuple(
            name.removeprefix(PREFIX) for name in profiles if name.startswith(PREFIX)
        ),
        training_groups=tuple(training.get("groups", {})),
        training_contenders=tuple(dict.fromkeys(trained)),
        descriptions={name: each.get("description", "") for name, each in profiles.items()},
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _servers(compose: str) -> dict[str, str]:
    """Return the servers among a Compose file's entries, each with its edition, "" for today's.

    Read as text, since the standard library has no reader of YAML: an entry is indented by two
    spaces, its `x-lab` says `role: server`, and may say `edition`.
    """
    found = {}
    for entry in re.split(r"(?m)^  (?=[A-Za-z0-9])", compose):
        if re.search(r"(?m)^ +role: server$", entry):
            edition = re.search(r'(?m)^ +edition: "?([^"\n]+)"?$', entry)
            found[entry.partition(":")[0]] = edition[1] if edition else ""
    return found
