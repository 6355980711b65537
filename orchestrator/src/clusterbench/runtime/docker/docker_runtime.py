"""Servers and generators in containers of a Docker engine: what figures should come from."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from docker.types import LogConfig, Mount

from clusterbench.config.compose_file import GENERATOR, Role, Service, servers
from clusterbench.errors import ConfigError, GeneratorFailed, HostError, LabError, ServerFailed
from clusterbench.host import fingerprint
from clusterbench.host.sysfs import read_topology
from clusterbench.model.cpus import CpuSet
from clusterbench.model.execution import Address
from clusterbench.model.experiment import CURRENT, Contender, GeneratorName
from clusterbench.model.records import Fingerprint
from clusterbench.runtime.contender_service import port_of, service_of
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.cleanup import remove_containers, remove_network, stop_idle
from clusterbench.runtime.docker.containers import OUT, ContainerGenerator, ContainerServer
from clusterbench.runtime.docker.engine import (
    PROJECT_LABEL,
    ROLE_LABEL,
    RUN_LABEL,
    archive,
    connect,
    engine_errors,
    network,
    remove,
)
from clusterbench.runtime.docker.holder import hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import docker

NETWORK = "clusterbench"
PORT = 5001
MODEL = "/data/model.json"
#: A log that cannot fill the disk, and that can be read whatever the engine's default is.
_LOGS = LogConfig(type=LogConfig.types.JSON, config={"max-size": "32m", "max-file": "1"})


class Model(Protocol):
    """What is needed of a data folder: model.json as it is."""

    @property
    def model_json(self) -> bytes:
        """Return the file's bytes."""
        ...


