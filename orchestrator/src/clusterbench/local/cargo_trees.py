"""Several trees of one repository in one target folder of cargo's: none gets another's crates.

cargo knows a crate by its place within its workspace, and looks at times, not at contents. Of two
revisions it would take the crate that was compiled last for its own, where the sources are older
than that. So what was compiled of a crate is forgotten as soon as that of another tree is wanted
there. What the crates depend on stays. Standard library only, as for `build_environment`.
"""

from __future__ import annotations

import shutil
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.own_files import naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Within a target folder: of each crate, of which tree it was compiled last.
_MARKS = ".lab-trees"


def forget_other_trees(
    commands: Iterable[Sequence[str]], root: Path, sources: Iterable[Path], usual: Path
) -> None:
    """Have cargo compile the crates of a tree again where those of another were compiled last.

    `commands` name the target folders. `sources` are relative to the tree at `root`. What has no
    mark was compiled of the tree `usual`.
    """
    crates = {*_crates(root, sources)}
    for target in _targets(commands):
        for crate in crates:
            mark = target / _MARKS / crate
            with naming(mark):
                last = mark.read_text() if mark.exists() else str(usual)
                if last == str(root):
                    continue
                for kept in _kept(target, crate):
                    shutil.rmtree(kept)
                mark.parent.mkdir(parents=True, exist_ok=True)
                # From here on, what is compiled is of this tree, however far it gets.
                mark.write_text(str(root))


def _targets(commands: Iterable[Sequence[str]]) -> set[Path]:
    pairs = (pair for command in commands for pair in pairwise(command))
    return {Path(word) for before, word in pairs if before == "--target-dir"}


def _crates(root: Path, sources: Iterable[Path]) -> Iterator[str]:
    """Return the names of the crates among the sources."""
    for source in sources:
        place = root / source
        for manifest in place.rglob("Cargo.toml") if place.is_dir() else [place]:
            if manifest.name == "Cargo.toml":
                package = tomllib.loads(manifest.read_text(encoding="utf-8")).get("package", {})
                if name := package.get("name"):
                    yield name


def _kept(target: Path, crate: str) -> Iterator[Path]:
    """Return what tells cargo that a crate is compiled: in each profile, and for each machine."""
    for depth in ("*", "*/*"):
        yield from target.glob(f"{depth}/.fingerprint/{crate}-*")
