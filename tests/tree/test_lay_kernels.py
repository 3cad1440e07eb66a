"""Codes of tables and rows by class, against NumPy."""

import numpy as np
import pytest

from pellucid.tree._bundles import Held
from pellucid.tree._columns import codes_of, lay_columns
from pellucid.tree._growth import Growth, _target
from pellucid.tree._lay_kernels import rows_by_class

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n_rows", "n_features"), [(1, 3), (16, 7), (333, 8), (40, 90)])
@pytest.mark.parametrize("kind", ["float64", "float32", "missing", "far apart"])
def test_codes_are_those_of_numpy_by_row_and_by_column(n_rows: int, n_features: int, kind: str) -> None:
    X = RNG.normal(size=(n_rows, n_features))
    if kind == "far apart":
        X *= 10.0 ** RNG.integers(-300, 300, X.shape)
    if kind == "float32":
        X = X.astype(np.float32).astype(np.float64)
    X[-1, -1] = -0.0
    if kind == "missing":
        X[0, 0] = np.nan
    table = lay_columns(X)
    np.testing.assert_array_equal(table.by_row[:, :n_features], codes_of(X))
    np.testing.assert_array_equal(table.by_column, codes_of(X).T)
    assert table.present == (kind != "missing") and (len(table.numbers) == 0) == (kind == "float32")


def test_rows_that_can_be_moved_end_in_their_number() -> None:
    table = lay_columns(RNG.normal(size=(50, 4)))
    assert table.movable and table.by_row.shape == (50, 8)
    np.testing.assert_array_equal(table.by_row[:, 4], np.arange(50))
    assert not table.by_row[:, 5:].any()
    assert not lay_columns(RNG.normal(size=(50, 90))).movable


@pytest.mark.parametrize("n_classes", [2, 5, 300])
def test_rows_by_class_are_those_of_a_stable_sort(n_classes: int) -> None:
    y, weight = RNG.integers(n_classes, size=400), RNG.integers(3, size=400).astype(float)
    for w, ones in ((weight, False), (np.minimum(weight, 1.0), True)):
        target, rows = _target(y, w, Growth("gini", n_classes), 400, True)[0], np.empty(400, np.int32)
        n, alike = rows_by_class(Held(target), np.empty(n_classes + 1, np.int64), rows)
        wanted = np.flatnonzero(w)
        np.testing.assert_array_equal(rows[:n], wanted[np.argsort(y[wanted], kind="stable")])
        assert alike == ones
