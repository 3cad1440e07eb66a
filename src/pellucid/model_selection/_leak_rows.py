"""Rows that stand, or nearly stand, on both sides of a split.

Here: the checks PEL-L001 (the same row) and PEL-L002 (nearly the same row), and the laws by which both tell a copy from
rows that are alike because the columns are coarse.
Elsewhere: columns are coded in _leak_sides.py.
Imports: numpy and this package; SciPy inside the functions.

A row is a tuple of codes; its key is the sum of a random 64-bit number for each column's code, so that leaving a column
out is a subtraction, and equal rows are found by sorting. N rows on both sides, D columns, cost O(D N log N).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.model_selection._leak_finding import Finding

Array = NDArray[Any]

COARSE = 0.25  # share of the distinct rows that have a neighbour one column away, from which equal rows are natural
MOST_SHARED = 0.9  # distinct values for each row, beyond which a column is not compared with others by its repeats
OWN_VALUE = 0.5  # distinct values for each distinct row, from which a column hardly repeats by itself
NATURAL = 0.5  # the same among repeated rows: 0.9 in titanic's, 0.01 in diamonds', whose repeated rows are copies
CHANCE = 1e-3  # of so many equal pairs by themselves, below which they are told
SURE = 3.09  # standard deviations; CHANCE, one-sided
MANY_LEVELS = 20  # a number with more distinct values is compared by distance, one with fewer by equality
REACH = 0.2  # of all rows, in rank: beyond, neighbours are not asked for
RATIO = 10.0  # the nearest training row is so many times nearer than the next one
DOUBT = 3.0  # so many times the natural share is still taken for natural
RARE = 1e-4  # chance of so many near rows by themselves below which they are told
MOST_DIMENSIONS = 3.0  # at most this many are believed: of 1000 rows one is then nearer than RATIO by itself
TREE_COLUMNS = 32  # numbers that the search looks at; those with the most values are taken
COARSE_BY_TWO = 0.1  # share of the other test rows with a training row that near, from which nothing is told
LOOKED_AT = 200  # rows whose distance to all training rows is counted
FEWEST = 3  # rows nearly equal, below which it may be chance


@final
@dataclass(frozen=True)
class Keys:
    """The keys of all rows (N,), the part of each column (D, N), and which test rows have a twin (N_test,)."""

    total: Array
    parts: Array
    n_train: int

    @property
    def twins(self) -> Array:
        """Which test rows equal a training row."""
        return np.isin(self.total[self.n_train :], self.total[: self.n_train])


def keys_of(codes: list[Array], n_train: int) -> Keys:
    """Keys of rows given by their codes; a column that only renames another is left out of them.

    >>> keys_of([np.array([0, 1, 0]), np.array([5, 5, 5])], 2).twins.tolist()
    [True]
    """
    kept: dict[object, Array] = {}
    for d, column in enumerate(codes):
        _, first, code = np.unique(column, return_index=True, return_inverse=True)
        renamed = np.argsort(np.argsort(first))[code]  # numbered by first appearance: a renaming gives the same
        says_more = len(first) > MOST_SHARED * len(column)  # two columns without repeats would look like renamings
        kept.setdefault(d if says_more else renamed.astype(np.int32).tobytes(), renamed)
    parts = np.stack([_mixed(column, d) for d, column in enumerate(kept.values())])
    return Keys(parts.sum(axis=0, dtype=np.uint64), parts, n_train)


def _mixed(codes: Array, column: int) -> Array:
    """A number of 64 mixed bits for each code of a column.   Source: Steele et al., OOPSLA 2014 (SplitMix64)."""
    z = codes.astype(np.uint64) + np.uint64((column + 1) * 0x632BE59BD9B4E019 % 2**64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def same_rows_on_both_sides(keys: Keys) -> list[Finding]:
    """PEL-L001: test rows that equal a training row in every column, where that is not what coarse columns do.

    Two laws tell copies from coincidence. A random deal puts a row that stands m times on both sides with chance
    1 - q^m - (1-q)^m, q the share of test rows; more than that is copying over the split (an error). And coarse columns
    that make equal rows make still more rows that differ in one column only; equal rows without such neighbours are
    copies (a warning).
    """
    n_test = len(keys.total) - keys.n_train
    found = int(keys.twins.sum())
    if not found:
        return []
    excess = _excess(keys)
    sure = excess > SURE
    if not sure and _is_coarse(keys):
        return []
    more = ", more than a random split puts there" if sure else ""
    message = f"{found} of {n_test} test rows stand in the training rows as well, in every column{more}"
    numbers = {"test_rows": found, "deviations": round(excess, 2)}
    return [Finding("PEL-L001", "error" if sure else "warning", None, message, numbers)]


def _is_coarse(keys: Keys) -> bool:
    """Whether equal rows are to be expected of these columns.

    They are when many rows, or most of the repeated ones, have a neighbour one column away; and when there are no more
    equal pairs than those neighbours foretell: of P pairs that agree in all columns but j, and s the share of all pairs
    that agree in j, P s / (1 - s) pairs agree in j too, if j does not follow from the rest. They are not when a column
    has a value of its own for most rows, and two rows that share one are mostly equal throughout.
    """
    from scipy.stats import poisson

    total, first, times = np.unique(keys.total, return_index=True, return_counts=True)
    equal, all_pairs = _pairs(times), _pairs(np.array([len(keys.total)]))
    near, foretold = np.zeros(len(total), bool), 0.0
    for part in keys.parts:
        _, shared = np.unique(part, return_counts=True)
        if len(shared) >= OWN_VALUE * len(total) and equal >= NATURAL * _pairs(shared):
            return False
        _, code, alike = np.unique(total - part[first], return_inverse=True, return_counts=True)
        near |= alike[code] > 1
        agree = _pairs(shared) / all_pairs
        if agree <= NATURAL:  # a column that hardly varies foretells from next to nothing
            differing = _pairs(np.bincount(code, weights=times)) - equal
            foretold = max(foretold, differing * agree / (1 - agree))
    return bool(near.mean() >= COARSE or near[times > 1].mean() >= NATURAL or poisson.sf(equal - 1, foretold) > CHANCE)


def _pairs(times: Array) -> int:
    """Pairs of equal things, of which each is there so many times."""
    return round(float((times * (times - 1.0) / 2).sum()))


def _excess(keys: Keys) -> float:
    """Repeated rows on both sides beyond what a random deal gives, in standard deviations, continuity-corrected."""
    _, code, times = np.unique(keys.total, return_inverse=True, return_counts=True)
    in_test = np.bincount(code[keys.n_train :], minlength=len(times))[times > 1]
    times = times[times > 1]
    q = 1 - keys.n_train / len(keys.total)
    chance = 1 - q**times - (1 - q) ** times
    on_both = int(((in_test > 0) & (in_test < times)).sum())
    return float((on_both - 0.5 - chance.sum()) / np.sqrt((chance * (1 - chance)).sum()))


def near_rows_on_both_sides(keys: Keys, codes: list[Array], numbers: list[bool]) -> list[Finding]:
    """PEL-L002: test rows that are a training row with noise in its numbers, or with a single column changed.

    numbers: for each column of codes whether its order means something.
    """
    apart = np.flatnonzero(~keys.twins)
    by_noise = _near_by_noise(codes, numbers, keys.n_train, apart)
    by_column = _near_by_column(keys, apart)
    if not by_noise and not by_column:
        return []
    n_test = len(keys.total) - keys.n_train
    how = [f"{by_noise} differ a little in their numbers"] if by_noise else []
    how += [f"{by_column} differ in one column only"] if by_column else []
    message = f"of {n_test} test rows {' and '.join(how)} from a training row, which no other row comes near"
    return [Finding("PEL-L002", "warning", None, message, {"by_noise": by_noise, "by_column": by_column})]


def _near_by_noise(codes: list[Array], numbers: list[bool], n_train: int, apart: Array) -> int:
    """Test rows much nearer to their nearest training row than to the next, if more than there are by themselves.

    Distance is the largest difference in rank over the numbers; all else must be equal. Among points that are locally
    uniform in d dimensions (d1 / d2)^d is uniform in (0, 1), whatever their density: a share RATIO^-d has
    d1 / d2 <= 1 / RATIO by itself. d is read off the median of d1 / d2 of all other rows, which is 2^(-1/d).
    Source: Facco et al., Estimating the intrinsic dimension of datasets, Scientific Reports 7, 2017.
    """
    from scipy.spatial import cKDTree
    from scipy.stats import binom

    points, n_fine = _points(codes, numbers)
    if not n_fine or not len(apart):
        return 0
    tree = cKDTree(points[:n_train], balanced_tree=False, compact_nodes=False)  # ties would make medians slow
    k = [1, 2] if n_train > 1 else [1]
    distance, _ = tree.query(points[n_train + apart], k=k, p=np.inf, distance_upper_bound=REACH)
    nearest, second = distance[:, 0], distance[:, -1] if n_train > 1 else np.full(len(apart), np.inf)
    met = (nearest > 0) & (nearest <= REACH)
    alone = met & (nearest * RATIO <= np.minimum(second, REACH))
    others, near = met & ~alone, int(alone.sum())
    share = min(0.5, DOUBT * RATIO ** -_dimensions(nearest[others], second[others], n_fine))
    rare = binom.sf(near - 1, int(met.sum()), share) < RARE
    return near if near >= FEWEST and rare else 0


def _points(codes: list[Array], numbers: list[bool]) -> tuple[Array, int]:
    """Rows as points (N, D): numbers of many values by rank in [0, 1], how many those are, all else a unit apart."""
    fine, coarse = [], []
    for column, is_number in zip(codes, numbers, strict=True):
        levels = int(column.max()) + 1
        if is_number and levels > MANY_LEVELS:
            fine.append((levels, column))
        elif levels > 1 or column.min() < 0:
            coarse.append(column.astype(np.float64))
    if not fine:
        return np.empty((0, 0)), 0
    fine.sort(key=lambda pair: -pair[0])
    points = np.column_stack([*(_ranks(column) for _, column in fine[:TREE_COLUMNS]), *coarse[:TREE_COLUMNS]])
    return points, min(len(fine), TREE_COLUMNS)


def _ranks(codes: Array) -> Array:
    """The share of rows below each row, ties halved, in [0, 1]; a missing cell is 3, far from all."""
    times = np.bincount(codes[codes >= 0])
    middle = (np.cumsum(times) - 0.5 * times) / times.sum()
    return np.where(codes >= 0, middle[codes], 3.0)


def _dimensions(nearest: Array, second: Array, most: int) -> float:
    """d from the median of d1 / d2, which is 2^(-1/d); 1 where too few rows have two neighbours within reach."""
    both = np.isfinite(second)
    if both.sum() < MANY_LEVELS:
        return 1.0
    median = float(np.median(nearest[both] / second[both]))
    return float(np.clip(np.log(2.0) / max(-np.log(median), 1e-9), 1.0, min(most, MOST_DIMENSIONS)))


def _near_by_column(keys: Keys, apart: Array) -> int:
    """Test rows that differ from a training row in one column while every other training row differs in many.

    None are told where other test rows, too, have training rows as near as that next one: the columns are coarse.
    """
    n_train, n_columns = keys.n_train, len(keys.parts)
    gap = max(2, -(-n_columns // 4))
    if n_columns < gap + 2 or not len(apart):
        return 0
    matched = np.zeros(len(apart), bool)
    for part in keys.parts:
        rest = keys.total - part
        matched |= np.isin(rest[n_train + apart], rest[:n_train])
    rows = apart[matched]
    if len(rows) < FEWEST:
        return 0
    looked, others = _some(rows), _some(apart[~matched])
    alone = int((_shared(keys, looked, n_columns - 1) < n_columns - gap).sum())
    if alone < FEWEST or (
        len(others) and (_shared(keys, others, n_columns) >= n_columns - gap).mean() >= COARSE_BY_TWO
    ):
        return 0
    return round(alone * len(rows) / len(looked))


def _some(rows: Array) -> Array:
    """At most LOOKED_AT of the rows, evenly spread."""
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).astype(np.int64)]


def _shared(keys: Keys, rows: Array, below: int) -> Array:
    """For each of some test rows the most columns, of fewer than `below`, that it shares with a training row."""
    equal = np.zeros((len(rows), keys.n_train), np.uint16)
    for part in keys.parts:
        equal += part[keys.n_train + rows][:, None] == part[None, : keys.n_train]
    return np.where(equal >= below, 0, equal).max(axis=1)
