"""What one server is: its name, its libraries, and how its predictor is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Sequence, Tuple

from grpcio_server_2019.model import Model

if TYPE_CHECKING:
    from typing import Protocol

    class Predictor(Protocol):
        """A model that answers. Called from several threads at once."""

        def predict(self, rows: Any) -> Sequence[int]:
            """Give the cluster of each row: (n >= 1, n_features), finite; to (n,)."""

else:
    Predictor = object


@dataclass(frozen=True)
class Service:
    """One of the lab's Python servers of 2019."""

    name: str
    """As in compose.yaml; also the name of its command."""
    load: Callable[[Model], Predictor]
    """Makes the predictor; imports the libraries itself, when it is called."""
    libraries: Tuple[str, ...]
    """Distributions whose versions the first log line gives, beside the gRPC shell's own."""
    pools: Tuple[str, ...]
    """Environment variables that size the libraries' thread pools: 1 each, unless they are set."""
