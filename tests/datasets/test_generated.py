"""The generated sets obey their formulas, their seeds and their limits."""

import numpy as np
import pytest

from pellucid.datasets import (
    make_blobs,
    make_circles,
    make_classification,
    make_moons,
    make_regression,
    make_spirals,
)
from pellucid.errors import ParameterError

ALL = (make_blobs, make_moons, make_circles, make_spirals, make_regression, make_classification)
LABELLED = (make_blobs, make_moons, make_circles, make_spirals, make_classification)


@pytest.mark.parametrize("make", ALL)
def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(make):
    for first, second in zip(make(random_state=3), make(random_state=3), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(make(random_state=3)[0], make(random_state=4)[0])


@pytest.mark.parametrize("make", ALL)
def test_a_generator_moves_on_and_numpys_global_state_does_not(make):
    np.random.seed(5)  # noqa: NPY002 - the global state is what must stay untouched
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rng = np.random.default_rng(0)
    first, second = make(random_state=rng), make(random_state=rng)
    assert not np.array_equal(first[0], second[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_rows_are_as_many_as_asked_for(make, n):
    x, y = make(n_samples=n, random_state=0)[:2]
    assert len(x) == len(y) == n
    assert x.dtype == np.float64
    assert np.isfinite(x).all()


@pytest.mark.parametrize("make", LABELLED)
def test_labels_are_int64_and_shuffled_only_when_asked(make):
    y = make(n_samples=200, shuffle=False, random_state=0)[1] if make is not make_classification else None
    if y is not None:
        assert (np.diff(y) >= 0).all()
    y = make(n_samples=200, random_state=0)[1]
    assert y.dtype == np.int64
    assert not (np.diff(y) >= 0).all()


@pytest.mark.parametrize("make", [make_moons, make_circles, make_spirals])
def test_shuffling_moves_rows_with_their_labels(make):
    still, moved = make(50, shuffle=False), make(50, random_state=0)
    rows = {(*point, label) for point, label in zip(still[0].tolist(), still[1].tolist(), strict=True)}
    assert {(*point, label) for point, label in zip(moved[0].tolist(), moved[1].tolist(), strict=True)} == rows


def test_blobs_lie_about_their_centres_with_their_deviations():
    centers, std = np.array([[0.0, 0.0, 5.0], [10.0, -10.0, 0.0]]), [0.5, 2.0]
    x, y = make_blobs([20000, 30000], centers=centers, cluster_std=std, random_state=1)
    assert np.bincount(y).tolist() == [20000, 30000]
    for k in range(2):
        # the mean of n draws is off by std / sqrt(n), their deviation by std / sqrt(2 n): 5 of those
        np.testing.assert_allclose(x[y == k].mean(axis=0), centers[k], atol=5 * std[k] / np.sqrt(20000))
        np.testing.assert_allclose(x[y == k].std(axis=0), std[k], atol=5 * std[k] / np.sqrt(40000))


def test_blobs_without_deviation_stand_on_centres_inside_the_box():
    x, y = make_blobs(300, 4, centers=5, cluster_std=0.0, center_box=(2.0, 3.0), random_state=0)
    assert len(np.unique(x, axis=0)) == len(np.unique(y)) == 5
    assert ((x >= 2.0) & (x < 3.0)).all()


def test_moons_are_half_circles():
    x, y = make_moons((30, 20), random_state=0)
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1.0, rtol=1e-12)
    np.testing.assert_allclose(np.hypot(*(lower - [1.0, 0.5]).T), 1.0, rtol=1e-12)
    assert (upper[:, 1] >= -1e-12).all()
    assert (lower[:, 1] <= 0.5 + 1e-12).all()
    assert (len(upper), len(lower)) == (30, 20)


def test_circles_have_radius_one_and_factor():
    x, y = make_circles((13, 29), factor=0.3, random_state=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1.0, 0.3), rtol=1e-12)


def test_spirals_turn_into_each_other():
    x, y = make_spirals(90, n_classes=3, turns=2.0, shuffle=False)
    turn = 2 * np.pi / 3
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    np.testing.assert_allclose(x[y == 0] @ rotation, x[y == 1], atol=1e-12)
    np.testing.assert_allclose(x[y == 1] @ rotation, x[y == 2], atol=1e-12)


@pytest.mark.parametrize("make", [make_moons, make_circles, make_spirals])
def test_noise_has_the_given_deviation(make):
    gap = make(40000, shuffle=False, noise=0.3, random_state=0)[0] - make(40000, shuffle=False)[0]
    np.testing.assert_allclose(gap.std(axis=0), 0.3, rtol=5 / np.sqrt(2 * 40000))


@pytest.mark.parametrize("n_targets", [1, 3])
def test_regression_is_linear_in_its_informative_features(n_targets):
    x, y, w = make_regression(60, 8, n_informative=3, n_targets=n_targets, bias=-2.0, coef=True, random_state=0)
    np.testing.assert_allclose(x @ w - 2.0, y, rtol=1e-10)
    assert (np.atleast_2d(w.T).T != 0).any(axis=1).sum() == 3
    assert y.shape == ((60,) if n_targets == 1 else (60, 3))


def test_regression_puts_its_informative_features_first_unless_it_shuffles():
    still = make_regression(5, 50, n_informative=3, shuffle=False, coef=True, random_state=0)[2]
    moved = make_regression(5, 50, n_informative=3, coef=True, random_state=0)[2]
    assert np.flatnonzero(still).tolist() == [0, 1, 2]
    assert np.flatnonzero(moved).tolist() != [0, 1, 2]
    assert sorted(still) == sorted(moved)


def test_regression_noise_has_the_given_deviation():
    x, y, w = make_regression(50000, 3, noise=4.0, coef=True, random_state=0)
    np.testing.assert_allclose((y - x @ w).std(), 4.0, rtol=5 / np.sqrt(100000))


def test_classification_puts_its_columns_in_the_order_it_says():
    x, _ = make_classification(
        400, 9, n_informative=3, n_redundant=2, n_repeated=2, shuffle=False, flip_y=0.0, random_state=0
    )
    informative, redundant, repeated, noise = np.split(x, [3, 5, 7], axis=1)
    solved, residual, *_ = np.linalg.lstsq(informative, redundant, rcond=None)
    np.testing.assert_allclose(informative @ solved, redundant, atol=1e-9)
    assert all(any(np.array_equal(column, other) for other in x[:, :5].T) for column in repeated.T)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 5 / np.sqrt(400)


def test_classification_clusters_stand_on_different_corners():
    x, _ = make_classification(
        80000, 3, n_informative=3, n_redundant=0, n_classes=4, class_sep=7.0, shuffle=False, flip_y=0.0, random_state=0
    )
    means = x.reshape(8, 10000, 3).mean(axis=1)
    corners = np.rint(means / 7.0)
    assert np.abs(means - 7.0 * corners).max() < 0.2  # a mean of 10,000 draws of deviation < sqrt(3)
    assert len(np.unique(corners, axis=0)) == 8
    assert set(np.unique(corners)) == {-1.0, 1.0}


def test_classification_in_many_dimensions_finds_corners_too():
    x, y = make_classification(50, 40, n_informative=40, n_redundant=0, random_state=0)
    assert x.shape == (50, 40)
    assert set(y) == {0, 1}


def test_classification_flips_the_share_it_was_told():
    options = {"n_classes": 2, "shuffle": False, "random_state": 0}
    clean = make_classification(20000, flip_y=0.0, **options)[1]
    flipped = make_classification(20000, flip_y=0.4, **options)[1]
    np.testing.assert_allclose(
        (clean != flipped).mean(), 0.2, atol=5 * np.sqrt(0.16 / 20000)
    )  # half hit their own class


def test_classification_shifts_before_it_scales():
    plain = make_classification(random_state=0)[0]
    moved = make_classification(random_state=0, shift=2.0, scale=3.0)[0]
    np.testing.assert_allclose(moved, 3.0 * (plain + 2.0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_blobs(-1), "make_blobs: n_samples is -1; it must be >= 0"),
        (
            lambda: make_blobs([1, 2], centers=3),
            r"make_blobs: n_samples is \[1, 2\]; it must be one total, or 3 numbers",
        ),
        (lambda: make_blobs(5, centers=0), "make_blobs: centers is 0; it must be at least 1"),
        (lambda: make_blobs(5, cluster_std=[1.0]), "cluster_std is .* one number, or one for each of 3 centres"),
        (lambda: make_blobs(5, cluster_std=-1.0), "cluster_std is -1.0; it must be >= 0"),
        (lambda: make_moons(10, noise=-0.1), "noise is -0.1; it must be >= 0"),
        (lambda: make_circles(10, factor=1.0), r"make_circles: factor is 1.0; it must be in \[0, 1\)"),
        (lambda: make_spirals(10, n_classes=0), "make_spirals: n_classes is 0; it must be at least 1"),
        (lambda: make_regression(0), "make_regression: n_samples is 0; it must be a whole number >= 1"),
        (lambda: make_classification(10, 3), "n_features is 3; it must be at least 4: n_informative 2"),
        (lambda: make_classification(10, n_classes=9), "n_informative is 2; it must be at least 5: 18 clusters"),
        (lambda: make_classification(10, weights=[0.5, 0.7, 1]), "weights is .* it must be 2 or 1 shares"),
        (lambda: make_classification(10, flip_y=1.5), "flip_y is 1.5; it must be a number >= 0.0 and <= 1.0"),
        (lambda: make_moons(random_state="x"), "is not a seed"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
