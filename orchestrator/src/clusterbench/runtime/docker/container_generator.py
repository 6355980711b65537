"""The load generators' home as a container, and their commands in it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors

from clusterbench.errors import GeneratorFailed, first_counts
from clusterbench.host.engine_endpoint import find_endpoint
from clusterbench.model.units import Seconds
from clusterbench.runtime.command_results import completed, plain, program, too_late
from clusterbench.runtime.docker.container_server import ContainerCounters
from clusterbench.runtime.docker.engine import archive, engine_errors, opened, wait_until
from clusterbench.runtime.environments import BECOME_CLEAN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docker.models.containers import Container

    from clusterbench.model.execution import Completed, Usage

#: A volume, since an archive of a tmpfs comes out empty, and in it the working folder: whatever
#: the image says of the volume's owner, a folder that is put there is the lab's user's.
OUT = "/out"
WORK = f"{OUT}/work"
_ENDS_WITHIN = Seconds(10.0)

#: Forgets what earlier commands wrote, leaves its process id (it leads its own group, since the
#: engine starts each command in a session of its own), and becomes the command, whose environment
#: is made: it is neither the image's nor that of the container.
_START = f"""set -e
pid=$1 old=$2; shift 2
IFS=/; rm -f -- $old; unset IFS
echo $$ > "$pid"
{BECOME_CLEAN}
"""


class ContainerGenerator:
    """The generators' resident container: implements `port.Generator`."""

    def __init__(self, container: Container) -> None:
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
                name=program(command),
                pid=pid,
                outputs=outputs,
                folder=Path(folder),
            )
            try:
                yield execution
            finally:
                with first_counts():
                    execution.end()

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far."""
        return self._counters.read()


class ContainerExecution:
    """A command in the generators' container: implements `port.Execution`."""

    def __init__(
        self,
        container: Container,
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
        self._over = False
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
        try:
            status = self._exit_status(timeout)
        except GeneratorFailed:
            with first_counts():
                self.end()
            raise
        return completed(
            self._name,
            status=status,
            stdout=self._text(0),
            stderr=self._text(1),
            outputs=self._outputs,
            fetch=self._fetch,
        )

    def _fetch(self, name: str) -> Path | None:
        target = self._folder / name
        with engine_errors(GeneratorFailed, f"cannot fetch {name}"):
            try:
                with opened(self._container, f"{WORK}/{name}") as content, target.open("wb") as out:
                    shutil.copyfileobj(content, out)
            except docker.errors.NotFound:
                return None
        return target

    def _exit_status(self, timeout: Seconds) -> int:
        """Wait for the output's end; a moment later the engine knows the exit status.

        The output of an engine that ended does so too, without a word.
        """
        self._reader.join(timeout)
        if self._reader.is_alive():
            raise too_late(self._name, timeout, self._text(1))
        if self._lost is not None:
            cause = f"{type(self._lost).__name__}: {self._lost}"
            raise GeneratorFailed(
                f"{self._name} was lost: its output from {find_endpoint()} broke off ({cause})",
                self._text(1),
            ) from self._lost
        with engine_errors(GeneratorFailed, f"cannot learn how {self._name} ended"):
            if wait_until(self._ended, _ENDS_WITHIN):
                self._over = True
                return int(self._api.exec_inspect(self._id)["ExitCode"])
        raise GeneratorFailed(f"{self._name} closed its output but did not end", self._text(1))

    def _ended(self) -> bool:
        state = self._api.exec_inspect(self._id)
        return not state["Running"] and state["ExitCode"] is not None

    def _text(self, stream: int) -> str:
        """Return what it wrote: 0 is its standard output, 1 its standard error."""
        return bytes(self._written[stream]).decode("utf-8", "replace")

    def end(self) -> None:
        """Kill the command and all that it started, unless it is known to have ended."""
        if self._over:
            return
        self._over = True
        with engine_errors(GeneratorFailed, f"cannot end {self._name}"):
            self._container.reload()
            if self._container.status == "running":
                # Asked at once after the start, there may be no process id yet.
                wait_until(self._killed, _ENDS_WITHIN, every=0.1)
        self._reader.join(_ENDS_WITHIN)

    def _killed(self) -> bool:
        """Kill its process group; return whether it has ended or has been told to."""
        if self._ended():
            return True
        script = f'read -r pid < {self._pid} && kill -s KILL -- "-$pid"'
        status, _ = self._container.exec_run(["sh", "-c", script], workdir=WORK)
        return bool(status == 0)
