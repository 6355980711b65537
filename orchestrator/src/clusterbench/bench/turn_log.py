"""What a turn gathers while it lasts, and becomes a record of."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterbench.load.kinds.kind import Seen, TurnSoFar
from clusterbench.model.counts import CounterRecord
from clusterbench.model.execution import Unknown
from clusterbench.model.experiment import Method
from clusterbench.model.profile import ProfileRecord
from clusterbench.model.records import Outcome, Parity, TurnRecord, WorkerShare
from clusterbench.model.trial import Turn
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds
from clusterbench.runtime.server_log import parse_startup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.execution import Usage
    from clusterbench.runtime.port import Server

#: The step that is all trials of a turn.
TRIALS = "trials"
_NO_COUNTERS = "the kernel's counters of the server cannot be read from here"


@dataclass(slots=True)
class TurnLog:
    """The steps of one turn with their times (s), and what its server showed of itself.

    `saturated` is the throughput of each scenario that saturates it (responses/s), `seen` are its
    loads at a rate, by method.
    """

    turn: Turn
    started: str = field(init=False)
    began: float = field(default_factory=time.monotonic)
    steps: dict[str, Seconds] = field(default_factory=dict)
    warm_up: list[RequestsPerSecond] = field(default_factory=list)
    warm: bool = False
    parity: Parity | None = None
    startup: Mapping[str, Any] = field(default_factory=dict)
    idle_memory: Bytes | None = None
    peak_memory: int = 0
    peak_memory_source: str = ""
    peak_without_files: int = 0
    image_size: Bytes | None = None
    unknown: dict[str, str] = field(default_factory=dict)
    workers: tuple[WorkerShare, ...] = ()
    failed: int = 0
    saturated: dict[str, float] = field(default_factory=dict)
    seen: dict[Method, list[Seen]] = field(default_factory=dict)
    profile: ProfileRecord | None = None
    counters: CounterRecord | None = None

    def __post_init__(self) -> None:
        self.started = utc_now()

    @contextmanager
    def step(self, name: str, since: float | None = None) -> Iterator[None]:
        """Time a step, from `since` (`time.monotonic()`) where that is given.

        A name that comes twice adds up.
        """
        began = time.monotonic() if since is None else since
        try:
            yield
        finally:
            self.took(name, time.monotonic() - began)

    def took(self, name: str, seconds: float) -> None:
        """Add time to a step (s)."""
        self.steps[name] = Seconds(self.steps.get(name, 0.0) + seconds)

    def saw_start(self, server: Server) -> None:
        """Keep what a server that has just started says of itself, and what it was made from."""
        self.startup = parse_startup(server.logs())
        if server.started_at is None:
            self.unknown["start"] = "it ran before"
        match server.image_size():
            case Unknown(why):
                self.unknown["image_size"] = why
            case size:
                self.image_size = size

    def saw_idle(self, usage: Usage | None) -> None:
        """Keep what a server uses before any load, and which counters it has none of."""
        if usage is None:
            figures = ("idle_memory", "peak_memory", "cpu_pressure")
            self.unknown |= dict.fromkeys(figures, _NO_COUNTERS)
            return
        self.idle_memory = usage.memory
        if isinstance(usage.pressure, Unknown):
            self.unknown["cpu_pressure"] = usage.pressure.why

    def saw(self, usage: Usage | None) -> None:
        """Keep the largest memory, by the kernel's own mark where it keeps one."""
        if usage is None:
            return
        self.peak_memory_source = "sampled" if usage.peak_memory is None else "kernel"
        self.peak_memory = max(self.peak_memory, usage.peak_memory or usage.memory)
        self.peak_without_files = max(self.peak_without_files, usage.peak_without_files)

    def so_far(self, scenario: str, method: Method) -> TurnSoFar | None:
        """Return what is known of a server that a scenario saturated; None where none did."""
        saturated = self.saturated.get(scenario)
        if not saturated:
            return None
        return TurnSoFar(saturated=saturated, seen=tuple(self.seen.get(method, ())))

    def record(self, reason: str | None) -> TurnRecord:
        """Return the turn's record; `reason` says why it failed, or is None."""
        named = sum(self.steps.values())
        self.steps.pop(TRIALS, None)  # each has a record of its own, with its steps
        self.took("other", max(0.0, time.monotonic() - self.began - named))
        return TurnRecord(
            round=self.turn.round,
            contender=self.turn.contender,
            started=self.started,
            outcome=Outcome.FAILED if reason else Outcome.OK,
            reason=reason,
            steps=self.steps,
            warm_up=tuple(self.warm_up),
            warm=self.warm,
            parity=self.parity,
            startup=self.startup,
            idle_memory=self.idle_memory,
            peak_memory=Bytes(self.peak_memory) if self.peak_memory else None,
            peak_memory_source=self.peak_memory_source,
            peak_without_files=Bytes(self.peak_without_files) if self.peak_memory else None,
            image_size=self.image_size,
            unknown=self.unknown,
            workers=self.workers,
            profile=self.profile,
            counters=self.counters,
        )


def utc_now() -> str:
    """Return this moment in UTC, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
