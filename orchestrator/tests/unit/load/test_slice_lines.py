"""Slices of grpc-load: command lines out, recorded lines in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clusterbench.errors import GeneratorFailed
from clusterbench.load.generator import Right
from clusterbench.load.generators import slice_lines
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Method
from support import recorded

LINES = (Path(recorded.__path__[0]) / "slices.grpc-load.jsonl").read_text().splitlines()
READY, OPEN_0, OPEN_1, CLOSED_1, CLOSED_0, REFUSED = LINES
BOTH = (Address("127.0.0.1", 5941), Address("127.0.0.1", 5942))


def made(**changes: object) -> list[str]:
    told = {"right": Right.NEAREST, "connections": 4, "seed": 7, **changes}
    return list(slice_lines.command(BOTH, Method.PREDICT, **told))  # type: ignore[arg-type]


def after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def test_one_command_reaches_all_servers_and_compares_each_response() -> None:
    words = made()
    assert words[:4] == [
        "grpc-load", "127.0.0.1:5941,127.0.0.1:5942", "ml.ClusteringService/Predict", "--slices"
    ]  # fmt: skip
    assert after(words, "--expect") == "Predict.nearest.json"
    assert after(words, "--connections") == "4"
    assert after(words, "--seed") == "7"


def test_without_one_right_response_statuses_alone_are_looked_at() -> None:
    assert "--expect" not in made(right=None)


def test_requests_of_a_high_rate_leave_in_groups() -> None:
    assert after(made(rate=1000.0), "--send-quantum") == "0"
    assert after(made(rate=60_000.0), "--send-quantum") == "50us"


def test_an_order_names_the_server_and_either_loop() -> None:
    opened = json.loads(slice_lines.order(1, 0.2, rate=2000.0))
    assert opened == {"target": 1, "seconds": 0.2, "rate": 2000.0}
    closed = json.loads(slice_lines.order(0, 0.5, concurrency=64))
    assert closed == {"target": 0, "seconds": 0.5, "concurrency": 64}


def test_a_recorded_open_loop_has_its_requests_and_times() -> None:
    slice_lines.check_ready(READY)
    found = slice_lines.answer(OPEN_0, 0)
    assert (found.scheduled, found.ok, found.wrong, dict(found.failed)) == (406, 406, 0, {})
    assert found.latency is not None
    assert found.latency["mean"] < found.latency["p90"] < found.latency["max"] < found.drained
    assert found.send_delay is not None
    assert found.cpu > 0
    assert found.latency_histogram
    assert not found.failures


def test_a_recorded_closed_loop_has_no_send_delay() -> None:
    found = slice_lines.answer(CLOSED_1, 1)
    assert found.send_delay is None
    assert found.scheduled == found.ok == 3392


def test_wrong_responses_count_as_failures_beside_the_statuses() -> None:
    said = {**json.loads(OPEN_0), "ok": 400, "wrong": 4, "failed": {"UNAVAILABLE": 2}}
    found = slice_lines.answer(json.dumps(said), 0)
    assert found.failures == {"wrong": 4, "UNAVAILABLE": 2}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (REFUSED, 'target": 7 is not allowed; allowed: 0 to 1'),
        (OPEN_1, "loaded target 1, not 0"),
        ("thread 'main' panicked", r"cannot be read.*\n  \| thread 'main' panicked"),
        (READY, "cannot be read"),
    ],
)
def test_a_line_that_is_no_answer_says_what_it_is(line: str, said: str) -> None:
    with pytest.raises(GeneratorFailed, match=said):
        slice_lines.answer(line, 0)


def test_a_first_line_that_is_none_is_named() -> None:
    with pytest.raises(GeneratorFailed, match=r"127\.0\.0\.1:1: refused"):
        slice_lines.check_ready('{"error": "127.0.0.1:1: refused"}')
