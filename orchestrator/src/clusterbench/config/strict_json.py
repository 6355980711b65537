"""JSON files read as strictly as the strictest program that is to get what they hold.

Standard library only: `./lab serve` reads a model before there is any environment.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any, NoReturn

from clusterbench.errors import ConfigError, shown

if TYPE_CHECKING:
    from pathlib import Path

#: The largest file that is read (bytes). ghz holds its requests in ten times the file's size.
LARGEST_FILE = 64 * 2**20
#: Digits of the longest whole number that is read as one; longer ones are read as any number.
_DIGITS = 18
_MARKS = {
    b"\xff\xfe": "UTF-16 or UTF-32",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark",
}


class _RefusedError(ValueError):
    """What JSON does not allow, but Python's reader takes."""


def read_file(file: Path) -> bytes:
    """Return what a file holds. Raises ConfigError where it is none, or larger than LARGEST_FILE.

    A pipe or a device is not waited for.
    """
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:  # noqa: PTH123 - of a descriptor
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise ConfigError(f"{file}: is a pipe or a device, not a file")
            raw = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a name that holds a NUL
        raise ConfigError(f"{str(file)!r}: cannot be read: {error}") from error
    if len(raw) > LARGEST_FILE:
        raise ConfigError(f"{file}: is larger than {LARGEST_FILE >> 20} MiB, the largest allowed")
    return raw


def parse(file: Path, raw: bytes) -> object:
    """Return what JSON says. Raises ConfigError for everything that JSON does not allow.

    Neither are keys that come twice, which readers resolve in different ways. A whole number of
    more than 18 digits becomes a float, so that no reader gets more than a double holds.
    """
    if mark := next((name for start, name in _MARKS.items() if raw.startswith(start)), None):
        raise ConfigError(f"{file}: is {mark}; write it as UTF-8 without a byte order mark")
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_int=_whole,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8: byte {error.start}: {error.reason}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{file}: not JSON: {where}: {error.msg}") from error
    except _RefusedError as error:
        raise ConfigError(f"{file}: not JSON: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: not JSON that is read here: it is nested too deep") from error


def _whole(text: str) -> int | float:
    # JSON's -0 is a double's -0.0; Python's int has none.
    return float(text) if len(text) > _DIGITS or text == "-0" else int(text)


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is no number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(f"the key {shown(twice)} comes twice in one object")
    return found
