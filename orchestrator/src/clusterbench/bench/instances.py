"""One start of a server for a comparison: started, checked, and what is recorded of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterbench.bench import health, parity
from clusterbench.bench.turn_log import utc_now
from clusterbench.errors import ServerFailed, first_counts
from clusterbench.model.compare_plan import Arm
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.data import DataFolder
from clusterbench.model.experiment import Method
from clusterbench.model.records import Parity
from clusterbench.model.slices import InstanceRecord
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds
from clusterbench.runtime.port import Runtime, Server
from clusterbench.runtime.server_log import parse_startup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.execution import Usage


@dataclass(slots=True, kw_only=True)
class Instance:
    """A server that runs, of one arm and one block, and what becomes its record."""

    arm: Arm
    contender: Contender
    server: Server
    started: str
    start: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit
    parity: Parity | None = None
    startup: Mapping[str, Any] = field(default_factory=dict)
    warm_up: list[RequestsPerSecond] = field(default_factory=list)
    warm: bool = False
    memory: Bytes | None = None

    def __str__(self) -> str:
        """Name it as messages do: `candidate (rust-tonic)`."""
        return f"{self.arm} ({self.contender.name})"

    def usage(self) -> Usage | None:
        """Read its counters; None where they cannot be read. Raises ServerFailed where it ended."""
        try:
            return self.server.usage()
        except ServerFailed as error:
            raise ServerFailed(f"{self}: {error}") from error

    def read_memory(self) -> None:
        """Keep what it uses now, without file pages. Raises ServerFailed where it ended."""
        usage = self.usage()
        self.memory = usage.memory if usage else None

    def check_running(self) -> None:
        """Raise ServerFailed, with its last log lines, where it ended."""
        if not self.server.running():
            raise ServerFailed(f"{self} ended in mid-comparison", self.server.logs())

    def record(self, block: int) -> InstanceRecord:
        """Return its record, of what is known of it so far."""
        return InstanceRecord(
            block=block,
            arm=self.arm,
            started=self.started,
            start=self.start,
            memory=self.memory,
            warm_up=tuple(self.warm_up),
            warm=self.warm,
            parity=self.parity,
            startup=self.startup,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """Starts instances. `deadline` is how long one may take until it serves (s).

    `keep_log` is given an instance's name and all that it wrote, when it has ended.
    """

    runtime: Runtime
    cpus: CpuPlan
    data: DataFolder
    method: Method
    deadline: Seconds
    keep_log: Callable[[str, str], None]

    @contextmanager
    def started(self, arm: Arm, contender: Contender, block: int) -> Iterator[Instance]:
        """Start a server, and check it as each turn of a run does; it is stopped at the end.

        The start lasts from its creation until gRPC health says that it serves. Raises ServerFailed
        where it does not serve in time, ends, or answers wrongly.
        """
        now, began = utc_now(), time.monotonic()
        with self.runtime.server(contender, contender.cpus(self.cpus)) as server:
            instance = Instance(arm=arm, contender=contender, server=server, started=now)
            try:
                with health.connect(server) as channel:
                    health.wait_until_serving(server, channel, self.deadline)
                    instance.start = _since(server, began)
                    self._check(instance, channel)
                yield instance
            finally:
                with first_counts():
                    server.stop()  # what it says last is in its log too
                with first_counts():
                    self.keep_log(f"block{block + 1}-{arm}", server.logs())

    def _check(self, instance: Instance, channel: Any) -> None:  # noqa: ANN401 - grpc has no types
        server, noop = instance.server, instance.contender.noop
        parity.check_first(server, channel, self.data, {self.method}, noop=noop)
        server.verify()
        instance.startup = parse_startup(server.logs())
        if not noop:
            instance.parity = parity.check_parity(server, channel, self.data, {self.method})


def _since(server: Server, began: float) -> Seconds:
    """Return how long a start took that ends now (s), without what came before its creation."""
    now = time.monotonic()
    if server.started_at is None:
        return Seconds(now - began)
    return Seconds(sum(server.started_steps.values()) + now - server.started_at)
