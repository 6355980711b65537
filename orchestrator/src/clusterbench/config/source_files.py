"""TOML and YAML files as values, with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from clusterbench.errors import ConfigError

#: A key below a file: the keys of the tables around it first.
Key = tuple[str | int, ...]

_WORD = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = rf"({_WORD}(?:\s*\.\s*{_WORD})*)"
_HEADER = re.compile(rf"\s*\[\s*{_KEY}\s*\]")
_ASSIGNMENT = re.compile(rf"\s*{_KEY}\s*=")


class Source(Protocol):
    """What was read: a file, or several as one."""

    @property
    def values(self) -> dict[str, Any]:
        """Return what it holds."""

    def place(self, key: Key) -> tuple[Path, int | None]:
        """Return the file that a key stands in, and its line; None for the file as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """What a file holds, and the line of each key, counted from 1."""

    path: Path
    values: dict[str, Any]
    lines: Mapping[Key, int]

    def line(self, key: Key) -> int | None:
        """Return the line of a key, else of the nearest table around it; None for the file."""
        ends = range(len(key), 0, -1)
        return next((self.lines[key[:end]] for end in ends if key[:end] in self.lines), None)

    def place(self, key: Key) -> tuple[Path, int | None]:
        """Return the file, and the line of a key as `line` has it."""
        return self.path, self.line(key)


def read_toml(path: Path) -> SourceFile:
    """Read a TOML file. Raises ConfigError where it cannot be read or is not TOML."""
    text = _text(path)
    try:
        values = tomllib.loads(text)
    # Beside TOML's own errors: numbers of thousands of digits, and what is nested too deep.
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    return SourceFile(path=path, values=values, lines=_toml_lines(text))


def read_yaml(path: Path) -> SourceFile:
    """Read a YAML file that holds a mapping. Raises ConfigError where it is none."""
    text = _text(path)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else None
        # What a merge key (`<<`) brings in stands in the nodes too, before a mapping's own keys.
        lines = dict(_yaml_lines(node))
    # What has the tag of a number or a date, and is none, is one of the others.
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: holds no mapping; it takes `services` with an entry for each")
    return SourceFile(path=path, values=values, lines=lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: not UTF-8: {error}") from error


def _toml_lines(text: str) -> Mapping[Key, int]:
    """Return the line of each table's header and of each key.

    Keys of an inline table are missing: their line is the table's.
    """
    lines: dict[Key, int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _toml_key(header[1])
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_toml_key(assignment[1])), number)
    return lines


def _toml_key(dotted: str) -> tuple[str, ...]:
    """Split a dotted key as TOML does."""
    key: list[str] = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(value, dict):
        ((name, value),) = value.items()
        key.append(name)
    return tuple(key)


def _yaml_lines(node: yaml.Node | None, above: Key = ()) -> Iterator[tuple[Key, int]]:
    """Return the line of each key below a node, and of each item of a list."""
    below: Iterable[tuple[str | int, yaml.Node, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        below = [(name.value, name, value) for name, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(number, item, item) for number, item in enumerate(node.value)]
    for part, start, value in below:
        yield (*above, part), start.start_mark.line + 1
        yield from _yaml_lines(value, (*above, part))
