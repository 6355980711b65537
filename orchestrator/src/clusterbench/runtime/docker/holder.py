"""One run at a time on an engine: a tiny container that lives exactly as long as its run.

Its name is the lock, which the engine gives to one only. Its standard input is a connection that
the run keeps open: when the run ends, however it ends, the engine closes that connection, `cat`
reads its end and the container is gone. So nobody has to guess whether a lock is stale.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests

from clusterbench.errors import HostError, RunRefused
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.creation import create
from clusterbench.runtime.docker.engine import SEALED, engine_errors, remove

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker.models.containers import Container

#: How long a holder may be created but not yet started before it counts as left over.
_STARTING = Seconds(10.0)


@contextmanager
def hold(
    client: docker.DockerClient, *, project: str, image: str, labels: Mapping[str, str]
) -> Iterator[str]:
    """Hold the project's name on the engine, giving the holder's id. Raises RunRefused."""
    name = f"{project}-run-in-progress"
    container = _take(client, name, project, image, labels)
    try:
        with engine_errors(HostError, "cannot hold the engine for this run"):
            stdin = container.attach_socket(params={"stdin": 1, "stream": 1})
            container.start()
        try:
            yield container.id
        finally:
            # The SDK hangs the answer on its socket: closing that closes both, in order.
            with suppress(OSError):
                getattr(stdin, "_response", stdin).close()
    finally:
        with engine_errors(HostError, f"cannot remove the container {name}"):
            remove(container)


def _take(
    client: docker.DockerClient, name: str, project: str, image: str, labels: Mapping[str, str]
) -> Container:
    deadline = time.monotonic() + _STARTING
    while True:
        with engine_errors(HostError, "cannot hold the engine for this run"):
            try:
                return _create(client, name, image, labels)
            except docker.errors.APIError as error:
                if error.status_code != requests.codes.conflict:
                    raise
            with suppress(docker.errors.NotFound):  # it ended between the two questions
                other = client.containers.get(name)
                _refuse_or_remove(other, project, left_over=time.monotonic() > deadline)
        time.sleep(0.2)


def _create(
    client: docker.DockerClient, name: str, image: str, labels: Mapping[str, str]
) -> Container:
    return create(
        client,
        image,
        entrypoint=["cat"],
        command=[],
        name=name,
        labels=labels,
        stdin_open=True,
        auto_remove=True,
        security_opt=["no-new-privileges:true"],
        mem_limit="32m",
        **SEALED,
    )


def _refuse_or_remove(other: Container, project: str, *, left_over: bool) -> None:
    if other.status == "running":
        run = other.labels.get("clusterbench.run", "of an unknown name")
        raise RunRefused(
            f"another run of project {project} is in progress on this engine: {run}; "
            f"wait for it, or end it (`docker stop {other.name}` only unlocks, it does not end it)"
        )
    if left_over or other.status not in {"created", "removing"}:
        remove(other)
