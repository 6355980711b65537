"""Times each call, in turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.calls import Call


def test_call(benchmark: BenchmarkFixture, turn: int, call: Call) -> None:
    function, arguments = call.prepare()
    benchmark.extra_info |= {
        "turn": turn,
        "group": call.group,
        "call": call.name,
        "reference": call.reference,
    }
    benchmark(function, *arguments)
