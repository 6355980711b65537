from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import centroids_pb2 as pb
import numpy as np
import pytest

from clusterbench.load.generators.bodies import body
from clusterbench.model.experiment import Method
from support.data_folders import data_folder

if TYPE_CHECKING:
    from pathlib import Path

FRAME = 5


def message(framed: bytes) -> bytes:
    compressed, size = struct.unpack(">BI", framed[:FRAME])
    assert compressed == 0
    assert size == len(framed) - FRAME
    return framed[FRAME:]


def test_predicts_body_is_an_observation_whose_cluster_shows_in_one_byte(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=20, samples=50)
    chosen = body(data, Method.PREDICT)
    row = list(pb.PredictRequest.FromString(message(chosen.request)).features)
    assert row in data.observations.tolist()
    nearest = int(((data.centroids - row) ** 2).sum(axis=1).argmin())
    assert 1 <= nearest < 128
    answer = pb.PredictResponse(cluster_index=nearest).SerializeToString()
    assert chosen.response_bytes == FRAME + len(answer) == 7


def test_an_observation_of_cluster_0_is_passed_over(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=20, samples=50)
    first = np.vstack([data.centroids[0], data.centroids[3]])
    chosen = body(replace(data, observations=first), Method.PREDICT)
    row = list(pb.PredictRequest.FromString(message(chosen.request)).features)
    assert row == data.centroids[3].tolist()


def test_an_observation_between_two_clusters_is_passed_over(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=20, samples=50)
    twins = data.centroids.copy()
    twins[2] = twins[1]
    observations = np.vstack([twins[1], twins[5]])
    chosen = body(replace(data, centroids=twins, observations=observations), Method.PREDICT)
    row = list(pb.PredictRequest.FromString(message(chosen.request)).features)
    assert row == twins[5].tolist()


def test_a_cluster_above_127_is_taken_where_there_is_no_other_and_its_bytes_are_expected(
    tmp_path: Path,
) -> None:
    data = data_folder(tmp_path, clusters=300)
    chosen = body(replace(data, observations=data.centroids[200:201]), Method.PREDICT)
    assert chosen.response_bytes == FRAME + 3


def test_a_model_of_one_cluster_still_has_a_body(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=1)
    assert body(data, Method.PREDICT).response_bytes == FRAME  # protobuf leaves a 0 out


def test_a_batchs_response_is_as_long_as_its_clusters(tmp_path: Path) -> None:
    data = data_folder(tmp_path, clusters=20, batch=4)
    chosen = body(data, Method.PREDICT_BATCH)
    request = pb.PredictBatchRequest.FromString(message(chosen.request))
    assert len(request.observations) == 4
    answer = pb.PredictBatchResponse(cluster_indexes=[1, 2, 3, 4]).SerializeToString()
    assert chosen.response_bytes == FRAME + len(answer)


@pytest.mark.parametrize(("method", "answer"), [(Method.PREDICT, 2), (Method.PREDICT_BATCH, 2 + 4)])
def test_the_response_of_a_noop_handler_has_the_bytes_of_its_constant(
    tmp_path: Path, method: Method, answer: int
) -> None:
    data = data_folder(tmp_path, clusters=300, batch=4)
    chosen = body(data, method, noop=True)
    assert chosen.response_bytes == FRAME + answer
    assert chosen.request == body(data, method).request


def test_a_response_has_no_size_where_every_request_is_as_near_to_two_centroids(
    tmp_path: Path,
) -> None:
    data = data_folder(tmp_path, clusters=1, batch=1)
    twice = replace(data, centroids=np.repeat(data.centroids, 2, axis=0))
    for method in Method:
        assert body(twice, method).response_bytes is None
        assert body(twice, method, noop=True).response_bytes is not None


def test_a_request_of_cluster_0_is_taken_before_one_as_near_to_two_centroids(
    tmp_path: Path,
) -> None:
    data = data_folder(tmp_path)
    centroids = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 0.0]])
    rows = np.array([[1.0, 0.0], [2.0, 0.0], [0.5, 0.0]])
    chosen = body(replace(data, centroids=centroids, observations=rows), Method.PREDICT)
    assert list(pb.PredictRequest.FromString(message(chosen.request)).features) == [0.5, 0.0]
    assert chosen.response_bytes == FRAME
