"""One run of k-means, and the nearest centres in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.cluster._kmeans_steps import Run, nearest_centres, nearest_of_rows, squared_distances
from pellucid.cluster._rows import Rows
from pellucid.cluster._tiles import packed


def test_a_run_can_be_looked_at_after_each_step() -> None:
    X = np.array([[0.0], [2.0], [10.0], [12.0]])
    run = Run(packed(X, np.ones(4)), np.array([[0.0], [2.0]]), "lloyd")
    run.step()
    assert run.label.tolist() == [0, 1, 1, 1] and run.centre.ravel().tolist() == [0.0, 8.0]
    assert (run.changed, run.shift, run.steps) == (4, 36.0, 1)
    run.step()
    assert run.label.tolist() == [0, 0, 1, 1] and run.centre.ravel().tolist() == [1.0, 11.0] and run.inertia() == 4.0


def test_sums_kept_up_to_date_by_changes_are_the_sums_of_the_labels() -> None:
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(3000, 4)), rng.uniform(0.1, 1.0, 3000)
    run = Run(packed(X, weight), X[:20], "hamerly")
    for _ in range(30):
        run.step()
    centre = run.centre.copy()
    run.finish()
    np.testing.assert_allclose(centre, run.centre, rtol=1e-10)


def test_bounds_are_kept_for_all_rows_once_they_spare_most_of_those_that_have_them() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 6))
    bounded, plain = (Run(packed(X, np.ones(len(X))), X[:30], name) for name in ("hamerly", "lloyd"))
    unseen = []
    for _ in range(12):
        bounded.step()
        plain.step()
        np.testing.assert_array_equal(bounded.label, plain.label)
        unseen.append(np.isinf(bounded._bounds.upper).mean().item() > 0.8)
    assert unseen[:2] == [True, True] and not unseen[-1] and unseen == sorted(unseen, reverse=True)


@pytest.mark.parametrize("weights", ["ones", "twos", "any"])
def test_a_cluster_without_rows_is_found_whatever_rows_weigh(weights: str) -> None:
    X = np.array([[0.0], [0.1], [0.3], [9.0]])
    weight = {"ones": np.ones(4), "twos": np.full(4, 2.0), "any": np.array([0.1, 0.2, 0.3, 0.7])}[weights]
    run = Run(packed(X, weight), np.array([[0.0], [0.2], [5.0], [100.0]]), "hamerly")
    for _ in range(4):
        run.step()
        assert np.bincount(run.label, minlength=4).all()
    np.testing.assert_allclose(np.sort(run.centre.ravel()), X.ravel(), atol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1e7])
def test_the_nearest_centre_is_that_of_plain_differences(shift: float) -> None:
    rng = np.random.default_rng(0)
    X, centre = rng.integers(-5, 6, size=(500, 2)) + shift, rng.integers(-5, 6, size=(9, 2)) + shift  # many ties
    squares = squared_distances(X, centre)
    label, far = nearest_centres(X, centre)
    np.testing.assert_array_equal(squares, ((X[:, None] - centre) ** 2).sum(axis=2))
    np.testing.assert_array_equal(label, squares.argmin(axis=1))
    np.testing.assert_array_equal(far, squares.min(axis=1))


@pytest.mark.parametrize("shift", [0.0, 1e7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_compiled_products_find_the_same_centres_to_the_bit(shift: float, dtype: type) -> None:
    rng = np.random.default_rng(0)
    X = (rng.integers(-5, 6, size=(5000, 2)) + shift).astype(dtype)  # many ties
    centre = (rng.integers(-5, 6, size=(9, 2)) + shift).astype(dtype)
    for theirs, ours in zip(nearest_centres(X, centre), nearest_of_rows(Rows(X, None), centre), strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_threads_share_out_the_tiles_and_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows, seen = packed(rng.normal(size=(40_000, 20)), np.ones(40_000)), []

    def alone(n: int, bytes_each: int, work: Callable[[slice], Any]) -> list[Any]:
        parts = [slice(n * part // 4, n * (part + 1) // 4) for part in range(4)]
        seen.append([work(part) for part in parts])
        return seen[-1]

    shared = Run(rows, rows.X[:9], "hamerly")
    for _ in range(5):
        shared.step()
    monkeypatch.setattr("pellucid.ops._threads.in_parts", alone)
    single = Run(rows, rows.X[:9], "hamerly")
    for _ in range(5):
        single.step()
    assert len(seen) == 5
    np.testing.assert_array_equal(shared.centre, single.centre)
    np.testing.assert_array_equal(shared.label, single.label)
