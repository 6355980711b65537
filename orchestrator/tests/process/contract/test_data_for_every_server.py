"""What the reader of data folders takes, every server and ghz take too, and answer rightly."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.parity import check_parity
from clusterbench.load.generator import Load
from clusterbench.load.generators.ghz import Ghz
from clusterbench.model.execution import Address, Completed
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedServer
from support.contract import PATIENCE
from support.edges_of_data import EDGES, edge
from support.local_servers import BUILDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.model.data import DataFolder
    from support.local_servers import Launch

pytestmark = pytest.mark.process


def counts(address: Address, data: DataFolder, method: Method, path: Path) -> Mapping[str, int]:
    """Have ghz send the folder's requests until any is answered; return the answers by status."""
    ghz = Ghz()
    for name, content in ghz.files(data).items():
        (path / name).write_bytes(content)
    # On a busy host a short load may end before its first request.
    for seconds in (0.2, 2.0, 20.0):
        load = Load(
            address=address, method=method, loop=Loop.CLOSED, level=2, connections=1,
            duration=Seconds(seconds),
        )  # fmt: skip
        invocation = ghz.invocation(load, "t")
        done = subprocess.run(
            invocation.command, cwd=path, env={"PATH": f"{BUILDS}:/usr/bin:/bin"}, check=False,
            capture_output=True, text=True, timeout=2 * PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        outputs = {name: path / name for name in invocation.outputs}
        completed = Completed(
            stdout=done.stdout, stderr=done.stderr, exit_status=done.returncode, outputs=outputs
        )
        if found := ghz.read(load, completed).counts:
            return found
    return {}


@pytest.mark.parametrize("name", EDGES)
def test_what_the_reader_takes_every_server_serves_and_ghz_sends(
    launch: Launch, tmp_path: Path, name: str
) -> None:
    data = edge(name, tmp_path / "data")
    model = tmp_path / "model.json"
    model.write_bytes(data.model_json)
    server = launch("--model", str(model))
    address = Address("127.0.0.1", server.port)
    with server.channel() as channel:
        found = check_parity(AttachedServer(address, "-"), channel, data, set(Method))
    assert found.observations == len(data.observations) + len(data.batches[0])
    for method in Method:
        assert set(counts(address, data, method, tmp_path)) == {"OK"}
