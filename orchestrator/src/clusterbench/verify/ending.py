"""Points of a server's end: SIGTERM at rest, with requests in flight and under load; SIGINT."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import centroids_pb2 as pb

from clusterbench.model.numbers import plural
from clusterbench.runtime.server_log import events, parse_workers
from clusterbench.verify.answers import check_nearest, large_batch
from clusterbench.verify.checked_server import PATIENCE, batch, status_of
from clusterbench.verify.complaints import Differs
from clusterbench.verify.point import Point
from clusterbench.verify.under_pressure import statuses

if TYPE_CHECKING:
    import centroids_pb2_grpc as pb_grpc

    from clusterbench.verify.checked_server import CheckedServer, End

_IN_FLIGHT = 6
_THREADS, _LOAD = 4, 1.0
#: A request that came too late: it was not begun, and can be sent to another server.
_TOO_LATE = {"UNAVAILABLE", "CANCELLED"}


def _at_rest(subject: CheckedServer) -> str:
    subject.own_server()
    return _ended(subject.stop())


def _interrupted(subject: CheckedServer) -> str:
    subject.own_server()
    return _ended(subject.stop(signal.SIGINT))


def _says_what_it_did(subject: CheckedServer) -> str:
    subject.own_server()
    subject.check_serves()
    log = subject.stop().log
    if not any(event.get("event") == "stopped" for event in events(log)):
        raise Differs('no line {"event": "stopped", ...} on standard output')
    workers = parse_workers(log)
    if not workers:
        raise Differs("its line `stopped` does not say what each worker did")
    done = sum(each.requests for each in workers)
    if done < 1:
        raise Differs(f"its line `stopped` counts {done:,} requests; it served one or more")
    return f"{plural(done, 'request')} of {plural(len(workers), 'worker')}"


def _in_flight(subject: CheckedServer) -> str:
    rows = large_batch(subject, seed=3)
    subject.own_server()
    request = batch(rows.tolist())
    with subject.stub() as stub:
        calls = [stub.PredictBatch.future(request, timeout=PATIENCE) for _ in range(_IN_FLIGHT)]
        # By the time that one is answered the others have begun, and hardly all are done.
        calls[0].result()
        end = subject.stop()
        found = Counter(call.code().name for call in calls)
        if {*found} != {"OK"}:
            raise Differs(statuses(found))
        if not subject.noop:
            for call in calls:
                check_nearest(subject, rows, list(call.result().cluster_indexes))
    return f"all {_IN_FLIGHT} got their response; {_ended(end)}"


def _under_load(subject: CheckedServer) -> str:
    subject.own_server()
    over = threading.Event()
    request = pb.PredictRequest(features=subject.good)
    with ExitStack() as stack:
        probe, *stubs = [stack.enter_context(subject.stub()) for _ in range(_THREADS + 1)]
        pool = stack.enter_context(ThreadPoolExecutor(_THREADS))
        load = [pool.submit(_ask_until, stub, request, over) for stub in stubs]
        try:
            time.sleep(_LOAD)
            end = subject.stop()
            late, _ = status_of(lambda: probe.Predict(request, timeout=PATIENCE))
        finally:
            over.set()
        found = sum((each.result() for each in load), Counter[str]())
    said = f"{statuses(found)}; {_ended(end)}"
    if {*found} - {"OK"} - _TOO_LATE or not found["OK"]:
        raise Differs(said)
    if late not in _TOO_LATE:
        raise Differs(f"{late} for a request after its end")
    return said


def _ask_until(
    stub: pb_grpc.ClusteringServiceStub,
    request: pb.PredictRequest,
    over: threading.Event,
) -> Counter[str]:
    """Keep requests in flight on a connection until the server takes no more; return statuses."""
    found: Counter[str] = Counter()
    while not over.is_set() and not {*found} - {"OK"}:
        flight = [stub.Predict.future(request, timeout=PATIENCE) for _ in range(16)]
        found.update(call.code().name for call in flight)
    return found


def _ended(end: End) -> str:
    """Write how it ended. Raises Differs where its exit status is not 0."""
    said = f"exit status {end.status} after {end.took:.1f} s"
    if end.status in {-9, 137}:
        raise Differs(f"it had not ended within its grace, and was killed after {end.took:.1f} s")
    if end.status != 0:
        raise Differs(said)
    return said


_REMEDY = (
    "on SIGTERM set health to NOT_SERVING, take no more requests, let those in flight finish, and "
    "exit with 0 within 10 s"
)
POINTS = (
    Point(
        name="SIGTERM with requests in flight",
        expected="they finish, rightly; then exit status 0, within its grace (10 s)",
        remedy=f"{_REMEDY}: in grpcio server.stop(grace), in tonic serve_with_shutdown",
        check=_in_flight,
    ),
    Point(
        name="SIGTERM under load",
        expected="each request gets OK, or UNAVAILABLE or CANCELLED if it came too late; exit "
        "status 0",
        remedy=_REMEDY,
        check=_under_load,
    ),
    Point(
        name="SIGTERM at rest",
        expected="exit status 0 within its grace (10 s)",
        remedy=_REMEDY,
        check=_at_rest,
    ),
    Point(
        name="says what it did",
        expected='a last line on standard output: {"event": "stopped", "workers": [{"requests": '
        '..., "cpu_seconds": ...}]}',
        remedy="print that line as JSON and flush it before it ends; the report shows how even "
        "the load of its workers was",
        check=_says_what_it_did,
        required=False,
    ),
    Point(
        name="SIGINT",
        expected="it ends as by SIGTERM: exit status 0 within its grace (10 s)",
        remedy="handle SIGINT as SIGTERM: Ctrl-C then ends it in a terminal",
        check=_interrupted,
        required=False,
    ),
)
