"""grpc-load: the lab's own client (services/grpc-load), which checks each response.

What its README and schema say, and this adapter relies on:

- Requests are taken from the data file in turn, and each response is compared with the one of that
  request in the file of right ones.
- In an open loop a request counts from when it was due, whatever kept it. Its schedule comes from
  a seed, which is the trial's own here: another trial, another schedule.
- Every request that was due is one record of its samples, also one that never left.
- It ends with 3 where its own delay spoiled the figures: all of them are there, with the reason.
"""

from __future__ import annotations

import re
import zlib
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
    Right,
)
from clusterbench.load.generators.json_requests import PROTOSET, REQUESTS, json_requests
from clusterbench.load.generators.outputs import output, unusable
from clusterbench.load.generators.right_responses import right_responses
from clusterbench.model.check import Check
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.samples import STATUS_NAMES, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.model.execution import Completed
    from clusterbench.model.units import Seconds

#: From this rate on a thread, requests leave in groups: single ones would cost too much CPU.
_GROUPED_FROM = 50_000
_QUANTUM = "50us"

#: What it ends with where the figures are there: good, or spoiled by its own delay.
_ENDED_WELL = (0, 3)

#: How it writes the outcomes that are no gRPC status, and what they count as. A wrong response is
#: no good one, whatever its status. What never left was held back by the server's limits.
_WRONG = len(STATUS_NAMES)
_OUTCOMES: Mapping[str, str] = {
    "wrong": "UNKNOWN",
    "malformed": "INTERNAL",
    "reset": "UNAVAILABLE",
    "refused": "UNAVAILABLE",
    "lost": "UNAVAILABLE",
    "expired": "DEADLINE_EXCEEDED",
    "unanswered": "DEADLINE_EXCEEDED",
    "not_sent": "UNAVAILABLE",
}
_CODES = np.array(
    [*range(len(STATUS_NAMES)), *map(STATUS_NAMES.index, _OUTCOMES.values())], dtype=np.int8
)
_NOT_SENT = _WRONG + [*_OUTCOMES].index("not_sent")

#: Of its summary, the tables of times; each has a histogram, whose requests the samples have too.
_TIMES = ("latency", "send_delay", "held_back")


class _Header(msgspec.Struct):
    """The first line of the samples: how long it is, and the fields of a record."""

    header_bytes: int
    fields: list[tuple[str, str]]


class GrpcLoad:
    """The adapter of grpc-load."""

    name = "grpc-load"
    capabilities = Capabilities(open_loop=True, many_bodies=True, waits_at_end=True, saturates=True)
    version_command = "grpc-load --version"

    def parse_version(self, printed: str) -> str | None:
        """Return the version from the line that it prints."""
        found = re.search(r"^grpc-load (\d\S*)$", printed, re.MULTILINE)
        return found[1] if found else None

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        """Return the contract, both request files, and the right responses of each kind."""
        return {
            **json_requests(data),
            **{
                right_file(method, right): right_responses(data, method, right)
                for method in Method
                for right in Right
            },
        }

    def invocation(self, load: Load, tag: str) -> Invocation:
        """Return grpc-load's command line.

        Its summary goes to `<tag>.grpc-load.json`, each request to `<tag>.grpc-load.bin`.
        """
        summary, samples = f"{tag}.grpc-load.json", f"{tag}.grpc-load.bin"
        threads = min(load.threads, load.connections)
        expect = ["--expect", right_file(load.method, load.right)] if load.right else []
        if load.loop is Loop.CLOSED:
            loop = ["--concurrency", str(load.level)]
        else:
            loop = [
                "--rate", str(load.level),
                "--arrivals", "poisson",
                "--seed", str(zlib.crc32(tag.encode())),
                "--send-quantum", quantum(load.level / threads),
            ]  # fmt: skip
        return Invocation(
            command=(
                "grpc-load", str(load.address), f"{SERVICE}/{load.method}",
                "--descriptor-set", PROTOSET,
                "--data", REQUESTS[load.method],
                *expect,
                *loop,
                "--connections", str(load.connections),
                "--threads", str(threads),
                "--duration", duration(load.duration),
                "--deadline", duration(CALL_TIMEOUT),
                "--drain", duration(CALL_TIMEOUT),
                "--quiet",
                "--output", summary,
                "--samples", samples,
            ),
            outputs=(summary, samples),
        )  # fmt: skip

    def read(self, load: Load, completed: Completed) -> Reading:
        """Read its summary and samples. Raises GeneratorFailed where they cannot be used."""
        summarised, listed = (
            output(self.name, completed, f".grpc-load.{kind}", ended_well=_ENDED_WELL)
            for kind in ("json", "bin")
        )
        try:
            return _reading(msgspec.json.decode(summarised), listed, load.loop)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise unusable(self.name, completed, f"its result cannot be read: {error}") from error


