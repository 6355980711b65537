"""What `./lab serve` tells its user. Standard library only, as for `commands`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_WHOLE = 8
"""Up to how many features an example request is written out."""


def no_such_server(name: str, known: Iterable[str]) -> ConfigError:
    """Return the error for a name that is no server's."""
    return ConfigError(f"{name} is no server; the servers are: {', '.join(known)}")


def how_to_call(name: str, width: int, port: int) -> str:
    """Return how to call a server, with an observation of the model's width."""
    request = json.dumps({"features": [float(j + 1) for j in range(width)]})
    shown = request if width <= SHOWN_WHOLE else '{"features": [...]}'
    return (
        f"{name} on localhost:{port}; Ctrl-C stops it. To call it:\n"
        f"  grpcurl -plaintext -d '{shown}' localhost:{port} ml.ClusteringService/Predict\n"
        f"  ghz --insecure --call ml.ClusteringService.Predict -d '{shown}'"
        f" --proto protos/centroids.proto -n 10000 localhost:{port}"
    )
