"""Times each call, in turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.call import Call


def test_call(benchmark: BenchmarkFixture, left_out: dict[str, str], turn: int, call: Call) -> None:
    try:
        function, arguments = call.prepare()
    except pytest.skip.Exception as why:
        left_out[f"{call.group}: {call.name}"] = str(why.msg)
        raise
    benchmark.extra_info |= {
        "turn": turn,
        "group": call.group,
        "call": call.name,
        "reference": call.reference,
        "goal": msgspec.to_builtins(call.goal),
    }
    if call.rounds is None:
        benchmark(function, *arguments)
    else:
        benchmark.pedantic(function, arguments, rounds=call.rounds, iterations=1)
