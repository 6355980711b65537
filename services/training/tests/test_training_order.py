"""What an image that trains is told of a pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from training.order import Job, OrderError, pools, read_order

ORDER: dict[str, Any] = {
    "pass": 4,
    "threads": 2,
    "rounds": 3,
    "tolerance": 1e-4,
    "spread": 1.5,
    "seed": 1700,
    "benchmarks": [
        {"group": "equal-work", "contender": "sklearn", "points": 10, "features": 2,
         "clusters": 3, "max_iter": 9},
    ],
}  # fmt: skip


def test_an_order_is_read_with_its_benchmarks() -> None:
    order = read_order(json.dumps(ORDER))
    assert (order.number, order.threads, order.rounds, order.spread) == (4, 2, 3, 1.5)
    (job,) = order.benchmarks
    assert job == Job("equal-work", "sklearn", 10, 2, 3, 9)
    assert str(job) == "equal-work-sklearn-10x2x3"


def test_what_is_drawn_at_random_differs_by_pass_and_by_nothing_else() -> None:
    assert read_order(json.dumps(ORDER)).luck == 1704
    assert read_order(json.dumps({**ORDER, "threads": 1})).luck == 1704
    assert read_order(json.dumps({**ORDER, "pass": 5})).luck == 1705


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "TRAINING_PASS"),
        ("[]", "is not a JSON object"),
        ("{}", "pass"),
        ('{"pass": 1}', "threads"),
        (json.dumps({**ORDER, "threads": 0}), "threads and rounds"),
        (json.dumps({**ORDER, "threads": "2"}), "TRAINING_PASS"),
        (json.dumps({**ORDER, "speed": 1}), "speed"),
        (json.dumps({**ORDER, "benchmarks": [{"group": "equal-work"}]}), "points"),
    ],
)
def test_what_is_no_order_is_an_error_that_says_why(text: str, told: str) -> None:
    with pytest.raises(OrderError, match=r"^TRAINING_PASS: ") as caught:
        read_order(text)
    assert told in str(caught.value)


def test_every_librarys_pool_has_the_threads_of_the_pass() -> None:
    assert {*pools(3).values()} == {"3"}
    assert {"OMP_NUM_THREADS", "RAYON_NUM_THREADS"} <= {*pools(3)}
