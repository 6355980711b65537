"""The load generators by name. A new generator is an adapter beside this module and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.generators.ghz import Ghz
from clusterbench.load.generators.grpc_load import GrpcLoad
from clusterbench.load.generators.h2load import H2load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.load.generator import LoadGenerator

GENERATORS: Mapping[str, LoadGenerator] = {
    each.name: each for each in (Ghz(), H2load(), GrpcLoad())
}
