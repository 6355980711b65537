"""What single calls cost, without a server: pytest-benchmark times them, in shuffled turns."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly
from clusterbench.errors import ConfigError, HostError, MeasureError, StoreError
from clusterbench.host import fingerprint
from clusterbench.measure.call_costs import CallTiming, Cost, Goal, GoalBasis, costs
from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Seconds
from clusterbench.report.bench_result import tell
from clusterbench.report.tables.table import Table, Value
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.config.resolve import Overrides
    from clusterbench.model.interval import Estimate

FILE = Path("orchestrator/benchmarks/bench_calls.py")
_OPTIONS = (
    "-c", "orchestrator/pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "-rs",
    "--benchmark-only", "--benchmark-disable-gc", "--benchmark-warmup=on",
    "--benchmark-warmup-iterations=1000", "--benchmark-min-time=0.0005",
    "--benchmark-max-time=0.1", "--benchmark-quiet",
)  # fmt: skip


def run(rest: Sequence[str], asked: Overrides, *, results: Path, say: Callable[[str], None]) -> int:
    """Time the calls, print their table and keep it. Returns the exit code.

    Raises HostError where pytest-benchmark is missing, MeasureError where it failed.
    """
    if rest or set(asked.given()) - {"rounds"}:
        given = [*rest, *(f"--{name.replace('_', '-')}" for name in asked.given())]
        raise ConfigError(f"./lab bench calls takes --rounds alone, and got: {' '.join(given)}")
    turns = asked.rounds or assembly.profiles().calls_rounds
    if turns < 1:
        raise ConfigError(f"--rounds {turns}: it takes a whole number from 1 up")
    say(f"timing each call in {turns} shuffled turns; about {turns * 5} s")
    with interruptible(), store.lock(results):
        printed = _timed(turns)
        found, left_out = costs(read(printed)), read_left_out(printed)
        folder = results / store.new_id("bench-calls")
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}") from error
        host = fingerprint.read_host()
        spread = (
            f"medians of {turns} shuffled turns, ratios and differences paired by turn, with 95% "
            "intervals; one thread, pinned to one CPU"
        )
        if turns == 1:
            spread = "medians of one turn, without intervals; one thread, pinned to one CPU"
        tell(
            folder,
            title="What single calls cost, without a server",
            tables=list(tables(found)),
            notes=[
                f"{spread}. {host['cpu']}, Python {sys.version.split()[0]}.",
                *(f"left out: {call}: {why}" for call, why in left_out.items()),
            ],
            data={"turns": turns, "host": host, "calls": found, "left_out": left_out},
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


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    in_a_second: float


_NS, _MS = _Unit("ns", 1e9), _Unit("ms", 1e3)
#: From so much on a call's time is read in ms (s).
_LONG = Seconds(1e-3)


def tables(found: Sequence[Cost]) -> Sequence[Table]:
    """Return a table for each group."""
    made = []
    for group in dict.fromkeys(cost.group for cost in found):
        here = [cost for cost in found if cost.group == group]
        unit = _MS if min(cost.seconds.value for cost in here) >= _LONG else _NS
        columns = ["call", f"{unit.name} a call", "ratio", f"{unit.name} more"]
        goals = any(cost.goal for cost in here)
        rows = tuple(_row(cost, unit, goals=goals) for cost in here)
        columns += ["goal"] if goals else []
        made.append(Table(title=group, columns=tuple(columns), rows=rows, names=1))
    return made


def _row(cost: Cost, unit: _Unit, *, goals: bool) -> tuple[Value, ...]:
    values = [
        Value(f"{cost.call} (reference)" if cost.reference else cost.call),
        _value(cost.seconds, unit.in_a_second),
        _value(cost.ratio),
        _value(cost.difference, unit.in_a_second),
    ]
    return (*values, Value(goal(cost, unit))) if goals else tuple(values)


def _value(estimate: Estimate | None, scale: float = 1.0) -> Value:
    if estimate is None:
        return Value("")
    return Value(fmt.point(estimate, scale), fmt.interval(estimate, scale))


def goal(cost: Cost, unit: _Unit = _NS) -> str:
    """Return what became of a goal, and by how much: `at most 400 ns more: reached, 300 ns below`."""
    if cost.goal is None or cost.goal_state is None:
        return ""
    bound, measured = cost.goal.at_most, cost.measured()
    if cost.goal.measure is GoalBasis.RATIO:
        said = f"at most {bound:g}{fmt.TIMES}: {cost.goal_state}"
        beyond = measured.value / bound - 1 if measured else 0.0
        by = fmt.percent(abs(beyond))
    else:
        said = f"at most {bound * unit.in_a_second:g} {unit.name} more: {cost.goal_state}"
        beyond = measured.value - bound if measured else 0.0
        by = f"{fmt.number(abs(beyond) * unit.in_a_second)} {unit.name}"
    if measured is None:
        return said
    return f"{said}, {by} {'above' if beyond > 0 else 'below'}"


def _timed(turns: int) -> bytes:
    """Have pytest-benchmark time the calls, and return what it wrote."""
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
