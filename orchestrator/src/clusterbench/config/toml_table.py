"""A TOML table that is read key by key, whose errors name file, line, key and what is allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

T = TypeVar("T")

_KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")


def read(file: Path) -> Table:
    """Read a TOML file. Raises ConfigError where it cannot be read or is not TOML."""
    try:
        text = file.read_text(encoding="utf-8")
        return Table(file, (), tomllib.loads(text), text)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error


class Table:
    """A table of a TOML file. Say first which keys it may have, with `only`; then take them."""

    def __init__(
        self, file: Path, path: tuple[str, ...], values: dict[str, Any], text: str
    ) -> None:
        self._file, self._path, self._values, self._text = file, path, values, text

    def keys(self) -> list[str]:
        """Return the keys that the file has here."""
        return list(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return a key's value, checked to be of its kind; without a default it must be there."""
        if key not in self._values:
            if default is None:
                raise self.error(key, "is missing")
            return default
        value = self._values[key]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self.error(key, f"is {value!r}; it takes {_KINDS[kind]}")
        return value

    def table(self, key: str) -> Table:
        """Return a table below this one; an empty one where the file has none."""
        return Table(self._file, (*self._path, key), self.take(key, dict, {}), self._text)

    def tables(self) -> dict[str, Table]:
        """Return every table below this one, by key."""
        return {key: self.table(key) for key in self._values}

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers, each 1 or more, none twice, at least one."""
        values = self.take(key, list)
        if not values or any(type(value) is not int or value < 1 for value in values):
            raise self.error(key, f"is {values!r}; it takes a list of whole numbers from 1 up")
        if len(set(values)) < len(values):
            raise self.error(key, f"is {values!r}; it holds a number twice")
        return tuple(values)

    def names(
        self, key: str, allowed: Iterable[str], default: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Return a list of names, each of the allowed ones, none twice, at least one."""
        values = self.take(key, list, list(default) if default is not None else None)
        choices = list(allowed)
        for value in values:
            if value not in choices:
                raise self.error(key, f"names {value!r}; {one_of(value, choices)}")
        if not values or len(set(values)) < len(values):
            raise self.error(key, f"is {values!r}; it takes names, each once")
        return tuple(values)

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """Return a text that is one of the allowed ones."""
        value = self.take(key, str, default)
        choices = list(allowed)
        if value not in choices:
            raise self.error(key, f"is {value!r}; {one_of(value, choices)}")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """Return a table of texts."""
        table = self.table(key)
        return {name: table.take(name, str) for name in table.keys()}  # noqa: SIM118

    def only(self, *allowed: str) -> Table:
        """Refuse every key but these."""
        for key in self._values:
            if key not in allowed:
                raise self.error(key, f"is not a key here; {one_of(key, allowed)}")
        return self

    def error(self, key: str, what: str) -> ConfigError:
        """Return the error that names file, line, key and what is wrong."""
        where = ".".join((*self._path, key))
        line = self._line(key)
        return ConfigError(f"{self._file}{f':{line}' if line else ''}: `{where}` {what}")

    def _line(self, key: str) -> int | None:
        """Find the line of a key: as a header, below its table's header, or in an inline table."""
        here, above = ".".join(self._path), ".".join(self._path[:-1])
        name = re.escape(key)
        own = re.compile(rf'\s*"?{name}"?\s*[=.]')
        inline = re.compile(rf"\s*{re.escape(self._path[-1])}\s*=.*\b{name}\b") if here else None
        section = ""
        for number, line in enumerate(self._text.splitlines(), start=1):
            if header := _HEADER.match(line):
                section = header[1]
                if section == ".".join((*self._path, key)):
                    return number
            elif (section == here and own.match(line)) or (
                inline is not None and section == above and inline.match(line)
            ):
                return number
        return None


def one_of(value: object, choices: Sequence[str]) -> str:
    """Return what is allowed, and what was probably meant."""
    close = difflib.get_close_matches(str(value), choices, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{meant}allowed: {', '.join(choices) or 'none'}"
