"""The Markdown files of the repository: what they point at is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clusterbench import errors
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("services/*/README.md"),
        *ROOT.glob("services/*/binding/README.md"),
    ]
)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text())
    targets = [(page.parent / path if path else page, anchor) for path, anchor in links]
    assert [str(path) for path, _ in targets if not path.exists()] == []
    assert [
        (str(path), anchor)
        for path, anchor in targets
        if anchor and path.suffix == ".md" and anchor not in anchors(path)
    ] == []


def test_every_exit_code_of_an_error_is_in_the_table_of_exit_codes() -> None:
    table = (ROOT / "docs" / "commands.md").read_text()
    documented = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)}
    kinds = [errors.LabError, *errors.LabError.__subclasses__()]
    assert {int(kind.exit_code) for kind in kinds} <= documented
