"""A server and the generators' home as local processes."""

from __future__ import annotations

import signal
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.errors import GeneratorFailed, ServerFailed, indent
from clusterbench.model.execution import Address, Completed, Usage
from clusterbench.model.experiment import Bytes, Seconds
from clusterbench.runtime.file_names import plain
from clusterbench.runtime.process.spawn import Spawned, spawn
from clusterbench.runtime.server_log import events, parse_hello

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.cpus import CpuSet

_POLL = 0.01
_KILL = Seconds(0.0)


class ProcessServer:
    """A contender as a local process: implements `port.Server`."""

    def __init__(
        self, name: str, spawned: Spawned, log: Path, address: Address, grace: Seconds
    ) -> None:
        self._name, self._spawned, self._log = name, spawned, log
        self._address, self._grace = address, grace

    @property
    def address(self) -> Address:
        """Return where it listens."""
        return self._address

    def hello(self) -> Mapping[str, Any]:
        """Return its first log line, or {} while there is none."""
        return parse_hello(self.logs())

    def running(self) -> bool:
        """Return whether it still runs."""
        return self._spawned.running()

    def usage(self) -> Usage:
        """Read the kernel's counters of all its processes."""
        if not self.running():
            raise ServerFailed(f"{self._name} no longer runs", self.logs())
        return _usage(self._spawned)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop its whole process group (SIGSTOP); leaving the `with` lets it go on (SIGCONT)."""
        self._spawned.signal_group(signal.SIGSTOP)
        try:
            yield
        finally:
            self._spawned.signal_group(signal.SIGCONT)

    def logs(self) -> str:
        """Return all it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask it to end, and end it and all that it started after its grace; see `port.Server`."""
        self._spawned.stop(self._grace)


def announced_port(name: str, spawned: Spawned, log: Path, deadline: Seconds) -> int:
    """Wait for the line that says on which port a server listens. Raises ServerFailed."""
    until = time.monotonic() + deadline
    while True:
        running = spawned.running()  # before the log is read: what it wrote last is then in it
        text = log.read_text(encoding="utf-8", errors="replace")
        for event in events(text):
            if event.get("event") == "listening" and isinstance(event.get("port"), int):
                return int(event["port"])
        if not running:
            raise ServerFailed(f"{name} ended at its start, {ended(spawned.exit_status)}", text)
        if time.monotonic() > until:
            raise ServerFailed(f"{name} did not say where it listens within {deadline:g} s", text)
        time.sleep(_POLL)


def ended(status: int | None) -> str:
    """Return how a process ended."""
    return (
        f"killed by signal {-status}"
        if status is not None and status < 0
        else f"exit status {status}"
    )


class ProcessGenerator:
    """A folder in which generators run, one after another: implements `port.Generator`."""

    def __init__(self, home: Path, cpus: CpuSet, environment: Mapping[str, str]) -> None:
        self._home, self._cpus, self._environment = home, cpus, environment
        self._ended: list[Spawned] = []
        self._current: Spawned | None = None
        self._forget: tuple[str, ...] = ()

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files into the working folder."""
        for name, content in files.items():
            (self._home / plain(name)).write_bytes(content)

    @contextmanager
    def execute(
        self, command: Sequence[str], *, outputs: Sequence[str] = ()
    ) -> Iterator[ProcessExecution]:
        """Start a command in the working folder; see `port.Generator`."""
        for name in (*self._forget, *outputs):
            (self._home / plain(name)).unlink(missing_ok=True)
        self._forget = tuple(outputs)
        with tempfile.TemporaryDirectory(prefix=".outputs-", dir=self._home) as folder:
            out, err = Path(folder) / ".stdout", Path(folder) / ".stderr"
            self._current = spawned = spawn(
                command,
                cpus=self._cpus,
                environment=self._environment,
                folder=self._home,
                stdout=out,
                stderr=err,
            )
            try:
                yield ProcessExecution(command[0], spawned, self._home, Path(folder), outputs)
            finally:
                spawned.stop(_KILL)
                self._ended.append(spawned)
                self._current = None

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far, of a running one too."""
        parts = [each.usage() for each in self._ended]
        if self._current is not None:
            parts.append(self._current.usage())
        return Usage(
            at=parts[-1].at if parts else time.monotonic(),
            cpu=Seconds(sum(part.cpu for part in parts)),
            memory=Bytes(sum(part.memory for part in parts)),
            peak_memory=Bytes(max((part.peak_memory for part in parts), default=0)),
        )


class ProcessExecution:
    """A generator's command: implements `port.Execution`."""

    def __init__(
        self, name: str, spawned: Spawned, home: Path, folder: Path, outputs: Sequence[str]
    ) -> None:
        self._name, self._spawned = name, spawned
        self._home, self._folder, self._outputs = home, folder, outputs

    def running(self) -> bool:
        """Return whether it still runs."""
        return self._spawned.running()

    def wait(self, timeout: Seconds) -> Completed:
        """Wait for its end and fetch its outputs; see `port.Execution`."""
        if not self._spawned.wait(timeout):
            self._spawned.stop(_KILL)
            raise GeneratorFailed(f"{self._name} did not end within {timeout:g} s\n{self._tail()}")
        status = self._spawned.exit_status
        assert status is not None  # noqa: S101 - it was waited for
        files: dict[str, Path] = {}
        for name in self._outputs:
            if (self._home / name).is_file():
                files[name] = (self._home / name).rename(self._folder / name)
            elif status == 0:
                raise GeneratorFailed(
                    f"{self._name} exited with 0 but wrote no {name}\n{self._tail()}"
                )
        return Completed(
            exit_status=status,
            stdout=self._text(".stdout"),
            stderr=self._text(".stderr"),
            outputs=files,
        )

    def _text(self, name: str) -> str:
        return (self._folder / name).read_text(encoding="utf-8", errors="replace")

    def _tail(self) -> str:
        return indent(self._text(".stderr"))


def _usage(spawned: Spawned) -> Usage:
    used = spawned.usage()
    return Usage(at=used.at, cpu=used.cpu, memory=used.memory, peak_memory=used.peak_memory)
