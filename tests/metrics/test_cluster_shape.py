"""Clusters judged by distances: by hand, in blocks, and where rows coincide."""

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples, silhouette_score

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(60, 3)), RNG.integers(4, size=60)


def test_silhouettes_by_hand() -> None:
    # row 0: a = 1 to its fellow, b = (9 + 11) / 2 to the others
    assert silhouette_samples([[0.0], [1.0], [9.0], [11.0]], [0, 0, 1, 1])[0] == pytest.approx((10 - 1) / 10)
    assert silhouette_samples([[0.0], [1.0], [9.0]], [0, 0, 1])[2] == 0  # alone in its cluster


def test_silhouettes_are_the_same_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = silhouette_samples(X, LABELS)
    for rows in (1, 7):
        monkeypatch.setattr("pellucid.metrics._cluster_shape.BLOCK_BYTES", rows * 60 * 8)
        np.testing.assert_allclose(silhouette_samples(X, LABELS), whole, rtol=1e-13)


def test_distances_already_known_give_the_same() -> None:
    gaps = np.abs(X[:, None] - X).sum(axis=2)
    expected = silhouette_samples(X, LABELS, metric="manhattan")
    np.testing.assert_allclose(silhouette_samples(gaps, LABELS, metric="precomputed"), expected)
    assert silhouette_score(gaps, LABELS, metric="precomputed", sample_size=30, random_state=0) < 1


def test_a_sample_stands_for_all_and_repeats_with_its_seed() -> None:
    whole = silhouette_score(X, LABELS)
    assert whole == silhouette_samples(X, LABELS).mean()
    assert silhouette_score(X, LABELS, sample_size=60, random_state=1) == pytest.approx(whole)
    assert len({silhouette_score(X, LABELS, sample_size=40, random_state=7) for _ in range(3)}) == 1


def test_rows_that_coincide_are_at_distance_zero() -> None:
    x = np.repeat(RNG.normal(size=(2, 3)) + 1e6, 5, axis=0)  # far from 0, where squares would cancel
    assert silhouette_samples(x, np.repeat([0, 1], 5)).tolist() == [1.0] * 10
    assert davies_bouldin_score(x, np.repeat([0, 1], 5)) == 0
    assert silhouette_samples(np.zeros((4, 2)), [0, 0, 1, 1]).tolist() == [0.0] * 4


def test_moving_and_stretching_all_rows_changes_no_judgement() -> None:
    for score in (silhouette_score, davies_bouldin_score, calinski_harabasz_score):
        assert score(5 * X + 3, LABELS) == pytest.approx(score(X, LABELS))


def test_clusters_are_judged_by_means_and_variances() -> None:
    x, label = [[0.0], [1.0], [9.0], [11.0]], ["a", "a", "b", "b"]
    assert davies_bouldin_score(x, label) == pytest.approx((0.5 + 1) / 9.5)
    assert calinski_harabasz_score(x, label) == pytest.approx(4 * 4.75**2 / 1 / (2.5 / 2))
    assert calinski_harabasz_score([[0.0], [0.0], [1.0]], [0, 0, 1]) == 1


def test_what_cannot_be_judged_is_refused() -> None:
    for asked, kind, message in (
        (lambda: silhouette_score(X, np.zeros(60, int)), DataError, "1 clusters of 60 rows; between 2 and 59"),
        (lambda: davies_bouldin_score(X, np.arange(60)), DataError, "60 clusters of 60 rows"),
        (lambda: silhouette_score(X[:, 0], LABELS), DataError, r"X: has shape \(60,\)"),
        (lambda: silhouette_score(X, LABELS[:9]), DataError, "X has 60, labels has 9"),
        (lambda: silhouette_score(X, LABELS, metric="jaccard"), ParameterError, "metric='jaccard'; use one of"),
        (lambda: silhouette_score(X, LABELS, metric="precomputed"), DataError, r"precomputed distances are \(N, N\)"),
        (lambda: silhouette_score(X, LABELS, sample_size=99), ParameterError, "sample_size=99"),
    ):
        with pytest.raises(kind, match=message):
            asked()
