"""Timings of single calls, by pytest-benchmark: `./lab bench calls`. They assert nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from training.order import pools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEFT_OUT = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--turns", type=int, default=1, help="how often each call has its turn")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT_OUT] = {}
    # One thread on one CPU for all that is started from here; before any pool is made. The last
    # one, since the first has most of a host's interrupts.
    os.environ.update(pools(1))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    from benchmarks.calls import order  # noqa: PLC0415 - its imports are the services'

    if "call" in metafunc.fixturenames:
        turns = []
        for turn, call in order(metafunc.config.getoption("--turns")):
            marks = [pytest.mark.benchmark(timer=call.timer)] if call.timer else []
            name = f"{turn}-{call.group}-{call.name}"
            turns.append(pytest.param(turn, call, marks=marks, id=name))
        metafunc.parametrize(("turn", "call"), turns)


@pytest.fixture(scope="session")
def left_out(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return call -> why it was not timed, to be added to."""
    return request.config.stash[_LEFT_OUT]


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    from benchmarks import linfa  # noqa: PLC0415

    yield
    linfa.stop()


def pytest_benchmark_update_json(
    config: pytest.Config,
    benchmarks: Sequence[Any],
    output_json: dict[str, Any],
) -> None:
    """Name those that were left out at the top of pytest-benchmark's JSON."""
    output_json["left_out"] = config.stash[_LEFT_OUT].copy()
