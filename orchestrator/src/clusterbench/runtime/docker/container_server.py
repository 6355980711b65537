"""A server as a container, and the kernel's counters of a container."""

from __future__ import annotations

import math
import signal
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import docker.errors

from clusterbench.errors import LabError, ServerFailed, first_counts
from clusterbench.host import cgroup
from clusterbench.model.execution import Address, Unknown, Usage
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker.models.containers import Container

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.model.cpus import CpuSet


_POLL = 0.05
_NOT_TOLD = Unknown("its cgroup is not seen from here, and the engine tells no pressure (PSI)")


class ContainerCounters:
    """The counters of one running container: the kernel's files, else the engine's answer."""

    def __init__(self, container: Container, error: type[LabError]) -> None:
        self._container, self._error = container, error
        self._cgroup = cgroup.find(container.id)

    def read(self) -> Usage:
        """Read them. Raises the error given when the container no longer runs."""
        if self._cgroup is None:
            return self._ask()
        try:
            return self._cgroup.read()
        except OSError as error:
            raise self._error(f"{self._container.name} no longer runs") from error

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
        files = cgroup.file_pages(detail)
        peak = memory.get("max_usage")
        held = (stats["cpu_stats"].get("throttling_data") or {}).get("throttled_time") or 0
        return Usage(
            at=(before + time.monotonic()) / 2,
            cpu=Seconds(stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9),
            memory=Bytes(max(memory["usage"] - files, 0)),
            peak_memory=Bytes(peak) if peak else None,
            file_memory=Bytes(files),
            throttled=Seconds(held / 1e9),  # by its own quota: those of its parents are not told
            pressure=_NOT_TOLD,
        )


class Start(NamedTuple):
    """When a container's creation began and ended, and when it was started (`time.monotonic()`)."""

    began: float
    created: float
    started: float

    @property
    def steps(self) -> Mapping[str, Seconds]:
        """Return how long each step took (s)."""
        create, start = self.created - self.began, self.started - self.created
        return {"create": Seconds(create), "start": Seconds(start)}


def begin(container: Container, name: str, *, folder: str, packed: bytes, began: float) -> Start:
    """Unpack files into a folder of a container that was created since `began`, and start it.

    Raises ServerFailed, with its last lines, where it ended at once.
    """
    with engine_errors(ServerFailed, f"cannot start {name}"):
        container.put_archive(folder, packed)
        created = time.monotonic()
        container.start()
        started = time.monotonic()
        container.reload()
        runs = container.status == "running"
        logs = "" if runs else container.logs().decode("utf-8", "replace")
    if not runs:
        how = ended(container.attrs["State"].get("ExitCode"))
        raise ServerFailed(f"{name} ended at its start, {how}", logs)
    return Start(began=began, created=created, started=started)


class ContainerServer:
    """A contender as a started container: implements `port.Server`.

    `verify` compares the container with what was asked for, see there. `profile` has a profiler
    sample it.
    """

    def __init__(
        self,
        container: Container,
        address: Address,
        *,
        grace: Seconds,
        start: Start,
        verify: Callable[[], None],
        profile: Callable[[Profiler, CpuSet], str | None],
    ) -> None:
        self.address, self.started_steps = address, start.steps
        self.started_at: float | None = start.started
        self._container, self._grace = container, grace
        self._verify, self._profile = verify, profile
        self._stopped = False

    def verify(self) -> None:
        """Compare the container with what was asked for. Raises HostError; see `port.Server`."""
        with engine_errors(ServerFailed, f"cannot look at {self._container.name}"):
            self._verify()

    def image_size(self) -> Bytes | Unknown:
        """Return the size of the image that it was made from, as the engine has it."""
        with engine_errors(ServerFailed, f"cannot look at {self._container.name}"):
            return images.image_size(self._container.client, self._container.attrs["Image"])

    def running(self) -> bool:
        """Return whether it still runs; a paused one does."""
        with engine_errors(ServerFailed, f"cannot look at {self._container.name}"):
            try:
                self._container.reload()
            except docker.errors.NotFound:
                return False
            return self._container.status in {"running", "paused"}

    def usage(self) -> Usage:
        """Read the kernel's counters. Raises ServerFailed when it no longer runs."""
        try:
            return self._counters.read()
        except ServerFailed as error:
            last_words = ""
            with first_counts():
                last_words = self.logs()
            raise ServerFailed(str(error), last_words) from error

    @cached_property
    def _counters(self) -> ContainerCounters:
        # Found when they are first read, which is after the server's start.
        return ContainerCounters(self._container, ServerFailed)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the container; leaving the `with` lets it go on. See `port.Server`."""
        with engine_errors(ServerFailed, f"cannot pause {self._container.name}"):
            self._container.pause()
        try:
            yield
        finally:
            with engine_errors(ServerFailed, f"cannot let {self._container.name} go on"):
                self._container.unpause()

    def profile(self, profiler: Profiler, aside: CpuSet) -> str | None:
        """Have a profiler sample it, in a container beside it; see `port.Server`."""
        return self._profile(profiler, aside)

    def logs(self) -> str:
        """Return all it wrote."""
        with engine_errors(ServerFailed, f"cannot read the logs of {self._container.name}"):
            return self._container.logs().decode("utf-8", "replace")  # type: ignore[no-any-return]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and kill it after its grace; see `port.Server`."""
        if not self._stopped:
            with engine_errors(ServerFailed, f"cannot stop {self._container.name}"):
                if number is signal.SIGTERM:
                    self._container.stop(timeout=math.ceil(self._grace))
                else:
                    self._stop_by(number)
            self._stopped = True

    def _stop_by(self, number: signal.Signals) -> None:
        # The engine's own `stop` sends the signal that the image names.
        until = time.monotonic() + self._grace
        with suppress(docker.errors.NotFound):
            if self.running():
                self._container.kill(signal=number.name)
            while self.running():
                if time.monotonic() > until:
                    self._container.kill()
                    break
                time.sleep(_POLL)

    def exit_status(self) -> int | None:
        """Return what its container ended with, None while it runs; see `port.Server`."""
        if self.running():
            return None
        status = (self._container.attrs.get("State") or {}).get("ExitCode")
        return None if status is None else int(status)
