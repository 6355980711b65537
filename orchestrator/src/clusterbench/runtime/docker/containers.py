"""A server and the generators' home as containers."""

from __future__ import annotations

import math
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors

import docker
from clusterbench.errors import GeneratorFailed, LabError, ServerFailed, indent
from clusterbench.host import cgroup
from clusterbench.model.execution import Address, Completed, Usage
from clusterbench.model.experiment import Bytes, Seconds
from clusterbench.runtime.docker.engine import archive, engine_errors, fetch, wait_until
from clusterbench.runtime.file_names import plain
from clusterbench.runtime.server_log import parse_hello

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: A volume, since an archive of a tmpfs comes out empty, and in it the working folder: whatever
#: the image says of the volume's owner, a folder that is put there is the lab's user's.
OUT = "/out"
WORK = f"{OUT}/work"
_ENDS_WITHIN = Seconds(10.0)

#: Forgets what earlier commands wrote, leaves its process id (it leads its own group, since the
#: engine starts each command in a session of its own), and becomes the command.
_START = """set -e
pid=$1 old=$2; shift 2
IFS=/; rm -f -- $old; unset IFS
echo $$ > "$pid"
exec "$@"
"""


class ContainerCounters:
    """The counters of one running container: the kernel's files, else the engine's answer."""

    def __init__(self, container: Any, error: type[LabError]) -> None:  # noqa: ANN401
        self._container, self._error = container, error
        self._cgroup = cgroup.find(container.id)

    def read(self) -> Usage:
        """Read them. Raises the error given when the container no longer runs."""
        if self._cgroup is None:
            return self._ask()
        before = time.monotonic()
        try:
            counters = self._cgroup.read()
        except OSError as error:
            raise self._error(f"{self._container.name} no longer runs") from error
        return Usage(
            at=(before + time.monotonic()) / 2,
            cpu=counters.cpu,
            memory=counters.memory,
            peak_memory=counters.peak_memory,
        )

    def _ask(self) -> Usage:
        before = time.monotonic()
        with engine_errors(self._error, f"cannot read the counters of {self._container.name}"):
            stats = self._container.client.api.stats(
                self._container.id, stream=False, one_shot=True
            )
        memory = stats.get("memory_stats") or {}
        if "usage" not in memory:  # after its end the engine answers with zeros
            raise self._error(f"{self._container.name} no longer runs")
        detail = memory.get("stats") or {}
        idle = detail.get("total_inactive_file", detail.get("inactive_file", 0))
        peak = memory.get("max_usage")
        return Usage(
            at=(before + time.monotonic()) / 2,
            cpu=Seconds(stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9),
            memory=Bytes(max(memory["usage"] - idle, 0)),
            peak_memory=Bytes(peak) if peak else None,
        )


class ContainerServer:
    """A contender as a started container: implements `port.Server`."""

    def __init__(self, container: Any, address: Address, grace: Seconds) -> None:  # noqa: ANN401
        self._container, self._address, self._grace = container, address, grace
        self._stopped = False
        self._counters = ContainerCounters(container, ServerFailed)
        self._hello: Mapping[str, Any] = {}

    @property
    def address(self) -> Address:
        """Return where it listens."""
        return self._address

    def hello(self) -> Mapping[str, Any]:
        """Return its first log line, or {} while there is none."""
        self._hello = self._hello or parse_hello(self.logs())
        return self._hello

    def running(self) -> bool:
        """Return whether it still runs."""
        with engine_errors(ServerFailed, f"cannot look at {self._container.name}"):
            try:
                self._container.reload()
            except docker.errors.NotFound:
                return False
            return bool(self._container.status == "running")

    def usage(self) -> Usage:
        """Read the kernel's counters. Raises ServerFailed when it no longer runs."""
        try:
            return self._counters.read()
        except ServerFailed as error:
            raise ServerFailed(str(error), self.logs()) from error

    def logs(self) -> str:
        """Return all it wrote."""
        with engine_errors(ServerFailed, f"cannot read the logs of {self._container.name}"):
            return self._container.logs().decode("utf-8", "replace")  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Ask it to end, and kill it after its grace; see `port.Server`."""
        if not self._stopped:
            with engine_errors(ServerFailed, f"cannot stop {self._container.name}"):
                self._container.stop(timeout=math.ceil(self._grace))
            self._stopped = True


class ContainerGenerator:
    """The generators' resident container: implements `port.Generator`."""

    def __init__(self, container: Any) -> None:  # noqa: ANN401
        self._container = container
        self._counters = ContainerCounters(container, GeneratorFailed)
        self._commands = 0
        self._forget: tuple[str, ...] = ()
        self._put(OUT, {"work/": b""})

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files into the working folder."""
        self._put(WORK, {plain(name): content for name, content in files.items()})

    def _put(self, folder: str, files: Mapping[str, bytes]) -> None:
        with engine_errors(GeneratorFailed, "cannot put files into the generator's container"):
            self._container.put_archive(folder, archive(files))

    @contextmanager
    def execute(
        self, command: Sequence[str], *, outputs: Sequence[str] = ()
    ) -> Iterator[ContainerExecution]:
        """Start a command in the working folder; see `port.Generator`."""
        self._commands += 1
        pid = f".pid-{self._commands}"
        old = (*self._forget, *map(plain, outputs))
        self._forget = (*outputs, pid)
        with tempfile.TemporaryDirectory(prefix="clusterbench-") as folder:
            started = ["sh", "-c", _START, "sh", pid, "/".join(old), *command]
            execution = ContainerExecution(
                self._container,
                started,
                name=command[0],
                pid=pid,
                outputs=outputs,
                folder=Path(folder),
            )
            try:
                yield execution
            finally:
                execution.end()

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far."""
        return self._counters.read()


