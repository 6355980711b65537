"""Servers, generators and jobs as local processes: where there is no engine, and for tests."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config.compose_file import DEFAULT_GRACE, GENERATOR, Service, servers
from clusterbench.errors import HostError, JobFailed, RunRefused
from clusterbench.host import fingerprint
from clusterbench.model.execution import Address
from clusterbench.model.units import Seconds
from clusterbench.own_files import kept, reason
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.generator_versions import local_versions
from clusterbench.runtime.process.process_generator import Programs, scratch_folder
from clusterbench.runtime.process.process_job import run_job
from clusterbench.runtime.process.process_server import ProcessServer, announced_port
from clusterbench.runtime.process.spawn import spawn
from clusterbench.runtime.service_lookup import check_cpus, server_environment, service_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import JobOutput
    from clusterbench.model.records import Fingerprint
    from clusterbench.model.units import Bytes
    from clusterbench.runtime.port import Job, Model
    from clusterbench.runtime.process.built import Built
    from clusterbench.runtime.process.process_generator import ProcessGenerator

_LOCALHOST = "127.0.0.1"


class ProcessRuntime:
    """Runs contenders as processes, pinned by CPU affinity: implements `port.WholeRuntime`.

    `data` has the model, `root` is the repository's root, where commands run; `scratch` is where
    generators work, and logs and the model are kept while a run lasts. `models` are of those
    contenders that have a model of their own.
    """

    name = "process"

    def __init__(
        self,
        *,
        services: Mapping[str, Service],
        data: Model,
        root: Path,
        built: Built,
        project: str,
        scratch: Path | None = None,
        start_deadline: Seconds = Seconds(60.0),  # noqa: B008 - a number with a unit
        models: Mapping[str, Model] | None = None,
    ) -> None:
        self._servers, self._root, self._built = servers(services), root.resolve(), built
        self._data, self._models = data, models or {}
        self._project, self._deadline = project, start_deadline
        # Runs of two projects may go on at once here: neither clears the other's away.
        self._scratch = (scratch or kept(self._root) / "run" / project).resolve()
        self._programs = Programs(built.programs, self._scratch)
        self._left: list[Path] = []

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold this host for one run; see `port.Runtime`.

        What a killed run started died with it: only its files are left to remove.
        """
        with _held(self._project), scratch_folder(self._scratch):
            yield

    def warnings(self) -> Sequence[str]:
        """Return nothing: what bounds this process bounds them, and is warned of with the host."""
        return ()

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here, or None."""
        if contender.command is not None:
            return None
        if contender.image is not None:
            return "it is given by an image alone, which needs an engine: --runtime docker"
        service = service_of(contender, self._servers)
        if service.recipe is None:
            return f"compose.yaml's {service.name} has no x-lab, which says how to start it"
        return self._not_built(contender.build or service.name)

    def lacks(self, generator: str) -> str | None:
        """Return why a load generator cannot run here, or None."""
        if generator in self._built.programs:
            return None
        return self._built.skipped.get(generator, f"{generator} is not installed")

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint of the host and of what was built."""
        built = [c.build for c in contenders if c.build and c.build in self._built.commands]
        versions, digests = self._built.versions, self._built.digests
        generators: dict[str, str] = {}
        for name in self._built.programs:
            generators |= versions.get(name, {})
        generators |= local_versions(self._programs.environment())
        return fingerprint.of_this_host(
            engine={"runtime": self.name, "os": _os_name(), "python": platform.python_version()},
            images={n: digests[n] for n in (*built, *self._built.programs) if n in digests},
            software={**{n: versions.get(n, {}) for n in built}, GENERATOR: generators},
        )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[ProcessServer]:
        """Start a server on its CPUs; see `port.Runtime`."""
        check_cpus(cpus, os.sched_getaffinity(0), "this process")
        command, own, grace = self._start_of(contender)
        folder = self._own_folder()
        foreign = contender.command is not None
        told, port = server_environment(
            own,
            contender,
            host=_LOCALHOST,
            port=_free_port() if foreign else 0,
            model=str(self._write_model(contender, folder)),
        )
        log = folder / "server.log"
        began = time.monotonic()
        spawned = spawn(
            command,
            cpus=cpus,
            environment=clean_environment(told),
            folder=Path(contender.folder or self._root),
            stdout=log,
        )
        try:
            if not foreign:
                port = announced_port(contender.name, spawned, log, self._deadline)
            yield ProcessServer(
                contender.name,
                spawned,
                log,
                address=Address(_LOCALHOST, port),
                grace=grace,
                began=began,
            )
        finally:
            spawned.stop(grace)
            self._left.append(folder)

    def generator(self, cpus: CpuSet) -> AbstractContextManager[ProcessGenerator]:
        """Make the generators' home; see `port.Runtime`."""
        return self._programs.home(cpus)

    def skip_service(self, service: str) -> str | None:
        """Return why no job of a service can run here, or None."""
        return self._not_built(service, "it runs in containers only")

    def describe_service(self, service: str) -> Mapping[str, str]:
        """Return the digest of what it was built from, and its toolchains' versions."""
        return {"build": self._built.digests[service], **self._built.versions.get(service, {})}

    def memory_limit(self, service: str) -> Bytes | None:  # noqa: ARG002 - it has this host's
        """Return None: what is free on the host is the limit."""
        return None

    def run_once(self, job: Job) -> JobOutput:
        """Run a job as a process; see `port.Jobs`."""
        if reason := self.skip_service(job.service):
            raise JobFailed(f"{job.service} cannot run here: {reason}")
        return run_job(job, self._built.commands[job.service])

    def _own_folder(self) -> Path:
        """Make a folder for a server's log and model; it stays until another server starts."""
        while self._left:
            shutil.rmtree(self._left.pop(), ignore_errors=True)
        try:
            return Path(tempfile.mkdtemp(prefix="server-", dir=self._scratch))
        except OSError as error:
            where = self._scratch
            raise HostError(f"{where}: cannot be written: {reason(error, where)}") from error

    def _write_model(self, contender: Contender, folder: Path) -> Path:
        """Write a contender's model to where it reads one."""
        file = folder / "model.json"
        try:
            file.write_bytes(self._models.get(contender.name, self._data).model_json)
        except OSError as error:
            raise HostError(f"{file}: cannot be written: {reason(error, file)}") from error
        return file

    def _not_built(self, build: str, otherwise: str | None = None) -> str | None:
        if build in self._built.commands:
            return None
        return self._built.skipped.get(build, otherwise or f"{build} is not built")

    def _start_of(self, contender: Contender) -> tuple[tuple[str, ...], Mapping[str, str], Seconds]:
        if contender.command is not None:
            return contender.command, {}, DEFAULT_GRACE
        if reason := self.skip(contender):
            raise HostError(f"{contender.name} cannot run here: {reason}")
        service = service_of(contender, self._servers)
        command = self._built.commands[contender.build or service.name]
        return command, service.environment, service.stop_grace_period


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


def _free_port() -> int:
    """Find a port for a server that cannot find one itself."""
    with socket.socket() as probe:
        probe.bind((_LOCALHOST, 0))
        return int(probe.getsockname()[1])


def _os_name() -> str:
    """Return the distribution's name and version."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()
