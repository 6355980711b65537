from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import centroids_pb2 as pb
import numpy as np
import pytest

from clusterbench.config.data_files import LARGEST_MESSAGE, batch_bytes
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.config.generate_data import generate
from clusterbench.config.strict_json import LARGEST_FILE
from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS
from support.data_folders import data_folder, write
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def model(clusters: object, features: object, centroids: str) -> str:
    """Write a model file that may be wrong."""
    return f'{{"n_clusters": {clusters}, "n_features": {features}, "centroids": {centroids}}}'


def test_the_committed_data_is_made_again_byte_for_byte() -> None:
    made = generate(clusters=100, features=2, samples=1000, batch=10, seed=1)
    assert set(made) == {MODEL, OBSERVATIONS, BATCHES}
    for name, content in made.items():
        assert (ROOT / "data" / name).read_bytes() == content


def test_another_seed_gives_other_data() -> None:
    sizes = {"clusters": 3, "features": 2, "samples": 4, "batch": 2}
    assert generate(**sizes, seed=1) != generate(**sizes, seed=2)


def test_what_is_generated_is_read_back_with_its_shapes(tmp_path: Path) -> None:
    folder = data_folder(tmp_path, clusters=7, features=5, samples=11, batch=3)
    assert folder.centroids.shape == (7, 5)
    assert folder.observations.shape == (11, 5)
    assert [batch.shape for batch in folder.batches] == [(3, 5)] * 100
    described = folder.describe()
    assert (described.n_clusters, described.n_features) == (7, 5)
    assert (described.n_requests, described.n_batches) == (11, 100)


def test_features_are_uniform_within_a_hundred_of_zero(tmp_path: Path) -> None:
    observations = data_folder(tmp_path, samples=5000).observations
    assert observations.min() >= -100
    assert observations.max() < 100
    counts, _ = np.histogram(observations, bins=10, range=(-100, 100))
    assert counts.min() > 0.8 * counts.mean()


def test_a_changed_file_changes_the_digest(tmp_path: Path) -> None:
    one = data_folder(tmp_path / "a", seed=1).describe()
    two = data_folder(tmp_path / "b", seed=2).describe()
    assert one.digest[MODEL] != two.digest[MODEL]


@pytest.mark.parametrize("name", ["clusters", "features", "samples", "batch"])
def test_a_count_below_one_is_refused_by_its_option(name: str) -> None:
    counts = {"clusters": 1, "features": 1, "samples": 1, "batch": 1} | {name: 0}
    with pytest.raises(ConfigError, match=f"--{name} 0: it takes"):
        generate(**counts, seed=1)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"model\.json: cannot be read: No such file.*data generate"
    ):
        read_data(tmp_path)


