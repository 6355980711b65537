"""Connects to the Docker engine that was found, and to no engine of another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker
import docker.errors
import requests
from docker.constants import MINIMUM_DOCKER_API_VERSION

from clusterbench.errors import HostError
from clusterbench.host import machine_identity
from clusterbench.host.engine_endpoint import elsewhere, find_endpoint
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from clusterbench.host.engine_endpoint import Endpoint, TlsFiles

_FIRST_ANSWER_WITHIN = 30  # seconds
_ANSWER_WITHIN = 120  # seconds; a busy engine is slow, a dead one does not answer at all


def connect(endpoint: Endpoint | None = None) -> docker.DockerClient:
    """Connect to the engine that is found, or to the one given. Raises HostError.

    One that says of itself that it is on another machine is refused; whether it really is on this
    one, `engine_machine` asks.
    """
    found = endpoint or find_endpoint()
    if found.by_ssh:
        raise HostError(elsewhere(found, "it is reached by ssh"))
    with engine_errors(HostError, "cannot reach the Docker engine"):
        client = _client(found)
        different = None if found.socket else _differs(client)
    if different:
        client.close()
        raise HostError(elsewhere(found, different))
    return client


def _differs(client: docker.DockerClient) -> str | None:
    about = client.info()
    return machine_identity.differs(
        kernel=str(about.get("KernelVersion", "")), memory=int(about.get("MemTotal", 0))
    )


def _client(endpoint: Endpoint) -> docker.DockerClient:
    """Return a client of the engine's newest API. Raises what the SDK raises, and HostError."""
    oldest = _made(endpoint, MINIMUM_DOCKER_API_VERSION, _FIRST_ANSWER_WITHIN)
    try:
        newest = oldest.api.version(api_version=False).get("ApiVersion")
    except (docker.errors.APIError, requests.JSONDecodeError, AttributeError):
        newest = None
    finally:
        oldest.close()
    if newest is None:
        raise HostError(
            f"what answers at {endpoint} is no Docker engine; remedy: name the engine by"
            " DOCKER_SOCKET, DOCKER_HOST or `docker context use`, or use --runtime process"
        )
    return _made(endpoint, str(newest), _ANSWER_WITHIN)


def _made(endpoint: Endpoint, version: str, timeout: int) -> docker.DockerClient:
    """Make a client, which asks nothing where it is given the version."""
    tls = _tls(endpoint.tls) if endpoint.tls else False
    client = docker.DockerClient(base_url=endpoint.url, tls=tls, version=version, timeout=timeout)
    # Else REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE would replace the engine's own CA, and a proxy
    # would be asked for an engine of this machine.
    client.api.trust_env = False
    return client


def _tls(files: TlsFiles) -> docker.tls.TLSConfig:
    pair = (str(files.certificate), str(files.key)) if files.certificate and files.key else None
    ca = str(files.ca) if files.ca else None
    return docker.tls.TLSConfig(client_cert=pair, ca_cert=ca, verify=files.verify)
