"""DBSCAN, against scikit-learn's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.cluster
from sklearn.datasets import make_moons

import pellucid
from pellucid.cluster import DBSCAN
from pellucid.errors import DataError, ModelFileError


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("eps", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("algorithm", ["auto", "kd_tree", "ball_tree", "brute"])
def test_groups_are_those_of_scikit_learn_down_to_their_numbers(seed: int, eps: float, algorithm: Any) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 2)) * rng.choice([0.2, 1.0], (400, 1))
    weight = rng.uniform(0.0, 3.0, 400) if seed % 2 else None
    ours = DBSCAN(eps, algorithm=algorithm).fit(X, sample_weight=weight)
    theirs = sklearn.cluster.DBSCAN(eps).fit(X, sample_weight=weight)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(ours.core_sample_indices_, theirs.core_sample_indices_)
    np.testing.assert_array_equal(ours.components_, theirs.components_)


@pytest.mark.parametrize("metric", ["manhattan", "chebyshev", "cosine"])
def test_other_distances_give_the_groups_of_scikit_learn(metric: str) -> None:
    X = np.random.default_rng(0).normal(size=(300, 3))
    eps = {"manhattan": 0.6, "chebyshev": 0.3, "cosine": 0.01}[metric]
    ours, theirs = DBSCAN(eps, metric=metric).fit(X), sklearn.cluster.DBSCAN(eps, metric=metric).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert 1 < len(np.unique(ours.labels_))


def test_two_moons_are_two_groups_which_no_means_could_tell() -> None:
    X, moon = make_moons(400, noise=0.05, random_state=0)
    assert np.array_equal(DBSCAN(0.2).fit_predict(X), moon if moon[0] == 0 else 1 - moon)


def test_a_row_twice_is_a_row_of_weight_two() -> None:
    X, times = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200) % 2 + 1
    weighted = DBSCAN(0.3).fit(X, sample_weight=times).labels_
    repeated = DBSCAN(0.3).fit(X.repeat(times, axis=0)).labels_
    np.testing.assert_array_equal(weighted.repeat(times), repeated)


def test_all_noise_and_all_alike_are_results() -> None:
    far = DBSCAN(0.1).fit(np.arange(5.0)[:, None])
    assert far.labels_.tolist() == [-1] * 5 and far.components_.shape == (0, 1)
    assert DBSCAN(0.1).fit_predict(np.ones((6, 2))).tolist() == [0] * 6


def test_missing_values_are_an_error() -> None:
    with pytest.raises(DataError, match="DBSCAN: X holds 1 missing"):
        DBSCAN().fit([[np.nan], [1.0]])


def test_a_record_whose_cores_do_not_fit_is_refused(tmp_path: Path) -> None:
    model = DBSCAN(1.5, min_samples=1).fit([[0.0], [1.0]])
    pellucid.save(model, tmp_path / "whole")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "whole").labels_, model.labels_)
    model.core_sample_indices_ = np.array([0, 9])
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="do not fit together"):
        pellucid.load(tmp_path / "m")
