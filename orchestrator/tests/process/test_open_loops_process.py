"""Open loops of real load generators: what is their own delay, and what is the server's."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.config.data_folder import read_data
from clusterbench.load.generator import Load
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from support.generator_runs import run_load
from support.local_servers import Server, command_of, running
from support.repository import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = [pytest.mark.process, pytest.mark.alone]

RATE, LASTS, PAUSE = 500, 2.0, 0.5


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = Path(command_of("rust-tonic")[0])
    if not program.is_file():
        pytest.skip(f"rust-tonic is not built: there is no {program}")
    with running("rust-tonic", tmp_path_factory.mktemp("server"), [], {}) as started:
        yield started


def connected(port: int) -> bool:
    """Whether any client has a connection to a port of this host."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def pause(process: subprocess.Popen[str], port: int) -> None:
    """Stop a load generator for a while, once its load has begun."""
    while not connected(port) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(PAUSE)
    os.kill(process.pid, signal.SIGCONT)


@pytest.mark.parametrize("name", ["ghz", "grpc-load"])
def test_a_pause_of_the_load_generator_is_its_send_delay_and_no_request_is_left_out(
    server: Server, tmp_path: Path, name: str
) -> None:
    load = Load(
        address=Address("127.0.0.1", server.port), method=Method.PREDICT, loop=Loop.OPEN,
        level=RATE, connections=4, duration=Seconds(LASTS),
    )  # fmt: skip
    samples = run_load(
        GENERATORS[name], load, read_data(ROOT / "data"), tmp_path,
        meanwhile=lambda process: pause(process, server.port),
    ).samples  # fmt: skip
    assert samples.send_delay is not None
    assert samples.send_delay.max() > 0.8 * PAUSE
    # All that was due in the pause waited, and counts from when it was due.
    late = samples.send_delay > 0.2 * PAUSE
    assert late.sum() > 0.5 * PAUSE * RATE
    assert (samples.latency >= samples.send_delay).all()
    assert np.ptp(samples.start[late]) > 0.5 * PAUSE