def right_file(method: Method, right: Right) -> str:
    """Return the name of the file with the right responses of a method's requests."""
    return f"{method}.{right}.json"


def quantum(rate: float) -> str:
    """Return within how long requests leave together at a rate per thread (requests/s)."""
    return _QUANTUM if rate >= _GROUPED_FROM else "0"


def duration(seconds: Seconds) -> str:
    """Write a duration as it reads one, whole microseconds."""
    return f"{round(seconds * 1_000_000)}us"


def _reading(summary: dict[str, Any], listed: bytes, loop: Loop) -> Reading:
    """Read a decoded summary and the samples. Raises ValueError where they do not agree."""
    records = _records(listed)
    outcomes = np.bincount(records["outcome"], minlength=len(_CODES)).tolist()
    counted, wrong = summary["all"], outcomes[_WRONG]
    for name, number in (("scheduled", len(records)), ("ok", outcomes[0]), ("wrong", wrong)):
        if counted[name] != number:
            raise ValueError(f"its samples list {number} as {name}, it counted {counted[name]}")
    compared = summary["asked"]["expected"]
    for name in _TIMES:
        summary.get(name, {}).pop("histogram", None)
    return Reading(
        samples=_samples(records, float(summary["began"]), loop),
        summary=summary,
        checked_by=Check.MESSAGE if compared else Check.STATUS,
        checked=outcomes[0] + wrong if compared else None,
        wrong=wrong,
        doubts=tuple(summary["spoiled"]),
        run_delay=_run_delay(summary),
    )


def _run_delay(summary: Mapping[str, Any]) -> float | None:
    """Return the share of its threads' time in which others had their CPUs; None if untold."""
    delay = summary.get("run_delay_s")
    threads_time = summary["window"]["seconds"] * summary["asked"]["threads"]
    return None if delay is None else float(delay) / threads_time


def _records(listed: bytes) -> NDArray[np.void]:
    """Read the samples: a record for each request, with the fields that the first line names.

    Raises ValueError where they are anything else.
    """
    header = msgspec.json.decode(listed.partition(b"\n")[0], type=_Header)
    records = np.frombuffer(listed, np.dtype(header.fields), offset=header.header_bytes)
    outcome = records["outcome"]
    if outcome.size and not 0 <= outcome.min() <= outcome.max() < len(_CODES):
        raise ValueError(f"its samples have outcomes from {outcome.min()} to {outcome.max()}")
    return records


def _samples(records: NDArray[np.void], began: float, loop: Loop) -> Samples:
    """Turn records into samples; a request starts when it was due.

    One that never left ends there too: it is an error of the time in which it was due.
    """
    due_ns, outcome = records["scheduled"], records["outcome"]
    latency_ns = np.where(outcome == _NOT_SENT, 0, records["latency"])
    origin_ns = int(due_ns.min()) if len(records) else 0
    start_ns = due_ns - origin_ns
    status = _CODES[outcome]
    left = records["send_delay"] >= 0

    def told(name: str) -> NDArray[np.float64] | None:
        return np.where(left, records[name] / 1e9, np.nan) if loop is Loop.OPEN else None

    codes, numbers = np.unique(status, return_counts=True)
    return Samples(
        origin=began + origin_ns / 1e9,
        start=start_ns / 1e9,
        latency=latency_ns / 1e9,
        status=status,
        counts={STATUS_NAMES[code]: int(n) for code, n in zip(codes, numbers, strict=True)},
        duration=float((start_ns + latency_ns).max()) / 1e9 if len(records) else 0.0,
        send_delay=told("send_delay"),
        held_back_for=told("held_back"),
    )
