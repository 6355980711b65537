"""What reads the value of an option from how it is written, and says what it takes.

Standard library only.
"""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, shown
from clusterbench.model.bounds import DAYS, HEADROOM, LEVELS, PERCENT, span
from clusterbench.model.objective import parse_objective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterbench.model.bounds import Bounds


def within(bounds: Bounds) -> Callable[[str], float]:
    """Return what reads a number within bounds, and names them where it is none of those."""

    def read(text: str) -> float:
        value = bounds.read(text)
        if value is None:
            raise argparse.ArgumentTypeError(f"{shown(text)}: it takes {bounds.takes}")
        return value

    return read


def levels(text: str) -> tuple[int, ...]:
    """Read `64,256` as levels, each once."""
    found = [LEVELS.read(word) for word in text.replace(",", " ").split(" ") if word]
    if not found or None in found:
        takes = f"whole numbers{span(LEVELS.low, LEVELS.high)}, like 64,256"
        raise argparse.ArgumentTypeError(f"{shown(text)}: it takes {takes}")
    return tuple(dict.fromkeys(int(level) for level in found if level is not None))


def objective(text: str) -> str:
    """Read a latency objective, and return it as it is written: `p99=10ms`."""
    try:
        return parse_objective(text).written
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def days(text: str) -> float:
    """Read an age in days: `30d`, or `30`."""
    return within(DAYS)(text.removesuffix("d"))


def share(text: str) -> float:
    """Read the share of a capacity that stays free: `30%`, or `0.3`."""
    if text.endswith("%"):
        return within(PERCENT)(text.removesuffix("%")) / 100
    return within(HEADROOM)(text)


def bench_toml(text: str) -> Path:
    """Read the path of a file like bench.toml, which must be there."""
    path = Path(text)
    with _looking_at(text):
        if not path.is_file():
            raise argparse.ArgumentTypeError(
                f"{shown(text, 200)} is no file; it takes one like bench.toml, which may include "
                "that of the lab"
            )
    return path


def data_folder(text: str) -> Path:
    """Read the path of a data folder, which must hold a model."""
    path = Path(text)
    with _looking_at(text):
        if not path.is_dir():
            raise argparse.ArgumentTypeError(f"{shown(text, 200)} is no folder")
        if not (path / "model.json").exists():
            raise argparse.ArgumentTypeError(
                f"{shown(text, 200)} holds no model.json; "
                "`data generate --out DIR` makes a data folder"
            )
    return path


@contextmanager
def _looking_at(path: str) -> Iterator[None]:
    """Name a path that cannot be looked at: too long, or in a folder that may not be entered."""
    try:
        yield
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{shown(path, 200)} cannot be read: {error.strerror}"
        ) from error
