"""Row numbers dealt into parts.

Here: `split_rows`, which every split of the package comes down to; the sizes of parts; the shares of classes in them.
Elsewhere: containers are split in _split.py, folds are in _folds.py.
Imports: numpy, pellucid.errors, pellucid.random; SciPy inside the one function that needs a flow.

N rows, K classes, P parts. All functions are pure; chance comes in as a seed.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, ParameterError
from pellucid.random import Seed, generator

Array = NDArray[Any]
Size = float | int | None

ROUNDING = 1e-9  # 0.07 * 100 is 7.000000000000001; a share this close to a whole number of rows is that number


def split_rows(
    n: int, sizes: Sequence[int], *, seed: Seed = None, shuffle: bool = True, strata: Array | None = None
) -> tuple[Array, ...]:
    """Row numbers 0..n-1 dealt into parts of the given sizes; rows left over are in none.

    n rows, sizes (P,) -> P arrays of int64, disjoint, of those lengths, in random order. Without `shuffle` they are
    consecutive. `strata` (N,) holds class codes 0..K-1: then the rows of class k in part p number within 1 of the
    exact share n_k size_p / n, in every class and part at once; which of equal classes has one more is drawn.
    Raises DataError when the sizes ask for more than n rows, ParameterError for strata without shuffle.

    >>> [part.tolist() for part in split_rows(6, [4, 2], shuffle=False)]
    [[0, 1, 2, 3], [4, 5]]
    >>> strata = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1])
    >>> [np.bincount(strata[part]).tolist() for part in split_rows(9, [6, 3], seed=0, strata=strata)]
    [[4, 2], [2, 1]]
    """
    if sum(sizes) > n or min(sizes) < 0:
        raise DataError(f"split_rows: parts of {', '.join(map(str, sizes))} rows can not be made of {n} rows.")
    if not shuffle:
        if strata is not None:
            raise ParameterError("split_rows: strata need shuffle=True; consecutive rows can not be chosen by class.")
        return tuple(np.split(np.arange(n), np.cumsum(sizes))[: len(sizes)])
    rng = generator(seed)
    order = rng.permutation(n)
    if strata is None:
        return tuple(np.split(order, np.cumsum(sizes))[: len(sizes)])
    everything = np.append(sizes, n - sum(sizes))  # the rows left over are one more part
    sizes_of = np.bincount(strata)
    turn = rng.permutation(len(sizes_of))  # of equal remainders the first is raised, and no class is to be always first
    counts = share_out(sizes_of[turn], everything[everything > 0])[np.argsort(turn)]  # (K, P)
    by_class = order[np.argsort(strata[order], kind="stable")]
    part_of = np.empty(n, np.int64)
    part_of[by_class] = np.repeat(np.tile(np.flatnonzero(everything), len(counts)), counts.ravel())
    return tuple(order[part_of[order] == p] for p in range(len(sizes)))


def share_out(class_sizes: Array, part_sizes: Array) -> Array:
    """How many rows of each class go to each part, every number within 1 of the exact share.

        |c_kp - n_k s_p / n| < 1,    sum_p c_kp = n_k,    sum_k c_kp = s_p

    class_sizes (K,), part_sizes (P,) of equal sum n -> (K, P). Each share is rounded down, then some are raised by one:
    of two parts the shares with the largest remainders; of more, those that an integral flow picks, which exists
    because the remainders themselves are a fractional one.   Source: Hamilton's method of apportionment; Ford and
    Fulkerson, Flows in Networks, 1962, chapter I.

    >>> share_out(np.array([5, 3]), np.array([6, 2])).tolist()
    [[4, 1], [2, 1]]
    """
    counts, rest = np.divmod(np.outer(class_sizes, part_sizes), class_sizes.sum())
    if len(part_sizes) == 2:
        missing = int(part_sizes[1] - counts[:, 1].sum())
        raised = np.argsort(-rest[:, 1], kind="stable")[:missing]
        counts[raised, 1] += 1
        counts[:, 0] = class_sizes - counts[:, 1]
        return counts
    return counts + _raised(rest > 0, class_sizes - counts.sum(axis=1), part_sizes - counts.sum(axis=0))


def _raised(may: Array, row_totals: Array, column_totals: Array) -> Array:
    """A 0/1 matrix with these row and column sums, 1 only where it may be.   may (K, P) -> (K, P)

    It is the flow from a source through a node a row, a cell, and a node a column, to a sink.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    n_rows, n_columns = may.shape
    row, column = np.nonzero(may)
    source, sink = n_rows + n_columns, n_rows + n_columns + 1
    tail = np.concatenate([np.full(n_rows, source), row, n_rows + np.arange(n_columns)])
    head = np.concatenate([np.arange(n_rows), n_rows + column, np.full(n_columns, sink)])
    room = np.concatenate([row_totals, np.ones(len(row)), column_totals]).astype(np.int32)
    network = coo_array((room, (tail, head)), shape=(sink + 1, sink + 1)).tocsr()
    flow = maximum_flow(network, source, sink).flow
    return np.asarray(flow[:n_rows, n_rows:source].toarray())


