"""Adds the repository's Markdown files to the site of mkdocs.yml, under the paths that they have.

A link from one of them to another then is the same on GitHub and in the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *("*.md", "docs/*.md", "docs/examples/*/README.md", "data/*/README.md"),
    *("services/*/README.md", "services/*/binding/README.md"),
)
_IMAGE = re.compile(r'<img [^>]*src="([^"]+)"[^>]*>')
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")


def pages(root: Path) -> list[Path]:
    """Return the Markdown files that are pages of the site, in order."""
    return sorted({path for pattern in PAGES for path in root.glob(pattern)})


def linked(page: Path, root: Path) -> Iterator[Path]:
    """Yield the other files of the repository that a page shows or links to: pictures, schemas."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve()
        if path.is_file() and path.suffix != ".md" and path.is_relative_to(root):
            yield path


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and what they link to. A link that leads to none of these fails the build."""
    found = pages(ROOT)
    others = {path for page in found for path in linked(page, ROOT)}
    for path in [*found, *sorted(others)]:
        uri = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_content(html: str, **_more: object) -> str:
    """Make each picture a link to itself: on a telephone a plot is too small to read."""
    return _IMAGE.sub(r'<a href="\1">\g<0></a>', html)
