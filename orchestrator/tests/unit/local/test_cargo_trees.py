"""Two trees in one target folder of cargo's: by what cargo keeps there, and by a real cargo."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clusterbench.local.cargo_trees import forget_other_trees

SOURCES = (Path("services"),)


def tree(folder: Path, says: str = "one") -> Path:
    """A tree with one crate, `hello`, that prints one word; its files are old."""
    crate = folder / "services" / "hello"
    (crate / "src").mkdir(parents=True)
    (folder / "services" / "Cargo.toml").write_text('[workspace]\nmembers = ["hello"]\n')
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (crate / "src" / "main.rs").write_text(f'fn main() {{ println!("{says}"); }}\n')
    for file in folder.rglob("*"):
        os.utime(file, (1_600_000_000, 1_600_000_000))
    return folder


def command(target: Path) -> tuple[str, ...]:
    return ("cargo", "build", "--target-dir", str(target))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A target folder with one crate of ours and one that it depends on, in two profiles."""
    folder = tmp_path / "target"
    for profile in ("release", "x86_64-unknown-linux-gnu/release"):
        for crate in ("hello-0123", "hello-4567", "serde-89ab"):
            (folder / profile / ".fingerprint" / crate).mkdir(parents=True)
    return folder


def compiled(target: Path) -> set[str]:
    return {path.name for path in target.rglob(".fingerprint/*")}


def forget(target: Path, root: Path, usual: Path) -> None:
    forget_other_trees([command(target)], root, SOURCES, usual)


def test_the_usual_tree_keeps_what_it_has_compiled(target: Path, tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    forget(target, root, root)
    assert compiled(target) == {"hello-0123", "hello-4567", "serde-89ab"}


def test_another_tree_forgets_its_own_crates_and_keeps_what_they_depend_on(
    target: Path, tmp_path: Path
) -> None:
    root, other = tree(tmp_path / "root"), tree(tmp_path / "other")
    forget(target, other, root)
    assert compiled(target) == {"serde-89ab"}


def test_it_is_forgotten_once_and_again_by_whoever_comes_back(target: Path, tmp_path: Path) -> None:
    root, other = tree(tmp_path / "root"), tree(tmp_path / "other")
    forget(target, other, root)
    again = target / "release" / ".fingerprint" / "hello-0123"
    again.mkdir()
    forget(target, other, root)
    assert again.exists()
    forget(target, root, root)
    assert not again.exists()


def test_commands_without_a_target_folder_forget_nothing(target: Path, tmp_path: Path) -> None:
    forget_other_trees([("pip", "install", "x")], tree(tmp_path / "a"), SOURCES, tmp_path)
    assert "hello-0123" in compiled(target)


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo")
def test_each_tree_gets_its_own_program_whichever_was_compiled_last(tmp_path: Path) -> None:
    trees = {says: tree(tmp_path / says, says) for says in ("one", "two")}
    built = tmp_path / "built"

    def printed(says: str) -> str:
        root = trees[says]
        forget(built, root, trees["one"])
        words = [*command(built), "--quiet", "--offline"]
        subprocess.run(words, cwd=root / "services", check=True)
        program = built / "debug" / "hello"
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()

    assert [printed(each) for each in ("one", "two", "one", "two")] == ["one", "two", "one", "two"]
