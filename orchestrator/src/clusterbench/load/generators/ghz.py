"""ghz: a gRPC client in Go that lists each call. Written for v0.121.0.

What its source says, and this adapter relies on:

- Requests are taken from the data file in turn: call i sends request i modulo their number.
- `--duration-stop wait` ends sending at the duration, then waits for the requests in flight; so
  every call that was started is listed. (`close`, its default, kills them as errors.)
- A call's `timestamp` is its end, by the wall clock; `latency` is in ns, by the monotonic one.
- `details` holds the first 1,000,000 calls to end; the counts by status hold all of them.
- Go runs as many threads as the process may use CPUs, which pinning sets: no option is needed.
- `--async` makes each worker send without waiting, so nothing bounds the requests in flight but
  the time-out; a schedule (`--rps`) comes from one goroutine and catches up when it is late.
- That schedule is even: a request each 1/rate seconds, in whole ns. It is nowhere in the report, so
  it is worked out from the sends (`even_schedule`).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from clusterbench.load.generator import (
    CALL_TIMEOUT,
    SERVICE,
    Capabilities,
    Invocation,
    Load,
    Reading,
)
from clusterbench.load.generators.even_schedule import from_due
from clusterbench.load.generators.json_requests import PROTOSET, REQUESTS, json_requests
from clusterbench.load.generators.outputs import output, unusable
from clusterbench.model.check import Check
from clusterbench.model.experiment import Loop
from clusterbench.model.samples import STATUS_NAMES, Samples
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.model.execution import Completed

#: A collection of garbage at nine times the live heap, not twice: it is the client's CPU that
#: limits what it can send. UTC keeps time stamps free of offsets, which read faster.
_ENVIRONMENT = ("GOGC=800", "TZ=UTC")

_SECOND_NS = 1_000_000_000
_NOT_ALL = (
    "it lists only the first {:,} requests of its open loop to end, so when each was due cannot be "
    "told; take a lower rate, a shorter window, or grpc-load"
)

_UNKNOWN = STATUS_NAMES.index("UNKNOWN")
_MODULE = "github.com/bojand/ghz"


#: gRPC codes by the names that ghz prints: INVALID_ARGUMENT is InvalidArgument; OK stays. Go spells
#: one with two l, and with one l elsewhere.
_CODES: Mapping[str, int] = {
    **{name.title().replace("_", ""): code for code, name in enumerate(STATUS_NAMES)},
    "OK": STATUS_NAMES.index("OK"),
    "Canceled": STATUS_NAMES.index("CANCELLED"),
}


class _Call(msgspec.Struct, gc=False):
    """One entry of `details`; what is not named here is skipped unread."""

    timestamp: str
    latency: int
    status: str


class Ghz:
    """The adapter of ghz."""

    name = "ghz"
    capabilities = Capabilities(
        open_loop=True, many_bodies=True, waits_at_end=True, published_summary=True
    )

    #: Go leaves the version of every module in a program; ghz's own option says `dev`.
    version_command = (
        f"grep -aoE '{_MODULE}[[:space:]]v[0-9][0-9.]*' \"$(command -v ghz)\" | head -n 1"
    )

    def parse_version(self, printed: str) -> str | None:
        """Return the version from its module's line."""
        found = re.search(rf"^{re.escape(_MODULE)}\sv?([0-9.]+)$", printed, re.MULTILINE)
        return found[1] if found else None

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        """Return the contract and both request files."""
        return json_requests(data)

    def invocation(self, load: Load, tag: str) -> Invocation:
        """Return ghz's command line; its report goes to `<tag>.ghz.json`."""
        report = f"{tag}.ghz.json"
        if load.loop is Loop.CLOSED:
            loop = ["--concurrency", str(load.level)]
        else:
            # Workers only dispatch here: one a connection is enough.
            loop = ["--rps", str(load.level), "--async", "--concurrency", str(load.connections)]
        if load.generator_defaults:
            environment: tuple[str, ...] = ("TZ=UTC",)
            ours = ["--duration-stop", "close"]  # its default, said
        else:
            environment = _ENVIRONMENT
            ours = [
                "--disable-template-functions", "--disable-template-data",
                "--duration-stop", "wait", "--timeout", _go_duration(CALL_TIMEOUT),
            ]  # fmt: skip
        return Invocation(
            command=(
                "env", *environment, "ghz", "--insecure",
                "--protoset", PROTOSET, "--call", f"{SERVICE}.{load.method}",
                "--data-file", REQUESTS[load.method],
                *loop,
                "--connections", str(load.connections),
                "--duration", _go_duration(load.duration),
                *ours,
                "--format", "json", "--output", report,
                str(load.address),
            ),
            outputs=(report,),
        )  # fmt: skip

    def read(self, load: Load, completed: Completed) -> Reading:
        """Read ghz's report. Raises GeneratorFailed where it cannot be used."""
        raw = output(self.name, completed, ".ghz.json")
        try:
            report = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            calls = msgspec.json.decode(report.pop("details"), type=list[_Call] | None)
            summary: dict[str, Any] = {
                key: msgspec.json.decode(value) for key, value in report.items()
            }
            samples = _samples(calls or [], summary, drained=not load.generator_defaults)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise unusable(self.name, completed, f"its report cannot be read: {error}") from error
        if load.loop is Loop.OPEN:
            if samples.truncated:
                raise unusable(self.name, completed, _NOT_ALL.format(len(samples.start)))
            samples = from_due(samples, Seconds(_SECOND_NS // load.level / _SECOND_NS))
        options = summary.get("options")
        if isinstance(options, dict):
            options.pop("data", None)  # the requests once more: the data folder has them
        return Reading(samples=samples, summary=summary, checked_by=Check.STATUS)


def _samples(calls: Sequence[_Call], summary: Mapping[str, Any], *, drained: bool) -> Samples:
    """Turn the listed calls and the report's counts into samples."""
    counted: Mapping[str, int] = summary["statusCodeDistribution"] or {}
    counts = dict.fromkeys(STATUS_NAMES, 0)
    for status, number in counted.items():
        counts[STATUS_NAMES[_CODES.get(status, _UNKNOWN)]] += number
    counts = {status: number for status, number in counts.items() if number}
    answered = sum(counts.values())
    if answered < len(calls):
        raise ValueError(f"it lists {len(calls)} calls and counts {answered}")
    truncated = answered > len(calls)
    size = len(calls)
    end_ns = _nanoseconds([call.timestamp for call in calls])
    latency_ns = np.fromiter((call.latency for call in calls), np.int64, size)
    start_ns = end_ns - latency_ns
    origin_ns = int(start_ns.min()) if size else 0
    duration = float(end_ns.max() - origin_ns) / 1e9 if size else 0.0
    if truncated:
        # When the last call ended is not listed. ghz's own total, from before its first call
        # to after its last, is the nearest to it: too long by the milliseconds of connecting.
        duration = max(duration, float(summary["total"]) / 1e9)
    return Samples(
        origin=origin_ns / 1e9,
        start=(start_ns - origin_ns) / 1e9,
        latency=latency_ns / 1e9,
        status=np.fromiter((_CODES.get(call.status, _UNKNOWN) for call in calls), np.int8, size),
        counts=counts,
        truncated=truncated,
        duration=duration,
        drained=drained,
    )


def _nanoseconds(stamps: Sequence[str]) -> NDArray[np.int64]:
    """Read RFC 3339 stamps of up to nine decimals as ns since the epoch, (n,)."""
    zones = ["Z" if stamp.endswith("Z") else stamp[-6:] for stamp in stamps]
    local = [stamp.removesuffix(zone) for stamp, zone in zip(stamps, zones, strict=True)]
    offsets = np.fromiter(map(_offset_ns, zones), np.int64, len(zones))
    return np.array(local, dtype="datetime64[ns]").astype(np.int64) - offsets


@functools.cache
def _offset_ns(zone: str) -> int:
    """Return how far a zone, `Z` or `+05:30`, is ahead of UTC (ns)."""
    offset = dt.datetime.strptime(zone, "%z").utcoffset() or dt.timedelta()
    return round(offset.total_seconds()) * _SECOND_NS


def _go_duration(seconds: Seconds) -> str:
    """Write a duration as Go reads it, whole microseconds."""
    return f"{round(seconds * 1_000_000)}us"
