"""The port to the world that runs things. `docker.py` and `process.py` implement it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import Address, Completed, Usage
    from clusterbench.model.experiment import Contender, Seconds
    from clusterbench.model.records import Fingerprint


class Server(Protocol):
    """A contender while it runs. Leaving its `with` always stops and removes it."""

    @property
    def address(self) -> Address:
        """Return where it listens."""
        ...

    def hello(self) -> Mapping[str, Any]:
        """Return its first log line (event `starting`), or {} if it wrote none as JSON."""
        ...

    def running(self) -> bool:
        """Return whether it still runs."""
        ...

    def usage(self) -> Usage:
        """Read the kernel's counters. Raises ServerFailed when it no longer runs."""
        ...

    def logs(self) -> str:
        """Return all it wrote, standard output and error; after `stop` too, its last words."""
        ...

    def stop(self) -> None:
        """Ask it to end, and end it where it does not within its grace; once is enough.

        Only its log, its address and `running` can be asked for afterwards. Leaving its `with`
        stops it as well.
        """
        ...


class Execution(Protocol):
    """A generator's command while it runs. Leaving its `with` ends it if it still runs."""

    def running(self) -> bool:
        """Return whether it still runs."""
        ...

    def wait(self, timeout: Seconds) -> Completed:
        """Wait for its end and fetch its outputs.

        Raises GeneratorFailed when it takes longer, or when an output is missing though it
        exited with 0.
        """
        ...


class Generator(Protocol):
    """The load generators' home, one a turn: a trial costs an exec and not a container."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files into its working folder, by plain name."""
        ...

    def execute(
        self, command: Sequence[str], *, outputs: Sequence[str] = ()
    ) -> AbstractContextManager[Execution]:
        """Start a command in the working folder; `outputs` are plain names of files it writes.

        Outputs of an earlier command never pass for this one's.
        """
        ...

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far, of running ones too."""
        ...


class Runtime(Protocol):
    """Where servers and generators run."""

    @property
    def name(self) -> str:
        """`docker` or `process`."""
        ...

    def open(self) -> AbstractContextManager[None]:
        """Hold the runtime for one run.

        Refuses (RunRefused) while another run holds it; then removes what a killed run left,
        by this project's labels only, and stops this project's idle servers. Leaving it
        removes everything that this run started.
        """
        ...

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here (a toolchain is missing), or None."""
        ...

    def lacks(self, generator: str) -> str | None:
        """Return why a load generator cannot run here (it is not installed), or None."""
        ...

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint: host, engine, images and software, of generators too."""
        ...

    def server(self, contender: Contender, cpus: CpuSet) -> AbstractContextManager[Server]:
        """Start a server on its CPUs with the run's model. Raises ServerFailed with its last lines.

        It is not yet ready when this returns: gRPC health says when.
        """
        ...

    def generator(self, cpus: CpuSet) -> AbstractContextManager[Generator]:
        """Start the generators' home on its CPUs."""
        ...
