"""Servers and generators as local processes: for a machine without an engine, and for tests."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clusterbench.config.compose_file import DEFAULT_GRACE, GENERATOR, Service, servers
from clusterbench.errors import HostError, RunRefused
from clusterbench.host import fingerprint
from clusterbench.model.cpus import CpuSet
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Contender, GeneratorName, Seconds
from clusterbench.model.records import Fingerprint
from clusterbench.runtime import generator_versions as generators
from clusterbench.runtime.contender_service import port_of, service_of
from clusterbench.runtime.process.processes import ProcessGenerator, ProcessServer, announced_port
from clusterbench.runtime.process.spawn import clean_environment, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LOCALHOST = "127.0.0.1"


class Tools(Protocol):
    """The load generators that were found or built; `why` says what is missing."""

    @property
    def ghz(self) -> Path | None: ...  # noqa: D102
    @property
    def h2load(self) -> Path | None: ...  # noqa: D102
    @property
    def why(self) -> Mapping[str, str]: ...  # noqa: D102


class Built(Protocol):
    """What can run as a process, and why the rest cannot: `local.build` makes it."""

    @property
    def commands(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def skipped(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def tools(self) -> Tools: ...  # noqa: D102
    @property
    def digests(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def versions(self) -> Mapping[str, Mapping[str, str]]: ...  # noqa: D102


class ProcessRuntime:
    """Runs contenders as processes, pinned by CPU affinity: implements `port.Runtime`.

    `data` is the data folder, `root` the repository's root, where commands run; `scratch` is
    where generators work and logs are kept while a run lasts. `models` are the files of those
    contenders that have a model of their own.
    """

    name = "process"

    def __init__(
        self,
        *,
        services: Mapping[str, Service],
        data: Path,
        root: Path,
        built: Built,
        project: str,
        scratch: Path | None = None,
        start_deadline: Seconds = Seconds(60.0),  # noqa: B008 - a number with a unit
        models: Mapping[str, Path] | None = None,
    ) -> None:
        self._services, self._root, self._built = servers(services), root.resolve(), built
        self._model = data.resolve() / "model.json"
        self._models = {name: file.resolve() for name, file in (models or {}).items()}
        self._project, self._deadline = project, start_deadline
        # Runs of two projects may go on at once here: neither clears the other's away.
        self._scratch = (scratch or self._root / ".lab" / "run" / project).resolve()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold this host for one run; see `port.Runtime`.

        What a killed run started died with it: only its files are left to remove.
        """
        with _held(self._project):
            shutil.rmtree(self._scratch, ignore_errors=True)
            try:
                self._scratch.mkdir(parents=True)
            except OSError as error:
                raise HostError(f"{self._scratch}: cannot be made: {error.strerror}") from error
            try:
                yield
            finally:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here, or None."""
        if contender.command is not None:
            return None
        if contender.image is not None:
            return "it is given by an image, which needs an engine"
        service = service_of(contender, self._services)
        if service.recipe is None:
            return f"compose.yaml's {service.name} has no x-lab, which says how to start it"
        build = _build_of(contender, service)
        if build in self._built.commands:
            return None
        return self._built.skipped.get(build, f"{build} is not built")

    def lacks(self, generator: GeneratorName) -> str | None:
        """Return why a load generator cannot run here, or None."""
        if self._tool(generator) is not None:
            return None
        return self._built.tools.why.get(generator.value, f"{generator.value} is not installed")

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint of the host and of what was built."""
        built = [c.build for c in contenders if c.build and c.build in self._built.commands]
        software = {name: self._built.versions.get(name, {}) for name in built}
        software[GENERATOR] = {
            **self._built.versions.get("ghz", {}),
            **generators.local_versions(self._generator_environment()),
        }
        return Fingerprint(
            host=fingerprint.read_host(),
            engine={"runtime": "process", "os": _os_name(), "python": platform.python_version()},
            images={
                name: self._built.digests[name]
                for name in (*built, "ghz")
                if name in self._built.digests
            },
            software=software,
            load=fingerprint.read_load(),
        )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[ProcessServer]:
        """Start a server on its CPUs; see `port.Runtime`."""
        _check(cpus)
        command, own, grace = self._start_of(contender)
        foreign = contender.command is not None
        environment = clean_environment(
            {
                "SERVER_HOST": _LOCALHOST,
                "SERVER_PORT": str(_free_port() if foreign else 0),
                "SERVER_MODEL": str(self._models.get(contender.name, self._model)),
            },
            own,
            contender.environment,
        )
        port = port_of(environment, contender.name, 0)
        log = self._scratch / "server.log"
        log.unlink(missing_ok=True)
        spawned = spawn(command, cpus=cpus, environment=environment, folder=self._root, stdout=log)
        try:
            if not foreign:
                port = announced_port(contender.name, spawned, log, self._deadline)
            yield ProcessServer(contender.name, spawned, log, Address(_LOCALHOST, port), grace)
        finally:
            spawned.stop(grace)

    @contextmanager
    def generator(self, cpus: CpuSet) -> Iterator[ProcessGenerator]:
        """Make the generators' home; see `port.Runtime`."""
        _check(cpus)
        environment = self._generator_environment()
        with tempfile.TemporaryDirectory(prefix="generator-", dir=self._scratch) as home:
            yield ProcessGenerator(Path(home), cpus, environment)

    def _generator_environment(self) -> Mapping[str, str]:
        tools = [tool.resolve().parent for name in GeneratorName if (tool := self._tool(name))]
        return clean_environment(path=tools)

    def _tool(self, generator: GeneratorName) -> Path | None:
        tools = self._built.tools
        return tools.ghz if generator is GeneratorName.GHZ else tools.h2load

    def _start_of(self, contender: Contender) -> tuple[tuple[str, ...], Mapping[str, str], Seconds]:
        if contender.command is not None:
            return contender.command, {}, DEFAULT_GRACE
        if reason := self.skip(contender):
            raise HostError(f"{contender.name} cannot run here: {reason}")
        service = service_of(contender, self._services)
        command = self._built.commands[_build_of(contender, service)]
        return command, service.environment, service.stop_grace_period


def _build_of(contender: Contender, service: Service) -> str:
    return contender.build or service.name


@contextmanager
def _held(project: str) -> Iterator[None]:
    """Hold a name that the kernel gives to one process of this host, and frees at its end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as held:
        try:
            held.bind(f"\0clusterbench-run-{project}")
        except OSError as error:
            raise RunRefused(
                f"another run of project {project} is in progress on this host; wait for it: "
                f"two runs would spoil each other's figures"
            ) from error
        yield


def _check(cpus: CpuSet) -> None:
    allowed = os.sched_getaffinity(0)
    if missing := sorted(set(cpus.cpus) - allowed):
        raise HostError(
            f"CPU {CpuSet(tuple(missing))} cannot be used: this process has "
            f"{CpuSet(tuple(allowed))}; choose another CPU plan"
        )


def _free_port() -> int:
    """Find a port for a server that cannot find one itself."""
    with socket.socket() as probe:
        probe.bind((_LOCALHOST, 0))
        return int(probe.getsockname()[1])


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()
