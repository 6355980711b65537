"""What one server is: its name, its libraries, and how its predictor is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grpcio_server.model import Model
from grpcio_server.options import OPTIONS, Option

if TYPE_CHECKING:
    from typing import Protocol

    import numpy as np
    from numpy.typing import NDArray
else:
    Protocol = object  # Python 3.7 has none


class Predictor(Protocol):
    """A model that predicts. Called from several threads at once."""

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.integer[Any]]:
        """Return the cluster of each row: (n >= 1, n_features), C-contiguous, finite; to (n,)."""

    def predict_one(self, row: Sequence[float]) -> int:
        """Return the cluster of one row: a list of n_features floats, finite."""


@dataclass(frozen=True)
class Service:
    """One of the lab's Python servers."""

    name: str
    """As in compose.yaml."""
    load: Callable[[Model], Predictor]
    """Makes the predictor; imports the libraries itself, when it is called."""
    libraries: tuple[str, ...]
    """Distributions whose versions the first log line gives, beside grpcio's and its own."""
    pools: tuple[str, ...]
    """Environment variables that size the libraries' thread pools: 1 each, unless they are set."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Other environment variables that the libraries read when they load, unless they are set."""
    versions: Callable[[], Mapping[str, str]] = dict
    """Versions of what is no Python distribution; loads no library to find them."""
    options: Sequence[Option] = OPTIONS
    """What its edition offers."""
