"""What a user gave as `cv`, made into splits.

Here: `check_cv`; `GivenSplits`, around a list of pairs; `splits_of`, the pairs themselves, none of them empty.
Elsewhere: the splitters are in their own modules.
Imports: numpy, pellucid.base, pellucid.errors and this package.
"""

from collections.abc import Iterable, Iterator
from typing import Any, final

import numpy as np

from pellucid.base import Whole
from pellucid.errors import DataError, ParameterError
from pellucid.model_selection._folds import KFold, StratifiedKFold
from pellucid.model_selection._splitter import Array, Splitter

_N_FOLDS = Whole(low=2)


def check_cv(
    cv: Any = 5, y: Any = None, *, classifier: bool = False, shuffle: bool = False, random_state: Any = None
) -> Any:
    """The splitter that `cv` stands for.

    A whole number (None: 5) is that many folds, stratified where `classifier` holds and y has classes; anything with
    `split` and `get_n_splits`, ours or scikit-learn's, comes back as it is; an iterable of (train, test) row numbers is
    kept as a list.  Raises ParameterError for anything else.

    >>> check_cv(3), check_cv(3, ["a", "b", "a", "b", "a", "b"], classifier=True).n_splits
    (KFold(n_splits=3, shuffle=False, random_state=None), 3)
    >>> [test for train, test in check_cv([([0, 1], [2])]).split()]
    [array([2])]
    """
    cv = 5 if cv is None else cv
    if _N_FOLDS.admits(cv):
        kind = StratifiedKFold if classifier and _has_classes(y) else KFold
        return kind(int(cv), shuffle=shuffle, random_state=random_state)
    if hasattr(cv, "split") and not isinstance(cv, str):
        return cv
    if isinstance(cv, Iterable) and not isinstance(cv, str | bytes):
        return GivenSplits(cv)
    raise ParameterError(
        f"cv is {cv!r}; it must be a number of folds >= 2, an object with `split` such as KFold(5), or an iterable of "
        "(train, test) row numbers."
    )


@final
class GivenSplits(Splitter):
    """Pairs of row numbers that somebody else made; the same each time.

    >>> GivenSplits([([0, 1], [2]), ([2], [0, 1])]).get_n_splits()
    2
    """

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.pairs = [(np.asarray(train), np.asarray(test)) for train, test in pairs]

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        return iter(self.pairs)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return len(self.pairs)


def splits_of(splitter: Any, X: Any, y: Any, groups: Any) -> list[tuple[Array, Array]]:
    """All pairs of a splitter, drawn once, so that all that is compared is compared on the same rows.

    Raises DataError for no pairs, and for a pair with an empty part.

    >>> len(splits_of(KFold(3), range(6), None, None))
    3
    """
    pairs = [(_numbers(train), _numbers(test)) for train, test in splitter.split(X, y, groups)]
    if not pairs:
        raise DataError(f"cv={splitter!r} gives no splits; there must be at least one.")
    for k, (train, test) in enumerate(pairs):
        if len(train) == 0 or len(test) == 0:
            part = "training" if len(train) == 0 else "test"
            raise DataError(f"cv={splitter!r}: the {part} part of split {k} is empty; both need rows.")
    return pairs


def _has_classes(y: Any) -> bool:
    """Whether y is one column of labels and not of numbers: text, booleans, or whole numbers."""
    if y is None:
        return False
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or len(labels) == 0:
        return False
    if labels.dtype.kind == "f":
        return bool(np.isfinite(labels).all() and (labels == np.floor(labels)).all())
    return True


def _numbers(rows: Any) -> Array:
    """Row numbers, also from a mask (N,) of them."""
    given = np.asarray(rows)
    return np.flatnonzero(given) if given.dtype == bool else given
