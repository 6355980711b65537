"""What holds of every server, as tests that a folder runs on its own servers."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING, Protocol

import grpc
import numpy as np
import pytest
from centroids_pb2 import Observation, PredictBatchRequest, PredictRequest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from clusterbench.verify.checked_server import raw
from clusterbench.verify.contract import CONTRACT, judge
from clusterbench.verify.point import PointState
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from centroids_pb2_grpc import ClusteringServiceStub
    from numpy.typing import NDArray

    from clusterbench.verify.checked_server import CheckedServer
    from clusterbench.verify.point import Point

    Needs = Callable[[str], None]

MODEL = ROOT / "data" / "model.json"
PATIENCE = 60.0
"""Seconds after which something that should have happened counts as not happening."""
GOOD = [1.0, 2.0]
LIMIT = 64 * 1024 * 1024
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

BAD_ROWS = [
    pytest.param([], ": 0 features came, 2 wanted", id="none"),
    pytest.param([1.0], ": 1 features came, 2 wanted", id="too few"),
    pytest.param([1.0, 2.0, 3.0], ": 3 features came, 2 wanted", id="too many"),
    pytest.param([nan], ": 1 features came, 2 wanted", id="too few, and not finite"),
    pytest.param([1.0, nan], ", feature 1: NaN is not a finite number", id="NaN"),
    pytest.param([inf, 1.0], ", feature 0: infinity is not a finite number", id="infinity"),
    pytest.param([1.0, -inf], ", feature 1: -infinity is not a finite number", id="-infinity"),
    pytest.param([-inf, nan], ", feature 0: -infinity is not a finite number", id="two bad"),
]

#: What the edition of 2019 does not offer.
LACKING = {
    "sklearn-grpc-2019": {"workers"},
    "linfa-py-grpc-2019": {"workers"},
    "rust-tonic-2019": {"workers", "reflection", "says what it did"},
}


class Server(Protocol):
    """A server that runs, as these tests see one."""

    def channel(self) -> AbstractContextManager[grpc.Channel]:
        """Open a connection of its own, without bounds on messages."""
        ...

    def stub(self) -> AbstractContextManager[ClusteringServiceStub]:
        """Open a connection of its own, and return its methods."""
        ...


def needs_of(service: str) -> Needs:
    """Return what skips a test of what the service's edition did not offer."""

    def check(part: str) -> None:
        if part in LACKING.get(service, ()):
            pytest.skip(f"{service} offers no {part}")

    return check


def batch(rows: Iterable[Sequence[float]]) -> PredictBatchRequest:
    return PredictBatchRequest(observations=[Observation(features=row) for row in rows])


def refused(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()


def assert_nearest(
    centroids: NDArray[np.float64], rows: NDArray[np.float64], responses: Sequence[int]
) -> None:
    distances = ((rows[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
    chosen = distances[np.arange(len(rows)), list(responses)]
    np.testing.assert_allclose(chosen, distances.min(axis=1), rtol=1e-9)


def doubles(rng_seed: int, *shape: int) -> NDArray[np.float64]:
    return np.random.default_rng(rng_seed).uniform(-100, 100, shape)


class Contract:
    """Tests of a `subject`; then of a `server` and its `stub`, for what the lab's own promise."""

    @pytest.mark.parametrize("point", CONTRACT, ids=lambda each: each.name)
    def test_it_keeps_the_contract_of_all_contenders(
        self, subject: CheckedServer, needs: Needs, point: Point
    ) -> None:
        needs(point.name)
        verdict = judge(point, subject)
        assert verdict.state is PointState.OK, verdict

    @pytest.mark.parametrize(("row", "told"), BAD_ROWS)
    def test_a_bad_observation_is_refused_with_the_reason(
        self, stub: ClusteringServiceStub, row: list[float], told: str
    ) -> None:
        answer = refused(lambda: stub.Predict(PredictRequest(features=row)))
        assert answer == (grpc.StatusCode.INVALID_ARGUMENT, f"row 0{told}")

    @pytest.mark.parametrize(("row", "told"), BAD_ROWS)
    def test_one_bad_row_fails_the_whole_batch_with_the_reason(
        self, stub: ClusteringServiceStub, row: list[float], told: str
    ) -> None:
        answer = refused(lambda: stub.PredictBatch(batch([GOOD, GOOD, GOOD, row, GOOD])))
        assert answer == (grpc.StatusCode.INVALID_ARGUMENT, f"row 3{told}")

    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            ([GOOD, [1.0, nan], [1.0]], "row 1, feature 1: NaN is not a finite number"),
            ([GOOD, [1.0], [1.0, nan]], "row 1: 1 features came, 2 wanted"),
            # As many numbers as are wanted in all, but not in each row.
            ([[1.0], [1.0, 2.0, 3.0]], "row 0: 1 features came, 2 wanted"),
        ],
    )
    def test_the_first_bad_row_is_the_one_told(
        self, stub: ClusteringServiceStub, rows: list[list[float]], told: str
    ) -> None:
        assert refused(lambda: stub.PredictBatch(batch(rows)))[1] == told

    def test_a_message_of_64_mib_is_read(self, server: Server) -> None:
        features = (LIMIT - 8) // 8
        # 5 bytes begin the field; 3 are a field that nobody knows, to make up the size.
        message = PredictRequest(features=np.zeros(features)).SerializeToString() + b"\x80\x01\x00"
        assert len(message) == LIMIT
        with server.channel() as channel:
            answer = refused(lambda: raw(channel, "Predict")(message))
        assert answer == (
            grpc.StatusCode.INVALID_ARGUMENT,
            f"row 0: {features} features came, 2 wanted",
        )

    def test_reflection_describes_health_too(self, server: Server, needs: Needs) -> None:
        needs("reflection")
        with server.channel() as channel:
            database = ProtoReflectionDescriptorDatabase(channel)
            assert "grpc.health.v1.Health" in database.get_services()
            described = database.FindFileContainingSymbol("ml.ClusteringService")
            assert [each.name for each in described.service[0].method] == [
                "Predict",
                "PredictBatch",
            ]
            assert database.FindFileContainingSymbol("grpc.health.v1.Health").service
