from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.bench.parity import excess
from clusterbench.load.generator import Right
from clusterbench.load.generators.bodies import NOOP_RESPONSE
from clusterbench.load.generators.right_responses import right_of, right_responses
from clusterbench.model.experiment import Method
from support.data_folders import data_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_right_response_to_each_observation_is_one_that_parity_takes(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=20, samples=50)
    found = json.loads(right_responses(data, Method.PREDICT, Right.NEAREST))
    chosen = [message["cluster_index"] for message in found]
    assert len(set(chosen)) > 1
    assert excess(data.observations, chosen, data.centroids).tolist() == [0.0] * 50


def test_the_right_response_to_a_batch_has_a_cluster_for_each_of_its_observations(
    tmp_path: Path,
) -> None:
    data = data_folder(tmp_path, clusters=20, samples=50, batch=5)
    found = json.loads(right_responses(data, Method.PREDICT_BATCH, Right.NEAREST))
    assert len(found) == len(data.batches)
    for message, rows in zip(found, data.batches, strict=True):
        assert not excess(rows, message["cluster_indexes"], data.centroids).any()


def test_a_no_op_handlers_right_response_is_its_constant(tmp_path: Path) -> None:
    data = data_folder(tmp_path)
    single = json.loads(right_responses(data, Method.PREDICT, Right.NOOP))
    assert single == [{"cluster_index": NOOP_RESPONSE}] * len(data.observations)
    batches = json.loads(right_responses(data, Method.PREDICT_BATCH, Right.NOOP))
    assert batches == [{"cluster_indexes": [NOOP_RESPONSE] * len(rows)} for rows in data.batches]


@pytest.mark.parametrize("method", Method)
def test_the_nearest_is_right_where_no_other_is_as_near(tmp_path: Path, method: Method) -> None:
    data = data_folder(tmp_path)
    assert right_of(data, method, noop=False) is Right.NEAREST
    assert right_of(data, method, noop=True) is Right.NOOP


@pytest.mark.parametrize("method", Method)
def test_no_response_is_called_right_where_two_centroids_are_as_near_as_each_other(
    tmp_path: Path, method: Method
) -> None:
    data = data_folder(tmp_path)
    twins = replace(data, centroids=np.vstack([data.centroids, data.centroids]))
    assert right_of(twins, method, noop=False) is None
    assert right_of(twins, method, noop=True) is Right.NOOP


def test_a_model_of_one_cluster_has_one_right_response(tmp_path: Path) -> None:
    data = data_folder(tmp_path)
    only = replace(data, centroids=data.centroids[:1])
    assert right_of(only, Method.PREDICT, noop=False) is Right.NEAREST
