"""Passes in containers of a Docker engine."""

from __future__ import annotations

import math
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
from docker.types import Mount

import docker
from clusterbench.errors import ConfigError, TrainingFailed
from clusterbench.model.experiment import Seconds
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.engine import (
    PROJECT_LABEL,
    ROLE_LABEL,
    RUN_LABEL,
    connect,
    engine_errors,
    fetch,
    remove,
    wait_until,
)
from clusterbench.runtime.process.process_trainer import read_result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.config.compose_file import Service
    from clusterbench.model.cpus import CpuSet

_OUT = "/out"
_LONGEST = Seconds(4 * 3600.0)
_OFTEN = 0.5


class DockerTrainer:
    """Runs passes in containers, hardened as compose.yaml says: implements `running.Trainer`."""

    def __init__(self, services: Mapping[str, Service], *, project: str, run_id: str) -> None:
        self._services, self._project = services, project
        self._labels = {PROJECT_LABEL: project, RUN_LABEL: run_id, ROLE_LABEL: "training"}
        self._client = connect()

    def lacks(self, image: str) -> str | None:
        """Return why an image cannot run here, or None."""
        try:
            service = self._service(image)
        except ConfigError as error:
            return str(error)
        try:
            self._client.images.get(service.image)
        except docker.errors.ImageNotFound:
            return f"its image is not built; `docker compose build {image}-image` does that"
        return None

    def describe(self, image: str) -> Mapping[str, str]:
        """Return the image's id and the versions of its Debian packages."""
        name = self._service(image).image
        with engine_errors(TrainingFailed, f"cannot describe {image}"):
            held = images.describe_image(self._client, name, self._labels)
            return {"image": images.image_id(self._client, name), **held}

    def limit(self, image: str) -> int | None:
        """Return the service's memory limit (bytes), or None."""
        return self._service(image).mem_limit

    def run(self, image: str, order: str, cpus: CpuSet) -> Mapping[str, Any]:
        """Run one pass; see `running.Trainer`."""
        service = self._service(image)
        with engine_errors(TrainingFailed, f"cannot create a container for {image}"):
            made = self._client.containers.create(
                service.image,
                command=["pass"],
                name=f"{self._project}-{image}-{secrets.token_hex(3)}",
                labels=self._labels,
                environment={"TRAINING_PASS": order, "TRAINING_OUT": f"{_OUT}/pass.json"},
                user="10001:10001",
                init=service.init,
                read_only=service.read_only,
                cap_drop=list(service.cap_drop),
                security_opt=list(service.security_opt),
                tmpfs=dict(service.tmpfs),
                mem_limit=service.mem_limit,
                cpuset_cpus=str(cpus) if cpus else None,
                network_mode="none",
                healthcheck={"test": ["NONE"]},
                mounts=[Mount(_OUT, None, type="volume")],
            )
        try:
            with engine_errors(TrainingFailed, f"cannot run {image}"):
                made.start()
                wait_until(lambda: _ended(made), _LONGEST, every=_OFTEN)
                return self._result(made, image)
        finally:
            with engine_errors(TrainingFailed, f"cannot remove the container of {image}"):
                made.stop(timeout=math.ceil(service.stop_grace_period))
                remove(made)

    def _service(self, image: str) -> Service:
        """Return an image's service."""
        if image not in self._services:
            raise ConfigError("compose.yaml has no such service")
        return self._services[image]

    def _result(self, made: Any, image: str) -> Mapping[str, Any]:  # noqa: ANN401 - untyped SDK
        state = made.attrs["State"]
        if state["Status"] != "exited" or state["ExitCode"] != 0:
            killed = ", out of memory" if state.get("OOMKilled") else ""
            raise TrainingFailed(
                f"{image} ended with {state['ExitCode']}{killed}",
                made.logs(tail=40).decode("utf-8", "replace"),
            )
        with tempfile.TemporaryDirectory(prefix="clusterbench-") as folder:
            target = Path(folder) / "pass.json"
            try:
                fetch(made, f"{_OUT}/pass.json", target)
            except docker.errors.NotFound:
                return read_result(b"", image)
            return read_result(target.read_bytes(), image)


def _ended(made: Any) -> bool:  # noqa: ANN401 - the SDK is untyped
    made.reload()
    return bool(made.status not in {"created", "running"})
