"""Timings of single calls, by pytest-benchmark: `./lab bench calls`. They assert nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--turns", type=int, default=1, help="how often each call has its turn")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    from benchmarks.calls import order  # noqa: PLC0415 - its imports are the services'

    if "call" in metafunc.fixturenames:
        turns = order(metafunc.config.getoption("--turns"))
        names = [f"{turn}-{call.group}-{call.name}" for turn, call in turns]
        metafunc.parametrize(("turn", "call"), turns, ids=names)
