"""The load generators' home as a folder, and their commands as local processes."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.model.execution import Usage
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.command_results import completed, plain, program, too_late
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.process.process_dialogue import piped
from clusterbench.runtime.process.spawn import spawn
from clusterbench.runtime.service_lookup import check_cpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import Completed
    from clusterbench.runtime.line_dialogue import LineDialogue
    from clusterbench.runtime.process.spawn import Spawned

_KILL = Seconds(0.0)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[None]:
    """Make a folder anew, without what a killed run left in it; remove it at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise HostError(f"{folder}: cannot be made: {error.strerror}") from error
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Programs:
    """The load generators that there are, by name; they work in folders below `scratch`."""

    def __init__(self, programs: Mapping[str, Path], scratch: Path) -> None:
        self._programs, self._scratch = programs, scratch

    def environment(self) -> Mapping[str, str]:
        """Return the environment in which each is found by its name."""
        folders = [program.resolve().parent for program in self._programs.values()]
        return clean_environment(path=folders)

    @contextmanager
    def home(self, cpus: CpuSet) -> Iterator[ProcessGenerator]:
        """Make a home for a turn's commands; see `port.Runtime.generator`."""
        check_cpus(cpus, os.sched_getaffinity(0), "this process")
        with tempfile.TemporaryDirectory(prefix="generator-", dir=self._scratch) as home:
            yield ProcessGenerator(Path(home), cpus, self.environment())


class ProcessGenerator:
    """A folder in which generators run, one after another: implements `port.Generator`."""

    def __init__(self, home: Path, cpus: CpuSet, environment: Mapping[str, str]) -> None:
        self._home, self._cpus, self._environment = home, cpus, environment
        self._started: list[Spawned] = []
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
            spawned = spawn(
                command,
                cpus=self._cpus,
                environment=self._environment,
                folder=self._home,
                stdout=out,
                stderr=err,
            )
            self._started.append(spawned)
            try:
                yield ProcessExecution(program(command), spawned, self._home, Path(folder), outputs)
            finally:
                spawned.stop(_KILL)

    @contextmanager
    def talk(self, command: Sequence[str]) -> Iterator[LineDialogue]:
        """Start a command that is told what to do line by line; see `port.Generator`."""
        with (
            tempfile.TemporaryDirectory(prefix=".dialogue-", dir=self._home) as folder,
            piped(
                command,
                cpus=self._cpus,
                environment=self._environment,
                folder=self._home,
                stderr=Path(folder) / ".stderr",
            ) as (spawned, dialogue),
        ):
            self._started.append(spawned)
            yield dialogue

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far, of running ones too."""
        parts = [each.usage() for each in self._started]
        last = parts[-1] if parts else None
        return Usage(
            at=last.at if last else time.monotonic(),
            cpu=Seconds(sum(part.cpu for part in parts)),
            memory=Bytes(sum(part.memory for part in parts)),
            peak_memory=Bytes(max((part.peak_memory or 0 for part in parts), default=0)),
            # Of the cgroup that all of them are in: nothing to add up.
            throttled=last.throttled if last else Seconds(0.0),
            quota=last.quota if last else None,
            cpus=last.cpus if last else None,
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
            raise too_late(self._name, timeout, self._text(".stderr"))
        self._spawned.check_pinned(self._text(".stderr"))
        status = self._spawned.exit_status
        assert status is not None  # noqa: S101 - it was waited for
        return completed(
            self._name,
            status=status,
            stdout=self._text(".stdout"),
            stderr=self._text(".stderr"),
            outputs=self._outputs,
            fetch=self._fetch,
        )

    def _fetch(self, name: str) -> Path | None:
        written = self._home / name
        return written.rename(self._folder / name) if written.is_file() else None

    def _text(self, name: str) -> str:
        return (self._folder / name).read_text(encoding="utf-8", errors="replace")
