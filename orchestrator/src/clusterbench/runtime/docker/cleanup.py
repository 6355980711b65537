"""Removes what a run started and what a killed one left: by this project's labels, nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import docker
import docker.errors

from clusterbench.errors import HostError
from clusterbench.runtime.docker.engine import engine_errors, remove

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


_SAY = logging.getLogger(__name__)
_STOP_WITHIN = 5  # seconds


def remove_containers(client: docker.DockerClient, labels: Mapping[str, str], *, but: str) -> None:
    """Remove the containers with all these labels, but one, whatever happens to each.

    Raises HostError naming those that could not be removed.
    """
    failed: list[str] = []
    wanted = [f"{name}={value}" for name, value in labels.items()]
    with engine_errors(HostError, "cannot list this project's containers"):
        found = client.containers.list(all=True, ignore_removed=True, filters={"label": wanted})
    for container in found:
        if container.id == but:
            continue
        try:
            with engine_errors(HostError, container.name):
                remove(container)
        except HostError as error:
            failed.append(str(error))
    if failed:
        raise HostError("cannot remove what the lab started: " + "; ".join(failed))


def remove_volumes(client: docker.DockerClient, labels: Mapping[str, str]) -> None:
    """Remove the volumes with all these labels that no container has any more.

    A container takes its own along; these are of containers that somebody else removed.
    """
    wanted = {"label": [f"{name}={value}" for name, value in labels.items()], "dangling": True}
    with engine_errors(HostError, "cannot remove this project's volumes"):
        for volume in client.volumes.list(filters=wanted):
            try:
                volume.remove()
            except docker.errors.APIError as error:  # gone, or in use, between the two questions
                _SAY.info("the volume %s stays: %s", volume.name, error.explanation)


def stop_idle(client: docker.DockerClient, project: str, services: Collection[str]) -> None:
    """Stop what Compose left running of these services: it would share the CPUs."""
    mine = {"label": f"com.docker.compose.project={project}"}
    with engine_errors(HostError, "cannot stop this project's idle servers"):
        for container in client.containers.list(ignore_removed=True, filters=mine):
            if container.labels.get("com.docker.compose.service") in services:
                _SAY.info("stopping %s, left running by Compose", container.name)
                container.stop(timeout=_STOP_WITHIN)


def remove_network(client: docker.DockerClient, name: str) -> None:
    """Remove a network, unless somebody else has come to use it."""
    with engine_errors(HostError, f"cannot remove the network {name}"):
        for found in client.networks.list(names=[name]):
            if found.name != name:
                continue
            try:
                found.remove()
            except docker.errors.APIError as error:
                _SAY.info("the network %s stays: %s", name, error.explanation)
