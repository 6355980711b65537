"""Times single calls, without a server: pytest-benchmark does, in shuffled turns."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from clusterbench.errors import HostError, MeasureError
from clusterbench.measure.call_costs import CallTiming
from clusterbench.runtime.environments import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = Path("orchestrator/benchmarks/bench_calls.py")
_OPTIONS = (
    "-c", "orchestrator/pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "-rs",
    "--benchmark-only", "--benchmark-disable-gc", "--benchmark-warmup=on",
    "--benchmark-warmup-iterations=1000", "--benchmark-min-time=0.0005",
    "--benchmark-max-time=0.1", "--benchmark-quiet",
)  # fmt: skip


def read(printed: bytes) -> Sequence[CallTiming]:
    """Read pytest-benchmark's JSON. Raises MeasureError where it is something else."""
    try:
        return [
            msgspec.convert({**each["extra_info"], "seconds": each["stats"]["median"]}, CallTiming)
            for each in msgspec.json.decode(printed)["benchmarks"]
        ]
    except (msgspec.MsgspecError, LookupError, TypeError) as error:
        raise MeasureError(f"pytest-benchmark's JSON is not as expected: {error}") from error


def read_left_out(printed: bytes) -> Mapping[str, str]:
    """Read which calls were not timed, and why, from what `read` took."""
    left_out: Mapping[str, str] = msgspec.json.decode(printed).get("left_out", {})
    return left_out


def timed(turns: int) -> bytes:
    """Have pytest-benchmark time the calls, and return what it wrote.

    Raises HostError where pytest-benchmark is missing, MeasureError where it failed.
    """
    # Where what is timed is found; the rest of a user's environment would change the figures.
    found = {"PYTHONPATH": path} if (path := os.environ.get("PYTHONPATH")) else {}
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "benchmark.json"
        command = [sys.executable, "-m", "pytest", *_OPTIONS, f"--benchmark-json={file}"]
        done = subprocess.run(
            [*command, f"--turns={turns}", str(FILE)], env=clean_environment(found), check=False
        )
        if done.returncode != 0 or not file.exists():
            raise (MeasureError if file.exists() else HostError)(
                "the calls could not be timed: see pytest's words above; `./lab bench calls` "
                "brings what they import"
            )
        return file.read_bytes()
