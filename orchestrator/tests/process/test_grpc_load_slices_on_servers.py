"""`grpc-load --slices` on two real servers: its lines hold to the schema that it ships with."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clusterbench.config.data_folder import read_data
from clusterbench.load.generator import Right
from clusterbench.load.generators.right_responses import right_responses
from clusterbench.model.experiment import Method
from clusterbench.runtime.environments import clean_environment
from support.contract import PATIENCE
from support.local_servers import BUILDS, command_of, running
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.process

PROGRAM = BUILDS / "grpc-load" / "bin" / "grpc-load"
NAME = "rust-tonic"
SCHEMA = json.loads((ROOT / "services/grpc-load/schema/slices.schema.json").read_bytes())


@contextmanager
def two_servers(folder: Path) -> Iterator[list[str]]:
    """Start two servers on ports of their own; give their addresses."""
    for program in (PROGRAM, Path(command_of(NAME)[0])):
        if not program.is_file():
            pytest.skip(f"there is no {program}")
    folders = [folder / name for name in ("one", "other")]
    with ExitStack() as stack:
        for own in folders:
            own.mkdir()
        servers = [stack.enter_context(running(NAME, own, [], {})) for own in folders]
        yield [f"127.0.0.1:{server.port}" for server in servers]


def lines_of(targets: Sequence[str], folder: Path, *orders: dict[str, Any]) -> list[Any]:
    """Return the lines that are written when these orders are given, all at once."""
    right = folder / "right.json"
    right.write_bytes(right_responses(read_data(ROOT / "data"), Method.PREDICT, Right.NEAREST))
    done = subprocess.run(
        [
            PROGRAM, "--slices", ",".join(targets), "ml.ClusteringService/Predict",
            "--data", ROOT / "data" / "observations.json", "--expect", right,
        ],
        input="".join(json.dumps(order) + "\n" for order in orders),
        env=clean_environment(), capture_output=True, text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_holds_to_the_schema_and_each_response_is_the_right_one(tmp_path: Path) -> None:
    orders = [
        {"target": 0, "seconds": 0.2, "rate": 500},
        {"target": 1, "seconds": 0.2, "concurrency": 16},
        {"target": 0, "seconds": 0.2, "concurrency": 16},
        {"target": 1, "seconds": 0.2, "rate": 500},
    ]
    with two_servers(tmp_path) as targets:
        ready, *answers, refusal = lines_of(targets, tmp_path, *orders, {"target": 2})
    for line in (ready, *answers, refusal):
        jsonschema.validate(line, SCHEMA)
    order_schema = SCHEMA | {"oneOf": [{"$ref": "#/$defs/order"}]}
    for order in (*orders, {"close": True}):
        jsonschema.validate(order, order_schema)
    assert ready["targets"] == targets
    assert ready["settings"]["expected"]
    assert [answer["target"] for answer in answers] == [0, 1, 0, 1]
    assert all(answer["ok"] == answer["scheduled"] > 0 for answer in answers)
    assert "0 to 1" in refusal["error"]
