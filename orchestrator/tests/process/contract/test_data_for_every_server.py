"""What the reader of data folders takes, every server and ghz take too, and answer rightly."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.parity import check_parity
from clusterbench.config.data_files import LARGEST_MESSAGE, batch_bytes
from clusterbench.config.data_folder import read_data
from clusterbench.load.generator import Load
from clusterbench.load.generators.ghz import Ghz
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS
from clusterbench.model.execution import Address, Completed
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedServer
from support.contract import PATIENCE
from support.local_servers import BUILDS

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.data import DataFolder
    from support.local_servers import Launch

pytestmark = pytest.mark.process

Row = list[float]

WIDE = 3000
#: Name -> centroids and observations that are at the edge of what is taken.
EDGES: dict[str, tuple[list[Row], list[Row]]] = {
    "the largest numbers": (
        [[1e100, -1e100], [-1e100, 1e100], [1e100, 1e100]], [[1e100, -1e100], [-1e99, 1e100]],
    ),
    "the smallest numbers": (
        [[5e-324, -5e-324], [-0.0, 0.0], [1.0, 2e-308]], [[5e-324, 0.0], [1.0, -0.0]],
    ),
    "centroids that come twice": (
        [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [3.0, 4.0]], [[1.0, 2.0], [3.5, 4.5]],
    ),
    "nothing but one centroid many times": ([[1.0, 2.0]] * 300, [[1.0, 2.0], [5.0, 5.0]]),
    "ties": ([[0.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [1.0, 7.0]]),
    "one cluster of one feature": ([[1.5]], [[1.5], [-2.0]]),
    "whole numbers that no double holds": (
        [[9007199254740993, 0], [18446744073709551617, 5]], [[1, 9223372036854775809]],
    ),
    "thousands of features": (
        [[float((i * j) % 7) for j in range(WIDE)] for i in (1, 2, 3)],
        [[float((i * j) % 7) for j in range(WIDE)] for i in (3, 5)],
    ),
}  # fmt: skip


def folder(path: Path, centroids: list[Row], rows: list[Row], many: int = 1) -> DataFolder:
    """Write a data folder by hand, and read it; a batch has the observations `many` times."""
    asked = [{"features": row} for row in rows]
    model = {"n_clusters": len(centroids), "n_features": len(rows[0]), "centroids": centroids}
    path.mkdir()
    for name, content in {
        MODEL: {"made": "by hand", **model},
        OBSERVATIONS: asked,
        BATCHES: [{"observations": asked * many}],
    }.items():
        (path / name).write_text(json.dumps(content))
    return read_data(path)


def loaded(address: Address, data: DataFolder, method: Method, path: Path) -> None:
    """Have ghz send the folder's requests, and check that each is answered OK."""
    ghz = Ghz()
    load = Load(
        address=address, method=method, loop=Loop.CLOSED, level=2, connections=1,
        duration=Seconds(0.2),
    )  # fmt: skip
    for name, content in ghz.files(data).items():
        (path / name).write_bytes(content)
    invocation = ghz.invocation(load, "t")
    done = subprocess.run(
        invocation.command, cwd=path, env={"PATH": f"{BUILDS}:/usr/bin:/bin"}, check=False,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = {name: path / name for name in invocation.outputs}
    completed = Completed(
        stdout=done.stdout, stderr=done.stderr, exit_status=done.returncode, outputs=outputs
    )
    counts = ghz.read(load, completed).counts
    assert set(counts) == {"OK"}, counts


@pytest.mark.parametrize("edge", EDGES)
def test_what_the_reader_takes_every_server_serves_and_ghz_sends(
    launch: Launch, tmp_path: Path, edge: str
) -> None:
    data = folder(tmp_path / "data", *EDGES[edge])
    serve_and_load(launch, data, tmp_path)


def test_a_batch_of_grpcs_usual_limit_is_answered(launch: Launch, tmp_path: Path) -> None:
    many = LARGEST_MESSAGE // batch_bytes(2, 2)
    rows = [[1.0, 2.0], [-3.0, 4.0]]
    data = folder(tmp_path / "data", [[1.0, 1.0], [-4.0, 4.0], [9.0, 9.0]], rows, many)
    serve_and_load(launch, data, tmp_path)


def serve_and_load(launch: Launch, data: DataFolder, path: Path) -> None:
    model = path / "model.json"
    model.write_bytes(data.model_json)
    server = launch("--model", str(model))
    address = Address("127.0.0.1", server.port)
    with server.channel() as channel:
        found = check_parity(AttachedServer(address, "-"), channel, data, set(Method))
    assert found.observations == len(data.observations) + len(data.batches[0])
    for method in Method:
        loaded(address, data, method, path)