ALLOWED = r"it takes a number from -1e\+100 to 1e\+100; make a new folder with `data generate"
WRONG: list[tuple[str, str, str]] = [
    (MODEL, "", "not JSON: line 1, column 1: Expecting value"),
    (MODEL, "{", "not JSON: line 1, column 2"),
    (MODEL, "[]", "the model is an empty list; it takes an object"),
    (MODEL, "[" * 100_000, "nested too deep"),
    (MODEL, '{"a":' * 100_000, "nested too deep"),
    (MODEL, model(2, 2, "[[1, 2]]"), "n_clusters is 2, and there are 1 centroids"),
    (MODEL, model(2, 2, "[[1, 2], [3]]"), r"centroids\[1\] has 1 numbers, and n_features is 2"),
    (MODEL, model(1, 0, "[[]]"), "n_features is 0; it takes a whole number from 1 to 2147483647"),
    (MODEL, model("1.0", 2, "[[1, 2]]"), "n_clusters is 1.0; it takes a whole number"),
    (MODEL, model("true", 2, "[[1, 2]]"), "n_clusters is true; it takes a whole number"),
    (MODEL, model('"1"', 2, "[[1, 2]]"), "n_clusters is the text 1; it takes a whole number"),
    (MODEL, model("1" * 5000, 2, "[[1, 2]]"), "n_clusters is Infinity; it takes a whole number"),
    (MODEL, model("-0", 2, "[[1, 2]]"), "n_clusters is -0.0; it takes a whole number"),
    (MODEL, '{"n_features": 2, "centroids": [[1, 2]]}', "n_clusters is missing; it takes a whole"),
    (MODEL, '{"n_clusters": 1, "n_features": 2}', "centroids is missing; it takes a list of lists"),
    (MODEL, model(1, 2, "{}"), "centroids is an object; it takes a list of one or more"),
    (MODEL, model(1, 2, "[1, 2]"), r"centroids\[0\] is 1; it takes a list"),
    (MODEL, model(1, 2, "[[1, NaN]]"), "not JSON: NaN is no number in JSON"),
    (MODEL, model(1, 2, "[[1, -Infinity]]"), "not JSON: -Infinity is no number in JSON"),
    (MODEL, model(1, 2, "[[1, 1e999]]"), rf"centroids\[0\]\[1\] is too large .*; {ALLOWED}"),
    (MODEL, model(1, 2, f"[[1, {'9' * 400}]]"), rf"is too large for a double; {ALLOWED}"),
    (MODEL, model(1, 2, f"[[1, {'9' * 5000}]]"), rf"is too large for a double; {ALLOWED}"),
    (MODEL, model(1, 2, "[[1, 1e308]]"), rf"centroids\[0\]\[1\] is 1e\+308; {ALLOWED}"),
    (MODEL, model(1, 1, '[["x"]]'), rf"centroids\[0\]\[0\] is the text x; {ALLOWED}"),
    (MODEL, model(1, 1, '[["1"]]'), rf"centroids\[0\]\[0\] is the text 1; {ALLOWED}"),
    (MODEL, model(1, 1, "[[true]]"), rf"centroids\[0\]\[0\] is true; {ALLOWED}"),
    (MODEL, model(1, 1, "[[null]]"), rf"centroids\[0\]\[0\] is null; {ALLOWED}"),
    (MODEL, model(1, 1, "[[1_0]]"), "not JSON: line 1, column"),
    (MODEL, model(1, 1, "[[\u0967]]"), "not JSON: line 1, column"),
    (MODEL, model(1, 1, "[[1]]") + " x", "not JSON: line 1, column .*: Extra data"),
    (MODEL, model(1, 1, "[[1]] /* one */"), "not JSON: line 1, column"),
    (MODEL, '{"n_clusters": 9, ' + model(1, 1, "[[1]]")[1:], "key n_clusters comes twice"),
    (OBSERVATIONS, "[]", "the list of requests is an empty list; it takes a list of one or more"),
    (OBSERVATIONS, '[{"feature": [1, 2]}]', r"\[0\] has no `features`"),
    (OBSERVATIONS, '[{"features": [1, 2], "x": 1}]', r"\[0\] has the key x; allowed: features"),
    (OBSERVATIONS, '[{"features": [1, 2], "\\ud800": 1}]', r"has the key '\\ud800'; allowed"),
    (OBSERVATIONS, '[{"features": [1, 2, 3]}]', r"\[0\].features has 3 numbers, and the model's"),
    (OBSERVATIONS, "[[1, 2]]", r"\[0\] is a list; it takes an object"),
    (BATCHES, '[{"features": [1, 2]}]', r"\[0\] has no `observations`"),
    (BATCHES, '[{"observations": []}]', r"\[0\].observations is an empty list; it takes a list of"),
    (
        BATCHES,
        '[{"observations": [{"features": [1]}]}]',
        r"\[0\].observations\[0\].features has 1 numbers, and the model's n_features is 2",
    ),
]


