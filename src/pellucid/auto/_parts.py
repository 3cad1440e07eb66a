"""Three parts that are never mixed: rows to learn from, to choose by, and to test on once.

Here: `Parts`, made once a run; the test part counts how often it is opened.
Elsewhere: the deal of rows is pellucid.model_selection's.
Imports: numpy, pellucid.errors, pellucid.model_selection.
"""

import hashlib
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.model_selection import split_rows

Array = NDArray[Any]

VALIDATION_SHARE = 0.15
TEST_SHARE = 0.2
FEWEST_ROWS = 20  # below, a test part of a fifth holds fewer than 4 rows, whose score says nothing


@final
class Parts:
    """Row numbers of the three parts; those of the test part are given out by `open_test`, which counts."""

    def __init__(self, train: Array, validation: Array, test: Array, how: str) -> None:
        self.train, self.validation, self._test, self.how = train, validation, test, how
        self.test_openings = 0

    def open_test(self) -> Array:
        """Row numbers of the test part. Each call is an opening, and the count stands in the results."""
        self.test_openings += 1
        return self._test

    def record(self) -> dict[str, Any]:
        """Sizes, and a hash of the row numbers of each part, so that two runs can be told to have used the same."""
        named = {"train": self.train, "validation": self.validation, "test": self._test}
        return {
            "how": self.how,
            "rows": {name: len(rows) for name, rows in named.items()},
            "sha256_of_row_numbers": {name: _digest(rows) for name, rows in named.items()},
            "test_openings": self.test_openings,
        }


def deal(n_rows: int, strata: Array | None, rng: np.random.Generator, n_given_test: int = 0) -> Parts:
    """Deal rows 0 .. n-1 into the parts, class by class where `strata` (N,) is given.

    n_given_test: when > 0, the last so many rows are the test part already, and only the others are dealt.
    Raises DataError for fewer than 20 rows.
    """
    if n_rows < FEWEST_ROWS:
        raise DataError(
            f"the data have {n_rows} rows; at least {FEWEST_ROWS} are needed to learn from some and test on others."
        )
    n = n_rows - n_given_test
    kinds = 1 if strata is None else len(np.unique(strata))
    validation = max(kinds, round(n * VALIDATION_SHARE))
    test = 0 if n_given_test else max(kinds, round(n * TEST_SHARE))
    if n - validation - test < kinds:
        raise DataError(f"{n} rows are too few for {kinds} classes: each needs several rows in each of three parts.")
    sizes = [n - validation - test, validation] + ([] if n_given_test else [test])
    codes = None if strata is None else np.unique(strata[:n], return_inverse=True)[1]
    dealt = split_rows(n, sizes, seed=rng, strata=codes)
    how = "at random" if strata is None else "at random within each class"
    if n_given_test:
        return Parts(dealt[0], dealt[1], np.arange(n, n_rows), f"{how}; the test part was given with the data")
    return Parts(dealt[0], dealt[1], dealt[2], how)


def _digest(rows: Array) -> str:
    return hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()
