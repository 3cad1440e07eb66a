"""Mixed tables as numbers, and numbers as ranks."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.errors import DataError
from pellucid.tree import DecisionTreeClassifier
from pellucid.tree._columns import MISSING, NO_VALUE, code_table, codes_of, filled_bits, lay_columns

ROWS = {"colour": ["red", "green", None, "red"], "size": [1.0, None, 3.0, 4.0]}
Y = [0, 1, 1, 0]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(ROWS),
        pl.DataFrame(ROWS, schema_overrides={"colour": pl.Categorical}),
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS).astype({"colour": "category"}),
        pd.DataFrame(ROWS).astype({"colour": object}),
        pa.table(ROWS),
    ],
    ids=lambda frame: type(frame).__module__,
)
def test_text_and_categories_of_every_frame_are_learned(frame: Any) -> None:
    model = DecisionTreeClassifier().fit(frame, Y)
    assert model.categories_[0].tolist() == ["green", "red"] and model.categories_[1] is None
    assert model.predict(frame).tolist() == Y
    assert model.feature_names_in_.tolist() == ["colour", "size"]


def test_columns_that_pandas_has_numbered_are_found_by_their_numbers() -> None:
    frame = pd.DataFrame({0: ROWS["colour"], 1: ROWS["size"]})
    model = DecisionTreeClassifier().fit(frame, Y)
    assert model.categories_[0].tolist() == ["green", "red"] and model.predict(frame).tolist() == Y


def test_an_array_is_refused_after_a_fit_on_categories() -> None:
    model = DecisionTreeClassifier().fit(pl.DataFrame(ROWS), Y)
    with pytest.raises(DataError, match="fit saw a frame with the categories colour; give a frame"):
        model.predict(np.zeros((1, 2)))


def test_columns_in_another_order_are_refused() -> None:
    model = DecisionTreeClassifier().fit(pl.DataFrame(ROWS), Y)
    with pytest.raises(DataError, match="same order"):
        model.predict(pl.DataFrame(ROWS).select("size", "colour"))


def test_text_outside_a_frame_is_refused_with_the_way_out() -> None:
    with pytest.raises(DataError, match="holds the text 'red'"):
        DecisionTreeClassifier().fit([["red", 1.0]], [0])


def test_infinite_numbers_beside_categories_are_refused() -> None:
    with pytest.raises(DataError, match=r"infinite values .*'size' \(row 1\)"):
        DecisionTreeClassifier().fit(pl.DataFrame({"colour": ["a", "b"], "size": [1.0, np.inf]}), [0, 1])


@pytest.mark.parametrize("n", [1, 2, 50])
def test_a_column_without_a_value_is_learned(n: int) -> None:
    X = np.column_stack([np.arange(n) / 7, np.full(n, np.nan)])
    assert (code_table(X).table.codes[1] == MISSING).all()
    assert DecisionTreeClassifier().fit(X, np.arange(n) % 3 > 0).score(X, np.arange(n) % 3 > 0) == 1


def test_codes_are_ranks_among_the_distinct_values() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(-5, 5, size=(100, 3)).astype(float)
    X[rng.random(X.shape) < 0.2] = np.nan
    table = code_table(X).table
    for f in range(3):
        known = ~np.isnan(X[:, f])
        np.testing.assert_array_equal(table.codes[f][known], np.unique(X[known, f], return_inverse=True)[1])
        assert (table.codes[f][~known] == MISSING).all()


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_matrix"])
def test_sparse_rows_are_predicted_as_the_same_rows_written_out(kind: str) -> None:
    import scipy.sparse

    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)) * (rng.random((80, 4)) < 0.4)
    model = DecisionTreeClassifier().fit(X, rng.integers(3, size=80))
    np.testing.assert_array_equal(model.predict_proba(getattr(scipy.sparse, kind)(X)), model.predict_proba(X))


def test_of_two_numbers_that_with_the_higher_code_is_the_larger_and_one_code_holds_one_float32() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=500) * 10.0 ** rng.integers(-300, 300, 500)
    X = np.concatenate([X, rng.normal(size=100), rng.normal(size=100).astype(np.float32), [0.0, -0.0, np.inf, -np.inf]])
    codes = codes_of(X)
    assert (X[:, None] < X)[codes[:, None] < codes].all()
    with np.errstate(over="ignore"):
        single = X[X.astype(np.float32) == X]
    own = codes_of(single)
    np.testing.assert_array_equal(single[:, None] < single, own[:, None] < own)
    assert (codes_of(np.array([np.nan, -np.nan])) == NO_VALUE).all() and codes.max() < NO_VALUE


def test_numbers_are_kept_beside_their_codes_where_codes_are_not_all() -> None:
    X = np.array([[0.5, np.nan], [-3.0, 1e-3]])
    assert lay_columns(np.float64(np.float32(X))).numbers.shape == (0, 2)
    np.testing.assert_array_equal(lay_columns(X).numbers, X)


@pytest.mark.parametrize("spoilt", [-1.0, 256.0, 0.5, np.nan, np.inf])
def test_only_tables_of_small_whole_numbers_are_laid_as_bytes(spoilt: float) -> None:
    X = np.random.default_rng(0).integers(256, size=(300, 4)).astype(float)
    np.testing.assert_array_equal(lay_columns(X).by_column[:, : len(X)], X.T)
    assert lay_columns(X).by_row.dtype == np.uint8
    X[299, 3] = spoilt
    assert lay_columns(X).by_row.dtype == np.int32


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.int64, bool])
@pytest.mark.parametrize("max_bins", [None, 9])
def test_a_table_of_bytes_grows_the_tree_of_its_float64_whatever_it_came_as(kind: type, max_bins: int | None) -> None:
    X = np.random.default_rng(0).integers(2 if kind is bool else 200, size=(300, 4))
    y = X.sum(axis=1) % 3
    wanted = DecisionTreeClassifier(max_bins=max_bins).fit(X.astype(np.float64), y)
    for given in (X.astype(kind), np.asfortranarray(X.astype(kind))):
        model = DecisionTreeClassifier(max_bins=max_bins).fit(given, y)
        assert model.n_features_in_ == 4 and model.categories_ == [None] * 4
        for name, held in wanted.tree_.to_record().items():
            np.testing.assert_array_equal(model.tree_.to_record()[name], held)


@pytest.mark.parametrize("kind", ["DecisionTreeClassifier", "RandomForestClassifier", "ExtraTreesRegressor"])
def test_infinite_cells_are_refused_by_name_in_a_fit(kind: str) -> None:
    from pellucid import ensemble, tree

    X = np.zeros((3, 2))
    X[[1, 2], 1] = np.nan, np.inf
    model = getattr(tree, kind, None) or getattr(ensemble, kind)
    with pytest.raises(DataError, match=rf"{kind}: X holds 1 infinite values \(inf\) in 1 of 2 columns: 1 \(row 2\)\."):
        model().fit(X, [0, 1, 1])


@pytest.mark.parametrize("n_features", [64, 70, 200])
def test_the_bits_of_a_wide_table_say_which_cells_are_not_0(n_features: int) -> None:
    rng = np.random.default_rng(0)
    cells = (rng.integers(256, size=(30, n_features)) * (rng.random((30, n_features)) < 0.3)).astype(np.uint8)
    bits = filled_bits(cells)
    assert bits.dtype == np.uint64 and bits.shape == (30, -(-n_features // 64))
    for row, f in np.ndindex(cells.shape):
        assert (int(bits[row, f // 64]) >> (f % 64)) & 1 == (cells[row, f] != 0)


def test_tables_that_are_narrow_full_or_not_of_bytes_have_no_bits() -> None:
    for cells in (np.zeros((9, 5), np.uint8), np.ones((9, 80), np.uint8), np.zeros((9, 80), np.int32)):
        assert len(filled_bits(cells)) == 0
