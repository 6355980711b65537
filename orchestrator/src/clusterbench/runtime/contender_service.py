"""What both adapters ask of a contender: its service, and the port it will listen on. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.config.compose_file import Service
    from clusterbench.model.experiment import Contender

_LAST_PORT = 65535


def service_of(contender: Contender, servers: Mapping[str, Service]) -> Service:
    """Find a contender's service. Raises ConfigError naming those that there are."""
    if contender.service is None or contender.service not in servers:
        raise ConfigError(
            f"contender {contender.name}: service {contender.service!r} is not a server of "
            f"compose.yaml; allowed: {', '.join(servers)}"
        )
    return servers[contender.service]


def port_of(environment: Mapping[str, str], contender: str, default: int) -> int:
    """Return the port that a server's environment asks for. Raises ConfigError."""
    value = environment.get("SERVER_PORT") or str(default)
    if not value.isdecimal() or int(value) > _LAST_PORT:
        raise ConfigError(
            f"contender {contender}: SERVER_PORT is {value!r}; allowed: a port from 0 to 65535"
        )
    return int(value)
