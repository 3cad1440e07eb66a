"""What stands for a missing cell: NaN, numbers, text, in numbers and in cells of any kind."""

from typing import Any

import numpy as np
import pandas
import pytest

from pellucid.errors import ParameterError
from pellucid.impute._gaps import counts_zero, gaps_in, is_gap, refuse_word


@pytest.mark.parametrize("gap", [np.nan, None, pandas.NA])
def test_nan_none_and_na_stand_for_each_other(gap: Any) -> None:
    assert [is_gap(cell, gap) for cell in (np.nan, None, pandas.NA, 0, "", "nan")] == [True] * 3 + [False] * 3
    assert gaps_in(np.array([1.0, np.nan]), gap).tolist() == [False, True]
    assert not gaps_in(np.array([1, 0]), gap).any()


@pytest.mark.parametrize("gap", [-1, "?"])
def test_anything_else_stands_for_what_equals_it(gap: Any) -> None:
    cells = [gap, np.nan, None, 2]
    assert [is_gap(cell, gap) for cell in cells] == [True, False, False, False]
    assert gaps_in((np.array([3, 0, 0, 1]), cells), gap).tolist() == [False, True, True, False]
    assert gaps_in(np.array([-1.0, 2.0]), gap).tolist() == [gap == -1, False]


def test_only_a_zero_makes_gaps_of_what_is_not_stored() -> None:
    assert [counts_zero(gap) for gap in (0, 0.0, np.float32(0), -1, np.nan, None, "0", pandas.NA)] == [True] * 3 + [
        False
    ] * 5


def test_a_word_among_numbers_is_refused_and_nothing_else() -> None:
    for gap in (np.nan, None, 0, -1.5, pandas.NA):
        refuse_word(gap, where="test")
    with pytest.raises(ParameterError, match="test: missing_values is the text 'NaN'.*both numerical. Give a number"):
        refuse_word("NaN", where="test")
