"""Generated models: the same numbers each time, and observations that all answer alike."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from clusterbench.config.generated_models import CLEAR, generated
from clusterbench.model.data import MOST_REQUESTS, distances
from clusterbench.model.sizes import ModelSize

SIZE = ModelSize(features=3, clusters=7)


def test_a_model_and_its_observations_have_the_size_that_is_asked_for() -> None:
    made = generated(SIZE, rows=300, seed=1)
    assert made.centroids.shape == (7, 3)
    assert made.observations.shape == (600, 3)
    assert np.abs(made.observations).max() <= 100.0


def test_a_seed_gives_the_same_numbers_each_time_and_the_digest_tells() -> None:
    first, again = (generated(SIZE, rows=10, seed=1700) for _ in range(2))
    assert first.digest == again.digest
    assert np.array_equal(first.observations, again.observations)
    others = [
        generated(SIZE, rows=10, seed=1701),
        generated(ModelSize(features=7, clusters=3), rows=10, seed=1700),
    ]
    for other in others:
        assert not set(other.digest.values()) & set(first.digest.values())


def test_another_process_makes_the_same_numbers() -> None:
    """What Python itself seeds anew in each process has no part in them."""
    code = (
        "from clusterbench.config.generated_models import generated;"
        "from clusterbench.model.sizes import ModelSize;"
        "print(sorted(generated(ModelSize(features=3, clusters=7), rows=9, seed=1).digest.items()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(sorted(generated(SIZE, rows=9, seed=1).digest.items()))


@pytest.mark.parametrize("clusters", [1, 2, 500])
def test_one_centroid_is_unmistakably_the_nearest(clusters: int) -> None:
    made = generated(ModelSize(features=2, clusters=clusters), rows=500, seed=3)
    for row in made.observations:
        away = np.sort(distances(row, made.centroids))
        assert len(away) == 1 or away[1] > away[0] * (1 + CLEAR) * (1 - 1e-9)


def test_observations_are_cut_into_batches_as_large_as_asked() -> None:
    made = generated(SIZE, rows=1000, seed=1)
    for rows, number in ((1, MOST_REQUESTS), (10, MOST_REQUESTS), (100, 20), (1000, 2)):
        cut = made.in_batches(rows)
        assert [len(batch) for batch in cut.batches] == [rows] * number
        assert np.array_equal(np.concatenate(cut.batches), made.observations[: rows * number])
        assert len(cut.observations) == MOST_REQUESTS
        assert cut.centroids is made.centroids


def test_batches_of_more_than_all_observations_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="101 rows of 100 observations"):
        generated(SIZE, rows=1, seed=1).in_batches(101)
