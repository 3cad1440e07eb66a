"""Splits in the order of time: always learn from the past and test on what came after.

Here: `TimeSeriesSplit`.
Elsewhere: folds that mix past and future are in _folds.py.
Imports: numpy, pellucid.base, pellucid.errors and this package.
"""

from collections.abc import Iterator
from typing import Any, final

import numpy as np

from pellucid.base import Choice, OneOf, Whole
from pellucid.errors import DataError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._splitter import Array, Splitter


@final
class TimeSeriesSplit(Splitter):
    """Test on consecutive stretches of rows, each learned for from the rows before it.

        test_k = [N - (S - k) T, N - (S - k - 1) T),   train_k = [max(0, e - M), e),   e = start of test_k - gap

    X of N rows in the order of time; S = n_splits, k = 0..S-1, T = test_size (default N // (S + 1)), M =
    max_train_size (default none).  `gap` rows before each test stretch are used by neither side: as many as a target
    looks ahead, or neighbouring rows know of each other. Rows are assumed to be equally far apart and sorted; it does
    not look.
    Raises DataError when the rows do not suffice.   The splits are scikit-learn's.

    >>> for train, test in TimeSeriesSplit(3, test_size=2, gap=1, max_train_size=3).split(range(10)):
    ...     print(train.tolist(), test.tolist())
    [0, 1, 2] [4, 5]
    [2, 3, 4] [6, 7]
    [4, 5, 6] [8, 9]
    """

    limits = {
        "n_splits": Whole(low=2, says="one stretch is tested on at a time"),
        "max_train_size": OneOf(Whole(low=1), Choice(None)),
        "test_size": OneOf(Whole(low=1), Choice(None)),
        "gap": Whole(low=0),
    }

    def __init__(
        self, n_splits: int = 5, *, max_train_size: int | None = None, test_size: int | None = None, gap: int = 0
    ) -> None:
        self.n_splits = n_splits
        self.max_train_size = max_train_size
        self.test_size = test_size
        self.gap = gap

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        self._check()
        self._heeds_no(groups)
        n = n_rows(X)
        if n <= self.n_splits:
            raise DataError(
                f"TimeSeriesSplit: {n} rows can not be cut into {self.n_splits} stretches to test on and one to learn "
                f"from; use at most n_splits={n - 1}."
            )
        size = n // (self.n_splits + 1) if self.test_size is None else self.test_size
        first = n - self.n_splits * size
        if first <= self.gap:
            raise DataError(
                f"TimeSeriesSplit: of {n} rows, {self.n_splits} test stretches of {size} and a gap of {self.gap} leave "
                "nothing to learn from; lower n_splits, test_size or gap."
            )
        rows, most = np.arange(n), n if self.max_train_size is None else self.max_train_size
        ends = ((start - self.gap, start) for start in range(first, n, size))
        return ((rows[max(0, end - most) : end], rows[start : start + size]) for end, start in ends)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of test stretches; what is passed is not looked at."""
        return self.n_splits
