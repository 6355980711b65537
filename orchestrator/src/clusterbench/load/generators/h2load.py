"""h2load: an HTTP/2 client in C++, some ten times cheaper a call than ghz. Written for 1.52.

It sends one body again and again, and knows nothing of gRPC: to it a call is good that has
HTTP status 200, though its gRPC status comes in the trailers and may be an error. Errors come
without a body, so the bytes of all bodies tell whether there were any. It cuts the calls in
flight at its end; so the slowest calls near the end are missing from its log (`drained` is
False), and it is used for throughput alone. Nor does it say that a server went away: it ends
with 0, having counted no failure. So a log that stops long before the load did is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.errors import ConfigError
from clusterbench.load.generator import SERVICE, Capabilities, Invocation, Load, Reading
from clusterbench.load.generators.bodies import body
from clusterbench.load.generators.outputs import output, unusable
from clusterbench.model.check import Check
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.samples import OK, STATUS_NAMES, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.model.execution import Completed

_HTTP_OK = 200
#: What the log has in place of a status for a call whose stream or connection broke.
_BROKEN = -1
#: Without an answer for this long (s) at the end of a load, and for QUIET_LATENCIES times the
#: longest latency before, the server is taken to have gone.
QUIET = 1.0
QUIET_LATENCIES = 10

_UNKNOWN = STATUS_NAMES.index("UNKNOWN")
_UNAVAILABLE = STATUS_NAMES.index("UNAVAILABLE")

_REQUESTS = re.compile(
    r"^requests: (?P<total>\d+) total, (?P<started>\d+) started, (?P<done>\d+) done, "
    r"(?P<succeeded>\d+) succeeded, (?P<failed>\d+) failed, (?P<errored>\d+) errored, "
    r"(?P<timeout>\d+) timeout$",
    re.MULTILINE,
)
_TRAFFIC = re.compile(
    r"^traffic: \S+ \((?P<total>\d+)\) total, \S+ \((?P<headers>\d+)\) headers "
    r"\(space savings [^)]*\), \S+ \((?P<data>\d+)\) data$",
    re.MULTILINE,
)


class H2load:
    """The adapter of h2load."""

    name = "h2load"
    capabilities = Capabilities(level_multiple_of_connections=True, saturates=True)
    version_command = "h2load --version"

    def parse_version(self, printed: str) -> str | None:
        """Return the version of nghttp2, whose part it is."""
        found = re.search(r"^h2load nghttp2/(\S+)", printed, re.MULTILINE)
        return found[1] if found else None

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        """Return a framed request for each method."""
        return {_body_file(method): body(data, method).request for method in Method}

    def invocation(self, load: Load, tag: str) -> Invocation:
        """Return h2load's command line; its log of calls goes to `<tag>.h2load.log`.

        Raises ConfigError for an open loop, and where the connections cannot share the level
        evenly: each carries the same number of streams.
        """
        if load.loop is not Loop.CLOSED:
            raise ConfigError("h2load: it is for closed loops here; take ghz for an open one")
        if load.level % load.connections:
            below = load.level - load.level % load.connections
            raise ConfigError(
                f"h2load: a concurrency of {load.level} is no multiple of {load.connections} "
                "connections, and each carries as many requests at a time as the others; "
                f"take {below} or {below + load.connections}"
            )
        log = f"{tag}.h2load.log"
        return Invocation(
            command=(
                "h2load",
                "--clients", str(load.connections),
                "--max-concurrent-streams", str(load.level // load.connections),
                "--threads", str(min(load.threads, load.connections)),
                "--duration", f"{round(load.duration * 1000)}ms",
                "--header", "te: trailers", "--header", "content-type: application/grpc",
                "--data", _body_file(load.method),
                "--log-file", log,
                f"http://{load.address}/{SERVICE}/{load.method}",
            ),
            outputs=(log,),
        )  # fmt: skip

    def read(self, load: Load, completed: Completed) -> Reading:
        """Read h2load's log and closing lines. Raises GeneratorFailed where they cannot be used."""
        log = output(self.name, completed, ".h2load.log")
        try:
            return _reading(load, completed.stdout, log)
        except ValueError as error:
            raise unusable(self.name, completed, str(error)) from error


