"""A server that somebody else started, loaded by generators beside this process."""

from __future__ import annotations

import platform
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config.compose_file import GENERATOR
from clusterbench.errors import ProfilerFailed, ServerFailed
from clusterbench.host import fingerprint
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.execution import Unknown
from clusterbench.runtime.generator_versions import local_versions
from clusterbench.runtime.process.process_generator import Programs, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import Address
    from clusterbench.model.records import Fingerprint
    from clusterbench.model.units import Seconds
    from clusterbench.runtime.process.process_generator import ProcessGenerator


class AttachedServer:
    """Somebody else's server: implements `port.Server`, without its counters and its log.

    `log` says where its log is.
    """

    def __init__(self, address: Address, log: str) -> None:
        self.address, self._log = address, log
        self.started_steps: Mapping[str, Seconds] = {}  # it was started before
        self.started_at: float | None = None

    def verify(self) -> None:
        """Leave it as it is: nothing was asked of its start."""

    def running(self) -> bool:
        """Return True: requests will show whether it does."""
        return True

    def image_size(self) -> Unknown:
        """Return that it is not known what it was made from."""
        return Unknown("it was started by somebody else")

    def usage(self) -> None:
        """Return None: its counters are not seen from here."""

    def paused(self) -> AbstractContextManager[None]:
        """Raise ServerFailed: it is not ours to pause."""
        raise ServerFailed(f"{self.address} cannot be paused: it was started by somebody else")

    def profile(self, profiler: Profiler, aside: CpuSet) -> str | None:  # noqa: ARG002
        """Raise ProfilerFailed: its processes are not seen from here."""
        raise ProfilerFailed(f"{self.address} is somebody else's: its processes are not known")

    def logs(self) -> str:
        """Return where its log is."""
        return self._log

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Leave it running, for whoever started it."""

    def exit_status(self) -> None:
        """Return None: its process is not seen from here."""


class AttachedRuntime:
    """Loads a server that already runs; implements `port.Runtime`.

    `log` says where the server's log is. The load generators on PATH work in `scratch`, which is
    made at the start and removed at the end.
    """

    name = "attached"

    def __init__(self, address: Address, *, log: str, scratch: Path) -> None:
        self._server = AttachedServer(address, log)
        self._scratch = scratch.resolve()
        found = {name: shutil.which(name) for name in GENERATORS}
        self._found = {name: Path(path) for name, path in found.items() if path}
        self._programs = Programs(self._found, self._scratch)

    def open(self) -> AbstractContextManager[None]:
        """Make the folder in which the load generators work; nothing else is held."""
        return scratch_folder(self._scratch)

    def warnings(self) -> Sequence[str]:
        """Return nothing: what bounds this process bounds the load generators."""
        return ()

    def skip(self, contender: Contender) -> str | None:  # noqa: ARG002 - it runs already
        """Return None: the server runs already."""
        return None

    def lacks(self, generator: str) -> str | None:
        """Return why a load generator cannot run here, or None."""
        return None if generator in self._found else f"{generator} is not installed"

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:  # noqa: ARG002
        """Return the fingerprint of the host and of the load generators alone."""
        return fingerprint.of_this_host(
            engine={"runtime": self.name, "python": platform.python_version()},
            images={},
            software={GENERATOR: local_versions(self._programs.environment())},
        )

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[AttachedServer]:  # noqa: ARG002
        """Attach to the server; whoever started it pinned it, and will stop it."""
        yield self._server

    def generator(self, cpus: CpuSet) -> AbstractContextManager[ProcessGenerator]:
        """Make the generators' home; see `port.Runtime`."""
        return self._programs.home(cpus)
