"""TOML and YAML files as values, with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clusterbench.errors import ConfigError

#: A key below a file: the keys of the tables around it first.
Key = Sequence[str | int]

_WORD = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = rf"({_WORD}(?:\s*\.\s*{_WORD})*)"
_HEADER = re.compile(rf"\s*\[\s*{_KEY}\s*\]")
_ASSIGNMENT = re.compile(rf"\s*{_KEY}\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """What a file holds. `find` returns the line of exactly that key, or None."""

    path: Path
    values: dict[str, Any]
    find: Callable[[Key], int | None]

    def line(self, key: Key) -> int | None:
        """Return the line of a key, else of the nearest table around it; None for the file."""
        for end in range(len(key), 0, -1):
            if line := self.find(key[:end]):
                return line
        return None


def read_toml(path: Path) -> SourceFile:
    """Read a TOML file. Raises ConfigError where it cannot be read or is not TOML."""
    text = _text(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    lines = _toml_lines(text)
    return SourceFile(path=path, values=values, find=lambda key: lines.get(tuple(key)))


def read_yaml(path: Path) -> SourceFile:
    """Read a YAML file that holds a mapping. Raises ConfigError where it is none."""
    text = _text(path)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if node is None or not isinstance(values, dict):
        raise ConfigError(f"{path}: holds no mapping; it takes `services` with an entry for each")
    # What a merge key (`<<`) brings in stands in the nodes too, before a mapping's own keys.
    return SourceFile(path=path, values=values, find=lambda key: _yaml_line(node, key))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: not UTF-8: {error}") from error


def _toml_lines(text: str) -> Mapping[tuple[str | int, ...], int]:
    """Return the line of each table's header and of each key, counted from 1.

    Keys of an inline table are missing: their line is the table's.
    """
    lines: dict[tuple[str | int, ...], int] = {}
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


def _yaml_line(node: yaml.Node, key: Key) -> int | None:
    """Return the line of a key below a node, or None where there is none."""
    line = node.start_mark.line
    for part in key:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode) and (found := _last(node, str(part))):
            line, node = found[0].start_mark.line, found[1]
        else:
            return None
    return line + 1


def _last(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the last key of that name and its value: a mapping's own come after merged ones."""
    return next((pair for pair in reversed(node.value) if pair[0].value == name), None)
