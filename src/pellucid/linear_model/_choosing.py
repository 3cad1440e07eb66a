"""Rows to learn from and rows to choose by, for models that choose their own penalty.

Here: `CV`, the row of limits; `Splitter`; `folds_of`, what a user's `cv` stands for.
Elsewhere: the folds themselves are in pellucid.model_selection.
Imports: numpy, pellucid.base and pellucid.errors; pellucid.model_selection inside `folds_of`: with the metrics and
tables it stands on, it takes three times as long to import as all linear models.
"""

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf, Whole
from pellucid.base._tables import Array
from pellucid.errors import DataError, ParameterError


@runtime_checkable
class Splitter(Protocol):
    """What gives folds when it is asked: ours and scikit-learn's."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterable[tuple[Array, Array]]:
        """Row numbers (train, test) of each fold."""


CV: Limit = OneOf(
    Whole(low=2),
    Choice(None),
    Kind(Iterable, words="pairs of row numbers (train, test)"),
    Kind(Splitter, words="an object with a method split"),
    says="how many folds, or which",
)


def folds_of(
    cv: Any, rows: Any, y: Any, weights: Array | None = None, *, n_folds: int = 5
) -> list[tuple[Array, Array]]:
    """Row numbers (train, test) of each fold: those `cv` gives, or of `cv` consecutive ones, None: `n_folds`.

    Raises DataError for a single row, and where a fold has nothing that weighs to learn from, or no fold such to test
    on; ParameterError for pairs with an empty side.

    >>> [test.tolist() for train, test in folds_of(2, np.zeros((3, 1)), [1.0, 2.0, 3.0])]
    [[0, 1], [2]]
    """
    if rows.shape[0] < 2:
        raise DataError(
            "cv: X has one sample (one row); at least two are needed to learn from one and test on another."
        )
    if cv is None or isinstance(cv, int | np.integer):
        from pellucid.model_selection import KFold

        cv = KFold(n_folds if cv is None else int(cv))
    pairs = cv.split(np.empty((rows.shape[0], 0)), y) if hasattr(cv, "split") else cv
    found = [(np.asarray(train), np.asarray(test)) for train, test in pairs]
    if not found or any(len(side) == 0 for pair in found for side in pair):
        raise ParameterError(f"cv: {cv!r} gives no folds, or one with nothing to learn from or to test on.")
    if weights is not None and not weights.all():
        bare = [f for f, (train, _) in enumerate(found) if not weights[train].any()]
        if bare or not any(weights[test].any() for _, test in found):
            what = f"fold {bare[0]} learns from" if bare else "a fold tests on"
            raise DataError(f"cv: sample_weight is 0 for all rows that {what}; shuffle the rows, or give other folds.")
    return found
