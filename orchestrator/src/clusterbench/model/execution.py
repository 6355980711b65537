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


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why there is no figure."""

    why: str


#: Of a side whose kernel or engine does not tell for how long its tasks waited for a CPU.
NO_PRESSURE = Unknown("the runtime does not tell it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The kernel's counters of one side at one moment.

    `at` is `time.monotonic()` as close to the reading as can be, `cpu` the CPU-seconds since
    the side started, of all its processes. `memory` is what is in use now (bytes), without the
    pages of files that the kernel charges to it (`file_memory`); `peak_memory` is the kernel's own
    high-water mark, with such pages, or None where it keeps none. `throttled` is how long CPU
    quotas have held back what is within them so far (s, over all CPUs), `quota` the least of them
    (in CPUs), None where none is seen. `cpus` is how many CPUs it may run on, None where that is
    not known. `pressure` is for how long some of its tasks have waited for a CPU so far (s), by the
    kernel's pressure stall information (PSI), or why this is not known.
    """

    at: float
    cpu: Seconds
    memory: Bytes
    peak_memory: Bytes | None = None
    file_memory: Bytes = Bytes(0)  # noqa: RUF009 - a number with a unit
    throttled: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit
    quota: float | None = None
    cpus: int | None = None
    pressure: Seconds | Unknown = NO_PRESSURE

    @property
    def peak_without_files(self) -> Bytes:
        """Return the peak without file pages: the mark less those of now, no less than is in use.

        Which pages of files are charged to whom is chance: to whoever reads a file first, though
        others use it too.
        """
        return max(self.memory, Bytes((self.peak_memory or 0) - self.file_memory))


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
