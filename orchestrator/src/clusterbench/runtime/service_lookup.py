"""Which service of compose.yaml a contender is, what it is told, and on which CPUs. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.bounds import PORTS
from clusterbench.model.cpus import CpuSet

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clusterbench.config.compose_file import Service
    from clusterbench.model.contender import Contender


def service_of(contender: Contender, servers: Mapping[str, Service]) -> Service:
    """Find a contender's service. Raises ConfigError naming those that there are."""
    if contender.service is None or contender.service not in servers:
        raise ConfigError(
            f"contender {contender.name}: service {contender.service!r} is not a server of "
            f"compose.yaml; allowed: {', '.join(servers)}"
        )
    return servers[contender.service]


def server_environment(
    service: Mapping[str, str], contender: Contender, *, host: str, port: int, model: str
) -> tuple[dict[str, str], int]:
    """Return what a server is told, and the port in it. Raises ConfigError for a wrong port.

    The contender's environment goes over its service's, and that over the lab's defaults.
    """
    defaults = {"SERVER_HOST": host, "SERVER_PORT": str(port), "SERVER_MODEL": model}
    told = {**defaults, **service, **contender.environment}
    return told, port_of(told, contender.name, port)


def port_of(environment: Mapping[str, str], contender: str, default: int) -> int:
    """Return the port that a server's environment asks for. Raises ConfigError."""
    text = environment.get("SERVER_PORT") or str(default)
    value = 0 if text == "0" else PORTS.read(text)
    if value is None:
        raise ConfigError(
            f"contender {contender}: SERVER_PORT is {text[:40]!r}; allowed: a port from 0 to 65535"
        )
    return int(value)


def check_cpus(cpus: CpuSet, there: Collection[int], where: str) -> None:
    """Raise HostError where some of the CPUs are not among those that `where` has."""
    if missing := set(cpus.cpus) - set(there):
        raise HostError(
            f"CPU {CpuSet(tuple(missing))} cannot be used: {where} has {CpuSet(tuple(there))}; "
            "choose another CPU plan"
        )
