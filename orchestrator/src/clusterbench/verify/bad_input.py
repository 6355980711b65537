"""Points of what a server must refuse: with the right status, for that request alone."""

from __future__ import annotations

import socket
from functools import partial
from math import inf, nan
from typing import TYPE_CHECKING

import centroids_pb2 as pb

from clusterbench.verify.checked_server import PATIENCE, batch, raw, status_of
from clusterbench.verify.complaints import Differs, NotChecked
from clusterbench.verify.point import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clusterbench.verify.checked_server import CheckedServer

#: More than any server of the lab takes in one message (bytes).
TOO_LARGE = 64 * 1024 * 1024 + 1
_REFUSED = "INVALID_ARGUMENT"
_GROWTH, _BAD_REQUESTS, _BEFORE = 64 * 1024 * 1024, 3_000, 500
#: An observation that is wrong, made of one that is right.
BAD_ROWS: Mapping[str, Callable[[list[float]], list[float]]] = {
    "no features": lambda _: [],
    "too few features": lambda row: row[:-1],
    "too many features": lambda row: [*row, 1.0],
    "NaN": lambda row: [*row[:-1], nan],
    "infinity": lambda row: [inf, *row[1:]],
    "-infinity": lambda row: [*row[:-1], -inf],
}


def _refuses(change: Callable[[list[float]], list[float]]) -> Callable[[CheckedServer], str]:
    """Return what checks that an observation is refused, alone and in a batch."""

    def check(subject: CheckedServer) -> str:
        good = subject.good
        bad = change(good)
        with subject.stub() as stub:
            alone = pb.PredictRequest(features=bad)
            _expect_refusal("Predict", lambda: stub.Predict(alone, timeout=PATIENCE))
            among = batch([good, good, bad, good])
            _expect_refusal(
                "PredictBatch with one such row", lambda: stub.PredictBatch(among, timeout=PATIENCE)
            )
        subject.check_serves()
        return f"{_REFUSED}, also in a batch"

    return check


def _ragged(subject: CheckedServer) -> str:
    """As many numbers as are wanted in all, but not in each row."""
    good = subject.good
    with subject.stub() as stub:
        request = batch([good[:-1], [*good, 1.0], good])
        _expect_refusal("PredictBatch", lambda: stub.PredictBatch(request, timeout=PATIENCE))
    subject.check_serves()
    return _REFUSED


def _expect_refusal(what: str, call: Callable[[], object]) -> None:
    code, details = status_of(call)
    if code != _REFUSED:
        raise Differs(f"{what}: {code}{f' ({details})' if details else ''}")


def _garbage(subject: CheckedServer) -> str:
    with subject.channel() as channel:
        calls = [raw(channel, method) for method in ("Predict", "PredictBatch")]
        codes = [status_of(partial(call, b"\xff\xff\xff", timeout=PATIENCE))[0] for call in calls]
    if {"OK", "DEADLINE_EXCEEDED"} & {*codes}:
        raise Differs(" and ".join(dict.fromkeys(codes)))
    subject.check_serves()
    return f"{' and '.join(dict.fromkeys(codes))}; it serves on"


def _oversize(subject: CheckedServer) -> str:
    code = _status_of_oversize(subject)
    if code in {"OK", "DEADLINE_EXCEEDED"}:
        raise Differs(code)
    subject.check_serves()
    return f"{code}; it serves on"


def _oversize_status(subject: CheckedServer) -> str:
    if (code := _status_of_oversize(subject)) != "RESOURCE_EXHAUSTED":
        raise Differs(code)
    return code


def _status_of_oversize(subject: CheckedServer) -> str:
    with subject.channel() as channel:
        call = raw(channel, "PredictBatch")
        return status_of(lambda: call(bytes(TOO_LARGE), timeout=PATIENCE))[0]


def _no_grpc(subject: CheckedServer) -> str:
    address = subject.server().address
    # gRPC writes an IPv6 address in brackets, and sockets take it without.
    place = address.host.strip("[]"), address.port
    for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 1000, b""):
        try:
            with socket.create_connection(place, timeout=PATIENCE) as other:
                other.sendall(said)
        except (ConnectionResetError, BrokenPipeError):
            continue  # it hung up, as it may
        except OSError as error:
            raise Differs(f"no connection to {address}: {error.strerror or error}") from error
    subject.check_serves()
    return "it serves on"


def _memory(subject: CheckedServer) -> str:
    """Look at what is in use before and after many bad requests, once it has seen some."""
    bad = [change(subject.good) for change in BAD_ROWS.values()]
    _send_bad(subject, bad, _BEFORE)
    before = subject.server().usage()
    _send_bad(subject, bad, _BAD_REQUESTS)
    after = subject.server().usage()
    if before is None or after is None:
        raise NotChecked("its memory cannot be read from here")
    grown = after.memory - before.memory
    said = f"{grown / 2**20:+.1f} MiB over {_BAD_REQUESTS:,} bad requests"
    if grown > _GROWTH:
        raise Differs(said)
    return said


def _send_bad(subject: CheckedServer, rows: Sequence[list[float]], count: int) -> None:
    with subject.stub() as stub:
        for first in range(0, count, 100):
            requests = (pb.PredictRequest(features=rows[n % len(rows)]) for n in range(100))
            flight = [stub.Predict.future(each, timeout=PATIENCE) for each in requests]
            for call in flight:
                if (code := call.code().name) in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}:
                    raise Differs(f"{code} after some {first:,} bad requests")


POINTS = (
    *(
        Point(
            name=name,
            expected=f"{_REFUSED}, and one such row fails its whole batch",
            remedy="before predicting, check how many features each row has, and that each is "
            "finite; abort with INVALID_ARGUMENT",
            check=_refuses(change),
            of_the_model=True,
        )
        for name, change in BAD_ROWS.items()
    ),
    Point(
        name="ragged batch",
        expected=f"{_REFUSED} where rows differ in length, though all numbers together fit",
        remedy="check the length of each row before you make one array of them",
        check=_ragged,
        of_the_model=True,
    ),
    Point(
        name="bytes that are no message",
        expected="an error of that request alone; it serves on",
        remedy="let your gRPC library's decoder refuse them",
        check=_garbage,
    ),
    Point(
        name="message of over 64 MiB",
        expected="an error of that request alone; it serves on",
        remedy="set your gRPC library's bound on received messages: 64 MiB or less",
        check=_oversize,
    ),
    Point(
        name="status of such a message",
        expected="RESOURCE_EXHAUSTED",
        remedy="tonic's own bound gives OUT_OF_RANGE; gRPC's status for it is RESOURCE_EXHAUSTED",
        check=_oversize_status,
        required=False,
    ),
    Point(
        name="connections that are not gRPC",
        expected="it serves on",
        remedy="do not end the process for an error of one connection",
        check=_no_grpc,
    ),
    Point(
        name="memory under bad input",
        expected=f"it grows by less than {_GROWTH >> 20} MiB over {_BAD_REQUESTS:,} bad requests",
        remedy="keep nothing of a request that was refused",
        check=_memory,
        required=False,
    ),
)
