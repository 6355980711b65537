"""What the reader of data folders takes, every server and generator take too, and rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.parity import check_parity
from clusterbench.load.generator import Load
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.generators.right_responses import right_of
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedServer
from support.edges_of_data import EDGES, edge
from support.generator_runs import run_load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.model.data import DataFolder
    from support.local_servers import Launch

pytestmark = pytest.mark.process

#: Those that send the folder's requests.
DRIVERS = [name for name, each in GENERATORS.items() if each.capabilities.many_bodies]


def counts(
    driver: str, address: Address, data: DataFolder, method: Method, path: Path
) -> Mapping[str, int]:
    """Send the folder's requests until any is answered; return the answers by status."""
    # On a busy host a short load may end before its first request.
    for seconds in (0.2, 2.0, 20.0):
        load = Load(
            address=address, method=method, loop=Loop.CLOSED, level=2, connections=1,
            duration=Seconds(seconds), right=right_of(data, method, noop=False),
        )  # fmt: skip
        if found := run_load(GENERATORS[driver], load, data, path).counts:
            return found
    return {}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", EDGES)
def test_what_the_reader_takes_every_server_serves_and_generators_send(
    launch: Launch, tmp_path: Path, name: str, driver: str
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
        assert set(counts(driver, address, data, method, tmp_path)) == {"OK"}
