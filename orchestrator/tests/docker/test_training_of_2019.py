"""One pass of training by the libraries of 2019, in their image."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from typing import Any

import pytest

pytestmark = pytest.mark.docker

IMAGE = "clusterbench/training-2019"
SHAPE = {"points": 20_000, "features": 2, "clusters": 3, "max_iter": 100}
GROUPS = ("defaults", "as-published", "ten-restarts-against-one")


def trained(engine: Any, *benchmarks: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Run a pass; give its exit code, and what it wrote."""
    from clusterbench.runtime.docker.images import there  # noqa: PLC0415

    if not there(engine, IMAGE):
        pytest.skip(f"{IMAGE} is not built: docker compose build training-2019-image")
    whole = {"pass": 2, "threads": 1, "rounds": 2, "tolerance": 1e-4, "spread": 1.0, "seed": 7}
    container = engine.containers.create(
        IMAGE,
        ["pass"],
        environment={"TRAINING_PASS": json.dumps({**whole, "benchmarks": benchmarks})},
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        tmpfs={"/tmp": "size=64m"},  # noqa: S108 - within the container
        mounts=[{"Type": "volume", "Target": "/out"}],
    )
    try:
        container.start()
        code = container.wait(timeout=300)["StatusCode"]
        stream, _ = container.get_archive("/out/pass.json")
        with tarfile.open(fileobj=BytesIO(b"".join(stream))) as tar:
            content = tar.extractfile("pass.json")
            assert content is not None
            return code, json.loads(content.read())
    finally:
        container.remove(force=True, v=True)


def test_a_pass_times_both_libraries_in_each_group_and_tells_what_they_did(engine: Any) -> None:
    asked = [
        {"group": group, "contender": contender, **SHAPE}
        for group in GROUPS
        for contender in ("linfa-py-2019", "sklearn-2019")
    ]
    code, written = trained(engine, *asked)
    assert code == 0
    found = written["benchmarks"]
    assert [(b["group"], b["extra_info"]["contender"]) for b in found] == [
        (b["group"], b["contender"]) for b in asked
    ]
    for each in found:
        info = each["extra_info"]
        assert len(each["stats"]["data"]) == 2
        assert (info["edition"], info["pass"], info["threads"]) == ("2019", 2, 1)
        assert (info["n_iter"] is None) == (info["contender"] == "linfa-py-2019")
    restarts = {
        (b["group"], b["extra_info"]["contender"]): b["extra_info"]["n_init"] for b in found
    }
    assert restarts["as-published", "sklearn-2019"] == 1
    assert restarts["ten-restarts-against-one", "sklearn-2019"] == 10
    assert restarts["ten-restarts-against-one", "linfa-py-2019"] == 1
    assert written["skipped"] == {}
    assert written["versions"]["scikit-learn"] == "0.21.3"
    assert written["versions"]["numpy"] == "1.17.4"


def test_what_is_not_of_2019_is_skipped_with_the_reason(engine: Any) -> None:
    code, written = trained(
        engine,
        {"group": "equal-work", "contender": "sklearn-2019", **SHAPE},
        {"group": "defaults", "contender": "faiss", **SHAPE},
    )
    assert code == 0
    assert written["benchmarks"] == []
    assert "starting centroids" in written["skipped"]["sklearn-2019"]
    assert written["skipped"]["faiss"] == "is not known to this image"
