"""What every splitter answers: which rows to learn from and which to test on, several times over.

Here: `Splitter`, the abstract parent of all of them; the groups of rows, checked.
Elsewhere: folds are in _folds.py and _group_folds.py, repeats in _repeats.py, random splits in _shuffle_splits.py,
one row or group at a time in _left_out.py, time in _time_series.py; what a user gave as `cv` in _check_cv.py.
Imports: numpy, pellucid.base, pellucid.errors.
"""

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Limit, check_limits, is_missing
from pellucid.errors import DataError, DataWarning

Array = NDArray[Any]


class Splitter(ABC):
    """Pairs (train, test) of row numbers; goes wherever scikit-learn takes a `cv`.

    A subclass writes `__init__`, which only stores; `limits`, a row for each parameter; `split`, which calls `_check()`
    first, so that a mistake is told when it splits, as an estimator's is when it fits; and `get_n_splits`.

    >>> class LastRow(Splitter):
    ...     def split(self, X, y=None, groups=None):
    ...         return iter([(np.arange(len(X) - 1), np.array([len(X) - 1]))])
    ...     def get_n_splits(self, X=None, y=None, groups=None):
    ...         return 1
    >>> LastRow(), [test.tolist() for train, test in LastRow().split("abc")]
    (LastRow(), [[2]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {}

    @abstractmethod
    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        """Row numbers (train, test) of each split.   X of N rows, y (N,), groups (N,)"""

    @abstractmethod
    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many pairs `split` gives."""

    @final
    def __repr__(self) -> str:
        """The call that would rebuild it."""
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._defaults())})"

    @final
    def _check(self) -> None:
        """Raise ParameterError for the first parameter outside its limit."""
        check_limits(type(self).__name__, vars(self), self.limits, self._defaults())

    @final
    def _heeds_no(self, groups: Any, *, deep: int = 3) -> None:
        """Warn where groups are given to a splitter that does not look at them; who split stands `deep` calls up."""
        if groups is not None:
            warnings.warn(
                f"{type(self).__name__}: the groups parameter is ignored, and rows of one group may be on both sides; "
                "GroupKFold, StratifiedGroupKFold, LeaveOneGroupOut and GroupShuffleSplit keep them together.",
                DataWarning,
                stacklevel=deep,
            )

    @final
    def _defaults(self) -> dict[str, Any]:
        """Parameters and their defaults, in the order of `__init__`."""
        given = inspect.signature(type(self)).parameters.values()
        return {p.name: p.default for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def group_numbers(groups: Any, n_rows: int, *, where: str) -> tuple[Array, Array]:
    """The G distinct groups, sorted, and for each row the number of its own.   groups (N,) -> (G,), (N,) of int

    Raises DataError for no groups, for another number of them than rows, and for missing ones.

    >>> group_numbers(["ann", "bob", "ann"], 3, where="doctest")
    (array(['ann', 'bob'], dtype='<U3'), array([0, 1, 0]))
    """
    if groups is None:
        raise DataError(f"{where}: groups is None; give the group of each row, such as its patient or its day.")
    given = np.asarray(groups)
    if given.shape != (n_rows,):
        raise DataError(f"{where}: groups has shape {given.shape} for {n_rows} rows; give one group a row, (N,).")
    missing = np.array([is_missing(group) for group in given.tolist()])
    if missing.any():
        rows = np.flatnonzero(missing)
        raise DataError(
            f"{where}: {len(rows)} rows have no group, the first is row {rows[0]}; give each one of its own."
        )
    try:
        names, numbers = np.unique(given, return_inverse=True)
    except TypeError as error:
        raise DataError(
            f"{where}: groups mixes kinds that cannot be compared ({error}); use text or numbers."
        ) from None
    return names, numbers
