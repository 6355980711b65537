"""The benchmarks of one pass, in its order: pytest collects this file by name."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, Dict

import pytest
from sklearn.datasets import make_blobs

from training_2019 import contenders

PASS: Dict[str, Any] = json.loads(os.environ["TRAINING_PASS"])


@lru_cache(maxsize=1)
def points(count: int, features: int, clusters: int) -> Any:
    """Make the data: the same bits as scikit-learn of today makes of the same seed."""
    data, _ = make_blobs(
        n_samples=count,
        n_features=features,
        centers=clusters,
        cluster_std=PASS["spread"],
        random_state=PASS["seed"],
    )
    return data


def _name(each: Dict[str, Any]) -> str:
    shape = "x".join(str(each[key]) for key in ("points", "features", "clusters"))
    return f"{each['group']}-{each['contender']}-{shape}"


@pytest.mark.parametrize("each", PASS["benchmarks"], ids=_name)
def test_training(benchmark: Any, each: Dict[str, Any]) -> None:
    """Time one benchmark, or skip it with the reason."""
    contender = each["contender"]
    data = points(each["points"], each["features"], each["clusters"])
    try:
        timed = contenders.timed(contender, each, PASS, data)
    except contenders.CannotRun as error:
        contenders.SKIPPED[contender] = str(error)
        pytest.skip(f"{contender}: {error}")
    timed.warm_up()
    benchmark.group = each["group"]
    benchmark.pedantic(timed.call, rounds=PASS["rounds"], iterations=1)
    benchmark.extra_info.update(
        {
            "contender": contender,
            "edition": "2019",
            "pass": PASS["pass"],
            "threads": PASS["threads"],
            **{key: each[key] for key in ("points", "features", "clusters")},
            "n_init": contenders.restarts_of(timed.model),
            "n_iter": contenders.iterations_of(timed.model),
            "inertia": contenders.inertia_of(timed.model, data),
            "addition": False,
            "note": "",
        }
    )
