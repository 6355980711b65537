"""The documentation as a site: complete, strict about links, and of this machine alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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


def build(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", "docs/mkdocs.yml"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_site_has_every_page_and_fetches_nothing_from_elsewhere(repository: Path) -> None:
    done = build(repository)
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
    ("link", "said"),
    [("method.md#no-such-heading", "no-such-heading"), ("no-such-page.md", "no-such-page.md")],
)
def test_a_link_that_leads_nowhere_fails_the_build(repository: Path, link: str, said: str) -> None:
    page = repository / "docs" / "data.md"
    as_it_was = page.read_text()
    try:
        page.write_text(f"{as_it_was}\n[a link]({link})\n")
        done = build(repository)
    finally:
        page.write_text(as_it_was)
    assert done.returncode == 1
    assert said in done.stderr
