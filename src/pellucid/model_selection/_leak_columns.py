"""Columns that give the target away, or only name rows.

Here: the checks PEL-L003 (names of rows), PEL-L004 (predicts alone) and PEL-L005 (the target in other words), which
look at training rows only.
Elsewhere: cells are coded in _leak_sides.py.
Imports: numpy and this package; SciPy inside a function.

N rows, K classes, L levels of a column (a missing cell is a level), F folds. Cost O(N log N) a column.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.model_selection._leak_finding import Finding
from pellucid.model_selection._leak_sides import Sides, codes_of

Array = NDArray[Any]

IDENTIFIER = 0.9  # share of different words among the known cells beyond which they name rows
FEWEST_ROWS = 20  # below, what one column tells may be chance
ROWS_A_LEVEL = 5  # below, levels that agree with the target may do so by chance
TELLS = 0.99  # AUC, R2 or rank correlation of one column beyond which it is looked at with suspicion
SAME = 0.95  # share of the rows beyond the commonest class that a rewording gets right
SAME_ORDER = 0.9999  # correlation of two columns of numbers beyond which one is the other in another unit
NEAR_RANK = 0.01  # of all rows: two ranks so near are the same place
SAME_PLACE = 0.9  # share of rows in the same place in both orders; at a correlation of 0.99 it is a fifth
FOLDS, MOST_BINS, ROWS_A_BIN = 5, 64, 10  # of a number's range, for its cross-fitted rates
SHRINK = 1.0  # rows of the average that each rate is mixed with
_ID_NAME = re.compile(r"(?i:(^|[_\W])(id|ids|uuid|guid|key|index|idx|rowid|number|no)$|^unnamed)|[a-z]I[dD]$")


def naming_columns(sides: Sides) -> list[Finding]:
    """PEL-L003: columns of words that are nearly all different, and of whole numbers that count the rows.

    Whole numbers count when all differ, on both sides together, and they fill half of their range or the column's name
    ends in id, key or the like.
    """
    return [finding for name in sides.names if (finding := _naming(sides, name))]


def _naming(sides: Sides, name: str) -> Finding | None:
    known = sides.train.frame[name].append(sides.test.frame[name]).drop_nulls()
    n, kind = len(known), sides.train.kinds[name]
    if n < FEWEST_ROWS or kind == "boolean":
        return None
    distinct = known.n_unique()
    numbers = {"distinct": float(distinct), "known": float(n)}
    if kind == "category":
        if distinct < IDENTIFIER * n:
            return None
        what = f"column {name!r} has {distinct} different words in {n} rows: it names rows, or is free text"
        return Finding("PEL-L003", "warning", name, what, numbers)
    values = known.to_numpy()
    if distinct < n or not np.isfinite(values).all() or not (values == np.floor(values)).all():
        return None
    if values.max() - values.min() >= 2 * n and not _ID_NAME.search(name):
        return None
    what = f"column {name!r} has another whole number in each of {n} rows: it numbers them"
    return Finding("PEL-L003", "warning", name, what, numbers)


def telling_columns(sides: Sides, wanted: set[str], target: str, seed: int) -> list[Finding]:
    """PEL-L004 and PEL-L005, those of the two that are wanted; a column in the target's own words is told once."""
    if sides.y_train is None:
        return []
    y = sides.y_train.frame["y"]
    known = ~y.is_null().to_numpy() if sides.classes else np.isfinite(y.fill_null(np.nan).to_numpy())
    if known.sum() < FEWEST_ROWS:
        return []
    values = codes_of(y)[known] if sides.classes else y.to_numpy()[known].astype(np.float64)
    if values.min() == values.max():
        return []
    fold = np.random.default_rng(seed).permutation(len(values)) % FOLDS
    found = []
    for name in sides.names:
        column = codes_of(sides.train.frame[name])[known]
        if column.min() == column.max():
            continue
        is_number = sides.train.kinds[name] == "number"
        if sides.classes:
            same = _rewording(column, values, name, target)
        else:
            same = _other_unit(sides, name, known, values, target)
        if same is not None:
            found.append(same)
            continue
        number, score = _telling(column, values, fold, is_number, sides.classes)
        if score > TELLS:
            what = f"column {name!r} alone predicts {target} in the training rows, {number} {score:.4f}"
            found.append(Finding("PEL-L004", "warning", name, what, {number: round(score, 6)}))
    return [finding for finding in found if finding.id in wanted]


def _rewording(column: Array, y: Array, name: str, target: str) -> Finding | None:
    """Whether levels and classes say the same: without exception, or one-to-one with a few errors.

    column (N,) codes with -1 for missing, y (N,) codes. Errors are counted against the best guess without the column:
    lambda = (a - b) / (1 - b), a the share told rightly, b that of the commonest class.   Source: Goodman and Kruskal,
    Measures of association for cross classifications, J. Am. Stat. Assoc. 49, 1954.
    """
    n, n_classes, n_levels = len(y), int(y.max()) + 1, int(column.max()) + 2
    if n_levels > n / ROWS_A_LEVEL + 1:
        return None
    table = np.bincount((column + 1) * n_classes + y, minlength=n_levels * n_classes).reshape(n_levels, n_classes)
    table = table[table.any(axis=1)]
    right = int(table.max(axis=1).sum())
    if len(table) < n_classes or len(table) > n / ROWS_A_LEVEL:
        return None
    guess = table.sum(axis=0).max()
    skill = (right - guess) / (n - guess)
    told = np.bincount(table.argmax(axis=1), weights=table.max(axis=1), minlength=n_classes) / table.sum(axis=0)
    if right < n and (len(table) > 2 * n_classes or skill < SAME or told.min() < SAME_PLACE):
        return None
    extent = "every training row" if right == n else f"{100 * right / n:.1f} % of the training rows"
    numbers = {"errors": float(n - right), "levels": float(len(table)), "lambda": round(float(skill), 6)}
    return Finding("PEL-L005", "error", name, f"column {name!r} alone tells {target} in {extent}", numbers)


