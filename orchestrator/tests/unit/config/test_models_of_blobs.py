"""Models whose centroids are points of blobs, as scikit-learn makes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.data_folder import read_data, with_model
from clusterbench.config.generate_data import blobs
from clusterbench.errors import ConfigError
from clusterbench.model.data import MODEL
from support.data_folders import write
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_published_scikit_learn_model_is_made_again_byte_for_byte() -> None:
    assert (ROOT / "data/published/sklearn-model.json").read_bytes() == blobs(points=100, seed=1)


def test_a_model_of_blobs_has_a_centroid_for_each_point_about_as_many_to_each_blob() -> None:
    model = json.loads(blobs(points=300, seed=3))
    assert (model["n_clusters"], model["n_features"]) == (300, 2)
    blob = [row for number, row in enumerate(model["centroids"]) if number % 3 == 0]
    for axis in (0, 1):
        values = [row[axis] for row in blob]
        assert max(values) - min(values) < 10


def test_a_model_of_no_point_is_refused() -> None:
    with pytest.raises(ConfigError, match="--points 0: it takes"):
        blobs(points=0, seed=1)


def test_a_contenders_own_model_takes_the_same_requests(tmp_path: Path) -> None:
    data = read_data(write(tmp_path / "data"))
    (tmp_path / "own.json").write_bytes(blobs(points=7, seed=1))
    own = with_model(data, tmp_path / "own.json")
    assert own.centroids.shape == (7, 2)
    assert own.observations_json == data.observations_json
    assert own.describe().digest[MODEL] != data.describe().digest[MODEL]


def test_a_model_of_another_width_than_the_requests_is_refused_with_both(tmp_path: Path) -> None:
    data = read_data(write(tmp_path / "data", features=3))
    (tmp_path / "own.json").write_bytes(blobs(points=7, seed=1))
    with pytest.raises(ConfigError, match=r"own\.json: takes 2 features, and .* has 3"):
        with_model(data, tmp_path / "own.json")