def two_sizes(n: int, test_size: Size, train_size: Size, default: float = 0.25) -> tuple[int, int]:
    """Rows (train, test) of n, each given as a share in (0, 1), a count, or None for what the other leaves.

    A share of the test part is rounded up, of the training part down, as in scikit-learn.
    Raises ParameterError when a part would be empty or both ask for more than n.

    >>> two_sizes(10, 0.25, None), two_sizes(10, None, 6), two_sizes(10, 0.2, 0.5)
    ((7, 3), (6, 4), (5, 2))
    """
    if test_size is None and train_size is None:
        test_size = default
    n_test = None if test_size is None else _rows_of(n, test_size, "test_size", up=True)
    n_train = None if train_size is None else _rows_of(n, train_size, "train_size", up=False)
    n_test = n - n_train if n_test is None and n_train is not None else n_test
    n_train = n - n_test if n_train is None and n_test is not None else n_train
    assert n_train is not None and n_test is not None
    _check_sizes(n, {"train": n_train, "test": n_test}, (train_size, test_size))
    return n_train, n_test


def three_sizes(n: int, train_size: Size, val_size: Size, test_size: Size) -> tuple[int, int, int]:
    """Rows (train, validation, test) of n, each a share in (0, 1) or a count; train_size None is what the others leave.

    Shares of the validation and test part are rounded up, of the training part down. Raises as `two_sizes`.

    >>> three_sizes(344, None, 0.2, 0.2), three_sizes(100, 50, 10, 0.1)
    ((206, 69, 69), (50, 10, 10))
    """
    if val_size is None or test_size is None:
        raise ParameterError(
            "val_size and test_size: give both, as shares in (0, 1) or counts; train_size may be None."
        )
    n_val = _rows_of(n, val_size, "val_size", up=True)
    n_test = _rows_of(n, test_size, "test_size", up=True)
    n_train = n - n_val - n_test if train_size is None else _rows_of(n, train_size, "train_size", up=False)
    _check_sizes(n, {"train": n_train, "validation": n_val, "test": n_test}, (train_size, val_size, test_size))
    return n_train, n_val, n_test


def _rows_of(n: int, size: float, name: str, *, up: bool) -> int:
    whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
    real = isinstance(size, float | np.floating)
    if not (whole and size > 0 or real and 0 < size < 1):
        raise ParameterError(f"{name}={size!r}; give a share between 0 and 1, such as 0.25, or a number of rows >= 1.")
    if whole:
        return int(size)
    return ceil(size * n - ROUNDING) if up else floor(size * n + ROUNDING)


def _check_sizes(n: int, rows: dict[str, int], sizes: Sequence[Size]) -> None:
    shares = [size for size in sizes if isinstance(size, float | np.floating)]
    if sum(shares) > 1 + ROUNDING:
        raise ParameterError(f"the shares {', '.join(map(str, shares))} sum to {sum(shares):.6g}; ask for at most 1.")
    words = ", ".join(f"{name} {count}" for name, count in rows.items())
    if min(rows.values()) < 1:
        raise ParameterError(f"of {n} rows the parts would get: {words}; every part needs a row. Change the sizes.")
    if sum(rows.values()) > n:
        raise ParameterError(f"of {n} rows the parts ask for: {words}, which is {sum(rows.values())}; ask for less.")


def check_classes(classes: Array, codes: Array, at_least: int, *, where: str) -> None:
    """Raises DataError for classes of fewer than `at_least` rows: they can not be in every part."""
    rows = np.bincount(codes, minlength=len(classes))
    if rows.min() < at_least:
        rare = [f"{classes[k].item()!r} ({rows[k]})" for k in np.flatnonzero(rows < at_least)]
        more = f" and {len(rare) - 5} more" if len(rare) > 5 else ""
        raise DataError(
            f"{where}: stratifying into {at_least} parts needs {at_least} rows of each class; too few have "
            f"{', '.join(rare[:5])}{more}. Leave those rows out, merge them into another class, or do not stratify."
        )
