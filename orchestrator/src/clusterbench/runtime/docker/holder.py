"""One run at a time on an engine: a tiny container that lives exactly as long as its run.

Its name is the lock, which the engine gives to one only, and it lives by a lease that the run
feeds: when the run ends, however it ends, and when its engine is lost to it, the container is gone
soon after. So nobody has to guess whether a lock is stale.

What the run starts of other people's commands, servers and jobs, joins the holder's PID namespace.
The kernel ends all of a namespace with its first process: no server outlives its run, whatever its
image is made of, without a process of ours in its container and account. (A watchdog within would
need a shell in every image, also in a user's own; a helper beside each server would have to
outlive what it should kill.) The holder is another user than they, so that they cannot harm it,
and the load generators have a namespace and a lease of their own: the sides do not see each other.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests
from docker.models.containers import Container

from clusterbench.errors import HostError, RunRefused, first_counts
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.creation import create
from clusterbench.runtime.docker.engine import PROJECT_LABEL, SEALED, engine_errors, remove
from clusterbench.runtime.docker.lease import Lease, leased, leased_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: How long a holder may be created but not yet started before it counts as left over.
_STARTING = Seconds(10.0)
_NOBODY = "65534:65534"
_DOING = "cannot hold the engine for this run"


@dataclass(frozen=True, slots=True)
class Holder:
    """A run's hold of an engine: a container that lives, and the lease on it."""

    container: Container
    lease: Lease

    @property
    def id(self) -> str:
        """Return the container's id."""
        return str(self.container.id)

    def lives(self) -> bool:
        """Return whether it is there still, and the run still feeds it."""
        with engine_errors(HostError, "cannot look at what holds the engine for this run"):
            try:
                self.container.reload()
            except docker.errors.NotFound:
                return False
            return self.container.status == "running" and not self.lease.broken()


@contextmanager
def hold(
    client: docker.DockerClient,
    *,
    project: str,
    image: str,
    labels: Mapping[str, str],
    length: Seconds,
) -> Iterator[Holder]:
    """Hold the project's name on the engine with a lease of this length. Raises RunRefused."""
    container = _take(client, project, partial(_create, client, project, image, labels, length))
    ends_by_itself = False
    try:
        with leased(container, length, HostError, _DOING) as lease:
            try:
                yield Holder(container, lease)
            finally:
                ends_by_itself = lease.broken()
    finally:
        if not ends_by_itself:
            with first_counts(), engine_errors(HostError, f"cannot remove {_name(project)}"):
                remove(container)


def _name(project: str) -> str:
    return f"{project}-run-in-progress"


def _take(client: docker.DockerClient, project: str, make: Callable[[], Container]) -> Container:
    deadline = time.monotonic() + _STARTING
    while True:
        with engine_errors(HostError, _DOING):
            try:
                return make()
            except docker.errors.APIError as error:
                if error.status_code != requests.codes.conflict:
                    raise
            with suppress(docker.errors.NotFound):  # it ended between the two questions
                other = client.containers.get(_name(project))
                _refuse_or_remove(client, other, project, left_over=time.monotonic() > deadline)
        time.sleep(0.2)


def _create(
    client: docker.DockerClient,
    project: str,
    image: str,
    labels: Mapping[str, str],
    length: Seconds,
) -> Container:
    return create(
        client,
        image,
        name=_name(project),
        labels=labels,
        init=True,
        auto_remove=True,
        security_opt=["no-new-privileges:true"],
        mem_limit="32m",
        **leased_command(length),
        **{**SEALED, "user": _NOBODY},
    )


def _refuse_or_remove(
    client: docker.DockerClient, other: Container, project: str, *, left_over: bool
) -> None:
    if other.status == "running":
        if _lives(other):
            run = other.labels.get("clusterbench.run", "of an unknown name")
            raise RunRefused(
                f"another run of project {project} is in progress on this engine: {run}; "
                f"wait for it, or end it (`docker stop {other.name}` ends its server and makes "
                "the turn fail, it does not end the run)"
            )
        _thaw(client, project)
    if left_over or other.status not in {"created", "running", "removing"}:
        remove(other)


def _lives(other: Container) -> bool:
    """Return whether it is not just about to end: nothing starts in a namespace that does."""
    with suppress(docker.errors.APIError):
        return bool(other.exec_run(["true"]).exit_code == 0)
    return False


def _thaw(client: docker.DockerClient, project: str) -> None:
    """Let go on what was paused when its run was killed.

    With cgroups of version 1, what is frozen cannot end, nor can then its namespace.
    """
    mine = {"label": f"{PROJECT_LABEL}={project}", "status": "paused"}
    for frozen in client.containers.list(ignore_removed=True, filters=mine):
        with suppress(docker.errors.APIError):
            frozen.unpause()
