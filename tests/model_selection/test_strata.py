"""Labels to stratify by: of one column as they are, of several by their combinations."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.errors import DataError
from pellucid.model_selection import StratifiedShuffleSplit, train_test_split
from pellucid.model_selection._strata import strata_of

SEX = ["m", "f", "f", "m", "f", "m"] * 4
PORT = [1, 2, 1, 1, 2, 2] * 4


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_each_combination_of_labels_keeps_its_share(frame: type) -> None:
    both = frame({"sex": SEX, "port": PORT})
    train, test = train_test_split(np.arange(24), test_size=0.5, stratify=both, random_state=0)
    pairs = [[(SEX[row], PORT[row]) for row in part] for part in (train, test)]
    assert sorted(pairs[0]) == sorted(pairs[1]) == sorted([("m", 1)] * 4 + [("f", 2)] * 4 + [("f", 1), ("m", 2)] * 2)


def test_draws_over_several_targets_keep_their_shares() -> None:
    y = np.array([[0, 1], [1, 1], [0, 0]] * 10)
    for train, test in StratifiedShuffleSplit(3, test_size=0.2, random_state=0).split(y, y):
        assert np.unique(y[train], axis=0, return_counts=True)[1].tolist() == [8, 8, 8]
        assert np.unique(y[test], axis=0, return_counts=True)[1].tolist() == [2, 2, 2]


def test_one_column_is_taken_as_it_is() -> None:
    strata, codes = strata_of(np.array(["b", "a", "b"]), 3, where="here")
    assert strata.tolist() == ["a", "b"] and codes.tolist() == [1, 0, 1]


def test_a_combination_of_one_row_and_missing_labels_are_named() -> None:
    with pytest.raises(DataError, match="too few have .*'a' with '2'.* .1."):
        train_test_split(range(5), stratify=[["a", 1], ["a", 1], ["b", 1], ["b", 1], ["a", 2]])
    with pytest.raises(DataError, match="stratify"):
        train_test_split(range(2), stratify=pd.DataFrame({"a": ["x", None], "b": [1, 2]}))
