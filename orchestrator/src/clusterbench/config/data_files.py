"""The files of a data folder, read into lists of numbers.

Servers and load generators read these files each in its own way. So what they get is never a
file as it is, but what was read of it, written anew by `model.data_json`.
Standard library only, as for `strict_json`.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.config.strict_json import parse, read_file
from clusterbench.errors import ConfigError, one_of, shown
from clusterbench.model.data_json import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REMEDY = "make a new folder with `data generate --out DIR`"
#: Numbers are from -LARGEST to LARGEST: their squared distances are finite in every library.
LARGEST = 1e100
#: The largest request (bytes): what gRPC allows a message where nobody says otherwise.
LARGEST_MESSAGE = 4 * 2**20
#: The most clusters: an index is a 32-bit number with a sign.
_MOST_CLUSTERS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds, and the SHA-256 of the file as it is."""

    rows: list[Row]
    digest: str


@dataclass(frozen=True, slots=True)
class Batches:
    """What a file of batches holds, and the SHA-256 of the file as it is."""

    batches: list[list[Row]]
    digest: str


# ------------------------------------------------------------------------------------- reading


def read_model(file: Path) -> Rows:
    """Read a model's centroids. Keys that are not the lab's are passed over, as by every server.

    Raises ConfigError naming the file, where in it, and what is allowed.
    """
    reader = _Reader(file)
    model = reader.mapping(reader.content, "the model")
    clusters = reader.count(model, "n_clusters")
    width = reader.count(model, "n_features")
    if "centroids" not in model:
        raise reader.wrong("centroids", "is missing; it takes a list of lists of numbers")
    rows = reader.rows(model["centroids"], "centroids", width, "n_features is")
    if len(rows) != clusters:
        raise reader.wrong("n_clusters", f"is {clusters}, and there are {len(rows)} centroids")
    return Rows(rows, reader.digest)


def read_observations(file: Path, width: int) -> Rows:
    """Read requests of one observation each, of `width` numbers. Raises ConfigError."""
    reader = _Reader(file)
    requests = reader.items(reader.content, "the list of requests")
    rows = [reader.observation(each, f"[{i}]", width) for i, each in enumerate(requests)]
    return Rows(rows, reader.digest)


def read_batches(file: Path, width: int) -> Batches:
    """Read requests of many observations each, of `width` numbers. Raises ConfigError."""
    reader = _Reader(file)
    requests = reader.items(reader.content, "the list of requests")
    batches = []
    for number, each in enumerate(requests):
        where = f"[{number}].observations"
        inside = reader.only(each, f"[{number}]", "observations")
        found = reader.items(inside, where)
        batches.append(
            [reader.observation(one, f"{where}[{i}]", width) for i, one in enumerate(found)]
        )
        if (size := batch_bytes(len(found), width)) > LARGEST_MESSAGE:
            raise reader.wrong(where, f"makes a request of {size} bytes; {_ALLOWED_SIZE}")
    return Batches(batches, reader.digest)


class _Reader:
    """Takes the content of one file apart; each error names the file and the place in it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            raw = read_file(file)
            self.content = parse(file, raw)
        except ConfigError as error:
            raise ConfigError(f"{error}; {REMEDY}") from error
        self.digest = hashlib.sha256(raw).hexdigest()

    def wrong(self, where: str, what: str) -> ConfigError:
        return ConfigError(f"{self._file}: {where} {what}; {REMEDY}")

    def mapping(self, value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(where, f"is {_name(value)}; it takes an object")
        return value

    def only(self, value: object, where: str, key: str) -> object:
        """Return the value of an object's one key."""
        found = self.mapping(value, where)
        if key not in found:
            raise self.wrong(where, f"has no `{key}`")
        if others := [name for name in found if name != key]:
            said = f"has the key {shown(others[0])}; {one_of(shown(others[0]), [key])}"
            raise self.wrong(where, said)
        return found[key]

    def items(self, value: object, where: str) -> list[Any]:
        if not isinstance(value, list) or not value:
            raise self.wrong(where, f"is {_name(value)}; it takes a list of one or more")
        return value

    def count(self, model: Mapping[str, Any], key: str) -> int:
        value = model.get(key)
        # JSON's true is an int to Python.
        if isinstance(value, bool) or not isinstance(value, int):
            said = f"is {_name(value)}" if key in model else "is missing"
        elif 1 <= value <= _MOST_CLUSTERS:
            return value
        else:
            said = f"is {value}"
        raise self.wrong(key, f"{said}; it takes a whole number from 1 to {_MOST_CLUSTERS}")

    def rows(self, value: object, where: str, width: int, wanted: str) -> list[Row]:
        found = self.items(value, where)
        return [self.row(each, f"{where}[{i}]", width, wanted) for i, each in enumerate(found)]

    def observation(self, value: object, where: str, width: int) -> Row:
        features = self.only(value, where, "features")
        return self.row(features, f"{where}.features", width, "the model's n_features is")

    def row(self, value: object, where: str, width: int, wanted: str) -> Row:
        found = self.items(value, where)
        if len(found) != width:
            raise self.wrong(where, f"has {len(found)} numbers, and {wanted} {width}")
        return [self.number(each, where, i) for i, each in enumerate(found)]

    def number(self, value: object, where: str, index: int) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            said = _name(value)
        else:
            number = float(value)
            if -LARGEST <= number <= LARGEST:
                return number
            said = repr(number) if math.isfinite(number) else "too large for a double"
        allowed = f"it takes a number from {-LARGEST:g} to {LARGEST:g}"
        raise self.wrong(f"{where}[{index}]", f"is {said}; {allowed}")


def _name(value: object) -> str:
    """Return what a value is, in JSON's words."""
    if isinstance(value, (bool, int, float)) or value is None:
        return json.dumps(value)
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "an object"


_ALLOWED_SIZE = f"the most is {LARGEST_MESSAGE}, gRPC's usual limit"


def batch_bytes(observations: int, width: int) -> int:
    """Return the size of a request of so many observations of `width` numbers, as protobuf."""
    packed = 8 * width
    row = packed + _length(packed)
    return observations * (row + _length(row))


def _length(size: int) -> int:
    """Return the bytes of a field's tag, and of its length."""
    return 1 + max(1, -(-size.bit_length() // 7))