def _other_unit(sides: Sides, name: str, known: Array, y: Array, target: str) -> Finding | None:
    """Whether a column of numbers is the target in another unit, scale or direction, a few errors aside."""
    if sides.train.kinds[name] != "number":
        return None
    x = sides.train.frame[name].fill_null(np.nan).to_numpy()[known]
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < FEWEST_ROWS or x.min() == x.max() or y.min() == y.max():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        straight = abs(float(np.corrcoef(x, y)[0, 1]))  # NaN where squares overflow: then ranks decide
    left, right = _places(x), _places(y)
    order = abs(float(np.corrcoef(left, right)[0, 1]))
    place = max(float((np.abs(left - other) <= NEAR_RANK).mean()) for other in (right, 1 - right))
    if straight > SAME_ORDER or order > SAME_ORDER or (place >= SAME_PLACE and len(np.unique(y)) > MOST_BINS):
        exact = max(straight, order) > SAME_ORDER
        extent = "every training row" if exact else f"{100 * place:.1f} % of the training rows"
        numbers = {"rank_correlation": round(order, 6), "same_place": round(place, 6)}
        return Finding("PEL-L005", "error", name, f"column {name!r} alone tells {target} in {extent}", numbers)
    return None


def _places(x: Array) -> Array:
    """Ranks (N,) in [0, 1], ties averaged."""
    from scipy.stats import rankdata

    return (rankdata(x) - 0.5) / len(x)


def _telling(column: Array, y: Array, fold: Array, is_number: bool, classes: bool) -> tuple[str, float]:
    """The name and value of the best number by which one column predicts the target.   column (N,) codes"""
    cell = _bins(column) if is_number else column + 1
    if classes:
        straight = _auc_of_order(column, y) if is_number and y.max() == 1 else 0.0
        return "AUC", max(straight, _auc_of_rates(cell, y, fold))
    squared = _r2_of_means(cell, y, fold)
    present = column >= 0
    if not is_number or present.sum() < FEWEST_ROWS or np.ptp(column[present]) == 0 or np.ptp(y[present]) == 0:
        return "R2", squared
    order = abs(float(np.corrcoef(_places(column[present]), _places(y[present]))[0, 1]))
    return ("rank correlation", order) if order > squared else ("R2", squared)


def _bins(column: Array) -> Array:
    """Codes in order (N,) -> bins 1.. of about equally many rows, 0 for missing."""
    n = len(column)
    bins = int(np.clip(n // ROWS_A_BIN, 4, MOST_BINS))
    times = np.bincount(column + 1)
    middle = np.cumsum(times) - 0.5 * times
    return np.where(column >= 0, 1 + np.minimum((middle[column + 1] * bins / n).astype(np.int64), bins - 1), 0)


def _auc_of_order(column: Array, y: Array) -> float:
    """AUC of a number for two classes, in the better direction; rows without it stand below all others."""
    table = np.bincount((column + 1) * 2 + y, minlength=2 * (int(column.max()) + 2)).reshape(-1, 2)
    auc = _auc(np.arange(len(table)), table[:, 1], table[:, 0])
    return max(auc, 1 - auc)


def _auc(score: Array, positive: Array, negative: Array) -> float:
    """Chance that a positive row scores above a negative one, ties half, from counts at each score."""
    _, level = np.unique(score, return_inverse=True)
    up, down = np.bincount(level, weights=positive), np.bincount(level, weights=negative)
    below = np.cumsum(down) - down
    return float((up * (below + 0.5 * down)).sum() / (up.sum() * down.sum()))


def _auc_of_rates(cell: Array, y: Array, fold: Array) -> float:
    """The worst class's AUC of its rate in the row's cell, the rate taken from the other folds.

    The worst and not the mean: that one species of three stands apart by one length is no leak.
    """
    n_cells, n_classes = int(cell.max()) + 1, int(y.max()) + 1
    flat = (fold * n_cells + cell) * n_classes + y
    table = np.bincount(flat, minlength=FOLDS * n_cells * n_classes).reshape(FOLDS, n_cells, n_classes)
    rest = table.sum(axis=0) - table
    share = table.sum(axis=(0, 1)) / len(y)
    rate = (rest + SHRINK * share) / (rest.sum(axis=2, keepdims=True) + SHRINK)  # (F, L, K)
    own = table.sum(axis=2, keepdims=True) - table
    return min(_auc(rate[..., k].ravel(), table[..., k].ravel(), own[..., k].ravel()) for k in range(n_classes))


def _r2_of_means(cell: Array, y: Array, fold: Array) -> float:
    """R2 of the mean target in the row's cell, the mean taken from the other folds."""
    n_cells = int(cell.max()) + 1
    flat = fold * n_cells + cell
    times = np.bincount(flat, minlength=FOLDS * n_cells).reshape(FOLDS, n_cells)
    y = (y - y.mean()) / max(float(np.abs(y - y.mean()).max()), np.finfo(float).tiny)
    total = np.bincount(flat, weights=y, minlength=FOLDS * n_cells).reshape(FOLDS, n_cells)
    mean = (total.sum(axis=0) - total) / (times.sum(axis=0) - times + SHRINK)
    missed = y - mean.ravel()[flat]
    return float(1 - (missed @ missed) / (y @ y))
