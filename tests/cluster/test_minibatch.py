"""MiniBatchKMeans, against scikit-learn's, KMeans and what can be worked out by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.cluster

import pellucid
from pellucid.base import Callback, History
from pellucid.cluster import KMeans, MiniBatchKMeans
from pellucid.errors import ConvergenceWarning, DataError, DataWarning, ModelFileError


def blobs(n_rows: int = 2000, n_features: int = 4, n_groups: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(n_groups, n_features)) * 4
    return centre[rng.integers(n_groups, size=n_rows)] + rng.normal(size=(n_rows, n_features))


@pytest.mark.parametrize("weighted", [False, True])
def test_batches_that_are_given_move_the_centres_as_those_of_scikit_learn(weighted: bool) -> None:
    X, rng = blobs(), np.random.default_rng(1)
    weight = rng.uniform(0.1, 3.0, len(X)) if weighted else None
    given: dict[str, Any] = {"init": X[:8], "n_init": 1, "reassignment_ratio": 0.0}
    ours, theirs = MiniBatchKMeans(8, **given), sklearn.cluster.MiniBatchKMeans(8, **given)
    for start in range(0, len(X), 250):
        batch = slice(start, start + 250)
        part = None if weight is None else weight[batch]
        ours.partial_fit(X[batch], sample_weight=part)
        theirs.partial_fit(X[batch], sample_weight=part)
        np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-10)
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-10)
        assert ours.n_steps_ == theirs.n_steps_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("given", [{}, {"init": "random"}, {"batch_size": 100}], ids=str)
def test_the_sum_is_not_worse_than_that_of_scikit_learn_on_average(given: dict[str, Any]) -> None:
    ours, theirs = [], []
    for seed in range(20):
        X = blobs(1500, 5, 12, seed)
        ours.append(MiniBatchKMeans(12, random_state=seed, **given).fit(X).inertia_)
        theirs.append(sklearn.cluster.MiniBatchKMeans(12, random_state=seed, **given).fit(X).inertia_)
    gap = np.log(ours) - np.log(theirs)
    assert gap.mean() <= 2.0 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_groups_that_lie_apart_are_found_as_kmeans_finds_them() -> None:
    X = blobs(n_groups=3)
    ours, whole = MiniBatchKMeans(3, random_state=0).fit(X), KMeans(3, random_state=0).fit(X)
    assert ours.inertia_ <= 1.01 * whole.inertia_
    assert ours.inertia_ == -ours.score(X)


def test_a_seed_gives_the_same_bits_and_another_seed_others() -> None:
    X = blobs()
    fits = [MiniBatchKMeans(8, batch_size=100, random_state=seed).fit(X).cluster_centers_ for seed in (3, 3, 4)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_batches_after_saving_and_loading_move_the_centres_as_if_nothing_had_been(tmp_path: Path) -> None:
    X = blobs()
    whole = MiniBatchKMeans(30, random_state=5, reassignment_ratio=0.5)
    parts = MiniBatchKMeans(30, random_state=5, reassignment_ratio=0.5)
    for start in range(0, len(X), 200):
        whole.partial_fit(X[start : start + 200])
        parts.partial_fit(X[start : start + 200])
        pellucid.save(parts, tmp_path / "m")
        parts = pellucid.load(tmp_path / "m")
    np.testing.assert_array_equal(whole.cluster_centers_, parts.cluster_centers_)
    assert whole.n_steps_ == parts.n_steps_ == 10


def test_fit_forgets_and_partial_fit_goes_on() -> None:
    X = blobs()
    model = MiniBatchKMeans(8, random_state=0).fit(X)
    first, steps, mass = model.cluster_centers_.copy(), model.n_steps_, model.counts_.sum()
    assert mass == steps * 1024
    model.partial_fit(X[:100])
    assert model.n_steps_ == steps + 1 and model.counts_.sum() == mass + 100 and len(model.labels_) == 100
    np.testing.assert_array_equal(model.fit(X).cluster_centers_, first)


def test_rows_of_weight_zero_are_never_drawn_and_are_labelled() -> None:
    X = np.array([[0.0], [1.0], [9.0], [10.0], [1000.0]])
    model = MiniBatchKMeans(2, random_state=0).fit(X, sample_weight=[1, 1, 1, 1, 0])
    assert model.cluster_centers_.max() < 10.0 and model.labels_[4] == model.labels_[3]
    model = MiniBatchKMeans(2, random_state=0).partial_fit(X, sample_weight=[1, 1, 1, 1, 0])
    assert model.cluster_centers_.max() <= 10.0


def test_a_centre_that_no_row_is_near_to_is_put_on_a_row() -> None:
    X = blobs(n_groups=2)
    far = np.vstack([X[:1], np.full((1, 4), 1e6)])
    assert np.abs(MiniBatchKMeans(2, init=far, random_state=0).fit(X).cluster_centers_).max() < 100.0
    left = MiniBatchKMeans(2, init=far, random_state=0, reassignment_ratio=0.0).fit(X)
    np.testing.assert_allclose(left.cluster_centers_[1], 1e6, rtol=1e-9)


def test_after_every_batch_the_centres_are_there_and_the_smoothed_sum_ends_it() -> None:
    class Look(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            assert len(estimator.predict(X)) == len(X) and estimator.n_steps_ == step

    X, history = blobs(), History()
    model = (
        MiniBatchKMeans(8, batch_size=50, max_no_improvement=4, random_state=0).set_callbacks(history, Look()).fit(X)
    )
    smoothed = [row["smoothed"] for row in history.rows[1:]]
    assert len(history.rows) == model.n_steps_ < 100 * len(X) // 50
    assert smoothed.index(min(smoothed)) == len(smoothed) - 5
    assert model.n_iter_ == np.ceil(model.n_steps_ * 50 / len(X))


def test_it_ends_when_the_centres_rest_or_when_as_many_rows_are_drawn_as_allowed() -> None:
    X = blobs()
    given: dict[str, Any] = {"random_state": 0, "max_no_improvement": None, "batch_size": 100}
    assert MiniBatchKMeans(8, tol=1e9, **given).fit(X).n_steps_ == 2  # the first comes from the first centres
    assert MiniBatchKMeans(8, max_iter=3, **given).fit(X).n_steps_ == 60


@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_a_fit_that_is_stopped_keeps_the_centres_it_had(how: str) -> None:
    class At(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> bool:
            if step == 2 and how == "interrupt":
                raise KeyboardInterrupt
            return step == 2

    X = blobs()
    model = MiniBatchKMeans(8, random_state=0).set_callbacks(At())
    if how == "interrupt":
        with pytest.warns(ConvergenceWarning, match="interrupted after step 2"):
            model.fit(X)
    else:
        model.fit(X)
    assert model.interrupted_ == (how == "interrupt") and model.n_steps_ == 2
    np.testing.assert_array_equal(model.labels_, model.predict(X))


def test_without_labels_the_sum_is_estimated_from_batches() -> None:
    X = blobs(20_000)
    model = MiniBatchKMeans(8, compute_labels=False, random_state=0).fit(X * 1e3)
    assert "labels_" not in vars(model)
    np.testing.assert_allclose(model.inertia_, -model.score(X * 1e3), rtol=0.1)


def test_first_centres_are_drawn_among_rows_as_many_as_asked_for() -> None:
    X = blobs(500)
    seen: list[int] = []

    def first(X: np.ndarray, n_clusters: int, random_state: Any) -> np.ndarray:
        seen.append(len(X))
        return X[:n_clusters]

    MiniBatchKMeans(8, init=first, init_size=100, random_state=0).fit(X)
    MiniBatchKMeans(8, init=first, batch_size=50, n_init=1, random_state=0).fit(X)
    MiniBatchKMeans(8, init=first, n_init=1, random_state=0).partial_fit(X)
    assert seen == [100, 100, 100, 150, 500]
    with pytest.warns(DataWarning, match="init_size=5 should be larger than n_clusters=8; 24 rows"):
        model = MiniBatchKMeans(8, init_size=5, max_iter=1, random_state=0).fit(X)
    assert model.cluster_centers_.shape == (8, 4)
    with pytest.warns(DataWarning, match="init_size=5 should be larger"):
        MiniBatchKMeans(8, init_size=5, random_state=0).partial_fit(X)


def test_single_precision_stays_so() -> None:
    model = MiniBatchKMeans(8, random_state=0).fit(blobs().astype(np.float32))
    assert model.cluster_centers_.dtype == model.transform(blobs().astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_unit_of_the_numbers_changes_no_label(scale: float) -> None:
    X = blobs()
    plain, scaled = (MiniBatchKMeans(8, random_state=0).fit(table) for table in (X, X * scale))
    np.testing.assert_array_equal(plain.labels_, scaled.labels_)


def test_fewer_rows_than_clusters_are_an_error() -> None:
    for learn in (MiniBatchKMeans(4).fit, MiniBatchKMeans(4).partial_fit):
        with pytest.raises(DataError, match="n_samples=3 rows cannot be n_clusters=4"):
            learn(np.ones((3, 2)))
    model = MiniBatchKMeans(2, random_state=0).partial_fit([[0.0], [5.0]])
    assert model.partial_fit([[1.0]]).n_steps_ == 2  # later batches may be smaller


def test_counts_of_another_shape_are_refused(tmp_path: Path) -> None:
    model = MiniBatchKMeans(2, random_state=0).fit([[0.0], [1.0]])
    model.counts_ = np.array([1.0, -1.0])
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="not one weight for each centre"):
        pellucid.load(tmp_path / "m")
