"""One split into parts that are kept apart.

Here: `train_test_split` and `train_val_test_split`, shells around row numbers.
Elsewhere: the numbers are dealt in _rows.py; repeated splits are in _folds.py.
Imports: numpy, pellucid.errors, pellucid.random and this package.
"""

from typing import Any

from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection._containers import n_rows, take_rows
from pellucid.model_selection._rows import Array, Size, check_classes, split_rows, three_sizes, two_sizes
from pellucid.model_selection._strata import strata_of
from pellucid.random import Seed


def train_test_split(
    *arrays: Any,
    test_size: Size = None,
    train_size: Size = None,
    random_state: Seed = None,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
) -> list[Any]:
    """Split containers of N rows, all alike, into a part to learn from and a part to test on.

    arrays: lists, arrays, sparse matrices, tensors, frames or tables of the same N; each comes back as two of its kind:
    X_train, X_test, y_train, y_test, ... Sizes are shares in (0, 1) or counts; by default a quarter is for testing.
    With `stratify`, labels (N,), or columns of them (N, M) of which each combination is a class, each class has within
    one row of its exact share in both parts; a class whose share is below one row may be absent from that part. The
    same `random_state` gives the same rows.
    Raises DataError when lengths differ, or a class to stratify by has a single row; ParameterError for sizes that can
    not be met, and for `stratify` without `shuffle`. The rows are not those scikit-learn's generator would pick.

    >>> X, y = [[1], [2], [3], [4], [5], [6], [7], [8]], ["a", "b"] * 4
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    >>> len(X_train), sorted(y_test)
    (6, ['a', 'b'])
    """
    n = _common_length(arrays, "train_test_split")
    strata = _strata(stratify, n, 2, shuffle, "train_test_split")
    parts = split_rows(n, two_sizes(n, test_size, train_size), seed=random_state, shuffle=shuffle, strata=strata)
    return [take_rows(array, part) for array in arrays for part in parts]


def train_val_test_split(
    *arrays: Any,
    val_size: Size = 0.2,
    test_size: Size = 0.2,
    train_size: Size = None,
    random_state: Seed = None,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
) -> list[Any]:
    """Split containers of N rows, all alike, into parts to learn from, to choose by, and to test on once.

    As `train_test_split`, with three parts of each container: X_train, X_val, X_test, y_train, y_val, y_test, ...
    Sizes are shares of all N rows, or counts; train_size None is the rest. In time order (`shuffle=False`) the training
    rows come first and the test rows last. A class to stratify by needs three rows.

    >>> y = ["a"] * 30 + ["b"] * 10
    >>> y_train, y_val, y_test = train_val_test_split(y, random_state=0, stratify=y)
    >>> [(part.count("a"), part.count("b")) for part in (y_train, y_val, y_test)]
    [(18, 6), (6, 2), (6, 2)]
    """
    n = _common_length(arrays, "train_val_test_split")
    strata = _strata(stratify, n, 3, shuffle, "train_val_test_split")
    sizes = three_sizes(n, train_size, val_size, test_size)
    parts = split_rows(n, sizes, seed=random_state, shuffle=shuffle, strata=strata)
    return [take_rows(array, part) for array in arrays for part in parts]


def _common_length(arrays: tuple[Any, ...], where: str) -> int:
    if not arrays:
        raise ParameterError(f"{where}: give at least one array to split.")
    lengths = [n_rows(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise DataError(f"{where}: the arrays have {', '.join(map(str, lengths))} rows; they must be equally many.")
    if lengths[0] < 2:
        raise DataError(f"{where}: {lengths[0]} row(s) can not be split.")
    return lengths[0]


def _strata(stratify: ArrayLike | None, n: int, n_parts: int, shuffle: bool, where: str) -> Array | None:
    """Class codes (N,) to stratify by."""
    if stratify is None:
        return None
    if not shuffle:
        raise ParameterError(f"{where}: stratify needs shuffle=True; consecutive rows can not be chosen by class.")
    classes, codes = strata_of(stratify, n, where=f"{where}, stratify")
    check_classes(classes, codes, n_parts, where=where)
    return codes
