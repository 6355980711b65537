"""The load generators by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.generators.ghz import Ghz
from clusterbench.load.generators.h2load import H2load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.load.port import LoadGenerator

_ALL: tuple[LoadGenerator, ...] = (Ghz(), H2load())
GENERATORS: Mapping[str, LoadGenerator] = {each.name: each for each in _ALL}


def generator(name: str) -> LoadGenerator:
    """Return a load generator by its name."""
    return GENERATORS[name]
