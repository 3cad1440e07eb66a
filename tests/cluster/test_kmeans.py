"""KMeans, against scikit-learn's, its own definition and what can be worked out by hand."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.cluster

import pellucid
from pellucid.base import Callback, History
from pellucid.cluster import KMeans
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError

ALGORITHMS = ["lloyd", "elkan", "hamerly"]


def blobs(n_rows: int = 900, n_features: int = 3, n_groups: int = 6, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(n_groups, n_features)) * 4
    return centre[rng.integers(n_groups, size=n_rows)] + rng.normal(size=(n_rows, n_features))


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "auto"])
@pytest.mark.parametrize("weighted", [False, True])
def test_from_the_same_first_centres_it_ends_where_scikit_learn_ends(algorithm: Any, weighted: bool) -> None:
    X, rng = blobs(), np.random.default_rng(1)
    weight = rng.uniform(0.1, 3.0, len(X)) if weighted else None
    given: dict[str, Any] = {"init": X[:6], "n_init": 1, "tol": 0.0}
    ours = KMeans(6, algorithm=algorithm, **given).fit(X, sample_weight=weight)
    theirs = sklearn.cluster.KMeans(6, **given).fit(X, sample_weight=weight)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-10)
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-12)
    assert ours.n_iter_ == theirs.n_iter_
    fresh = X + 0.1
    np.testing.assert_array_equal(ours.predict(fresh), theirs.predict(fresh))
    np.testing.assert_allclose(ours.transform(fresh), theirs.transform(fresh), rtol=1e-9)
    np.testing.assert_allclose(ours.score(fresh), theirs.score(fresh), rtol=1e-12)


@pytest.mark.parametrize(("n_features", "n_groups"), [(1, 2), (2, 1), (20, 12), (300, 5)])
def test_all_algorithms_take_the_same_steps(n_features: int, n_groups: int) -> None:
    X = blobs(700, n_features, n_groups)
    fits = [KMeans(n_groups, algorithm=name, init=X[:n_groups], tol=0.0).fit(X) for name in ALGORITHMS]
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.labels_, fits[0].labels_)
        assert fit.n_iter_ == fits[0].n_iter_
        np.testing.assert_allclose(fit.cluster_centers_, fits[0].cluster_centers_, rtol=1e-9, atol=1e-9)


def test_the_inertia_is_not_worse_than_that_of_scikit_learn_on_average() -> None:
    ours, theirs = [], []
    for seed in range(20):
        X = blobs(600, 5, 12, seed)
        ours.append(KMeans(12, random_state=seed).fit(X).inertia_)
        theirs.append(sklearn.cluster.KMeans(12, random_state=seed).fit(X).inertia_)
    assert np.mean(np.log(ours)) <= np.mean(np.log(theirs)) + 0.02  # one standard error of the mean difference


def test_a_seed_gives_the_same_bits_and_more_runs_never_a_worse_sum() -> None:
    X = blobs(seed=4)
    once, again = (KMeans(9, random_state=3).fit(X) for _ in range(2))
    np.testing.assert_array_equal(once.cluster_centers_, again.cluster_centers_)
    runs = [KMeans(9, random_state=3, n_init=n).fit(X).inertia_ for n in (1, 2, 8)]
    assert runs[2] <= runs[1] <= runs[0] == once.inertia_


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_cluster_without_rows_takes_the_row_farthest_from_its_centre(algorithm: Any) -> None:
    X = np.array([[0.0], [1.0], [10.0], [11.0], [30.0]])
    model = KMeans(3, init=[[0.5], [20.0], [900.0]], algorithm=algorithm).fit(X)
    assert sorted(model.cluster_centers_.ravel().tolist()) == [0.5, 10.5, 30.0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_fewer_distinct_rows_than_clusters_are_told(algorithm: Any) -> None:
    X = np.repeat([[1.0, 2.0], [3.0, 4.0]], 5, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller than n_clusters \(4\)"):
        model = KMeans(4, random_state=0, algorithm=algorithm).fit(X)
    assert model.inertia_ == 0.0 and len(np.unique(model.labels_)) == 2


def test_rows_of_weight_zero_are_labelled_and_move_no_centre() -> None:
    X = np.array([[0.0], [1.0], [9.0], [10.0], [1000.0]])
    model = KMeans(2, random_state=0).fit(X, sample_weight=[1, 1, 1, 1, 0])
    assert sorted(model.cluster_centers_.ravel().tolist()) == [0.5, 9.5]
    assert model.labels_[4] == model.labels_[3] and model.inertia_ == 1.0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rows_far_from_zero_are_told_apart_as_they_are_at_zero(algorithm: Any) -> None:
    X = np.round(blobs(300, 2, 4) * 64) / 64  # exact also beside 2^30
    near = KMeans(4, init=X[:4], algorithm=algorithm).fit(X)
    far = KMeans(4, init=X[:4] + 2.0**30, algorithm=algorithm).fit(X + 2.0**30)
    np.testing.assert_array_equal(near.labels_, far.labels_)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_unit_of_the_numbers_changes_no_label(scale: float) -> None:
    X = blobs()
    plain, scaled = (KMeans(6, random_state=0).fit(table) for table in (X, X * scale))
    np.testing.assert_array_equal(plain.labels_, scaled.labels_)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_centre_in_the_middle_of_a_tie_leaves_the_row_to_the_lower_number(algorithm: Any) -> None:
    X = np.array([[-2.0], [0.0], [2.0]])
    model = KMeans(2, init=[[-2.0], [2.0]], max_iter=1, tol=0.0, algorithm=algorithm).fit(X)
    assert model.cluster_centers_.ravel().tolist() == [-1.0, 2.0] and model.labels_.tolist() == [0, 0, 1]
    assert model.predict([[0.5]]).tolist() == [0]


def test_after_every_step_the_centres_are_there_and_the_sum_has_not_grown() -> None:
    class Look(Callback):
        def __init__(self) -> None:
            self.seen: list[np.ndarray] = []

        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            self.seen.append(estimator.cluster_centers_.copy())
            assert len(estimator.predict(X)) == len(X)

    X, look, history = blobs(), Look(), History()
    model = KMeans(6, init=X[:6]).set_callbacks(look, history).fit(X)
    sums = [row["inertia"] for row in history.rows]
    assert len(look.seen) == len(sums) == model.n_iter_
    assert all(after <= before * (1 + 1e-12) for before, after in zip(sums[:-1], sums[1:], strict=True))
    first = np.argmin(((X[:, None] - X[:6]) ** 2).sum(axis=2), axis=1)
    np.testing.assert_allclose(look.seen[0], [X[first == k].mean(axis=0) for k in range(6)], rtol=1e-10)
    np.testing.assert_allclose(look.seen[-1], model.cluster_centers_, rtol=1e-10)


@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_a_fit_that_is_stopped_keeps_the_centres_it_had(how: str) -> None:
    class At(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> bool:
            if step == 2 and how == "interrupt":
                raise KeyboardInterrupt
            return step == 2

    X = blobs()
    model = KMeans(6, init=X[:6]).set_callbacks(At())
    if how == "interrupt":
        with pytest.warns(ConvergenceWarning, match="interrupted after step 2"):
            model.fit(X)
    else:
        model.fit(X)
    assert model.interrupted_ == (how == "interrupt") and model.n_iter_ == 2
    wanted = KMeans(6, init=X[:6], max_iter=2).fit(X)
    np.testing.assert_allclose(model.cluster_centers_, wanted.cluster_centers_, rtol=1e-12)
    np.testing.assert_array_equal(model.labels_, model.predict(X))


def test_single_precision_stays_so_and_ends_in_the_same_place() -> None:
    X = blobs()
    wide, single = (KMeans(6, random_state=0).fit(X.astype(dtype)) for dtype in (np.float64, np.float32))
    assert single.cluster_centers_.dtype == single.transform(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(single.inertia_, wide.inertia_, rtol=1e-5)


def test_first_centres_may_come_from_a_function_or_from_plain_draws() -> None:
    X = blobs()
    by_function = KMeans(6, init=lambda X, n_clusters, random_state: X[:n_clusters], n_init=1).fit(X)
    np.testing.assert_allclose(by_function.inertia_, KMeans(6, init=X[:6]).fit(X).inertia_, rtol=1e-12)
    assert KMeans(6, init="random", random_state=0).fit(X).inertia_ <= by_function.inertia_ * 1.01


def test_constant_columns_change_nothing_and_one_cluster_is_the_mean() -> None:
    X = blobs()
    plain = KMeans(6, init=X[:6]).fit(X)
    wide = np.column_stack([X, np.full(len(X), 7.0)])
    np.testing.assert_array_equal(KMeans(6, init=wide[:6]).fit(wide).labels_, plain.labels_)
    np.testing.assert_allclose(KMeans(1).fit(X).cluster_centers_[0], X.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (np.ones((3, 2)), {"n_clusters": 4}, "n_samples=3 rows cannot be n_clusters=4"),
        (np.array([[np.nan], [1.0]]), {"n_clusters": 1}, "KMeans: X holds 1 missing values"),
        (np.empty((0, 2)), {}, "0 row"),
        (np.ones((3, 2)), {"n_clusters": 2, "init": [[1.0, 2.0]]}, r"init has shape \(1, 2\); .* are \(2, 2\)"),
    ],
)
def test_what_cannot_be_grouped_is_an_error_that_says_why(X: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        KMeans(**given).fit(X)


def test_a_loaded_model_predicts_where_numba_and_scipy_cannot_be_imported(tmp_path: Path) -> None:
    X = blobs()
    model = KMeans(6, random_state=0).fit(X)
    pellucid.save(model, tmp_path / "m")
    np.savez(tmp_path / "x.npz", X=X, label=model.labels_, far=model.transform(X))
    code = (
        "import sys; sys.modules['numba'] = sys.modules['scipy'] = None\n"
        "import numpy as np, pellucid\n"
        f"m, held = pellucid.load({str(tmp_path / 'm')!r}), np.load({str(tmp_path / 'x.npz')!r})\n"
        "assert (m.predict(held['X']) == held['label']).all() and (m.transform(held['X']) == held['far']).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_centres_of_another_shape_are_refused(tmp_path: Path) -> None:
    model = KMeans(2, random_state=0).fit([[0.0], [1.0]])
    model.cluster_centers_ = np.zeros((3, 1))
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match=r"cluster_centers_ in the record is \(3, 1\), not \(2, 1\)"):
        pellucid.load(tmp_path / "m")
