"""linfa_kmeans.KMeans: it clusters as scikit-learn does, and has its interface."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from linfa_kmeans import KMeans, NotFittedError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

sklearn_cluster = pytest.importorskip("sklearn.cluster")

CENTERS = np.array([[-5.0, 0.0], [5.0, 0.0], [0.0, 9.0]])


def blobs(n: int = 3_000, n_features: int = 2, seed: int = 1) -> NDArray[np.float64]:
    """Observations around three centres, (n, n_features)."""
    random = np.random.default_rng(seed)
    centers = random.uniform(-50, 50, size=(3, n_features))
    return centers[random.integers(3, size=n)] + random.normal(size=(n, n_features))


# ---------------------------------------------------------------- beside scikit-learn


@pytest.mark.parametrize("n_features", [1, 2, 16])
def test_equal_starts_give_the_clusters_that_scikit_learn_finds(n_features: int) -> None:
    x = blobs(n_features=n_features)
    start = x[:3].copy()
    tol = 1e-10
    ours = KMeans(3, init=start, tol=float(np.sqrt(tol * x.var(axis=0).mean()))).fit(x)
    theirs = sklearn_cluster.KMeans(3, init=start, n_init=1, tol=tol).fit(x)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-6)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(x))


def test_given_centers_answer_as_scikit_learn_does() -> None:
    x = np.random.default_rng(2).uniform(-100, 100, size=(5_000, 2))
    theirs = sklearn_cluster.KMeans(3, init=CENTERS, n_init=1, max_iter=1).fit(CENTERS)
    theirs.cluster_centers_ = CENTERS
    np.testing.assert_array_equal(KMeans.from_centers(CENTERS).predict(x), theirs.predict(x))


# ---------------------------------------------------------------------------- fitting


@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_blobs_are_found_from_any_start(init: Any) -> None:
    x = blobs()
    model = KMeans(3, init=init, n_init=10, random_state=4)
    assert model.fit(X=x) is model
    distances = np.linalg.norm(x - model.cluster_centers_[model.predict(x)], axis=1)
    assert distances.max() < 6
    assert model.inertia_ == pytest.approx(float((distances**2).sum()))
    assert model.n_features_in_ == 2


def test_labels_are_what_predict_says_of_the_training_data() -> None:
    x = blobs()
    model = KMeans(3, random_state=1)
    labels = model.fit_predict(x)
    np.testing.assert_array_equal(labels, model.labels_)
    np.testing.assert_array_equal(labels, model.predict(x))
    assert labels.dtype == np.int32


def test_without_labels_the_same_centers_are_found_and_the_rest_says_why_it_is_missing() -> None:
    x = blobs()
    model = KMeans(3, random_state=1, compute_labels=False).fit(x)
    labelled = KMeans(3, random_state=1).fit(x)
    np.testing.assert_array_equal(model.cluster_centers_, labelled.cluster_centers_)
    assert model.n_iter_ == labelled.n_iter_
    for attribute in ("labels_", "inertia_"):
        assert not hasattr(model, attribute)
        with pytest.raises(NotFittedError, match="compute_labels=False"):
            getattr(model, attribute)


def test_without_labels_fit_predict_is_refused_before_anything_is_fitted() -> None:
    model = KMeans(3, compute_labels=False)
    with pytest.raises(ValueError, match="call fit, then predict"):
        model.fit_predict(blobs())
    assert not hasattr(model, "cluster_centers_")


def test_iterations_are_counted() -> None:
    x = blobs()
    assert KMeans(3, init=x[:3], max_iter=1).fit(x).n_iter_ == 1
    assert KMeans(3, init=x[:3], max_iter=2, tol=1e-300).fit(x).n_iter_ == 2


def test_the_same_random_state_gives_the_same_centers() -> None:
    x = np.random.default_rng(3).uniform(size=(500, 2))
    one, same = (KMeans(9, random_state=7).fit(x).cluster_centers_ for _ in range(2))
    np.testing.assert_array_equal(one, same)


def test_no_random_state_gives_other_centers_each_time() -> None:
    x = np.random.default_rng(3).uniform(size=(500, 2))
    found = {KMeans(9, max_iter=1).fit(x).cluster_centers_.tobytes() for _ in range(5)}
    assert len(found) > 1


def test_fitting_again_replaces_what_was_found() -> None:
    model = KMeans(3, random_state=1).fit(blobs(seed=1))
    again = KMeans(3, random_state=1).fit(blobs(seed=2)).cluster_centers_
    np.testing.assert_array_equal(model.fit(blobs(seed=2)).cluster_centers_, again)


def test_a_failed_fit_leaves_the_model_as_it_was() -> None:
    model = KMeans(3, random_state=1).fit(blobs())
    before = model.cluster_centers_
    with pytest.raises(ValueError, match="cannot make 3 clusters"):
        model.fit(np.zeros((2, 2)))
    np.testing.assert_array_equal(model.cluster_centers_, before)


def test_other_threads_run_while_it_fits() -> None:
    x = np.random.default_rng(5).uniform(size=(200_000, 4))
    model = KMeans(20, init=x[:20], max_iter=30, tol=1e-300)
    fitting = threading.Thread(target=model.fit, args=(x,))
    turns = 0
    fitting.start()
    while fitting.is_alive():
        turns += 1
    fitting.join()
    # With the lock held all along there would be a turn or two.
    assert turns > 100


# ------------------------------------------------------------------------------ input


def test_an_array_is_not_changed_and_not_copied() -> None:
    x = blobs()
    x.setflags(write=False)
    before = x.tobytes()
    KMeans(3, random_state=1).fit(x).predict(x)
    assert x.tobytes() == before


@pytest.mark.parametrize(
    "convert",
    [
        np.asfortranarray,
        lambda x: x.astype(np.float32).astype(np.float64)[::2],
        lambda x: x.tolist(),
        lambda x: x.astype(">f8"),
        lambda x: np.round(x).astype(np.int16),
    ],
    ids=["fortran", "strided", "list", "big-endian", "integers"],
)
def test_other_layouts_and_types_are_converted(convert: Any) -> None:
    x = convert(blobs(300))
    model = KMeans.from_centers(CENTERS)
    plain = np.ascontiguousarray(x, dtype=np.float64)
    np.testing.assert_array_equal(model.predict(x), model.predict(plain))


@pytest.mark.parametrize(
    ("x", "told"),
    [
        ([1.0, 2.0], "1 dimensions came, 2 wanted"),
        (np.zeros((2, 2, 2)), "3 dimensions came, 2 wanted"),
        (np.zeros((2, 3)), "3 features came, 2 wanted"),
        (np.zeros((0, 3)), "3 features came, 2 wanted"),
        ([[0.0, 1.0], [np.nan, 1.0]], "X: row 1: feature 0: NaN is not a finite number"),
        ([[0.0, -np.inf]], "X: row 0: feature 1: -infinity is not a finite number"),
        ([[0.0], [1.0, 2.0]], "inhomogeneous"),
    ],
)
def test_what_cannot_be_asked_is_a_value_error(x: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        KMeans.from_centers(CENTERS).predict(x)


@pytest.mark.parametrize("x", [[["a", "b"]], [[1j, 2j]], [[None, 1.0]], "text", None, object()])
def test_what_is_not_numbers_is_a_type_error(x: Any) -> None:
    with pytest.raises(TypeError, match="real numbers are wanted"):
        KMeans.from_centers(CENTERS).predict(x)


def test_no_rows_give_no_clusters() -> None:
    assert KMeans.from_centers(CENTERS).predict(np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (np.zeros((2, 2)), "2 observations cannot make 3 clusters"),
        (np.zeros((5, 0)), "no features"),
        ([[np.nan, 1.0]] * 5, "X: row 0, feature 0: NaN is not a finite number"),
        ([[0.0, 1e200]] * 5, "too large"),
    ],
)
@pytest.mark.parametrize("init", ["k-means++", "random", CENTERS])
def test_what_cannot_be_fitted_is_a_value_error(x: Any, told: str, init: Any) -> None:
    with pytest.raises(ValueError, match=told):
        KMeans(3, init=init).fit(x)


def test_starting_centers_of_another_shape_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="init: "):
        KMeans(4, init=CENTERS).fit(blobs())


# ------------------------------------------------------------------------- one row


@pytest.mark.parametrize(
    "row",
    [
        [4.0, 1.0],
        [4, True],
        (4.0, 1.0),
        np.array([4.0, 1.0]),
        np.array([4.0, 7.0, 1.0])[::2],
        np.array([4, 1], dtype=np.float32),
        [np.float64(4.0), np.int64(1)],
    ],
    ids=["list", "integers", "tuple", "array", "strided", "float32", "scalars"],
)
def test_one_row_gets_its_cluster_whatever_holds_it(row: Any) -> None:
    cluster = KMeans.from_centers(CENTERS).predict_one(row)
    assert cluster == 1
    assert type(cluster) is int


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ([], "0 features came, 2 wanted"),
        ([1.0, 2.0, 3.0], "3 features came, 2 wanted"),
        (np.zeros(1), "1 features came, 2 wanted"),
        ([1.0, np.nan], "feature 1: NaN is not a finite number"),
        (np.array([np.inf, 0.0]), "feature 0: infinity is not a finite number"),
    ],
)
def test_a_bad_row_is_a_value_error(row: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        KMeans.from_centers(CENTERS).predict_one(row)


@pytest.mark.parametrize("row", [None, 1.0, "12", ["1", "2"], [[1.0], [2.0]], np.zeros((1, 2))])
def test_what_is_not_a_row_is_a_type_error(row: Any) -> None:
    with pytest.raises(TypeError, match="row: "):
        KMeans.from_centers(CENTERS).predict_one(row)


# ------------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"n_clusters": 0}, "n_clusters: 0"),
        ({"n_clusters": -3}, "n_clusters"),
        ({"n_init": 0}, "n_init"),
        ({"n_init": "some"}, 'n_init: "some"'),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": 0.0}, "tol: 0"),
        ({"tol": -1.0}, "tol: -1"),
        ({"tol": np.nan}, "tol: NaN"),
        ({"random_state": -1}, "random_state"),
        ({"init": "best"}, 'init: "best"'),
    ],
)
def test_a_parameter_out_of_range_is_a_value_error(parameters: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        KMeans(**parameters)


@pytest.mark.parametrize("parameters", [{"n_clusters": "3"}, {"tol": None}, {"n_init": 1.5}])
def test_a_parameter_of_another_type_is_a_type_error(parameters: Any) -> None:
    with pytest.raises(TypeError):
        KMeans(**parameters)


def test_parameters_are_kept_as_they_were_given() -> None:
    given = {"n_clusters": 3, "init": "random", "n_init": 4, "max_iter": 5, "tol": 0.5}
    model = KMeans(**given, random_state=6, compute_labels=False)  # type: ignore[arg-type]
    assert model.get_params() == {**given, "random_state": 6, "compute_labels": False}
    assert model.compute_labels is False
    assert (model.n_clusters, model.init, model.tol) == (3, "random", 0.5)
    assert repr(KMeans(3)) == (
        "KMeans(n_clusters=3, init='k-means++', n_init='auto', max_iter=300, tol=0.0001, "
        "random_state=None, compute_labels=True)"
    )


@pytest.mark.parametrize(
    "attribute", ["cluster_centers_", "n_iter_", "inertia_", "labels_", "n_features_in_"]
)
def test_what_comes_of_fitting_is_not_there_before(attribute: str) -> None:
    model = KMeans()
    assert not hasattr(model, attribute)
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(model, attribute)


def test_asking_before_fitting_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="call fit"):
        KMeans().predict([[1.0, 2.0]])
    with pytest.raises(NotFittedError):
        KMeans().predict_one([1.0, 2.0])


# ---------------------------------------------------------------------- given centers


def test_given_centers_stay_exactly_as_they_are() -> None:
    centers = np.random.default_rng(6).uniform(-100, 100, size=(100, 7))
    assert KMeans.from_centers(centers).cluster_centers_.tobytes() == centers.tobytes()


@pytest.mark.parametrize("centers", [np.zeros((0, 2)), np.zeros((2, 0)), [[np.nan]], [1.0]])
def test_centers_that_cannot_be_a_model_are_a_value_error(centers: Any) -> None:
    with pytest.raises(ValueError, match="centers: "):
        KMeans.from_centers(centers)


def test_a_model_is_loaded_exactly_as_it_was_saved(tmp_path: Path) -> None:
    model = KMeans(3, random_state=8).fit(blobs())
    model.save(tmp_path / "model.json")
    loaded = KMeans.load(str(tmp_path / "model.json"))
    assert loaded.cluster_centers_.tobytes() == model.cluster_centers_.tobytes()
    saved = json.loads((tmp_path / "model.json").read_text())
    assert (saved["n_clusters"], saved["n_features"], saved["seed"]) == (3, 2, 8)
    assert saved["centroids"] == model.cluster_centers_.tolist()


def test_a_broken_file_is_a_value_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"n_clusters": 2, "n_features": 1, "centroids": [[1]]}')
    with pytest.raises(ValueError, match=r"broken\.json: says n_clusters = 2"):
        KMeans.load(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KMeans.load(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError):
        KMeans.from_centers(CENTERS).save(tmp_path / "nowhere" / "model.json")
