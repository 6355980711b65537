"""How cargo compiles: the profiles of a Cargo.toml, said so that no configuration file has its way.

Standard library only, as for `build_environment`.
"""

from __future__ import annotations

import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: cargo's own release profile, as far as it changes what the product does.
_RELEASE: Mapping[str, object] = {
    "opt-level": 3,
    "debug": False,
    "debug-assertions": False,
    "overflow-checks": False,
    "lto": False,
    "panic": "unwind",
    "incremental": False,
    "codegen-units": 16,
}
_MANIFEST = frozenset({"--manifest-path", "--path"})


def said_profiles(commands: Iterable[Sequence[str]], root: Path) -> dict[str, str]:
    """Return the profiles of what these commands build, as variables; none where it is no crate.

    Paths are relative to `root`. A crate's profiles are those of its workspace.
    """
    paths = (
        root / word for command in commands for before, word in pairwise(command)
        if before in _MANIFEST
    )  # fmt: skip
    path = next(paths, None)
    return {} if path is None else profile_settings(_workspace(path, root).get("profile", {}))


def profile_settings(profiles: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Return, as variables, how cargo compiles in its release profile and in a package's own.

    `profiles` are those of its Cargo.toml. A configuration file of cargo's in a folder above, or
    in CARGO_HOME, would have the last word over it, and these have it over that.
    """
    release = {**_RELEASE, **profiles.get("release", {})}
    said = {
        name: {**release, **profile} if profile.get("inherits") == "release" else profile
        for name, profile in profiles.items()
    } | {"release": release}
    return {
        f"CARGO_PROFILE_{name.upper()}_{key.upper().replace('-', '_')}": _as_cargo_writes(value)
        for name, profile in said.items()
        for key, value in profile.items()
        if key != "inherits" and not isinstance(value, dict)
    }


def _workspace(path: Path, root: Path) -> Mapping[str, Any]:
    """Read the manifest of a crate's workspace, else its own; nothing where there is none."""
    own: Mapping[str, Any] = {}
    for folder in (path, *path.parents):
        if (folder / "Cargo.toml").is_file():
            manifest = tomllib.loads((folder / "Cargo.toml").read_text(encoding="utf-8"))
            own = own or manifest
            if "workspace" in manifest:
                return manifest
        if folder == root:
            break
    return own


def _as_cargo_writes(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