class DockerRuntime:
    """Runs contenders as containers, hardened as compose.yaml says: implements `port.Runtime`.

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
    ) -> None:
        self._services, self._data, self._project = services, data, project
        self._models = models or {}
        self._client = client or connect()
        self._network = network_name
        self._labels = {PROJECT_LABEL: project, RUN_LABEL: run_id}
        self._cpus_there: frozenset[int] | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the engine for one run; see `port.Runtime`."""
        holder = hold(
            self._client,
            project=self._project,
            image=self._image(GENERATOR),
            labels={**self._labels, ROLE_LABEL: "holder"},
        )
        with holder as held:
            remove_containers(self._client, {PROJECT_LABEL: self._project}, but=held)
            stop_idle(self._client, self._project, {*servers(self._services), GENERATOR})
            _, made = network(self._client, self._network, self._project)
            try:
                yield
            finally:
                remove_containers(self._client, self._labels, but=held)
                if made:
                    remove_network(self._client, self._network)

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here, or None."""
        if contender.command is not None:
            return "it is given by a command, which runs without an engine only"
        if contender.variant is not None:
            return (
                f"it is another build of {contender.service} than the image; such ones are "
                "measured as local processes, with --runtime process"
            )
        if contender.edition == CURRENT:  # whose images every run builds
            return None
        service = self._service_of(contender)
        with engine_errors(HostError, "cannot ask the engine for its images"):
            machine = images.machine(self._client)
            there = images.there(self._client, service.image)
        if service.recipe and (reason := service.recipe.wrong_machine(machine)):
            return reason
        if not there:
            return (
                f"its image {service.image} is not there; to build it:"
                f" docker compose build {service.name}-image"
            )
        return None

    def lacks(self, generator: GeneratorName) -> str | None:  # noqa: ARG002 - the image has all
        """Return why a load generator cannot run here, or None."""
        return None

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint of host, engine and images; raises HostError for a missing image."""
        names = {
            contender.service or contender.name: self._image_of(contender)
            for contender in contenders
        }
        names[GENERATOR] = self._image(GENERATOR)
        with engine_errors(HostError, "cannot describe the engine"):
            return Fingerprint(
                host=fingerprint.read_host(),
                engine=images.describe_engine(self._client),
                images={
                    name: images.image_id(self._client, image) for name, image in names.items()
                },
                software={
                    name: images.describe_image(
                        self._client, image, self._labels, tools=name == GENERATOR
                    )
                    for name, image in names.items()
                },
                load=fingerprint.read_load(),
            )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[ContainerServer]:
        """Start a server on its CPUs; see `port.Runtime`."""
        service = self._service_of(contender)
        environment = {
            "SERVER_HOST": "0.0.0.0",  # noqa: S104 - in a container of an internal network
            "SERVER_PORT": str(PORT),
            "SERVER_MODEL": MODEL,
            **service.environment,
            **contender.environment,
        }
        port = port_of(environment, contender.name, PORT)
        options: dict[str, Any] = {
            "entrypoint": _list(service.entrypoint),
            "command": _list(service.command),
            "user": service.user,
            "environment": environment,
            "mounts": [Mount("/data", None, type="volume")],
        }
        with self._container(
            service, cpus, options, role="server", name=contender.name, error=ServerFailed
        ) as made:
            with engine_errors(ServerFailed, f"cannot start {contender.name}"):
                model = self._models.get(contender.name, self._data)
                made.put_archive("/data", archive({"model.json": model.model_json}))
                made.start()
                made.reload()
                logs = "" if made.status == "running" else made.logs().decode("utf-8", "replace")
            if made.status != "running":
                status = made.attrs["State"].get("ExitCode")
                raise ServerFailed(
                    f"{contender.name} ended at its start, exit status {status}", logs
                )
            server = ContainerServer(made, Address(self._ip(made), port), service.stop_grace_period)
            yield server
            server.stop()

    @contextmanager
    def generator(self, cpus: CpuSet) -> Iterator[ContainerGenerator]:
        """Start the generators' home on its CPUs; see `port.Runtime`."""
        options: dict[str, Any] = {
            "entrypoint": ["sleep"],
            "command": ["infinity"],
            "user": "10001:10001",
            "working_dir": OUT,
            "environment": {"TZ": "UTC"},
            "mounts": [Mount(OUT, None, type="volume")],
        }
        service = self._services[GENERATOR]
        with self._container(
            service, cpus, options, role="generator", name=GENERATOR, error=GeneratorFailed
        ) as made:
            with engine_errors(GeneratorFailed, "cannot start the load generators' container"):
                made.start()
            yield ContainerGenerator(made)

    @contextmanager
    def _container(
        self,
        service: Service,
        cpus: CpuSet,
        options: Mapping[str, Any],
        *,
        role: str,
        name: str,
        error: type[LabError],
    ) -> Iterator[Any]:
        """Create a container as its service says, and surely remove it."""
        self._check(cpus)
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
        with engine_errors(error, f"cannot create a container for {name}"):
            made = self._client.containers.create(
                service.image,
                name=f"{self._project}-{plain}-{secrets.token_hex(3)}",
                labels={**self._labels, ROLE_LABEL: role},
                init=service.init,
                read_only=service.read_only,
                cap_drop=list(service.cap_drop),
                security_opt=list(service.security_opt),
                tmpfs=dict(service.tmpfs),
                mem_limit=service.mem_limit,
                cpuset_cpus=str(cpus) if cpus else None,
                network=self._network,
                # The image's own check would use CPU within the server's own account.
                healthcheck={"test": ["NONE"]},
                log_config=_LOGS,
                **options,
            )
        try:
            yield made
        finally:
            with engine_errors(error, f"cannot remove the container of {name}"):
                remove(made)

    def _ip(self, container: Any) -> str:  # noqa: ANN401 - the SDK is untyped
        networks = container.attrs["NetworkSettings"]["Networks"]
        return str(networks[self._network]["IPAddress"])

    def _check(self, cpus: CpuSet) -> None:
        if self._cpus_there is None:
            with engine_errors(HostError, "cannot ask the engine for its CPUs"):
                count = int(self._client.info()["NCPU"])
            here = frozenset(read_topology().online)
            # Numbers have gaps where CPUs are offline; those of a remote engine are not known.
            self._cpus_there = here if len(here) == count else frozenset(range(count))
        if missing := sorted(set(cpus.cpus) - self._cpus_there):
            raise HostError(
                f"CPU {CpuSet(tuple(missing))} does not exist: the engine has "
                f"{CpuSet(tuple(self._cpus_there))}; choose another CPU plan"
            )

    def _service_of(self, contender: Contender) -> Service:
        if contender.image is not None:
            # Somebody else's server gets the hardening that compose.yaml gives to ours.
            ours = next(iter(servers(self._services).values()))
            return Service(
                name=contender.name,
                role=Role.SERVER,
                image=contender.image,
                init=ours.init,
                read_only=ours.read_only,
                cap_drop=ours.cap_drop,
                security_opt=ours.security_opt,
                tmpfs=ours.tmpfs,
                user=ours.user,
                mem_limit=ours.mem_limit,
                stop_grace_period=ours.stop_grace_period,
            )
        return service_of(contender, servers(self._services))

    def _image_of(self, contender: Contender) -> str:
        return self._service_of(contender).image

    def _image(self, service: str) -> str:
        if service not in self._services:
            raise ConfigError(f"compose.yaml has no service {service}")
        return self._services[service].image


def _list(words: Sequence[str] | None) -> list[str] | None:
    return None if words is None else list(words)
