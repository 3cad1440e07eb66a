"""Random splits, drawn independently: a row may be tested on several times, or never.

Here: `ShuffleSplit`, `StratifiedShuffleSplit`, `GroupShuffleSplit`.
Elsewhere: how rows are drawn is in _rows.py; a single split of containers in _split.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.random and this package.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, final

import numpy as np

from pellucid.base import SEED, Choice, OneOf, Real, Whole
from pellucid.errors import DataError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._rows import Size, check_classes, split_rows, two_sizes
from pellucid.model_selection._splitter import Array, Splitter, group_numbers
from pellucid.model_selection._strata import strata_of
from pellucid.random import Seed, generator

_SIZE = OneOf(Real(0.0, 1.0, open_low=True, open_high=True), Whole(low=1), Choice(None), says="a share or a count")


class RandomSplits(Splitter):
    """`n_splits` independent draws; a subclass says of what. The first draws do not depend on how many there are."""

    limits = {"n_splits": Whole(low=1), "test_size": _SIZE, "train_size": _SIZE, "random_state": SEED}
    share_to_test: ClassVar[float] = 0.1
    """Size of the test part where neither size is given."""

    n_splits: int
    test_size: Size
    train_size: Size
    random_state: Seed

    @abstractmethod
    def _draws(self, X: Any, y: Any, groups: Any) -> Iterator[tuple[Array, Array]]:
        """Row numbers (train, test) of each draw; checks its input at once, draws as it is asked."""

    @final
    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        """Row numbers (train, test) of each draw, in random order."""
        self._check()
        return self._draws(X, y, groups)

    @final
    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of draws; what is passed is not looked at."""
        return self.n_splits

    @final
    def _parts(self, n: int, strata: Array | None = None) -> Iterator[tuple[Array, Array]]:
        """n things dealt into a training and a test part, n_splits times."""
        sizes, seed = two_sizes(n, self.test_size, self.train_size, self.share_to_test), generator(self.random_state)
        for_each = (split_rows(n, sizes, seed=seed, strata=strata) for _ in range(self.n_splits))
        return ((train, test) for train, test in for_each)


@final
class ShuffleSplit(RandomSplits):
    """Random rows to test on, drawn anew each time.

    Sizes are shares in (0, 1) or counts; by default a tenth is for testing, the others to learn from.
    Raises ParameterError for sizes that can not be met.

    >>> [(len(train), len(test)) for train, test in ShuffleSplit(2, test_size=0.3, random_state=0).split(range(10))]
    [(7, 3), (7, 3)]
    """

    def __init__(
        self, n_splits: int = 10, *, test_size: Size = None, train_size: Size = None, random_state: Seed = None
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state

    def _draws(self, X: Any, y: Any, groups: Any) -> Iterator[tuple[Array, Array]]:
        self._heeds_no(groups, deep=4)
        return self._parts(n_rows(X))


@final
class StratifiedShuffleSplit(RandomSplits):
    """Random rows to test on, with each class's share within one row in both parts.

    y (N,) labels, or (N, M): each combination of labels is then a class. Sizes as in `ShuffleSplit`.
    Raises DataError for a class of a single row.

    >>> y = ["a"] * 6 + ["b"] * 3
    >>> for train, test in StratifiedShuffleSplit(2, test_size=3, random_state=0).split(y, y):
    ...     print(sorted(y[row] for row in test))
    ['a', 'a', 'b']
    ['a', 'a', 'b']
    """

    def __init__(
        self, n_splits: int = 10, *, test_size: Size = None, train_size: Size = None, random_state: Seed = None
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state

    def _draws(self, X: Any, y: Any, groups: Any) -> Iterator[tuple[Array, Array]]:
        self._heeds_no(groups, deep=4)
        n = n_rows(X)
        if y is None:
            raise DataError("StratifiedShuffleSplit: y is None; give the labels to stratify by, or use ShuffleSplit.")
        classes, codes = strata_of(y, n, where="StratifiedShuffleSplit")
        check_classes(classes, codes, 2, where="StratifiedShuffleSplit")
        return self._parts(n, codes)


@final
class GroupShuffleSplit(RandomSplits):
    """Random groups to test on; all rows of a group are on one side.

    groups (N,). Sizes are of groups, not of rows; by default a fifth of the groups is for testing.
    Raises DataError for no groups, ParameterError for sizes that can not be met.

    >>> groups = ["ann", "ann", "bob", "cat", "cat"]
    >>> for train, test in GroupShuffleSplit(2, test_size=1, random_state=0).split(groups, groups=groups):
    ...     print({groups[row] for row in test}, len(train) + len(test))
    {'bob'} 5
    {'ann'} 5
    """

    share_to_test = 0.2

    def __init__(
        self, n_splits: int = 5, *, test_size: Size = None, train_size: Size = None, random_state: Seed = None
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.train_size = train_size
        self.random_state = random_state

    def _draws(self, X: Any, y: Any, groups: Any) -> Iterator[tuple[Array, Array]]:
        names, group = group_numbers(groups, n_rows(X), where="GroupShuffleSplit")
        return (
            (np.flatnonzero(np.isin(group, train)), np.flatnonzero(np.isin(group, test)))
            for train, test in self._parts(len(names))
        )
