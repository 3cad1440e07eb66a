"""One hash for the same rows, whatever holds them."""

import os
import subprocess
import sys
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.data import as_table
from pellucid.errors import DataError
from pellucid.model_selection._seal_content import EXACT_WHOLE, fingerprint

MIXED: dict[str, list[Any]] = {
    "whole": [1, 2, 3],
    "real": [0.5, None, -1e300],
    "truth": [True, False, True],
    "word": ["a", None, "ä€"],
    "when": [datetime(2020, 1, 2, 3, 4, 5, 6), datetime(1890, 1, 1), datetime(2261, 1, 1)],
    "nothing": [None, None, None],
}


def sha(*containers: Any) -> str:
    return fingerprint(containers).sha256


def test_pandas_polars_arrow_and_dicts_of_the_same_cells_agree() -> None:
    wanted = sha(pl.DataFrame(MIXED))
    assert sha(pd.DataFrame(MIXED)) == wanted
    assert sha(pa.table(MIXED)) == wanted
    assert sha(MIXED) == wanted
    assert sha(pd.DataFrame(MIXED, index=["x", "y", "z"])) == wanted  # the labels of rows are no values
    assert sha(pl.DataFrame(MIXED).with_columns(pl.col("word").cast(pl.Categorical))) == wanted
    assert sha(pd.DataFrame(MIXED).astype({"word": "category"})) == wanted


@settings(deadline=None, max_examples=40)
@given(arrays(np.float64, (3, 2), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_an_array_and_the_frames_made_of_it_agree(values: np.ndarray) -> None:
    columns = {"a": values[:, 0], "b": values[:, 1]}
    wanted = sha(values)
    for same in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns), values.tolist(), values.copy("F")):
        assert sha(same) == wanted
    assert sha(as_table(columns)) == wanted
    assert sha(values.astype(">f8")) == wanted


@pytest.mark.parametrize(
    "column",
    [
        [1, 2, 3],
        ["a", "b", ""],
        [True, False, False],
        [2**60 + 1, 5, None],
        [1.5, None, 2.5],
        [datetime(2020, 1, 1), None, datetime(2021, 5, 6, 7)],
    ],
)
def test_a_column_by_itself_agrees_in_every_container(column: list[Any]) -> None:
    wanted = sha(pl.Series(column))
    dtype = "Int64" if column[0] == 2**60 + 1 else None
    assert sha(pd.Series(column, dtype=dtype)) == wanted
    assert sha(pd.DataFrame({"a": pd.Series(column, dtype=dtype)})) == wanted
    assert sha(pa.table({"a": column})) == wanted
    assert sha(pa.array(column)) == wanted
    assert sha(pa.chunked_array([column])) == wanted
    assert sha(column) == wanted


def test_the_type_of_a_number_does_not_count_and_its_last_bit_does() -> None:
    assert len({sha(np.array([1, 0, 3], dtype)) for dtype in ("i1", "u2", "i4", "i8", "u8", "f4", "f8", ">i4")}) == 1
    assert sha(np.array([0.0])) == sha(np.array([-0.0]))
    assert sha(np.array([1.0])) != sha(np.array([np.nextafter(1.0, 2.0)]))
    assert sha(np.array([EXACT_WHOLE])) != sha(np.array([EXACT_WHOLE + 1]))
    assert sha(np.array([2**62])) == sha(np.array([2.0**62]))  # beyond 2^53, and yet a float64
    assert sha(pl.Series([2**62 + 1])) == sha(np.array([2**62 + 1]))


def test_other_rows_give_another_hash() -> None:
    base = np.arange(6.0).reshape(3, 2)
    others = [base[::-1], base[:, ::-1], base[:2], base.reshape(2, 3), base + 1, base.astype(str), base[:, :1]]
    hashes = [sha(base), *map(sha, others), sha(base, base[:, 0]), sha(base[:, 0], base)]
    assert len(set(hashes)) == len(hashes)


def test_cells_do_not_run_into_each_other() -> None:
    assert sha(["ab", "c"]) != sha(["a", "bc"])
    assert sha(["", "a"]) != sha([None, "a"])
    assert sha(["1", "2"]) != sha([1, 2])
    assert sha({"a": ["x"], "b": ["y"]}) != sha({"a": ["x"]}, ["y"])


def test_the_hash_is_the_same_on_every_machine() -> None:
    """Written down once; a change of it would orphan every record that is kept."""
    wanted = "561ead679ef439586c17370819154a5b"
    assert sha(pl.DataFrame(MIXED)).startswith(wanted)
    code = "import sys, numpy as np; from pellucid.model_selection._seal_content import fingerprint as f\n"
    code += "print(f((np.arange(6).reshape(3, 2), list('abc'))).sha256)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "1"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout.strip() == sha(np.arange(6).reshape(3, 2), list("abc"))


def test_images_hash_as_their_pixels() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert sha(images) == sha(images.reshape(2, 12))


@pytest.mark.parametrize(
    ("containers", "message"),
    [
        (([],), "got 0 rows"),
        ((np.empty((0, 3)),), "got 0 rows"),
        (([1, 2], [1, 2, 3]), "same number of rows"),
        (([[1], [1, 2]],), "different lengths"),
        ((scipy.sparse.csr_array(np.eye(2)),), "sparse rows are not sealed"),
        ((pl.DataFrame({"a": [[1], [2]]}),), "column 'a' holds List"),
        ((np.array([1j, 2j]),), "complex"),
        (([{"a": 1}, {"a": 2}],), "dict"),
        ((3,), "has no rows"),
        (("abc",), "has no rows"),
        ((pl.LazyFrame({"a": [1]}),), "LazyFrame"),
    ],
)
def test_what_cannot_be_hashed_is_refused_in_words(containers: tuple[Any, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fingerprint(containers)
