"""Training with the real libraries, as local processes, on a thousand points."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest

from clusterbench.config import compose_file as compose
from clusterbench.local.build import build, cache_of
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.schemas import schemas
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

TINY = ["--quick", "--points", "1000", "--passes", "2", "--threads", "one"]
MAIN = ["--group", "equal-work", "--group", "ten-restarts-against-one", "--group", "as-published"]


@pytest.fixture(scope="session")
def image() -> Path:
    """Build what trains here; skips where a toolchain is missing."""
    services = compose.read_services(ROOT / "compose.yaml")
    built = build({"training": services["training"]}, ROOT, print, generators=())
    if "training" not in built.commands:
        pytest.skip(f"training could not be built: {built.skipped}")
    return cache_of(ROOT) / "training"


def train(results: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "clusterbench",
        "train",
        "--runtime",
        "process",
        "--no-install",
    ]
    return subprocess.Popen(
        [*command, "--results", str(results), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=500)
    return process.returncode, said


def test_every_library_trains_alike_on_equal_work_and_the_report_says_so(
    image: Path, tmp_path: Path
) -> None:
    code, said = ended(train(tmp_path, *TINY, *MAIN))
    assert code == 0, said
    folder = RunFolder.open(newest(tmp_path))
    kept = folder.training()
    assert kept is not None
    assert [(each.number, each.reason) for each in kept.passes] == [(1, None), (2, None)]
    schema = msgspec.json.decode(schemas()["training.schema.json"])
    jsonschema.validate(msgspec.json.decode((folder.path / "training.json").read_bytes()), schema)
    for each in kept.passes:
        assert each.result is not None
        assert "machine_info" in each.result, "pytest-benchmark's JSON, as it is"
        assert each.result["skipped"] == {}
    summary = msgspec.json.decode((folder.path / "summary.json").read_bytes())
    rows = {(r["group"], r["contender"]): r for r in summary["training"]["rows"]}
    for name in ("sklearn", "linfa-py", "linfa-rust"):
        row = rows["equal-work", name]
        assert row["equal"] is True, row
        assert row["iterations"] == rows["equal-work", "sklearn"]["iterations"]
        assert len(row["time"]["rounds"]) == 2
    assert rows["ten-restarts-against-one", "sklearn"]["n_init"] == 10
    assert rows["ten-restarts-against-one", "linfa-py"]["n_init"] == 1
    assert rows["equal-work", "linfa-rust"]["inertia"] == pytest.approx(
        rows["equal-work", "linfa-py"]["inertia"], rel=1e-12
    ), "the same linfa, with Python or without"
    page, text = ((folder.path / f"report.{kind}").read_text() for kind in ("html", "md"))
    for shown in (said, page, text):
        assert "ten-restarts-against-one" in shown
        assert "linfa-rust" in shown
    assert 'id="plot-training"' in page


def test_data_that_no_memory_holds_is_refused_before_anything_starts(
    image: Path, tmp_path: Path
) -> None:
    code, said = ended(train(tmp_path, "--points", "1000000000", "--features", "1000"))
    assert code == 3
    assert "points of 1000 features would fit" in said
    assert "Traceback" not in said
    assert not newest(tmp_path).joinpath("training.json").exists()


def test_what_was_trained_before_ctrl_c_is_kept_and_resume_does_the_rest(
    image: Path, tmp_path: Path
) -> None:
    options = ["--quick", "--points", "1000", "--passes", "4", "--threads", "one"]
    process = train(tmp_path, *options, "--group", "equal-work", "--contender", "sklearn")
    deadline = time.monotonic() + 200
    while "timed" not in (process.stdout.readline() if process.stdout else ""):
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code == 130, said
    before = RunFolder.open(newest(tmp_path)).training()
    assert before is not None
    assert 1 <= len(before.passes) < 4
    command = [sys.executable, "-m", "clusterbench", "run", "--runtime", "process", "--no-install"]
    resumed = subprocess.run(
        [*command, "--resume", "--results", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    after = RunFolder.open(newest(tmp_path)).training()
    assert after is not None
    assert after.passes[: len(before.passes)] == before.passes
    assert [each.number for each in after.passes] == [1, 2, 3, 4]


def test_an_order_that_is_none_is_refused_by_what_runs_a_pass(image: Path) -> None:
    for order, told in (("", "TRAINING_PASS"), ('{"pass": 1}', "threads"), ("[]", "object")):
        done = subprocess.run(
            [str(image / "bin" / "training"), "pass"],
            env={"TRAINING_PASS": order},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
