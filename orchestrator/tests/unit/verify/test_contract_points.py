"""Each point of the contract: kept by a right server, and missed by the one that is wrong there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.data_folder import read_data
from clusterbench.errors import ServerFailed
from clusterbench.model.execution import Address
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedServer
from clusterbench.verify import ending
from clusterbench.verify.checked_server import CheckedServer
from clusterbench.verify.contract import CONTRACT, judge, verdicts
from clusterbench.verify.point import Point, PointState
from support.data_folders import write
from support.faulty_servers import FAULTS, FaultyServer, faulty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.port import Server

POINTS = {point.name: point for point in CONTRACT}
#: Which points a fault makes a server miss, among them those that others depend on.
MISSED = {
    "health of all": ["health of an unknown service"],
    "late model": ["ready when it says so"],
    "silent": ["says what it is", "says where it listens"],
    "no reflection": ["reflection"],
    "other methods": ["unknown method"],
    "wrong cluster": ["parity of Predict", "parity of PredictBatch", "centroids", "batch of one"],
    "off by one": ["parity of Predict", "centroids"],
    "empty batch refused": ["empty batch"],
    "one as none": ["batch of one"],
    "order lost": ["parity of PredictBatch", "large batch"],
    "overflow refused": ["largest numbers"],
    "any length": ["no features", "too few features", "too many features", "ragged batch"],
    "any number": ["NaN", "infinity", "-infinity"],
    "rows not looked at": ["NaN", "too few features"],
    "status UNKNOWN": ["NaN", "no features"],
    "garbage taken": ["bytes that are no message"],
    "leaks": ["memory under bad input"],
    "killed": ["SIGTERM at rest"],
    "status 3": ["SIGTERM at rest", "SIGTERM under load"],
    "drops requests": ["SIGTERM with requests in flight"],
    "dies of SIGINT": ["SIGINT"],
    "no last line": ["says what it did"],
    "no count": ["says what it did"],
}
CASES = [(fault, name) for fault, names in MISSED.items() for name in names]


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return read_data(write(tmp_path, clusters=5, samples=40))


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedServer]:
    """A server without faults."""
    kept = read_data(write(tmp_path_factory.mktemp("data"), clusters=5, samples=40))
    with CheckedServer(lambda: faulty(kept), kept) as subject:
        yield subject


@pytest.mark.parametrize("point", CONTRACT, ids=lambda each: each.name)
def test_a_right_server_keeps_each_point(right: CheckedServer, point: Point) -> None:
    verdict = judge(point, right)
    assert verdict.state is PointState.OK, verdict
    assert (verdict.point, verdict.required) == (point.name, point.required)


@pytest.mark.parametrize(("fault", "name"), CASES)
def test_a_fault_is_found_by_the_point_that_is_about_it(
    data: DataFolder, fault: str, name: str
) -> None:
    point = POINTS[name]
    with CheckedServer(lambda: faulty(data, fault), data) as subject:
        verdict = judge(point, subject)
    assert verdict.state is (PointState.FAILS if point.required else PointState.LACKS), verdict
    assert verdict.expected == point.expected
    assert verdict.remedy
    assert verdict.seen


def test_every_fault_that_a_server_can_have_is_tried() -> None:
    assert set(MISSED) == set(FAULTS)


def test_of_a_server_that_somebody_else_started_what_stops_it_is_not_checked(
    data: DataFolder,
) -> None:
    with faulty(data) as server:
        attached = AttachedServer(server.address, "-")

        class Theirs:
            def __enter__(self) -> Server:
                return attached

            def __exit__(self, *_: object) -> None:
                pass

        with CheckedServer(Theirs, data, ours=False) as subject:
            found = {each.point: each for each in verdicts(subject)}
        assert server.running()
    left = {
        name: each.seen
        for name, each in found.items()
        if each.state is PointState.NOT_CHECKED and name in {point.name for point in ending.POINTS}
    }
    assert left == dict.fromkeys(
        (
            "SIGTERM with requests in flight", "SIGTERM under load", "SIGTERM at rest",
            "says what it did", "SIGINT",
        ),
        "it was started by somebody else",
    )  # fmt: skip
    assert found["memory under bad input"].seen == "its memory cannot be read from here"
    assert {each.state for each in found.values()} == {PointState.OK, PointState.NOT_CHECKED}


def test_of_a_noop_handler_what_the_model_decides_is_not_checked(data: DataFolder) -> None:
    with CheckedServer(lambda: faulty(data, "any number"), data, noop=True) as subject:
        verdict = judge(POINTS["NaN"], subject)
    assert (verdict.state, verdict.seen) == (
        PointState.NOT_CHECKED, "a no-op handler returns a constant",
    )  # fmt: skip


def test_of_a_server_that_does_not_start_the_rest_is_not_checked(data: DataFolder) -> None:
    def start() -> AbstractContextManager[Server]:
        raise ServerFailed("mine ended at its start, exit status 1", "no such module")

    with CheckedServer(start, data) as subject:
        first, *rest = verdicts(subject)
    assert first.state is PointState.FAILS
    assert "no such module" in first.seen
    assert {(each.state, each.seen) for each in rest} == {
        (PointState.NOT_CHECKED, "it does not start")
    }


def test_one_that_is_never_ready_is_stopped_again(data: DataFolder) -> None:
    server = FaultyServer(data)
    right, server.address = server.address, Address("127.0.0.1", 1)

    class Never:
        def __enter__(self) -> Server:
            return server

        def __exit__(self, *_: object) -> None:
            server.address = right
            server.stop()

    with CheckedServer(Never, data, deadline=Seconds(0.2)) as subject:
        verdict = judge(POINTS["starts"], subject)
        assert not server.running()
    assert verdict.state is PointState.FAILS


def test_a_server_that_ends_by_itself_fails_the_point_and_is_started_again(
    data: DataFolder,
) -> None:
    started: list[FaultyServer] = []

    def start() -> FaultyServer:
        started.append(FaultyServer(data))
        return started[-1]

    class Mortal:
        def __enter__(self) -> Server:
            return start()

        def __exit__(self, *_: object) -> None:
            started[-1].stop()

    def end(subject: CheckedServer) -> str:
        subject.server()
        started[-1].stop()
        return "INVALID_ARGUMENT"

    with CheckedServer(Mortal, data) as subject:
        deadly = Point(name="deadly", expected="-", remedy="-", check=end, required=False)
        verdict = judge(deadly, subject)
        assert verdict.state is PointState.FAILS
        assert "then the server ended by itself" in verdict.seen
        assert judge(POINTS["empty batch"], subject).state is PointState.OK
    assert len(started) == 2


@pytest.mark.parametrize(("host", "asked"), [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")])
def test_a_server_that_takes_no_connections_fails_the_point_that_makes_some(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch, host: str, asked: str
) -> None:
    places = []

    def refused(place: tuple[str, int], **_how: object) -> socket.socket:
        places.append(place)
        raise ConnectionRefusedError(111, "Connection refused")

    with CheckedServer(lambda: faulty(data), data) as subject:
        server = subject.server()
        monkeypatch.setattr(socket, "create_connection", refused)
        server.address = Address(host, server.address.port)
        verdict = judge(POINTS["connections that are not gRPC"], subject)
    assert verdict.state is PointState.FAILS
    assert verdict.seen == f"no connection to {server.address}: Connection refused"
    assert places == [(asked, server.address.port)]
