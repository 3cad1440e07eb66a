"""What stands for a missing cell, and where it stands.

Here: `is_gap` of one cell, `gaps_in` numbers or cells of any kind; `counts_zero` and `refuse_word`, of what stands for
a gap.
Elsewhere: filling gaps is in _simple.py and _knn.py, making columns of them in _indicator.py.
Imports: numpy, pellucid.base, pellucid.errors and pellucid.preprocessing.
"""

from typing import Any

import numpy as np

from pellucid.base import is_missing
from pellucid.errors import ParameterError
from pellucid.preprocessing._cells import Array, Coded


def is_gap(cell: Any, missing_values: Any) -> bool:
    """Whether a cell is missing: NaN, None and NA where one of them is what stands for it, else what equals it.

    >>> is_gap(None, np.nan), is_gap("?", "?"), is_gap(None, "?")
    (True, True, False)
    """
    return is_missing(cell) if is_missing(missing_values) else bool(cell == missing_values)


def gaps_in(cells: Array | Coded, missing_values: Any) -> Array:
    """Which of the numbers (*), or of the cells of a column that are known by number, are missing.   -> (*) bool

    >>> gaps_in(np.array([[1.0, np.nan]]), np.nan), gaps_in((np.array([1, 0]), ["a", "?"]), "?")
    (array([[False,  True]]), array([ True, False]))
    """
    if isinstance(cells, tuple):
        codes, distinct = cells
        found: Array = np.array([is_gap(cell, missing_values) for cell in distinct], dtype=bool)[codes]
        return found
    if is_missing(missing_values):
        return np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(cells.shape, bool)
    if isinstance(missing_values, str):
        return np.zeros(cells.shape, bool)  # no number is a text
    equal: Array = cells == missing_values
    return equal


def counts_zero(missing_values: Any) -> bool:
    """Whether zeros are what is missing, so that sparse rows would be nothing but gaps.

    >>> counts_zero(0.0), counts_zero(np.nan), counts_zero("")
    (True, False, False)
    """
    return isinstance(missing_values, int | float | np.number) and bool(missing_values == 0)


def refuse_word(missing_values: Any, *, where: str) -> None:
    """Raise ParameterError where a text is what stands for missing cells, of a table of numbers: there can be none.

    >>> refuse_word("-1", where="SimpleImputer")
    Traceback (most recent call last):
    pellucid.errors.ParameterError: SimpleImputer: missing_values is the text '-1', and X holds numbers; they are
    expected to be both numerical. Give a number, or NaN.
    """
    if isinstance(missing_values, str):
        raise ParameterError(
            f"{where}: missing_values is the text {missing_values!r}, and X holds numbers; they are expected to be "
            "both numerical. Give a number, or NaN."
        )
