"""Folds dealt out several times, differently each time.

Here: `RepeatedKFold` and `RepeatedStratifiedKFold`.
Elsewhere: the folds themselves are in _folds.py.
Imports: numpy, pellucid.base, pellucid.random and this package.
"""

from abc import abstractmethod
from collections.abc import Iterator
from itertools import chain
from typing import Any, final

import numpy as np

from pellucid.base import SEED, Whole
from pellucid.model_selection._folds import Folds, KFold, StratifiedKFold
from pellucid.model_selection._splitter import Array, Splitter
from pellucid.random import Seed, generator


class RepeatedFolds(Splitter):
    """Shuffled folds, `n_repeats` times; a subclass names the folds.

    Repeats lessen the chance in how the rows were dealt, not the chance in which rows there are: the spread over many
    repeats goes to zero, the error of the estimate does not.
    """

    limits = {
        "n_splits": Whole(low=2, says="one fold is tested on, the others are learned from"),
        "n_repeats": Whole(low=1),
        "random_state": SEED,
    }

    def __init__(self, *, n_splits: int = 5, n_repeats: int = 10, random_state: Seed = None) -> None:
        self.n_splits = n_splits
        self.n_repeats = n_repeats
        self.random_state = random_state

    @abstractmethod
    def _folds(self, seed: np.random.Generator) -> Folds:
        """The folds of one repeat."""

    @final
    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        """Row numbers (train, test), n_splits of each repeat in turn; the first do not depend on how many follow."""
        self._check()
        self._heeds_no(groups)
        seed = generator(self.random_state)
        return chain.from_iterable([self._folds(seed).split(X, y) for _ in range(self.n_repeats)])

    @final
    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """n_splits times n_repeats; what is passed is not looked at."""
        return self.n_splits * self.n_repeats


@final
class RepeatedKFold(RepeatedFolds):
    """`KFold`, shuffled anew for each of `n_repeats`: every row is tested on once a repeat.

    >>> folds = RepeatedKFold(n_splits=2, n_repeats=3, random_state=0)
    >>> tested = [test.tolist() for train, test in folds.split(range(4))]
    >>> len(tested), [sorted(tested[i] + tested[i + 1]) for i in (0, 2, 4)]
    (6, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]])
    """

    def _folds(self, seed: np.random.Generator) -> Folds:
        return KFold(self.n_splits, shuffle=True, random_state=seed)


@final
class RepeatedStratifiedKFold(RepeatedFolds):
    """`StratifiedKFold`, shuffled anew for each of `n_repeats`: every fold has each class's share within one row.

    >>> y = ["a", "a", "b", "b"]
    >>> folds = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    >>> [sorted(y[row] for row in test) for train, test in folds.split(y, y)]
    [['a', 'b'], ['a', 'b'], ['a', 'b'], ['a', 'b']]
    """

    def _folds(self, seed: np.random.Generator) -> Folds:
        return StratifiedKFold(self.n_splits, shuffle=True, random_state=seed)
