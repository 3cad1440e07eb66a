"""NearestNeighbors, against scikit-learn's and plain sorting."""

from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.neighbors import NearestNeighbors

METRICS: list[dict[str, Any]] = [
    {"metric": "euclidean"},
    {"metric": "manhattan"},
    {"metric": "chebyshev"},
    {"metric": "minkowski", "p": 3},
]
ALGORITHMS = ["brute", "kd_tree", "ball_tree"]


def table(n: int, n_features: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, n_features))


@pytest.mark.parametrize("given", METRICS, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n_features", [1, 3, 17])
def test_neighbours_and_distances_are_those_of_scikit_learn(given: Any, algorithm: Any, n_features: int) -> None:
    X, Q = table(400, n_features), table(60, n_features, 1)
    ours = NearestNeighbors(n_neighbors=7, algorithm=algorithm, leaf_size=5, **given).fit(X)
    theirs = sklearn.neighbors.NearestNeighbors(n_neighbors=7, algorithm="kd_tree", **given).fit(X)  # by differences
    for queries in (Q, None):
        (distance, rows), (distance_, rows_) = ours.kneighbors(queries), theirs.kneighbors(queries)
        np.testing.assert_array_equal(rows, rows_)
        np.testing.assert_allclose(distance, distance_, rtol=1e-12)
        graph, graph_ = (m.kneighbors_graph(queries, mode="distance") for m in (ours, theirs))
        np.testing.assert_allclose(graph.toarray(), graph_.toarray(), rtol=1e-12)
    radius = float(np.median(distance_)) * 1.001  # no distance itself, which rounding could push either way
    for queries in (Q, None):
        found, found_ = (m.radius_neighbors(queries, radius, sort_results=True) for m in (ours, theirs))
        for far, far_, near, near_ in zip(found[0], found_[0], found[1], found_[1], strict=True):
            np.testing.assert_array_equal(near, near_)
            np.testing.assert_allclose(far, far_, rtol=1e-12)
    graph, graph_ = (m.radius_neighbors_graph(Q, radius) for m in (ours, theirs))
    np.testing.assert_array_equal(graph.toarray(), graph_.toarray())


def test_cosine_neighbours_are_those_of_scikit_learn_and_a_zero_row_is_at_distance_one() -> None:
    X, Q = table(300, 6), table(40, 6, 1)
    X[3], Q[0] = 0.0, 0.0
    ours = NearestNeighbors(metric="cosine").fit(X)
    theirs = sklearn.neighbors.NearestNeighbors(metric="cosine").fit(X)
    (distance, rows), (distance_, rows_) = ours.kneighbors(Q[1:]), theirs.kneighbors(Q[1:])
    np.testing.assert_array_equal(rows, rows_)
    np.testing.assert_allclose(distance, distance_, atol=1e-14)
    distance, rows = ours.kneighbors(Q[:1])
    assert distance.tolist() == [[1.0] * 5] and rows.tolist() == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize("given", METRICS, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_of_equal_distances_the_lower_row_comes_first(given: Any, algorithm: Any) -> None:
    X = np.random.default_rng(0).integers(-2, 3, size=(300, 2)).astype(float)  # 25 places: duplicates, many ties
    model = NearestNeighbors(n_neighbors=40, algorithm=algorithm, leaf_size=3, **given).fit(X)
    power = {"euclidean": 2, "manhattan": 1, "chebyshev": np.inf, "minkowski": 3}[given["metric"]]
    far = np.linalg.norm(X[:, None] - X, ord=power, axis=2).round(9)
    _, rows = model.kneighbors(X)
    np.testing.assert_array_equal(rows, np.argsort(far, axis=1, kind="stable")[:, :40])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_distances_are_exact_far_from_zero_and_to_a_duplicate_they_are_zero(algorithm: Any) -> None:
    X = np.round(table(500, 5) * 2**20) / 2**20
    near = NearestNeighbors(algorithm=algorithm).fit(X).kneighbors(X)
    far = NearestNeighbors(algorithm=algorithm).fit(X + 2.0**30).kneighbors(X + 2.0**30)
    assert (near[0][:, 0] == 0.0).all()
    for here, there in zip(near, far, strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("scale", [1e-120, 1e120])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_unit_of_the_numbers_changes_no_neighbour(scale: float, algorithm: Any) -> None:
    X = table(300, 9)
    plain, scaled = (NearestNeighbors(algorithm=algorithm).fit(rows).kneighbors() for rows in (X, X * scale))
    np.testing.assert_array_equal(plain[1], scaled[1])
    np.testing.assert_allclose(plain[0] * scale, scaled[0], rtol=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_queries_and_rows_far_outside_are_found_as_well(algorithm: Any) -> None:
    X = np.vstack([table(200, 3), [[1e12, 0.0, 0.0]]])
    Q = np.array([[1e12, 1.0, 0.0], [1e40, 0.0, 0.0], [0.0, 0.0, 0.0]])
    distance, rows = NearestNeighbors(n_neighbors=2, algorithm=algorithm).fit(X).kneighbors(Q)
    wanted = np.sqrt(((Q[:, None] - X) ** 2).sum(axis=2))
    np.testing.assert_array_equal(rows[[0, 2]], np.argsort(wanted, axis=1, kind="stable")[[0, 2], :2])
    np.testing.assert_allclose(distance, np.sort(wanted, axis=1)[:, :2], rtol=1e-12)


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "auto"])
def test_results_do_not_depend_on_n_jobs(algorithm: Any) -> None:
    X, Q = table(900, 4), table(5000, 4, 1)
    one, two = (NearestNeighbors(algorithm=algorithm, n_jobs=n).fit(X) for n in (1, 2))
    for left, right in zip(one.kneighbors(Q), two.kneighbors(Q), strict=True):
        np.testing.assert_array_equal(left, right)
    for left, right in zip(one.radius_neighbors(Q[:4500], 0.3), two.radius_neighbors(Q[:4500], 0.3), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_all_rows_may_be_asked_for_and_one_more_is_an_error(algorithm: Any) -> None:
    X = table(30, 2)
    model = NearestNeighbors(algorithm=algorithm).fit(X)
    assert (np.sort(model.kneighbors(X, 30, return_distance=False), axis=1) == np.arange(30)).all()
    with pytest.raises(DataError, match=r"n_neighbors = 31, n_samples_fit = 30\. Ask for fewer"):
        model.kneighbors(X, 31)
    with pytest.raises(DataError, match=r"n_neighbors < n_samples_fit, but n_neighbors = 30"):
        model.kneighbors(n_neighbors=30)
    with pytest.raises(ParameterError, match="n_neighbors is 0"):
        model.kneighbors(X, 0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_constant_and_duplicate_rows_are_no_trouble(algorithm: Any) -> None:
    X = np.ones((50, 3))
    distance, rows = NearestNeighbors(n_neighbors=3, algorithm=algorithm, leaf_size=2).fit(X).kneighbors()
    assert not distance.any() and rows[:2].tolist() == [[1, 2, 3], [0, 2, 3]]
    assert rows[49].tolist() == [1, 2, 3]  # as many equal rows come before it: the first is left out in its place


def test_no_row_within_the_radius_gives_empty_arrays() -> None:
    distance, rows = NearestNeighbors(radius=0.5).fit([[0.0], [10.0]]).radius_neighbors([[5.0], [0.5]])
    assert [far.tolist() for far in distance] == [[], [0.5]] and [near.tolist() for near in rows] == [[], [0]]


@pytest.mark.parametrize(
    ("X", "words"),
    [([[np.nan, 1.0]], "NearestNeighbors: X holds 1 missing"), (np.empty((0, 3)), "0 row"), ([["a"]], "text")],
)
def test_what_has_no_distance_is_an_error_that_says_why(X: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        NearestNeighbors().fit(X)


@pytest.mark.parametrize("given", [{"metric": "cosine"}, {"p": 0.5}])
def test_a_tree_is_refused_a_distance_that_its_bounds_do_not_hold_for(given: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="use algorithm='brute'"):
        NearestNeighbors(algorithm="ball_tree", **given).fit([[1.0]])
    assert NearestNeighbors(n_neighbors=1, **given).fit([[1.0], [2.0]]).kneighbors()[1].tolist() == [[1], [0]]


def test_rows_changed_after_fit_do_not_change_what_is_found(tmp_path: Any) -> None:
    X = table(20, 2)
    model = NearestNeighbors(n_neighbors=2).fit(X)
    wanted = model.kneighbors()
    X[:] = 0.0
    pellucid.save(model, tmp_path / "m")
    for left, right in zip(pellucid.load(tmp_path / "m").kneighbors(), wanted, strict=True):
        np.testing.assert_array_equal(left, right)
    model.n_samples_fit_ = 7
    pellucid.save(model, tmp_path / "broken")
    with pytest.raises(ModelFileError, match="not 7 finite rows"):
        pellucid.load(tmp_path / "broken")
