"""The documentation as a site: complete, strict about links, and of this machine alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import site_building
from support.repository import ROOT

# The lock of `./lab docs` is beside that of the tests; `./lab lint` builds the site as well.
pytest.importorskip("mkdocs")
COPIED = ("docs", "data", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
BESIDE = ("LICENSE", "CITATION.cff")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's pages, and what they show, without the rest."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED + BESIDE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    wanted = [*ROOT.glob("services/**/README.md"), *ROOT.glob("services/*/schema/*.json")]
    for page in wanted:
        (root / page.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, root / page.relative_to(ROOT))
    return root


def linted() -> list[str]:
    """Return the command that `./lab lint` builds the site with."""
    entry = re.search(
        r"id: site\n.*\n.*\n +entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text()
    )
    assert entry is not None
    return entry[1].split()


def build(root: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PATH": programs},
        capture_output=True,
        text=True,
        check=False,
    )


BUILT = [sys.executable, *site_building.BUILD]


def test_the_site_has_every_page_and_fetches_nothing_from_elsewhere(repository: Path) -> None:
    done = build(repository, BUILT)
    assert done.returncode == 0, done.stderr
    site = repository / ".lab" / "site"
    indexed = json.loads((site / "search" / "search_index.json").read_text())["docs"]
    found = {entry["location"].partition("#")[0] for entry in indexed}
    guides = {f"docs/{page.stem}.html" for page in ROOT.glob("docs/*.md")}
    assert guides | {"index.html", "services/rust-tonic/index.html"} <= found
    fetched = re.compile(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*"')
    outside = {page.name: fetched.findall(page.read_text()) for page in site.rglob("*.html")}
    assert [name for name, links in outside.items() if links] == []


@pytest.mark.parametrize(
    ("command", "link"),
    [(BUILT, "method.md#no-such-heading"), (linted(), "no-such-page.md")],
    ids=["./lab docs", "./lab lint"],
)
def test_a_link_that_leads_nowhere_fails_the_build(
    repository: Path, command: list[str], link: str
) -> None:
    page = repository / "docs" / "data.md"
    as_it_was = page.read_text()
    try:
        page.write_text(f"{as_it_was}\n[a link]({link})\n")
        done = build(repository, command)
    finally:
        page.write_text(as_it_was)
    assert done.returncode == 1, done.stderr
    assert link in done.stderr