class ContainerExecution:
    """A command in the generators' container: implements `port.Execution`."""

    def __init__(
        self,
        container: Any,  # noqa: ANN401 - the SDK is untyped
        started: Sequence[str],
        *,
        name: str,
        pid: str,
        outputs: Sequence[str],
        folder: Path,
    ) -> None:
        self._container, self._api, self._name = container, container.client.api, name
        self._pid, self._outputs, self._folder = pid, outputs, folder
        self._written: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._lost: Exception | None = None
        with engine_errors(GeneratorFailed, f"cannot start {name}"):
            self._id = self._api.exec_create(container.id, list(started), workdir=WORK)["Id"]
            stream = self._api.exec_start(self._id, stream=True, demux=True)
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: Iterator[tuple[bytes | None, bytes | None]]) -> None:
        try:
            for parts in stream:
                for written, part in zip(self._written, parts, strict=True):
                    written.extend(part or b"")
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            self._lost = error

    def running(self) -> bool:
        """Return whether it still runs."""
        return self._reader.is_alive()

    def wait(self, timeout: Seconds) -> Completed:
        """Wait for its end and fetch its outputs; see `port.Execution`."""
        self._reader.join(timeout)
        if self._reader.is_alive():
            self.end()
            raise GeneratorFailed(f"{self._name} did not end within {timeout:g} s\n{self._tail()}")
        status = self._exit_status()
        stdout, stderr = (bytes(part).decode("utf-8", "replace") for part in self._written)
        files: dict[str, Path] = {}
        for name in self._outputs:
            with engine_errors(GeneratorFailed, f"cannot fetch {name}"):
                try:
                    fetch(self._container, f"{WORK}/{name}", self._folder / name)
                    files[name] = self._folder / name
                except docker.errors.NotFound as error:
                    if status == 0:
                        raise GeneratorFailed(
                            f"{self._name} exited with 0 but wrote no {name}\n{self._tail()}"
                        ) from error
        return Completed(exit_status=status, stdout=stdout, stderr=stderr, outputs=files)

    def _exit_status(self) -> int:
        """Ask for the exit status, which the engine knows a moment after the output's end."""
        with engine_errors(GeneratorFailed, f"cannot learn how {self._name} ended"):
            if wait_until(self._ended, _ENDS_WITHIN):
                return int(self._api.exec_inspect(self._id)["ExitCode"])
        raise GeneratorFailed(f"{self._name} closed its output but did not end\n{self._tail()}")

    def _ended(self) -> bool:
        state = self._api.exec_inspect(self._id)
        return not state["Running"] and state["ExitCode"] is not None

    def _tail(self) -> str:
        return indent(bytes(self._written[1]).decode("utf-8", "replace"))

    def end(self) -> None:
        """Kill the command and all that it started, if it still runs."""
        if not self._reader.is_alive():
            return
        script = f'read -r pid < {self._pid} && kill -s KILL -- "-$pid"'
        with engine_errors(GeneratorFailed, f"cannot end {self._name}"):
            self._container.reload()
            if self._container.status == "running":
                # Asked at once after the start, there may be no process id yet.
                wait_until(lambda: self._kill(script), _ENDS_WITHIN, every=0.1)
        self._reader.join(_ENDS_WITHIN)

    def _kill(self, script: str) -> bool:
        if not self._reader.is_alive():
            return True
        status, _ = self._container.exec_run(["sh", "-c", script], workdir=WORK)
        return bool(status == 0)
