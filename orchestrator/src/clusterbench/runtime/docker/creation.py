"""Creates containers, the only place that does: what none of them may do without is set here."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from docker.types import LogConfig, Mount

from clusterbench.errors import HostError, LabError, first_counts
from clusterbench.host.sysfs import read_topology
from clusterbench.runtime.docker.engine import (
    PROJECT_LABEL,
    ROLE_LABEL,
    SEALED,
    engine_errors,
    remove,
)
from clusterbench.runtime.service_lookup import check_cpus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import docker
    from docker.models.containers import Container

    from clusterbench.config.compose_file import Service
    from clusterbench.model.cpus import CpuSet

#: A log that cannot fill the disk, and that can be read whatever the engine's default is.
_LOGS = LogConfig(type=LogConfig.types.JSON, config={"max-size": "32m", "max-file": "1"})
_ENDS_WITHIN = 60  # seconds


def create(
    client: docker.DockerClient,
    image: str,
    *,
    labels: Mapping[str, str],
    volumes: Sequence[str] = (),
    tmpfs: Mapping[str, str] | None = None,
    **options: Any,  # noqa: ANN401 - the SDK is untyped
) -> Container:
    """Create a container, not yet started; `options` are further ones of the SDK.

    `volumes` are folders within it that are volumes of their own, beside those that the image
    declares. All are labelled, and go with the container. The environment is the image's and what
    `options` say: the proxies of this user's client are not for it. Raises the SDK's errors.
    """
    in_memory = {folder: how for folder, how in (tmpfs or {}).items() if folder not in volumes}
    declared = client.images.get(image).attrs["Config"].get("Volumes") or {}
    folders = dict.fromkeys([*volumes, *(each for each in declared if each not in in_memory)])
    return client.containers.create(
        image,
        labels=dict(labels),
        mounts=[Mount(each, None, type="volume", labels=dict(labels)) for each in folders],
        tmpfs=in_memory,
        log_config=_LOGS,
        # The image's own check would use CPU within the server's own account.
        healthcheck={"test": ["NONE"]},
        use_config_proxy=False,
        **options,
    )


@contextmanager
def temporary(
    client: docker.DockerClient,
    image: str,
    *,
    labels: Mapping[str, str],
    **options: Any,  # noqa: ANN401 - the SDK is untyped
) -> Iterator[Container]:
    """Create a container, not yet started, and remove it at the end; see `create`."""
    made = create(client, image, labels=labels, **options)
    try:
        yield made
    finally:
        remove(made)


def printed_by(
    client: docker.DockerClient, image: str, command: Sequence[str], *, labels: Mapping[str, str]
) -> str | None:
    """Return what a command prints that reaches nothing and changes nothing; None if it fails.

    Raises the SDK's errors.
    """
    words: dict[str, Any] = {"entrypoint": [command[0]], "command": [*command[1:]], **SEALED}
    with temporary(client, image, labels=labels, **words) as made:
        made.start()
        status = made.wait(timeout=_ENDS_WITHIN)["StatusCode"]
        text: str = made.logs(stderr=False).decode("utf-8", "replace")
    return text if status == 0 else None


class Containers:
    """Makes a run's containers, hardened as compose.yaml says of their services.

    `labels` name the project and the run.
    """

    def __init__(self, client: docker.DockerClient, labels: Mapping[str, str]) -> None:
        self._client, self._labels = client, labels

    @contextmanager
    def created(
        self,
        service: Service,
        cpus: CpuSet,
        *,
        role: str,
        name: str,
        error: type[LabError],
        volume: str,
        **options: Any,  # noqa: ANN401 - the SDK is untyped
    ) -> Iterator[Container]:
        """Create a container as its service says, not yet started; remove it at the end.

        `volume` is a folder within it that is a volume of its own, `options` are further ones of
        the SDK. Raises `error`, and HostError for CPUs or an image that are not there.
        """
        check_cpus(cpus, self._cpus, "the engine")
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
        with engine_errors(error, f"cannot create a container for {name}"):
            made = create(
                self._client,
                service.image,
                name=f"{self._labels[PROJECT_LABEL]}-{plain}-{secrets.token_hex(3)}",
                labels={**self._labels, ROLE_LABEL: role},
                init=service.init,
                read_only=service.read_only,
                cap_drop=list(service.cap_drop),
                security_opt=list(service.security_opt),
                tmpfs=service.tmpfs,
                mem_limit=service.mem_limit,
                cpuset_cpus=str(cpus) if cpus else None,
                volumes=[volume],
                **options,
            )
        try:
            yield made
        finally:
            with first_counts(), engine_errors(error, f"cannot remove the container of {name}"):
                remove(made)

    @cached_property
    def _cpus(self) -> Collection[int]:
        with engine_errors(HostError, "cannot ask the engine for its CPUs"):
            count = int(self._client.info()["NCPU"])
        here = read_topology().online
        # Numbers have gaps where CPUs are offline; those of a remote engine are not known.
        return here if len(here) == count else range(count)
