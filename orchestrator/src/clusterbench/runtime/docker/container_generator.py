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
from clusterbench.runtime.command_results import completed, plain, program, too_late
from clusterbench.runtime.docker.container_command import ENDS_WITHIN, OUT, WORK, ContainerCommand
from clusterbench.runtime.docker.container_dialogue import attached
from clusterbench.runtime.docker.container_server import ContainerCounters
from clusterbench.runtime.docker.engine import archive, engine_errors, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docker.models.containers import Container

    from clusterbench.model.execution import Completed, Usage
    from clusterbench.model.units import Seconds
    from clusterbench.runtime.line_dialogue import LineDialogue


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
        with tempfile.TemporaryDirectory(prefix="clusterbench-") as folder:
            execution = ContainerExecution(
                self._container,
                self._command(command, outputs=outputs),
                outputs=outputs,
                folder=Path(folder),
            )
            try:
                yield execution
            finally:
                with first_counts():
                    execution.end()

    @contextmanager
    def talk(self, command: Sequence[str]) -> Iterator[LineDialogue]:
        """Start a command that is told what to do line by line; see `port.Generator`."""
        started = self._command(command, stdin=True)
        with attached(started) as dialogue:
            yield dialogue
        self._forget = (*self._forget, started.pid)

    def _command(
        self, command: Sequence[str], *, outputs: Sequence[str] = (), stdin: bool = False
    ) -> ContainerCommand:
        """Start a command, without what earlier ones left but for those that may still run."""
        self._commands += 1
        pid = f".pid-{self._commands}"
        old = (*self._forget, *map(plain, outputs))
        self._forget = tuple(outputs) if stdin else (*outputs, pid)
        return ContainerCommand(
            self._container, command, name=program(command), pid=pid, old=old, stdin=stdin
        )

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far."""
        return self._counters.read()


class ContainerExecution:
    """A command in the generators' container: implements `port.Execution`."""

    def __init__(
        self,
        container: Container,
        command: ContainerCommand,
        *,
        outputs: Sequence[str],
        folder: Path,
    ) -> None:
        self._container, self._command, self._name = container, command, command.name
        self._outputs, self._folder = outputs, folder
        self._written: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._lost: Exception | None = None
        self._reader = threading.Thread(target=self._read, args=(command.started,), daemon=True)
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
        if (status := self._command.exit_status()) is not None:
            return status
        raise GeneratorFailed(f"{self._name} closed its output but did not end", self._text(1))

    def _text(self, stream: int) -> str:
        """Return what it wrote: 0 is its standard output, 1 its standard error."""
        return bytes(self._written[stream]).decode("utf-8", "replace")

    def end(self) -> None:
        """Kill the command and all that it started, unless it is known to have ended."""
        if self._command.end():
            self._reader.join(ENDS_WITHIN)
