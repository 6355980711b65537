"""compose.yaml without what takes the repository's sources: its images are pulled.

The text is edited, so that what people read in it (comments, anchors) stays. Where to cut, the YAML
parser says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Of an entry, and of its `x-lab`: what says how something is built, or started without an engine.
ENTRY_KEYS = frozenset({"build"})
LAB_KEYS = frozenset({"needs", "sources", "build", "command", "variants"})
_PULL = "LAB_PULL_POLICY"


def images_only(compose: str, *, registry: str, tag: str, head: str) -> str:
    """Return a Compose file that pulls what `compose` builds, with other comments at its head.

    Images are those of the registry and the tag, unless LAB_REGISTRY and LAB_TAG name others.
    """
    lines = compose.rstrip().splitlines()
    cut = _cut("\n".join([*lines, ""]), lines)
    kept = (line for number, line in enumerate(lines) if number not in cut)
    text = re.sub(r"\A(?:#.*\n|\n)*", "", "\n".join([*kept, ""]))
    usual = {"LAB_REGISTRY": registry, "LAB_TAG": tag, _PULL: "missing"}
    return f"{head}\n{_with_defaults(text, usual)}"


def _with_defaults(text: str, usual: Mapping[str, str]) -> str:
    """Return a text whose variables have these defaults, where they had another."""
    names = "|".join(usual)
    return re.sub(
        rf"\$\{{({names}):-[^{{}}]+\}}", lambda found: f"${{{found[1]}:-{usual[found[1]]}}}", text
    )


def _cut(compose: str, lines: list[str]) -> set[int]:
    """Return the numbers of the lines that go."""
    root = yaml.compose(compose, Loader=yaml.SafeLoader)
    found: set[int] = set()
    for name, services in _pairs(root):
        if name.value == "services":
            for _, entry in _pairs(services):
                for key, value in _pairs(entry):
                    if key.value in ENTRY_KEYS:
                        found.update(_lines_of(key, value, lines))
                    elif key.value == "x-lab" and not value.flow_style:
                        for inner, what in _pairs(value):
                            if inner.value in LAB_KEYS:
                                found.update(_lines_of(inner, what, lines))
    return found


def _pairs(mapping: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - PyYAML's nodes are untyped
    """Return the keys and values of a mapping; no others where it is none."""
    yield from mapping.value if isinstance(mapping, yaml.MappingNode) else ()


def _lines_of(key: Any, value: Any, lines: list[str]) -> range:  # noqa: ANN401 - likewise
    """Return the lines of a key and its value, without comments that stand behind them."""
    end = value.end_mark.line + (0 if value.end_mark.column == 0 else 1)
    block = isinstance(value, yaml.CollectionNode) and not value.flow_style
    if block:  # it ends where the next begins
        end = value.end_mark.line
        while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
            end -= 1
    return range(key.start_mark.line, end)
