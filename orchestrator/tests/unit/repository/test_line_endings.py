"""Files have LF endings in every clone: a shell, an image or a lock is made of these bytes."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

if shutil.which("git") is None:
    pytest.skip("git is not installed", allow_module_level=True)

#: Files that git may not touch: what is no text.
BINARY = {".png", ".parquet", ".bin"}


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_file_of_the_repository_is_kept_with_lf_endings_or_as_it_is() -> None:
    listed = git(ROOT, "ls-files", "--eol")
    if listed.returncode != 0:
        pytest.skip(f"not a clone that git can read: {listed.stderr.strip()}")
    files = []
    for line in listed.stdout.splitlines():
        about, _, name = line.partition("\t")
        index, _here, attributes = (word.partition("/")[2] for word in about.split(None, 2))
        files.append(name)
        if any(name.endswith(suffix) for suffix in BINARY):
            assert attributes.split() == ["-text"], name
        else:
            assert attributes.split() == ["text=auto", "eol=lf"], name
            assert index in {"lf", "none"}, name
    assert {"lab", "compose.yaml"} <= set(files)


@pytest.mark.parametrize("option", ["core.autocrlf=true", "core.eol=crlf"])
def test_a_clone_has_the_same_bytes_whatever_its_owner_has_git_do(
    tmp_path: Path, option: str
) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    for name in (".gitattributes", "lab", "compose.yaml", "bench.toml", "docs/training.png"):
        (origin / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, origin / name)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "all")):
        assert git(origin, *words).returncode == 0
    cloned = git(tmp_path, "clone", "-q", "-c", option, str(origin), str(clone))
    assert cloned.returncode == 0, cloned.stderr
    copied = [path for path in origin.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(copied) == 5
    for path in copied:
        there = clone / path.relative_to(origin)
        assert there.read_bytes() == path.read_bytes()
        assert path.suffix in BINARY or b"\r\n" not in there.read_bytes()
