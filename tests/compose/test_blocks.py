"""Blocks side by side, and their names."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import coo_matrix, csr_array, issparse

from pellucid.compose._blocks import as_block, beside, density, frames_beside, names_of, prefixed, weighed
from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing._ones import Ones

NAMES = {"a": np.array(["x", "y"]), "b": np.array(["x"])}


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_become_arrays_and_text_becomes_objects(frame: Any) -> None:
    assert as_block(frame({"a": [1.0, 2.0]}), "t", where="w").tolist() == [[1.0], [2.0]]
    assert as_block(np.array([["a"]]), "t", where="w").dtype == object


def test_an_output_that_is_no_table_names_its_transformer() -> None:
    with pytest.raises(DataError, match=r"output of the 'counts' transformer should be 2D, and it has shape \(3,\)"):
        as_block(np.ones(3), "counts", where="w")


def test_text_beside_numbers_leaves_the_numbers_numbers() -> None:
    blocks = [as_block(np.array([["a"], ["b"]]), "t", where="w"), np.array([[1.5], [2.5]])]
    assert beside(blocks, 2, sparse=False, where="w").tolist() == [["a", 1.5], ["b", 2.5]]


def test_sparse_and_dense_blocks_hold_the_same_numbers() -> None:
    blocks = [coo_matrix([[0, 1], [2, 0]]), np.array([[3.0], [0.0]]), csr_array((2, 0))]
    dense, sparse = (beside(blocks, 2, sparse=kind, where="w") for kind in (False, True))
    assert issparse(sparse) and sparse.format == "csr"
    np.testing.assert_array_equal(sparse.toarray(), dense)
    assert dense.tolist() == [[0, 1, 3], [2, 0, 0]]
    assert density(blocks) == (2 + 2) / 6


def test_density_of_no_cells_and_of_dense_blocks_is_one() -> None:
    assert density([]) == density([np.zeros((2, 2))]) == density([csr_array((2, 0))]) == 1.0


def test_rows_lost_by_a_transformer_are_counted() -> None:
    with pytest.raises(DataError, match="made 1 rows of 2; it must keep every row"):
        beside([np.ones((1, 1))], 2, sparse=False, where="w")


def test_text_has_no_place_in_a_sparse_matrix() -> None:
    with pytest.raises(DataError, match="all columns should be numbers; set sparse_threshold=0"):
        beside([np.array([["a"]], dtype=object), csr_array([[1.0]])], 1, sparse=True, where="w")


def test_names_are_made_by_flag_text_or_function() -> None:
    assert prefixed(NAMES, "{feature_name}/{transformer_name}", where="w").tolist() == ["x/a", "y/a", "x/b"]
    assert prefixed(NAMES, lambda name, column: column + name, where="w").tolist() == ["xa", "ya", "xb"]
    assert prefixed({"a": NAMES["a"]}, False, where="w").tolist() == ["x", "y"]
    assert prefixed({}, False, where="w").tolist() == []


def test_names_that_meet_and_texts_that_cannot_be_filled_are_refused() -> None:
    with pytest.raises(DataError, match=r"\['x'\] are not unique. Please set verbose_feature_names_out=True"):
        prefixed(NAMES, False, where="w")
    with pytest.raises(ParameterError, match=r"'\{column\}', which cannot be filled in \(KeyError\('column'\)\)"):
        prefixed(NAMES, "{column}", where="w")


ONES = Ones(np.array([[1], [0]]), 2, np.float64)


def test_ones_are_written_among_numbers_as_if_they_had_been_an_array() -> None:
    for other in (np.array([[5.0], [6.0]], np.float32), csr_array([[5.0], [6.0]]), np.array([["a"], ["b"]], object)):
        for blocks in ([ONES, other], [other, ONES, ONES]):
            spelled = [ONES.toarray() if block is ONES else block for block in blocks]
            got, wanted = (beside(those, 2, sparse=False, where="w") for those in (blocks, spelled))
            assert got.dtype == wanted.dtype and got.tolist() == wanted.tolist()
            assert [*map(type, got.ravel().tolist())] == [*map(type, wanted.ravel().tolist())]
    assert beside([ONES], 2, sparse=False, where="w").tolist() == [[0, 1], [1, 0]]


def test_ones_count_as_a_dense_block_that_may_stand_in_a_sparse_table() -> None:
    blocks = [as_block(ONES, "t", where="w"), csr_array([[5.0], [0.0]])]
    assert blocks[0] is ONES
    assert density(blocks) == (4 + 1) / 6 and density([ONES]) == 1.0
    assert beside(blocks, 2, sparse=True, where="w").toarray().tolist() == [[0, 1, 5], [1, 0, 0]]


def test_a_weighed_block_has_its_numbers_multiplied() -> None:
    for block in (ONES, ONES.toarray(), ONES.csr()):
        got = weighed(block, 3.0)
        assert (got.toarray() if issparse(got) else got).tolist() == [[0, 3], [3, 0]]


@pytest.mark.parametrize(("kind", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_blocks_side_by_side_as_a_frame_keep_their_dtypes(kind: str, frame: Any) -> None:
    given = [frame({"a": [1, 2], "b": [True, False]}), Ones(np.array([[0], [1]]), 2, np.int8), csr_array((2, 1))]
    blocks = [as_block(output, "t", where="w") for output in given]
    out = frames_beside(given, blocks, np.array(list("pqrst")), kind, given[0], where="w")
    assert [str(dtype).lower() for dtype in out.dtypes] == ["int64", "bool" + "ean" * (kind == "polars")] + [
        "int8",
        "int8",
        "float64",
    ]
    assert list(out.columns) == list("pqrst") and given[0].columns[0] == "a"
    assert frames_beside([], [], np.array([]), kind, given[0], where="w").shape[1] == 0


def test_names_of_an_output_are_its_own_or_those_that_came_in() -> None:
    assert names_of(pl.DataFrame({"a": [1]}), np.array(["z"])).tolist() == ["a"]
    assert names_of(csr_array((2, 2)), np.array(["y", "z"])).tolist() == ["y", "z"]
