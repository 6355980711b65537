"""Checks of what the command line asks for: each error names the option and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from clusterbench.errors import ConfigError, one_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from clusterbench.model.bounds import Bounds

V = TypeVar("V")


def choose(option: str, name: str, choices: Collection[str]) -> str:
    """Return a name that is one of the choices. Raises ConfigError where it is none."""
    if name not in choices:
        raise ConfigError(f"{option} {name}: {one_of(name, choices)}")
    return name


def check_value(option: str, value: V | None, fits: Callable[[V], bool], takes: str) -> None:
    """Raise ConfigError where an option was given and does not fit."""
    if value is not None and not fits(value):
        raise ConfigError(f"{option} {shown(str(value))}: it takes {takes}")


def check_within(option: str, value: float | None, bounds: Bounds) -> None:
    """Raise ConfigError where a number was given and is not within the bounds."""
    check_value(option, value, bounds.fits, bounds.takes)
