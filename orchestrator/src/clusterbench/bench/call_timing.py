"""Times single calls, without a server: pytest-benchmark does, in shuffled turns."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import HostError, MeasureError
from clusterbench.measure.call_costs import CallTiming, Goal
from clusterbench.model.experiment import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Path("orchestrator/benchmarks/bench_calls.py")
_OPTIONS = (
    "-c", "orchestrator/pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "-rs",
    "--benchmark-only", "--benchmark-disable-gc", "--benchmark-warmup=on",
    "--benchmark-warmup-iterations=1000", "--benchmark-min-time=0.0005",
    "--benchmark-max-time=0.1", "--benchmark-quiet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stats:
    median: float


@dataclass(frozen=True, slots=True)
class _Benchmark:
    stats: _Stats
    extra_info: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Printed:
    benchmarks: tuple[_Benchmark, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def read(printed: bytes) -> Sequence[CallTiming]:
    """Read pytest-benchmark's JSON. Raises MeasureError where it is something else."""
    try:
        found = msgspec.json.decode(printed, type=_Printed)
        return [
            CallTiming(
                turn=each.extra_info["turn"],
                group=each.extra_info["group"],
                call=each.extra_info["call"],
                reference=each.extra_info["reference"],
                seconds=Seconds(each.stats.median),
                goal=msgspec.convert(each.extra_info.get("goal"), Goal | None),
            )
            for each in found.benchmarks
        ]
    except (msgspec.MsgspecError, KeyError) as error:
        raise MeasureError(f"pytest-benchmark's JSON is not as expected: {error}") from error


def read_left_out(printed: bytes) -> Mapping[str, str]:
    """Read which calls were not timed, and why, from what `read` took."""
    return msgspec.json.decode(printed, type=_Printed).left_out


def timed(turns: int) -> bytes:
    """Have pytest-benchmark time the calls, and return what it wrote.

    Raises HostError where pytest-benchmark is missing, MeasureError where it failed.
    """
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "benchmark.json"
        command = [sys.executable, "-m", "pytest", *_OPTIONS, f"--benchmark-json={file}"]
        done = subprocess.run([*command, f"--turns={turns}", str(FILE)], check=False)
        if done.returncode != 0 or not file.exists():
            raise (MeasureError if file.exists() else HostError)(
                "the calls could not be timed: see pytest's words above; `./lab bench calls` "
                "brings what they import"
            )
        return file.read_bytes()
