"""The permutation test: exact p, groups kept, uniform under chance."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.naive_bayes import GaussianNB

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import GroupKFold, cross_val_score, permutation_test_score
from pellucid.model_selection._permutation_test import shuffled

RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)


def test_the_score_is_that_of_cross_validation_and_p_counts_shuffles_as_good() -> None:
    score, others, p = permutation_test_score(GaussianNB(), X, Y, n_permutations=30, random_state=0)
    assert score == cross_val_score(GaussianNB(), X, Y).mean()
    assert others.shape == (30,) and p == (1 + (others >= score).sum()) / 31


def test_the_first_shuffles_do_not_depend_on_how_many_there_are_nor_on_n_jobs() -> None:
    few = permutation_test_score(GaussianNB(), X, Y, n_permutations=3, random_state=1)[1]
    with parallel_config(backend="threading"):
        many = permutation_test_score(GaussianNB(), X, Y, n_permutations=6, random_state=1, n_jobs=2)[1]
    assert many[:3].tolist() == few.tolist()


def test_under_chance_p_is_spread_evenly() -> None:
    ps = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(24, 1)), np.arange(24) % 2
        ps.append(permutation_test_score(GaussianNB(), X, y, cv=2, n_permutations=9, random_state=seed)[2])
    assert (
        abs(np.mean(ps) - 0.55) < 5 * 0.29 / np.sqrt(60) + 0.05
    )  # mean of 0.1..1.0; ties of accuracy raise p a little
    assert np.mean(np.array(ps) <= 0.2) < 0.2 + 5 * np.sqrt(0.2 * 0.8 / 60)


def test_targets_stay_within_their_groups() -> None:
    groups = np.repeat([0, 1, 2, 3], 10)
    for seed in range(5):
        order = shuffled(40, groups, np.random.default_rng(seed))
        assert sorted(order.tolist()) == list(range(40)) and (groups[order] == groups).all()
    score, others, _ = permutation_test_score(
        GaussianNB(), X, Y, groups=groups, cv=GroupKFold(2), n_permutations=5, random_state=0
    )
    assert score > others.max()


def test_no_shuffles_and_no_targets_are_refused() -> None:
    with pytest.raises(ParameterError, match="n_permutations is 0"):
        permutation_test_score(GaussianNB(), X, Y, n_permutations=0)
    with pytest.raises(DataError, match="nothing to shuffle"):
        permutation_test_score(GaussianNB(), X, None)
