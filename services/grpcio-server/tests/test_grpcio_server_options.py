"""What the Python servers' options are, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import grpcio_server_2019
from grpcio_server.errors import UsageError
from grpcio_server.options import OPTIONS, UNBOUNDED, Option, Options, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def settled(*arguments: str, offered: Sequence[Option] = OPTIONS, **environment: str) -> Options:
    return parse("mine", offered, arguments, environment)


def refused(*arguments: str, offered: Sequence[Option] = OPTIONS, **environment: str) -> str:
    with pytest.raises(UsageError) as caught:
        settled(*arguments, offered=offered, **environment)
    return str(caught.value)


def test_an_option_wins_over_its_variable_and_that_over_the_default() -> None:
    assert settled().threads == 8
    assert settled(SERVER_THREADS="3").threads == 3
    assert settled("--threads", "2", SERVER_THREADS="3").threads == 2
    assert settled("--max-streams", "7").max_streams == 7


def test_an_empty_variable_counts_as_unset() -> None:
    assert settled(SERVER_HANDLER="", SERVER_PORT="") == settled()


@pytest.mark.parametrize("text", ["-1", "1_000", " 8", "٣", "8.0", "", "65536"])
def test_a_port_is_a_whole_number_in_its_range(text: str) -> None:
    told = refused(f"--port={text}")
    assert "--port" in told
    assert f"{text!r} is not allowed; give a whole number from 0 to 65535" in told
    assert "mine --help" in told


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"SERVER_HANDLER": "null"}, ["SERVER_HANDLER", "'null'", "model", "noop"]),
        ({"SERVER_WORKERS": "0"}, ["SERVER_WORKERS", "'0'", "from 1 to 256"]),
        ({"SERVER_THREADS": "9" * 5000}, ["SERVER_THREADS", "99...'", "from 1 to 4096"]),
        (
            {"SERVER_MAX_STREAMS": "9" * 400},
            ["SERVER_MAX_STREAMS", "99...'", "from 1 to 2147483647"],
        ),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_what_is_allowed(
    environment: Mapping[str, str], told: Sequence[str]
) -> None:
    message = refused(**environment)
    assert all(each in message for each in told), message
    assert len(message) < 200


def test_the_edition_of_2019_is_one_process_with_its_own_threads_and_streams() -> None:
    then = grpcio_server_2019.OPTIONS
    options = settled(offered=then)
    assert (options.workers, options.max_streams) == (1, UNBOUNDED)
    assert options.threads % 5 == 0
    assert (options.executor, options.batching, options.gc) == ("threads", "off", "default")
    assert "'2' is not allowed; give 1" in refused("--workers", "2", offered=then)
    assert "--executor" in refused("--executor", "asyncio", offered=then)
    assert settled(offered=then, SERVER_EXECUTOR="asyncio").executor == "threads"
