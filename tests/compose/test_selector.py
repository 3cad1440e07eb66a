"""Columns by type and name mean the same in every kind of frame."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.compose import ColumnTransformer, make_column_selector
from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing import StandardScaler

FRAME = pl.DataFrame(
    {
        "whole": [1, 2],
        "small": pl.Series([1, 2], dtype=pl.Int8),
        "real": [0.5, 1.5],
        "word": ["a", "b"],
        "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        "lit": [True, False],
        "day": [datetime(2020, 1, 1)] * 2,
        "span": [timedelta(days=1)] * 2,
    }
)
FRAMES = {"polars": FRAME, "pandas": FRAME.to_pandas(), "arrow": FRAME.to_arrow()}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize(
    ("include", "names"),
    [
        ("number", ["whole", "small", "real"]),
        (np.number, ["whole", "small", "real"]),
        ("integer", ["whole", "small"]),
        ([np.int8, float], ["small", "real"]),
        ("float64", ["real"]),
        (np.dtype("int64"), ["whole"]),
        (pd.Int64Dtype(), ["whole"]),
        (object, ["word"]),
        (str, ["word"]),
        ("category", ["kind"]),
        (bool, ["lit"]),
        (["datetime", np.timedelta64], ["day", "span"]),
        (None, FRAME.columns),
    ],
    ids=str,
)
def test_a_type_means_the_same_columns_in_every_frame(kind: str, include: Any, names: list[str]) -> None:
    assert make_column_selector(dtype_include=include)(FRAMES[kind]) == names
    left = [name for name in FRAME.columns if name not in names] if include is not None else names
    assert make_column_selector(dtype_exclude=include)(FRAMES[kind]) == left


def test_pattern_and_types_must_both_hold() -> None:
    assert make_column_selector("al$", dtype_include="number")(FRAME) == ["real"]
    assert make_column_selector("l", dtype_include="number", dtype_exclude="integer")(FRAME) == ["real"]


def test_what_is_no_frame_or_no_type_is_refused() -> None:
    with pytest.raises(DataError, match="can only be applied to dataframes .* X is ndarray"):
        make_column_selector()(np.ones((2, 2)))
    with pytest.raises(ParameterError, match="'nothing' is no type of a column; give a NumPy dtype or one of number"):
        make_column_selector(dtype_include="nothing")(FRAME)


def test_it_is_saved_with_its_transformer(tmp_path: Path) -> None:
    chosen = make_column_selector("^w", dtype_include=np.number)
    columns = ColumnTransformer([("scale", StandardScaler(), chosen)]).fit(FRAME)
    pellucid.save(columns, tmp_path / "columns.pellucid")
    again = pellucid.load(tmp_path / "columns.pellucid")
    assert repr(again.transformers[0][2]) == "make_column_selector(pattern='^w', dtype_include=['number'])"
    np.testing.assert_array_equal(again.fit_transform(FRAME), columns.transform(FRAME))


def test_a_record_with_an_unknown_type_is_refused() -> None:
    with pytest.raises(ParameterError, match="no type of a column"):
        make_column_selector.from_record({"pattern": None, "dtype_include": ["nothing"], "dtype_exclude": None})
