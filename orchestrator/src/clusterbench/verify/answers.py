"""Points of a server's responses: right for every request of the data folder, and for batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import centroids_pb2 as pb

from clusterbench.bench.parity import check_parity, excess
from clusterbench.model.data import PARITY_TOLERANCE
from clusterbench.model.experiment import Method
from clusterbench.verify.checked_server import PATIENCE, batch
from clusterbench.verify.complaints import Differs
from clusterbench.verify.point import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from clusterbench.verify.checked_server import CheckedServer

#: The largest batch: this many observations, and no more bytes than gRPC's usual bound allows.
MOST_ROWS, _MOST_BYTES = 100_000, 3 * 1024 * 1024
_NEAREST = "compute distances in 64-bit floats; respond with the row's index, counted from 0"


def _parity(method: Method) -> Callable[[CheckedServer], str]:
    def check(subject: CheckedServer) -> str:
        with subject.channel() as channel:
            found = check_parity(subject.server(), channel, subject.data, {method})
        return f"right for all {found.observations:,} observations"

    return check


def _centroids(subject: CheckedServer) -> str:
    rows = subject.data.centroids
    check_nearest(subject, rows, ask(subject, rows))
    return f"right for all {len(rows):,} centroids"


def _empty(subject: CheckedServer) -> str:
    with subject.stub() as stub:
        found = stub.PredictBatch(pb.PredictBatchRequest(), timeout=PATIENCE).cluster_indexes
    if found:
        raise Differs(f"a response of {len(found)}")
    return "an empty response"


def _one(subject: CheckedServer) -> str:
    rows = subject.rows(1, seed=1)
    check_nearest(subject, rows, ask(subject, rows))
    return "one, rightly"


def _many(subject: CheckedServer) -> str:
    rows = large_batch(subject, seed=2)
    check_nearest(subject, rows, ask(subject, rows))
    return f"{len(rows):,} in order, each rightly"


def _largest(subject: CheckedServer) -> str:
    row = [(-1) ** number * 1e308 for number in range(subject.features)]
    with subject.stub() as stub:
        request = pb.PredictRequest(features=row)
        index = stub.Predict(request, timeout=PATIENCE).cluster_index
    if not 0 <= index < len(subject.data.centroids):
        raise Differs(f"cluster {index} of {len(subject.data.centroids)}")
    return "a cluster"


def large_batch(subject: CheckedServer, seed: int) -> NDArray[np.float64]:
    """Return as many observations (n, d) as the largest batch has."""
    return subject.rows(min(MOST_ROWS, _MOST_BYTES // (8 * subject.features + 6)), seed)


def ask(subject: CheckedServer, rows: NDArray[np.float64]) -> Sequence[int]:
    """Return the clusters of a batch (n, d)."""
    with subject.stub() as stub:
        response = stub.PredictBatch(batch(rows.tolist()), timeout=PATIENCE)
    return list(response.cluster_indexes)


def check_nearest(subject: CheckedServer, rows: NDArray[np.float64], chosen: Sequence[int]) -> None:
    """See that each observation (n, d) got its nearest centroid. Raises Differs."""
    if len(chosen) != len(rows):
        raise Differs(f"{len(chosen):,} responses to {len(rows):,} observations")
    count = len(subject.data.centroids)
    if wrong := [index for index in chosen if not 0 <= index < count]:
        raise Differs(f"cluster {wrong[0]} of {count}")
    gaps = excess(rows, chosen, subject.data.centroids)
    if gaps.max() > PARITY_TOLERANCE:
        row = int(gaps.argmax())
        raise Differs(f"row {row}: cluster {chosen[row]} is {gaps[row]:.3g} farther (relative)")


POINTS = (
    *(
        Point(
            name=f"parity of {method}",
            expected="the nearest centroid for every observation of the data folder",
            remedy=_NEAREST,
            check=_parity(method),
            of_the_model=True,
        )
        for method in Method
    ),
    Point(
        name="centroids",
        expected="each centroid of the model gets its own index",
        remedy=f"keep the order of the model's centroids; {_NEAREST}",
        check=_centroids,
        of_the_model=True,
    ),
    Point(
        name="empty batch",
        expected="an empty response",
        remedy="respond to a batch of no observations with no indexes, and no error",
        check=_empty,
    ),
    Point(
        name="batch of one",
        expected="one index",
        remedy="do not drop the dimension of a batch that has one row",
        check=_one,
        of_the_model=True,
    ),
    Point(
        name="large batch",
        expected=f"up to {MOST_ROWS:,} observations in 3 MiB are answered, in their order",
        remedy="take messages of 4 MiB, gRPC's usual bound, or more; keep the order of rows",
        check=_many,
        of_the_model=True,
    ),
    Point(
        name="largest numbers",
        expected="1e308 is finite: such an observation gets a cluster",
        remedy="let squares overflow to infinity, and take the index of the smallest all the same",
        check=_largest,
        of_the_model=True,
    ),
)