def _reading(load: Load, text: str, log: bytes) -> Reading:
    """Read what h2load printed and logged. Raises ValueError where it cannot be used."""
    requests = _numbers("requests:", _REQUESTS, text)
    traffic = _numbers("traffic:", _TRAFFIC, text)
    try:
        calls = _calls(log)
    except ValueError as error:
        raise ValueError(f"its log cannot be read: {error}") from error
    if abs(len(calls) - requests["done"]) > load.level:
        raise ValueError(f"its log lists {len(calls)} calls, it counted {requests['done']}")
    samples = _samples(calls)
    if not load.may_stall:
        _check_lasted(load, samples)
    return Reading(
        samples=samples,
        summary={"requests": requests, "traffic_bytes": traffic, "text": text},
        checked_by=Check.HTTP_STATUS if load.response_bytes is None else Check.SIZE,
        response_bytes_ok=_response_bytes_ok(load, samples, traffic["data"]),
    )


def _body_file(method: Method) -> str:
    return f"{method}.h2load.bin"


def _numbers(line: str, pattern: re.Pattern[str], text: str) -> dict[str, int]:
    """Return the named numbers of the one line that matches. Raises ValueError."""
    found = list(pattern.finditer(text))
    if len(found) != 1:
        raise ValueError(f"printed no line `{line} ...` as expected")
    return {name: int(number) for name, number in found[0].groupdict().items()}


def _calls(log: bytes) -> NDArray[np.int64]:
    """Read a log: (n, 3) of start (us since the epoch), HTTP status, time taken (us).

    Raises ValueError where a line is anything else.
    """
    lines = log.count(b"\n")
    columns = 3
    if log and not log.endswith(b"\n"):
        raise ValueError("its last line is cut off")
    if log.count(b"\t") != lines * (columns - 1):
        raise ValueError(f"not {columns} columns per line")
    try:
        numbers = np.fromstring(log, dtype=np.int64, sep=" ")
    except ValueError as error:
        raise ValueError(f"not all whole numbers ({error})") from error
    if numbers.size != lines * columns:
        raise ValueError(f"{numbers.size} numbers in {lines} lines")
    return numbers.reshape(lines, columns)


def _samples(calls: NDArray[np.int64]) -> Samples:
    start_us, http, latency_us = calls[:, 0], calls[:, 1], calls[:, 2]
    status = np.full(len(calls), _UNKNOWN, dtype=np.int8)
    status[http == _HTTP_OK] = OK
    status[http == _BROKEN] = _UNAVAILABLE
    origin_us = int(start_us.min()) if len(calls) else 0
    codes, numbers = np.unique(status, return_counts=True)
    return Samples(
        origin=origin_us / 1e6,
        start=(start_us - origin_us) / 1e6,
        latency=latency_us / 1e6,
        status=status,
        counts={STATUS_NAMES[code]: int(n) for code, n in zip(codes, numbers, strict=True)},
        duration=float((start_us + latency_us).max() - origin_us) / 1e6 if len(calls) else 0.0,
        drained=False,
    )


def _check_lasted(load: Load, samples: Samples) -> None:
    """Raise ValueError where nothing was answered, or nothing more long before the end."""
    if not samples.latency.size:
        raise ValueError(f"no call to {load.address} was answered")
    quiet = load.duration - samples.duration
    if quiet > max(QUIET, QUIET_LATENCIES * float(samples.latency.max())):
        raise ValueError(
            f"{load.address} answered nothing more {samples.duration:.1f} s into a load of "
            f"{load.duration:g} s: the server went away, or closed its connections"
        )


def _response_bytes_ok(load: Load, samples: Samples, received: int) -> bool | None:
    """Return whether the bodies' bytes are those of right responses only.

    A call that was cut at the end, or broke, may have brought its body or not.
    """
    if load.response_bytes is None:
        return None
    good = samples.counts.get(STATUS_NAMES[OK], 0)
    broken = len(samples.status) - good
    least = good * load.response_bytes
    most = least + (load.level + broken) * load.response_bytes
    return good > 0 and least <= received <= most
