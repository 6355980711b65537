"""grpc-load as the lab calls it, on a real server: each response compared with the right one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.data_folder import read_data
from clusterbench.errors import GeneratorFailed
from clusterbench.load.generator import Load, Right
from clusterbench.load.generators.grpc_load import GrpcLoad
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from support.generator_runs import run_load
from support.local_servers import Server, command_of, running
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.load.generator import Reading

pytestmark = pytest.mark.process

NAME = "rust-tonic"


def serving(folder: Path, **settings: str) -> Iterator[Server]:
    program = Path(command_of(NAME)[0])
    if not program.is_file():
        pytest.skip(f"{NAME} is not built: there is no {program}")
    with running(NAME, folder, [], settings) as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def noop_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("noop"), SERVER_HANDLER="noop")


def run(
    port: int,
    folder: Path,
    *,
    loop: Loop = Loop.CLOSED,
    level: int = 16,
    method: Method = Method.PREDICT,
    right: Right | None = Right.NEAREST,
) -> Reading:
    load = Load(
        address=Address("127.0.0.1", port), method=method, loop=loop, level=level, connections=4,
        duration=Seconds(0.5), threads=2, right=right,
    )  # fmt: skip
    return run_load(GrpcLoad(), load, read_data(ROOT / "data"), folder)


@pytest.mark.parametrize("method", Method)
def test_every_response_of_a_closed_loop_is_the_right_one(
    server: Server, tmp_path: Path, method: Method
) -> None:
    reading = run(server.port, tmp_path, method=method)
    assert set(reading.counts) == {"OK"}
    assert reading.checked == reading.counts["OK"] == len(reading.samples.start)
    assert reading.wrong == 0


def test_an_open_loop_sends_what_its_schedule_asks_for_whatever_the_responses_do(
    server: Server, tmp_path: Path
) -> None:
    first, again = (run(server.port, tmp_path, loop=Loop.OPEN, level=1000) for _twice in range(2))
    assert first.checked == first.counts["OK"] > 0
    # The same seed: the same requests are due at the same times.
    assert sorted(first.samples.start) == sorted(again.samples.start)
    assert first.summary["asked"]["load"]["kind"] == "open"


@pytest.mark.parametrize("method", Method)
def test_a_no_op_handler_is_right_only_where_one_is_expected(
    noop_server: Server, tmp_path: Path, method: Method
) -> None:
    right = run(noop_server.port, tmp_path, method=method, right=Right.NOOP)
    assert right.checked == right.counts["OK"] > 0
    assert right.wrong == 0
    other = run(noop_server.port, tmp_path, method=method, right=Right.NEAREST)
    assert 0 < other.wrong <= (other.checked or 0)
    assert other.counts["UNKNOWN"] == other.wrong


def test_a_server_that_is_not_there_is_told_with_its_address(tmp_path: Path) -> None:
    with pytest.raises(GeneratorFailed, match=r"exit status 1[\s\S]*127\.0\.0\.1:1"):
        run(1, tmp_path)
