"""A server as a container, and the kernel's counters of a container."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import docker.errors

from clusterbench.errors import LabError, ServerFailed, first_counts
from clusterbench.host import cgroup
from clusterbench.model.execution import Address, Usage
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker.models.containers import Container


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
        idle = detail.get("total_inactive_file", detail.get("inactive_file", 0))
        peak = memory.get("max_usage")
        held = (stats["cpu_stats"].get("throttling_data") or {}).get("throttled_time") or 0
        return Usage(
            at=(before + time.monotonic()) / 2,
            cpu=Seconds(stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9),
            memory=Bytes(max(memory["usage"] - idle, 0)),
            peak_memory=Bytes(peak) if peak else None,
            throttled=Seconds(held / 1e9),  # by its own quota: those of its parents are not told
        )


class ContainerServer:
    """A contender as a started container: implements `port.Server`."""

    def __init__(
        self,
        container: Container,
        address: Address,
        grace: Seconds,
        started_steps: Mapping[str, Seconds],
    ) -> None:
        self.address, self.started_steps = address, started_steps
        self._container, self._grace = container, grace
        self._stopped = False
        self._counters = ContainerCounters(container, ServerFailed)

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
