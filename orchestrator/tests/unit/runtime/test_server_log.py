from __future__ import annotations

import pytest

from clusterbench.model.records import WorkerShare
from clusterbench.model.units import Seconds
from clusterbench.runtime.server_log import events, parse_startup, parse_workers

LOG = """\
WARNING: something printed before
{"event": "starting", "server": "x", "threads": 4}
{not json}
[1, 2]
{"event": "listening", "host": "0.0.0.0", "port": 5001}
"""


def test_the_first_event_starting_is_the_startup() -> None:
    assert parse_startup(LOG) == {"event": "starting", "server": "x", "threads": 4}


def test_a_log_without_events_says_nothing() -> None:
    assert parse_startup("hello\n") == {}
    assert parse_startup('{"event": "serving"}\n') == {}


def test_events_are_the_json_objects_of_a_log() -> None:
    assert [event["event"] for event in events(LOG)] == ["starting", "listening"]


def stopped(workers: str) -> str:
    return f'{LOG}{{"event": "stopping"}}\n{{"event": "stopped", "workers": {workers}}}\n'


def test_a_server_that_stopped_says_what_each_worker_did_in_their_order() -> None:
    said = stopped(
        '[{"requests": 7, "cpu_seconds": 2, "connections": 3}, {"requests": 9, "cpu_seconds": 0.5}]'
    )
    assert parse_workers(said) == (
        WorkerShare(requests=7, cpu_seconds=Seconds(2.0), connections=3),
        WorkerShare(requests=9, cpu_seconds=Seconds(0.5), connections=None),
    )


@pytest.mark.parametrize(
    "log",
    [
        "",
        LOG,
        '{"event": "stopped"}\n',
        stopped("noop"),
        stopped("2"),
        stopped('["requests"]'),
        stopped('[{"requests": 7}]'),
        stopped('[{"requests": 7.5, "cpu_seconds": 1}]'),
        stopped('[{"requests": true, "cpu_seconds": 1}]'),
        stopped('[{"requests": -7, "cpu_seconds": 1}]'),
        stopped('[{"requests": 7, "cpu_seconds": NaN}]'),
        stopped('[{"requests": 7, "cpu_seconds": Infinity}]'),
        stopped('[{"requests": 7, "cpu_seconds": 1, "connections": -1}]'),
        stopped('[{"requests": 7, "cpu_seconds": 1}, {"requests": "many", "cpu_seconds": 1}]'),
    ],
)
def test_a_log_that_does_not_say_it_in_that_form_says_nothing_of_workers(log: str) -> None:
    assert parse_workers(log) == ()
