"""Servers and generators in containers of a Docker engine: what figures should come from."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.config.compose_file import GENERATOR, Role, Service, image_of, servers, with_role
from clusterbench.errors import ConfigError, GeneratorFailed, HostError, JobFailed, ServerFailed
from clusterbench.host import fingerprint
from clusterbench.host.cgroup import quota_over
from clusterbench.model.contender import CURRENT, Contender
from clusterbench.model.execution import Address
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.connection import connect
from clusterbench.runtime.docker.container_command import OUT
from clusterbench.runtime.docker.container_generator import ContainerGenerator
from clusterbench.runtime.docker.container_job import run_job
from clusterbench.runtime.docker.container_profiler import ProfilerContainers
from clusterbench.runtime.docker.container_server import ContainerServer, begin
from clusterbench.runtime.docker.creation import Containers
from clusterbench.runtime.docker.engine import (
    LAB,
    PROJECT_LABEL,
    RUN_LABEL,
    archive,
    engine_errors,
)
from clusterbench.runtime.docker.engine_machine import check_engine
from clusterbench.runtime.docker.held_engine import HeldEngine, Waits
from clusterbench.runtime.docker.lease import leased, leased_command
from clusterbench.runtime.docker.verification import limit_warnings, verify
from clusterbench.runtime.port import DIGEST
from clusterbench.runtime.service_lookup import server_environment, service_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import docker
    from docker.models.containers import Container

    from clusterbench.model.cpus import CpuQuota, CpuSet
    from clusterbench.model.execution import JobOutput
    from clusterbench.model.records import Fingerprint
    from clusterbench.model.units import Bytes
    from clusterbench.runtime.port import Job, Model

NETWORK = "clusterbench"
PORT = 5001
DATA = "/data"
MODEL = "model.json"


class DockerRuntime:
    """Runs contenders as hardened containers: implements `port.WholeRuntime`.

    Everything it starts is labelled with the project and the run; its clean-up touches what
    bears this project's label and nothing else. `models` are of those contenders that have a
    model of their own.
    """

    name = "docker"

    def __init__(
        self,
        *,
        services: Mapping[str, Service],
        data: Model,
        project: str,
        run_id: str,
        client: docker.DockerClient | None = None,
        network_name: str = NETWORK,
        models: Mapping[str, Model] | None = None,
        waits: Waits | None = None,
    ) -> None:
        self._services, self._data, self._project = services, data, project
        self._models = models or {}
        self._client = client or connect()
        self._network = network_name
        self._labels = {PROJECT_LABEL: project, RUN_LABEL: run_id}
        self._containers = Containers(self._client, self._labels)
        self._profilers = _profilers(self._client, services, self._labels)
        self._quota: CpuQuota | None = None
        self._waits = waits or Waits()
        self._held = HeldEngine(
            self._client,
            labels=self._labels,
            network_name=network_name,
            idle={*servers(services), *with_role(services, Role.GENERATOR)},
            waits=self._waits,
        )

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the engine for one run; see `port.Runtime`. Raises HostError for one elsewhere."""
        check_engine(self._client, self._image(GENERATOR), self._labels)
        with self._held.open(self._image(GENERATOR)):
            self._quota = quota_over(self._held.id)
            yield

    def warnings(self) -> Sequence[str]:
        """Return what the engine warns of its limits, and the CPU quota over what it starts."""
        with engine_errors(HostError, "cannot ask the engine about itself"):
            return limit_warnings(self._client.info(), self._quota)

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here, or None."""
        if contender.command is not None and contender.image is None:
            return (
                "it is given by a command alone, which runs without an engine only: "
                "--runtime process"
            )
        if contender.variant is not None:
            return (
                f"it is another build of {contender.service} than the image; such ones are "
                "measured as local processes, with --runtime process"
            )
        if contender.edition == CURRENT and contender.image is None:  # every run builds those
            return None
        service = self._service_of(contender)
        with engine_errors(HostError, "cannot ask the engine for its images"):
            machine = images.machine(self._client)
            there = images.there(self._client, service.image)
        if reason := service.wrong_machine(machine):
            return reason
        return None if there else self._not_built(service)

    def lacks(self, generator: str) -> str | None:  # noqa: ARG002 - the image has all
        """Return why a load generator cannot run here, or None."""
        return None

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint; raises HostError for an image that is not there."""
        names = {c.service or c.name: self._service_of(c).image for c in contenders}
        names[GENERATOR] = self._image(GENERATOR)
        quota = fingerprint.describe_quota(self._quota)
        own = with_role(self._services, Role.ORCHESTRATOR).items()
        pulled = names | {name: each.image for name, each in own}
        with engine_errors(HostError, "cannot describe the engine"):
            return fingerprint.of_this_host(
                engine={**images.describe_engine(self._client), "quota": quota},
                images={n: images.image_id(self._client, each) for n, each in names.items()},
                software={
                    name: images.describe_image(
                        self._client, image, self._labels, generators=name == GENERATOR
                    )
                    for name, image in names.items()
                },
                digests=images.registry_digests(self._client, pulled),
            )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[ContainerServer]:
        """Start a server on its CPUs; see `port.Runtime`."""
        service = self._service_of(contender)
        environment, port = server_environment(
            service.environment,
            contender,
            host="0.0.0.0",  # noqa: S104 - in a container of an internal network
            port=PORT,
            model=f"{DATA}/{MODEL}",
        )
        joining = self._held.pid_mode()
        began = time.monotonic()
        with self._containers.created(
            service,
            cpus,
            role="server",
            name=contender.name,
            error=ServerFailed,
            volume=DATA,
            network=self._network,
            pid_mode=joining,
            entrypoint=service.entrypoint,
            command=service.command,
            user=service.user,
            environment=environment,
        ) as made:
            model = self._models.get(contender.name, self._data)
            packed = archive({MODEL: model.model_json})
            start = begin(made, contender.name, folder=DATA, packed=packed, began=began)
            server = ContainerServer(
                made,
                Address(self._ip(made), port),
                grace=service.stop_grace_period,
                start=start,
                verify=lambda: verify(made, cpus, service.mem_limit),
                profile=lambda profiler, aside: self._profilers.sample(
                    profiler, made, pids=self._held.pid_mode(), cpus=cpus, aside=aside
                ),
            )
            yield server
            server.stop()

    @contextmanager
    def generator(self, cpus: CpuSet) -> Iterator[ContainerGenerator]:
        """Start the generators' home on its CPUs; see `port.Runtime`."""
        length, doing = self._waits.lease, "cannot start the load generators' container"
        with (
            self._containers.created(
                self._services[GENERATOR],
                cpus,
                role="generator",
                name=GENERATOR,
                error=GeneratorFailed,
                volume=OUT,
                network=self._network,
                user=LAB,
                working_dir=OUT,
                environment={"TZ": "UTC"},
                **leased_command(length),
            ) as made,
            leased(made, length, GeneratorFailed, doing),
        ):
            with engine_errors(GeneratorFailed, doing):
                verify(made, cpus, self._services[GENERATOR].mem_limit)
            yield ContainerGenerator(made)

    def skip_service(self, service: str) -> str | None:
        """Return why no job of a service can run here, or None."""
        found = self._services.get(service)
        if found is None:
            return "compose.yaml has no such service"
        with engine_errors(HostError, "cannot ask the engine for its images"):
            return None if images.there(self._client, found.image) else self._not_built(found)

    def describe_service(self, service: str) -> Mapping[str, str]:
        """Return the image's id, its digest in its registry, and versions of Debian packages."""
        image = self._image(service)
        with engine_errors(JobFailed, f"cannot describe {service}"):
            held = images.describe_image(self._client, image, self._labels)
            digest = images.registry_digests(self._client, {DIGEST: image})
            return {"image": images.image_id(self._client, image), **digest, **held}

    def memory_limit(self, service: str) -> Bytes | None:
        """Return the service's memory limit (bytes), or None."""
        return self._service(service).mem_limit

    def run_once(self, job: Job) -> JobOutput:
        """Run a job in a container of its own; see `port.Jobs`."""
        service = self._service(job.service)
        return run_job(job, service, self._containers, self._held.pid_mode())

    def _ip(self, container: Container) -> str:
        networks = container.attrs["NetworkSettings"]["Networks"]
        return str(networks[self._network]["IPAddress"])

    def _service_of(self, contender: Contender) -> Service:
        if contender.image is not None:
            # Somebody else's server gets the hardening that compose.yaml gives to ours.
            ours = next(iter(servers(self._services).values()))
            return replace(
                ours,
                name=contender.name,
                image=contender.image,
                command=None,
                entrypoint=None,
                environment={},
                machines=(),
                recipe=None,
            )
        return service_of(contender, servers(self._services))

    def _service(self, name: str) -> Service:
        if name not in self._services:
            raise ConfigError(f"compose.yaml has no service {name}")
        return self._services[name]

    def _image(self, service: str) -> str:
        return self._service(service).image

    def _not_built(self, service: Service) -> str:
        builder = image_of(self._services, service.name) or service
        ours = service.name in self._services
        by_compose = f"docker compose build {builder.name}"
        get = by_compose if ours and builder.built else f"docker pull {service.image}"
        return f"its image {service.image} is not there; to have it: {get}"


def _profilers(
    client: docker.DockerClient, services: Mapping[str, Service], labels: Mapping[str, str]
) -> ProfilerContainers:
    """Return what makes containers for profilers: the orchestrator's image has them."""
    name = next(iter(with_role(services, Role.ORCHESTRATOR)), "orchestrator")
    builder = image_of(services, name)
    return ProfilerContainers(
        client=client,
        image=services[name].image if name in services else f"clusterbench/{name}",
        remedy=(
            f"docker compose {'build' if builder.built else 'pull'} {builder.name}"
            if builder
            else f"docker compose build {name}"
        ),
        labels=labels,
    )
