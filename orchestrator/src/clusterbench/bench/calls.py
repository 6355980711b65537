"""What single calls cost, without a server: pytest-benchmark times them, in shuffled turns."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench import assembly, store
from clusterbench.bench.outcome import tell
from clusterbench.errors import ConfigError, HostError, MeasureError, StoreError
from clusterbench.experiment import Seconds
from clusterbench.host import fingerprint
from clusterbench.measure.calls import Cost, Timing, costs
from clusterbench.report import format as fmt
from clusterbench.report.rows import Table, Value
from clusterbench.signals import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.config import Overrides

FILE = Path("orchestrator/benchmarks/bench_calls.py")
COLUMNS = ("call", "ns a call", "times the kept one")
_OPTIONS = (
    "-c", "orchestrator/pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "-rs",
    "--benchmark-only", "--benchmark-disable-gc", "--benchmark-warmup=on",
    "--benchmark-warmup-iterations=1000", "--benchmark-min-time=0.0005",
    "--benchmark-max-time=0.1", "--benchmark-quiet",
)  # fmt: skip


def run(rest: Sequence[str], asked: Overrides, *, results: Path, say: Callable[[str], None]) -> int:
    """Time the calls, print their table and keep it. Gives the exit code.

    Raises HostError where pytest-benchmark is missing, MeasureError where it failed.
    """
    if rest or set(asked.given()) - {"rounds"}:
        given = [*rest, *(f"--{name.replace('_', '-')}" for name in asked.given())]
        raise ConfigError(f"./lab bench calls takes --rounds alone, and got: {' '.join(given)}")
    turns = asked.rounds or assembly.profiles().calls_rounds
    if turns < 1:
        raise ConfigError(f"--rounds {turns}: it takes a whole number from 1 up")
    say(f"timing each call in {turns} shuffled turns; about {turns * 4} s")
    with interruptible(), store.lock(results):
        found = costs(read(_timed(turns)))
        folder = results / store.new_id("bench-calls")
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}") from error
        host = fingerprint.read_host()
        spread = f"medians of {turns} shuffled turns, ratios paired by turn, with 95% intervals"
        if turns == 1:
            spread = "medians of one turn, without intervals"
        tell(
            folder,
            title="What single calls cost, without a server",
            tables=list(tables(found)),
            notes=[f"{spread}. {host['cpu']}, Python {sys.version.split()[0]}."],
            data={"turns": turns, "host": host, "calls": found},
            say=say,
        )
    return 0


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


def read(printed: bytes) -> Sequence[Timing]:
    """Read pytest-benchmark's JSON. Raises MeasureError where it is something else."""
    try:
        found = msgspec.json.decode(printed, type=_Printed)
        return [
            Timing(
                turn=each.extra_info["turn"],
                group=each.extra_info["group"],
                call=each.extra_info["call"],
                reference=each.extra_info["reference"],
                seconds=Seconds(each.stats.median),
            )
            for each in found.benchmarks
        ]
    except (msgspec.MsgspecError, KeyError) as error:
        raise MeasureError(f"pytest-benchmark's JSON is not as expected: {error}") from error


def tables(found: Sequence[Cost]) -> Sequence[Table]:
    """Give a table for each group."""
    made = []
    for group in dict.fromkeys(cost.group for cost in found):
        rows = tuple(
            (
                Value(f"{cost.call} (kept)" if cost.reference else cost.call),
                Value(fmt.point(cost.seconds, 1e9), fmt.interval(cost.seconds, 1e9)),
                Value("")
                if cost.ratio is None
                else Value(fmt.point(cost.ratio), fmt.interval(cost.ratio)),
            )
            for cost in found
            if cost.group == group
        )
        made.append(Table(title=group, columns=COLUMNS, rows=rows, names=1))
    return made


def _timed(turns: int) -> bytes:
    """Have pytest-benchmark time the calls, and give what it wrote."""
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
