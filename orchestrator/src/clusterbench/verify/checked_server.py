"""The server that is held to the contract: started when a point needs it, and asked by it."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np

from clusterbench.bench.health import wait_until_serving
from clusterbench.errors import ServerFailed, first_counts
from clusterbench.load.generator import SERVICE
from clusterbench.model.units import Seconds
from clusterbench.verify.complaints import NotChecked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.port import Server

#: How long a request may take before it counts as one that hangs (s).
PATIENCE = 30.0
#: Why the points that stop a server, or read its log, are not checked of an address.
SOMEBODY_ELSES = "it was started by somebody else"
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 200),
)


class End(NamedTuple):
    """How a server ended that was asked to: exit status, how long it took (s), its whole log."""

    status: int | None
    took: Seconds
    log: str


class CheckedServer:
    """One server at a time: the one that runs is asked until a point stops it.

    `start` starts one; `ours` says whether it may be stopped, and its log be read. `data` has the
    model that it serves; `noop` says that it returns a constant. Leaving the `with` stops it.
    """

    def __init__(
        self,
        start: Callable[[], AbstractContextManager[Server]],
        data: DataFolder,
        *,
        ours: bool = True,
        noop: bool = False,
        deadline: Seconds = Seconds(60.0),  # noqa: B008 - a number with a unit
    ) -> None:
        self.data, self.ours, self.noop = data, ours, noop
        self._start, self._deadline = start, deadline
        self._stack = ExitStack()
        self._server: Server | None = None
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with first_counts():
            self.drop()

    @property
    def features(self) -> int:
        """Return how many numbers an observation has."""
        return int(self.data.centroids.shape[1])

    @property
    def good(self) -> list[float]:
        """Return an observation that it takes."""
        row: list[float] = self.data.observations[0].tolist()
        return row

    def server(self) -> Server:
        """Return the server that runs, once health says SERVING; start one where none does.

        Raises ServerFailed where it does not start, and NotChecked where it did not before.
        """
        if self._server is None:
            if self._failed:
                raise NotChecked("it does not start")
            self._server = self._begin()
        return self._server

    def _begin(self) -> Server:
        """Start a server, and wait until it serves."""
        self._failed = True
        with ExitStack() as stack:
            server = stack.enter_context(self._start())
            with self._open(server) as channel:
                wait_until_serving(server, channel, self._deadline)
            self._stack.push(stack.pop_all())
        self._failed = False
        return server

    def own_server(self) -> Server:
        """Return the server that runs, where it is ours to stop. Raises NotChecked."""
        if not self.ours:
            raise NotChecked(SOMEBODY_ELSES)
        return self.server()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> End:
        """Ask the server to end by a signal, and return how it ended."""
        server = self.own_server()
        began = time.monotonic()
        server.stop(number)
        took = Seconds(time.monotonic() - began)
        end = End(server.exit_status(), took, server.logs())
        self.drop()
        return end

    def ended(self) -> bool:
        """Return whether the server that ran has ended by itself."""
        return self._server is not None and not self._server.running()

    def last_words(self) -> str:
        """Return what the server wrote."""
        return self._server.logs() if self._server else ""

    def drop(self) -> None:
        """Leave the server that runs, if one does; what is ours is stopped."""
        self._server = None
        self._stack.close()

    def channel(self) -> AbstractContextManager[grpc.Channel]:
        """Open a connection of its own, without bounds on messages."""
        return self._open(self.server())

    @contextmanager
    def stub(self) -> Iterator[pb_grpc.ClusteringServiceStub]:
        """Open a connection of its own, and return its methods."""
        with self.channel() as channel:
            yield pb_grpc.ClusteringServiceStub(channel)

    def check_serves(self) -> None:
        """See that it responds rightly to one good request. Raises ServerFailed, or an RpcError."""
        with self.stub() as stub:
            index = stub.Predict(pb.PredictRequest(features=self.good), timeout=PATIENCE)
        if not self.noop and not 0 <= index.cluster_index < len(self.data.centroids):
            raise ServerFailed(f"responds with cluster {index.cluster_index}", self.last_words())

    def rows(self, count: int, seed: int) -> NDArray[np.float64]:
        """Return observations (count, n_features) like the model's centroids, from a seed."""
        spread = float(np.abs(self.data.centroids).max()) or 1.0
        shape = (count, self.features)
        return np.random.default_rng(seed).uniform(-spread, spread, shape)

    def _open(self, server: Server) -> AbstractContextManager[grpc.Channel]:
        channel: AbstractContextManager[grpc.Channel] = grpc.insecure_channel(
            str(server.address), options=_OPTIONS
        )
        return channel


def batch(rows: Iterable[Sequence[float]]) -> pb.PredictBatchRequest:
    """Return a request of many observations."""
    return pb.PredictBatchRequest(observations=[pb.Observation(features=row) for row in rows])


def raw(channel: grpc.Channel, method: str, service: str = SERVICE) -> Callable[..., bytes]:
    """Return a method whose requests and responses are bytes as they are, good or not."""
    call: Callable[..., bytes] = channel.unary_unary(f"/{service}/{method}")
    return call


def status_of(call: Callable[[], object]) -> tuple[str, str]:
    """Return the status that a call ended with, and its details: OK, or what it was refused by."""
    try:
        found = call()
    except grpc.RpcError as error:
        return error.code().name, error.details() or ""
    return "OK", " ".join(str(found).split())[:60]
