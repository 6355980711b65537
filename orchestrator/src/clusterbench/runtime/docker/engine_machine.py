"""Whether the engine is the one that a run takes it for: on this machine, and this container's own.

A container's private address is called from here, and CPUs are counted here. On another machine
the address would be somebody else's, or nobody's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import docker
import docker.errors

from clusterbench.errors import HostError
from clusterbench.host.engine_endpoint import OUTSIDE, elsewhere, find_endpoint
from clusterbench.host.machine_identity import BOOT_ID, boot_id, own_container
from clusterbench.host.procfs import PROC
from clusterbench.runtime.docker.creation import printed_by
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_engine(
    client: docker.DockerClient, image: str, labels: Mapping[str, str], proc: Path = PROC
) -> None:
    """Refuse an engine of another machine, and one that did not start this container.

    `image` is one that the engine has, with `cat`. Raises HostError.
    """
    if os.environ.get(OUTSIDE):
        _check_container(client, proc)
    here = boot_id(proc)
    if here is None:
        return
    with engine_errors(HostError, "cannot ask which machine the engine is on"):
        printed = printed_by(client, image, ["cat", f"/proc/{BOOT_ID}"], labels=labels)
    there = (printed or "").strip()
    if there != here:
        how = f"the boot id is {there or 'unknown'} there, and {here} here"
        raise HostError(elsewhere(find_endpoint(), how))


def _check_container(client: docker.DockerClient, proc: Path) -> None:
    """Refuse an engine that does not know the container that this process is in."""
    container = own_container(proc)
    if container is None:
        return
    with engine_errors(HostError, "cannot ask the engine for this container"):
        try:
            client.containers.get(container)
        except docker.errors.NotFound as error:
            raise HostError(
                f"the engine at {find_endpoint()} is not the one that started this container:"
                " images would be built by one and servers started by the other; remedy: with"
                " DOCKER_SOCKET=/path, set DOCKER_HOST=unix:///path too, or use ./lab, which does"
            ) from error
