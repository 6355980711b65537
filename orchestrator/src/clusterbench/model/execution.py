"""What running a server or a load generator gives: an address, counters, outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clusterbench.model.units import Bytes, Seconds


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, as the generator and the orchestrator reach it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The kernel's counters of one side at one moment.

    `at` is `time.monotonic()` as close to the reading as can be, `cpu` the CPU-seconds since
    the side started, of all its processes, `memory` in bytes; `peak_memory` is the kernel's own
    high-water mark, or None where it keeps none. `throttled` is how long CPU quotas have held
    back what is within them so far (s, over all CPUs), `quota` the least of them (in CPUs), None
    where none is seen. `cpus` is how many CPUs it may run on, None where that is not known.
    """

    at: float
    cpu: Seconds
    memory: Bytes
    peak_memory: Bytes | None = None
    throttled: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit
    quota: float | None = None
    cpus: int | None = None


@dataclass(frozen=True, slots=True)
class JobOutput:
    """What a one-off job wrote, b"" where it wrote nothing.

    `throttled` is how long CPU quotas held it back (s, over all CPUs), as far as that was seen.
    """

    content: bytes
    throttled: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A generator's command that ended.

    `outputs` are local files, gone with `Execution`'s `with`.
    """

    exit_status: int
    stdout: str
    stderr: str
    outputs: Mapping[str, Path]
