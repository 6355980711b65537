"""The load generators by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.generators.ghz import Ghz
from clusterbench.load.generators.h2load import H2load
from clusterbench.model.experiment import GeneratorName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.load.port import LoadGenerator

_GENERATORS: Mapping[GeneratorName, LoadGenerator] = {
    GeneratorName.GHZ: Ghz(),
    GeneratorName.H2LOAD: H2load(),
}


def generator(name: GeneratorName) -> LoadGenerator:
    """Return a load generator by its name."""
    return _GENERATORS[name]
