"""Servers in containers, as the tests of the contract see them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from centroids_pb2_grpc import ClusteringServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.runtime.docker.container_server import ContainerServer


class Server:
    """A server in a container, whose address tests reach."""

    def __init__(self, running: ContainerServer) -> None:
        self.running = running

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_http_proxy", 0),
        ]
        with grpc.insecure_channel(str(self.running.address), options=options) as channel:
            yield channel

    @contextmanager
    def stub(self) -> Iterator[ClusteringServiceStub]:
        with self.channel() as channel:
            grpc.channel_ready_future(channel).result(60)
            yield ClusteringServiceStub(channel)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.running.logs().splitlines()]
