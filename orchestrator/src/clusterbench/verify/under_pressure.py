"""Points of a server that gets more than it can take: it makes requests wait, or refuses them."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import centroids_pb2 as pb

from clusterbench.verify.checked_server import PATIENCE
from clusterbench.verify.complaints import Differs
from clusterbench.verify.point import Point

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.verify.checked_server import CheckedServer

_ALLOWED = {"OK", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}


def _all_at_once(requests: int, connections: int, subject: CheckedServer) -> Mapping[str, int]:
    """Send so many requests at once, over so many connections; return their statuses."""
    request = pb.PredictRequest(features=subject.good)
    with ExitStack() as stack:
        stubs = [stack.enter_context(subject.stub()) for _ in range(connections)]
        flight = [
            stubs[number % connections].Predict.future(request, timeout=2 * PATIENCE)
            for number in range(requests)
        ]
        return Counter(call.code().name for call in flight)


def _check(found: Mapping[str, int], subject: CheckedServer) -> str:
    said = statuses(found)
    if {*found} - _ALLOWED or not found.get("OK"):
        raise Differs(said)
    subject.check_serves()
    return f"{said}; it serves on"


def _many_requests(subject: CheckedServer) -> str:
    return _check(_all_at_once(3000, 2, subject), subject)


def _many_connections(subject: CheckedServer) -> str:
    return _check(_all_at_once(400, 100, subject), subject)


def statuses(found: Mapping[str, int]) -> str:
    """Write how many requests ended with each status."""
    return ", ".join(f"{count:,} {code}" for code, count in sorted(found.items()))


POINTS = (
    Point(
        name="3,000 requests at once",
        expected="over 2 connections: each gets OK, or RESOURCE_EXHAUSTED or UNAVAILABLE; it "
        "serves on",
        remedy="bound the streams of a connection (gRPC's max_concurrent_streams), so that the "
        "others wait in the client",
        check=_many_requests,
    ),
    Point(
        name="100 connections at once",
        expected="each request gets OK, or RESOURCE_EXHAUSTED or UNAVAILABLE; it serves on",
        remedy="take no thread or process for each connection",
        check=_many_connections,
    ),
)
