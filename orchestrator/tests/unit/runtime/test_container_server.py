"""How a server's container is asked to end, on a container that is made up."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.execution import Address
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.container_server import ContainerServer, Start

if TYPE_CHECKING:
    from collections.abc import Collection


class Container:
    """A container that ends by some signals, and notes what it got."""

    def __init__(self, ends_by: Collection[str]) -> None:
        self.name, self.status, self.attrs = "lab-1", "running", dict[str, Any]()
        self.ends_by, self.got = ends_by, list[str]()

    def reload(self) -> None:
        pass

    def kill(self, signal: str = "SIGKILL") -> None:
        self.got.append(signal)
        if signal in self.ends_by:
            self.status = "exited"
            self.attrs["State"] = {"ExitCode": 137 if signal == "SIGKILL" else 0}

    def stop(self, timeout: int) -> None:
        self.kill("SIGTERM")
        assert timeout == 1


def server(container: Container) -> ContainerServer:
    return ContainerServer(
        container,
        Address("127.0.0.1", 1),
        grace=Seconds(0.2),
        start=Start(0.0, 1.0, 2.0),
        verify=lambda: None,
        profile=lambda _profiler, _aside: None,
    )


@pytest.mark.parametrize(
    ("number", "ends_by", "got", "status"),
    [
        (signal.SIGTERM, {"SIGTERM"}, ["SIGTERM"], 0),
        (signal.SIGINT, {"SIGINT"}, ["SIGINT"], 0),
        (signal.SIGINT, {"SIGKILL"}, ["SIGINT", "SIGKILL"], 137),
    ],
    ids=["the engine's way", "by another signal", "which it ignores"],
)
def test_a_container_is_asked_once_and_killed_after_its_grace(
    number: signal.Signals, ends_by: Collection[str], got: list[str], status: int
) -> None:
    container = Container(ends_by)
    asked = server(container)
    asked.stop(number)
    asked.stop()
    assert container.got == got
    assert asked.exit_status() == status