@pytest.mark.parametrize(("file", "content", "complaint"), WRONG)
def test_a_broken_file_is_refused_by_name(
    tmp_path: Path, file: str, content: str, complaint: str
) -> None:
    write(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(ConfigError, match=rf"{file}: .*{complaint}"):
        read_data(tmp_path)


@pytest.mark.parametrize("file", [MODEL, OBSERVATIONS, BATCHES])
@pytest.mark.parametrize(
    ("encoding", "complaint"),
    [
        ("utf-8-sig", "is UTF-8 with a byte order mark; write it as UTF-8 without"),
        ("utf-16", "is UTF-16 or UTF-32; write it as UTF-8"),
        ("utf-16-be", "not JSON: line 1, column 1"),
        ("utf-32", "is UTF-16 or UTF-32; write it as UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_the_one_that_is_read(
    tmp_path: Path, file: str, encoding: str, complaint: str
) -> None:
    write(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_text().encode(encoding))
    with pytest.raises(ConfigError, match=f"{file}: {complaint}"):
        read_data(tmp_path)


def test_bytes_that_are_no_utf_8_are_refused_also_in_a_key_that_nobody_reads(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    (tmp_path / MODEL).write_bytes(
        b'{"n_clusters": 1, "n_features": 1, "centroids": [[1]], "\xff": 2}'
    )
    with pytest.raises(ConfigError, match=rf"{MODEL}: not UTF-8: byte 56"):
        read_data(tmp_path)


@pytest.mark.parametrize("file", [MODEL, OBSERVATIONS, BATCHES])
def test_what_is_no_file_is_refused_by_name_and_not_waited_for(tmp_path: Path, file: str) -> None:
    def refused(complaint: str) -> None:
        with pytest.raises(ConfigError, match=f"{file}: {complaint}.*data generate"):
            read_data(tmp_path)
        path.rmdir() if path.is_dir() else path.unlink()

    write(tmp_path)
    path = tmp_path / file
    path.unlink()
    path.mkdir()
    refused("cannot be read: Is a directory")
    path.symlink_to(file)
    refused("cannot be read: Too many levels of symbolic links")
    path.symlink_to("/dev/zero")
    refused("is a pipe or a device, not a file")
    os.mkfifo(path)
    refused("is a pipe or a device, not a file")
    with path.open("wb") as large:
        large.truncate(LARGEST_FILE + 1)
    refused("is larger than 64 MiB, the largest allowed")


@pytest.mark.parametrize("name", ["own\0.json", "x" * 5000])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: .*data generate"):
        with_model(data_folder(tmp_path), tmp_path / name)


def test_a_request_above_grpcs_usual_limit_is_refused_and_one_at_it_is_not(tmp_path: Path) -> None:
    write(tmp_path, features=1)
    one = '{"features": [1]}'
    most = LARGEST_MESSAGE // batch_bytes(1, 1)
    for rows, width in ((most, 1), (3, 1), (3, 16), (3, 2000)):
        asked = pb.PredictBatchRequest(observations=[pb.Observation(features=[1.0] * width)] * rows)
        assert batch_bytes(rows, width) == asked.ByteSize()
    (tmp_path / BATCHES).write_text(f'[{{"observations": [{", ".join([one] * most)}]}}]')
    assert len(read_data(tmp_path).batches[0]) == most
    (tmp_path / BATCHES).write_text(f'[{{"observations": [{", ".join([one] * (most + 1))}]}}]')
    said = rf"{BATCHES}: \[0\].observations makes a request of .*the most is 4194304, gRPC's usual"
    with pytest.raises(ConfigError, match=said):
        read_data(tmp_path)


@pytest.mark.parametrize(
    ("centroids", "observation"),
    [
        ("[[1e9, 0], [1000000000.5, 0], [5, 5]]", "[1000000000.1, 0]"),
        ("[[1, 0], [1.000000001, 0], [5, 5]]", "[1, 0]"),
        ("[[1e-150, 0], [3e-150, 0], [5, 5]]", "[1.5e-150, 0]"),
    ],
)
def test_an_observation_that_rounding_could_put_into_another_cluster_is_refused(
    tmp_path: Path, centroids: str, observation: str
) -> None:
    write(tmp_path)
    (tmp_path / MODEL).write_text(model(3, 2, centroids))
    said = "centroids 0 and 1 of .* differ by less than the rounding of doubles of this size, so"
    (tmp_path / OBSERVATIONS).write_text(f'[{{"features": [4, 4]}}, {{"features": {observation}}}]')
    with pytest.raises(ConfigError, match=rf"{OBSERVATIONS}: \[1\]: .*{said}"):
        read_data(tmp_path)
    (tmp_path / OBSERVATIONS).write_text('[{"features": [4, 4]}]')
    batch = f'{{"observations": [{{"features": {observation}}}]}}'
    (tmp_path / BATCHES).write_text(f'[{{"observations": [{{"features": [4, 4]}}]}}, {batch}]')
    with pytest.raises(ConfigError, match=rf"{BATCHES}: \[1\].observations\[0\]: its distances"):
        read_data(tmp_path)


@pytest.mark.parametrize(
    ("centroids", "observation"),
    [
        ("[[1, 0], [1, 0], [5, 5]]", "[1, 0]"),  # twice the same
        ("[[0, 0], [2, 0], [5, 5]]", "[1, 0]"),  # as far from one as from the other
        ("[[5e-324, 0], [5e-324, 0], [-0.0, -0]]", "[5e-324, -0.0]"),
        ("[[1e100, 0], [-1e100, 0], [5, 5]]", "[1e99, 1]"),
        ("[[9007199254740993, 0], [1e17, 0], [18446744073709551617, 5]]", "[1, 99999999999999999]"),
    ],
)
def test_ties_tiny_and_huge_numbers_are_read_where_every_library_answers_alike(
    tmp_path: Path, centroids: str, observation: str
) -> None:
    write(tmp_path)
    (tmp_path / MODEL).write_text(model(3, 2, centroids))
    (tmp_path / OBSERVATIONS).write_text(f'[{{"features": {observation}}}]')
    (tmp_path / BATCHES).write_text(f'[{{"observations": [{{"features": {observation}}}]}}]')
    assert read_data(tmp_path).observations.tolist() == [[*map(float, json.loads(observation))]]


def test_keys_of_a_model_that_only_its_maker_reads_are_passed_over_and_not_passed_on(
    tmp_path: Path,
) -> None:
    folder = data_folder(tmp_path)
    assert "seed" in json.loads((tmp_path / MODEL).read_bytes())
    assert set(json.loads(folder.model_json)) == {"n_clusters", "n_features", "centroids"}


def test_what_is_passed_on_is_written_anew_and_the_digest_is_of_the_file(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / MODEL).write_text(model(1, 2, "[ [ 1 , 2e0 ] ]"))
    loose = b'[ {"features" :\t[ 1, -0 ] } ]'
    (tmp_path / OBSERVATIONS).write_bytes(loose)
    folder = read_data(tmp_path)
    assert folder.observations_json == b'[\n {"features": [1.0, -0.0]}\n]\n'
    assert b'"centroids": [\n  [1.0, 2.0]\n ]' in folder.model_json
    assert folder.describe().digest[OBSERVATIONS] == hashlib.sha256(loose).hexdigest()


def test_generated_requests_are_passed_on_byte_for_byte(tmp_path: Path) -> None:
    folder = data_folder(tmp_path)
    assert (tmp_path / OBSERVATIONS).read_bytes() == folder.observations_json
    assert (tmp_path / BATCHES).read_bytes() == folder.batches_json


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ({"clusters": 1_000_001}, "--clusters 1000001: it takes a whole number from 1 to 1000000"),
        ({"features": 100_001}, "--features 100001: it takes a whole number from 1 to 100000"),
        ({"seed": -1}, "--seed -1: it takes a whole number from 0 to 2147483647"),
        ({"samples": 10**400}, r"--samples 1000*\.\.\.: it takes a whole number from 1 to 1000000"),
        ({"clusters": 10_000, "features": 10_000}, "--clusters 10000, --features 10000: 10000 obs"),
        ({"batch": 100_000}, "--batch 100000, --features 2: 10000000 observations in one file"),
        ({"batch": 20, "features": 100_000}, "--batch 20, --features 100000: .* in one file"),
    ],
)
def test_data_that_would_not_be_read_again_is_not_made(
    counts: dict[str, int], complaint: str
) -> None:
    usual = {"clusters": 1, "features": 2, "samples": 1, "batch": 1, "seed": 1}
    with pytest.raises(ConfigError, match=complaint):
        generate(**usual | counts)


def test_the_largest_batches_that_can_be_made_are_read_again(tmp_path: Path) -> None:
    folder = data_folder(tmp_path, features=3000, clusters=1, samples=1, batch=10)
    assert folder.batches[99].shape == (10, 3000)
