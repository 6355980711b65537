from __future__ import annotations

import pytest

from clusterbench.errors import ConfigError
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.experiment import Loop
from support.loads import make_load


@pytest.mark.parametrize("name", GENERATORS)
def test_each_generator_is_found_by_its_name(name: str) -> None:
    assert GENERATORS[name].name == name


def test_a_load_without_requests_in_flight_is_refused() -> None:
    with pytest.raises(ConfigError, match="level is 0"):
        make_load(level=0)


def test_a_load_without_connections_is_refused() -> None:
    with pytest.raises(ConfigError, match="connections is 0"):
        make_load(connections=0)


def test_a_load_that_lasts_no_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="lasts 0 s"):
        make_load(duration=0)


def test_a_closed_loop_with_idle_connections_is_refused() -> None:
    with pytest.raises(ConfigError, match="8 connections for a concurrency of 4"):
        make_load(level=4, connections=8)


def test_an_open_loop_may_send_fewer_requests_per_second_than_it_has_connections() -> None:
    assert make_load(loop=Loop.OPEN, level=4, connections=8).level == 4
