"""What a load generator is to the lab: files in, a command line out, samples back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from clusterbench.errors import ConfigError
from clusterbench.model.check import Check
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.samples import Samples
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from clusterbench.model.data import DataFolder
    from clusterbench.model.execution import Completed

#: The full name of the service that is called.
SERVICE = "ml.ClusteringService"

#: After this long (s) a request is given up and counts as DEADLINE_EXCEEDED. It is far above any
#: latency of a working server. It bounds how long a generator can outlast its load: wait for
#: `load.duration + CALL_TIMEOUT` and some seconds.
CALL_TIMEOUT = Seconds(60.0)


class Right(StrEnum):
    """Which responses are right: the nearest centroids, or the constant of a no-op handler."""

    NEAREST = "nearest"
    NOOP = "noop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent, to where, and for how long (s).

    `level` is a concurrency (closed loop) or requests scheduled per second (open loop), over all
    `connections`. `response_bytes` is how many bytes of body a right response has, for a generator
    that does not look at statuses; None leaves responses unchecked. `right` tells which responses
    are right, for a generator that compares each; None has none compared. `threads` is how many
    CPUs a generator may fill that does not find this out by itself. `may_stall` says that a server
    which stops responding is what is to be seen, and no failure of the load. `generator_defaults`
    asks for the defaults that the published benchmark used: requests in flight at the end are cut
    off, and count as errors.

    Raises ConfigError for a load that cannot be.
    """

    address: Address
    method: Method
    loop: Loop
    level: int
    connections: int
    duration: Seconds
    response_bytes: int | None = None
    right: Right | None = None
    threads: int = 1
    may_stall: bool = False
    generator_defaults: bool = False

    def __post_init__(self) -> None:
        for name in ("level", "connections", "threads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"load: {name} is {getattr(self, name)}; it takes 1 or more")
        if self.duration <= 0:
            raise ConfigError(f"load: it lasts {self.duration:g} s; it takes more than 0")
        if self.loop is Loop.CLOSED and self.connections > self.level:
            raise ConfigError(
                f"load: {self.connections} connections for a concurrency of {self.level}; "
                "each connection takes one request or more at a time"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a load generator can do.

    `open_loop`: it keeps a schedule. `many_bodies`: it sends many different requests in turn.
    `waits_at_end`: requests in flight at its end are waited for, and not lost to its figures.
    `level_multiple_of_connections`: each connection carries the same number of streams.
    `saturates`: it can fill any server's CPUs. `published_summary`: its own summary is that of the
    published benchmark.
    """

    open_loop: bool = False
    many_bodies: bool = False
    waits_at_end: bool = False
    level_multiple_of_connections: bool = False
    saturates: bool = False
    published_summary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command, and the plain names of the files that it leaves in its working folder."""

    command: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came out of a load: each request, and the generator's own summary as JSON can hold it.

    `checked_by` is how the generator knows that responses were right.
    `response_bytes_ok` says whether the bodies had as many bytes as right responses have;
    None where the generator looks at statuses itself, or where nothing was expected.
    `checked` is how many responses of the load were compared with the right ones (None: none was),
    and `wrong` how many of them were others. `doubts` is why the generator itself says that its
    figures are not to be trusted. `run_delay` is in which share of the window its threads were
    ready to run and others had their CPUs; None where it does not tell.
    """

    samples: Samples
    summary: Mapping[str, Any]
    checked_by: Check | None = None
    response_bytes_ok: bool | None = None
    checked: int | None = None
    wrong: int = 0
    doubts: tuple[str, ...] = ()
    run_delay: float | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Return all responses by status name."""
        return self.samples.counts


class LoadGenerator(Protocol):
    """A program that sends requests. Each adapter is a pure translation, and holds no state.

    `capabilities` are what it can do. `version_command` is a line for the shell that prints which
    version is on the PATH.
    """

    name: str
    capabilities: Capabilities
    version_command: str

    def parse_version(self, printed: str) -> str | None:
        """Return the version from what the shell printed, or None where it is not there.

        Lines of other load generators may stand before and after.
        """

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        """Return the files that its working folder needs, by plain name."""

    def invocation(self, load: Load, tag: str) -> Invocation:
        """Return the command for a load. `tag` makes the outputs' names unique.

        Raises ConfigError where this generator cannot make such a load.
        """

    def read(self, load: Load, completed: Completed) -> Reading:
        """Read what the command left. Raises GeneratorFailed where it cannot be used."""
