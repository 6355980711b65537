"""Pulls images that a run needs and the engine has not, where a lab has no sources for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import requests

from clusterbench.config.compose_file import Role, Service
from clusterbench.config.compose_tables import IMAGE_VARIABLES
from clusterbench.errors import HostError
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: So long a download says nothing (s).
_HEARTBEAT = 5.0


def absent(
    client: docker.DockerClient, services: Mapping[str, Service], wanted: Iterable[str]
) -> Iterator[Service]:
    """Return those of the `wanted` entries whose image is pulled, and is not there.

    What is built from sources, or runs on other machines only, is none of them.
    """
    machine = images.machine(client)
    for name in wanted:
        entry = services[name]
        of = services[entry.of or name]
        pulled = entry.role is Role.IMAGE and not entry.built
        if pulled and of.wrong_machine(machine) is None and not images.there(client, entry.image):
            yield entry


def provide(
    client: docker.DockerClient,
    services: Mapping[str, Service],
    wanted: Mapping[str, bool],
    say: Callable[[str], None],
) -> None:
    """Pull what is missing of the `wanted` entries, of which each is needed or can be done without.

    Raises HostError with the remedy where one that is needed cannot be had; of another, warns.
    """
    with engine_errors(HostError, "cannot ask the engine for its images"):
        missing = [*absent(client, services, wanted)]
    for number, entry in enumerate(missing, start=1):
        say(f"pulling {entry.image} ({number} of {len(missing)})")
        try:
            pull(client, entry.image, say)
        except HostError as error:
            if wanted[entry.name]:
                raise
            say(f"warning: {error}")


def pull(client: docker.DockerClient, image: str, say: Callable[[str], None]) -> None:
    """Pull one image, and say now and then how far that is. Raises HostError."""
    began = spoke = time.monotonic()
    layers: dict[str, tuple[int, int]] = {}
    try:
        for event in client.api.pull(image, stream=True, decode=True):
            if "error" in event:
                raise _cannot(image, str(event["error"]))
            _count(event, layers)
            if time.monotonic() - spoke >= _HEARTBEAT:
                spoke = time.monotonic()
                say(f"    ... {_so_far(layers)} after {spoke - began:.0f} s")
    except docker.errors.APIError as error:
        raise _cannot(image, str(error.explanation or error)) from error
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise _cannot(image, str(error)) from error


def _count(event: Mapping[str, Any], layers: dict[str, tuple[int, int]]) -> None:
    """Keep how much of a layer is here, and how large it is (bytes)."""
    detail = event.get("progressDetail") or {}
    if event.get("status") == "Downloading" and detail.get("total"):
        layers[str(event["id"])] = (int(detail["current"]), int(detail["total"]))
    elif event.get("status") in {"Download complete", "Pull complete"} and event["id"] in layers:
        total = layers[event["id"]][1]
        layers[event["id"]] = (total, total)


def _so_far(layers: Mapping[str, tuple[int, int]]) -> str:
    here, total = (sum(each[part] for each in layers.values()) / 1e6 for part in (0, 1))
    return f"{here:,.0f} of {total:,.0f} MB" if layers else "waiting for the registry"


def _cannot(image: str, why: str) -> HostError:
    registry, tag = IMAGE_VARIABLES
    first = image.partition("/")[0]
    login = f"docker login {first}" if "." in first or ":" in first else "docker login"
    return HostError(
        f"{image} is not on this engine, and cannot be pulled: {why.strip()}; remedy: name images "
        f"that there are by {registry} and {tag}, log in where they are not public "
        f"({login}), or build them in a clone of the repository: ./lab run"
    )
