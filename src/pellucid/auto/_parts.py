"""Three parts that are never mixed: rows to learn from, to choose by, and to test on once.

Here: `Parts`, made once a run; the test part counts how often it is opened. `deal` makes them.
Elsewhere: the deal of rows and the seal on the test part are pellucid.model_selection's.
Imports: numpy, pellucid.errors, pellucid.model_selection.
"""

import hashlib
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.model_selection import seal
from pellucid.model_selection._containers import take_rows
from pellucid.model_selection._rows import split_rows

Array = NDArray[Any]

VALIDATION_SHARE = 0.15
TEST_SHARE = 0.2
FEWEST_ROWS = 20  # below, a test part of a fifth holds fewer than 4 rows, whose score says nothing


@final
class Parts:
    """Row numbers of the three parts; those of the test part are given out by `open_test`, which counts.

    contents: what the numbers count in; the test rows of it are sealed, so that the record holds the hash of what they
    hold. Without any, the numbers themselves are.

    >>> parts = Parts(np.array([0, 3]), np.array([1]), np.array([2]), "by hand")
    >>> parts.open_test().tolist(), parts.record()["test_openings"], parts.sizes
    ([2], 1, {'train': 2, 'validation': 1, 'test': 1})
    """

    def __init__(self, train: Array, validation: Array, test: Array, how: str, contents: tuple[Any, ...] = ()) -> None:
        self.train, self.validation, self._test, self.how = train, validation, test, how
        self._sealed = seal(*(take_rows(content, test) for content in contents) if contents else [test])

    def open_test(self) -> Array:
        """Row numbers of the test part. Each call is an opening; the results tell how many, and from 2 on it warns."""
        self._sealed.open()
        return self._test

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of each part."""
        return {"train": len(self.train), "validation": len(self.validation), "test": len(self._test)}

    def record(self) -> dict[str, Any]:
        """Sizes, and hashes of row numbers and test rows, so that two runs can be told to have used the same."""
        named = {"train": self.train, "validation": self.validation, "test": self._test}
        return {
            "how": self.how,
            "rows": self.sizes,
            "sha256_of_row_numbers": {name: _digest(rows) for name, rows in named.items()},
            "test_openings": self._sealed.openings,
            "test_sha256": self._sealed.sha256,
        }


def deal(
    n_rows: int,
    labels: Array | None,
    rng: np.random.Generator,
    n_given_test: int = 0,
    contents: tuple[Any, ...] = (),
) -> Parts:
    """Deal rows 0 .. n-1 into the parts; where `labels` (N,) are given, class by class, every class in every part.

    n_given_test: when > 0, the last so many rows are the test part already, and only the others are dealt; a class
    may then be absent from the test part.  contents: as `Parts` takes them.
    Raises DataError for fewer than 20 rows, and for fewer than three, or two, of a class that are to be dealt.

    >>> deal(100, None, np.random.default_rng(0)).sizes
    {'train': 65, 'validation': 15, 'test': 20}
    """
    if n_rows < FEWEST_ROWS:
        raise DataError(
            f"the data have {n_rows} rows; at least {FEWEST_ROWS} are needed to learn from some and test on others. "
            "Collect more."
        )
    n, given = n_rows - n_given_test, np.arange(n_rows - n_given_test, n_rows)
    shares = [VALIDATION_SHARE] if n_given_test else [VALIDATION_SHARE, TEST_SHARE]
    codes = np.zeros(n, np.int64) if labels is None else np.unique(labels[:n], return_inverse=True)[1]
    train, validation, *rest = _dealt(codes, shares, rng)
    how = "at random" if labels is None else "at random within each class"
    if n_given_test:
        return Parts(train, validation, given, f"{how}; the test part came with the data", contents)
    return Parts(train, validation, rest[0], how, contents)


def _dealt(codes: Array, shares: list[float], rng: np.random.Generator) -> list[Array]:
    """Row numbers of the rest and of a part for each share: one row of every class in each, then by class shares.

    codes (N,) -> 1 + len(shares) arrays.
    """
    n, n_classes, n_parts = len(codes), int(codes.max()) + 1, 1 + len(shares)
    rows = np.bincount(codes)
    if rows.min() < n_parts:
        raise DataError(
            f"a class has {rows.min()} rows to be dealt into {n_parts} parts; give each class {n_parts} or more."
        )
    order = rng.permutation(n)
    by_class = order[np.argsort(codes[order], kind="stable")]
    first = np.cumsum(rows) - rows  # of each class in by_class
    seeds = [by_class[first + part] for part in range(n_parts)]  # (K,) each
    left = np.setdiff1d(np.arange(n), np.concatenate(seeds))
    sizes = [max(n_classes, round(n * share)) - n_classes for share in shares]
    if sum(sizes) > len(left):
        sizes = [0] * len(shares)  # a few rows of each of many classes: what is beyond one a part is learned from
    dealt = split_rows(
        len(left), [len(left) - sum(sizes), *sizes], seed=rng, strata=np.unique(codes[left], return_inverse=True)[1]
    )
    return [rng.permutation(np.concatenate([seed, left[part]])) for seed, part in zip(seeds, dealt, strict=True)]


def _digest(rows: Array) -> str:
    return hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).hexdigest()
