"""What to do with a column, decided from its training rows.

Here: a pure function for each kind of column, from cells to a plan that says why.
Elsewhere: the plans are in _columns.py, the walk over a table in _vectorizer.py.
Imports: numpy and this package; Polars columns are used by their methods.

`least` is the smallest number of rows that is worth an output: a level, a pool or an indicator of fewer says next to
nothing about the next row, and would mostly be learned by heart.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from pellucid.preprocessing._columns import (
    CYCLES,
    Array,
    BooleanColumn,
    CategoryColumn,
    ColumnPlan,
    DateColumn,
    DroppedColumn,
    NumberColumn,
    day_of,
    drawn_in,
    phase_of,
)

if TYPE_CHECKING:
    import polars as pl

TAIL = 0.005  # of the rows on each side; skewness, mean and deviation are those of the cells between
LARGEST = 1e100  # cubes of what lies within, summed over any number of rows, are float64
SKEWED = 2.0  # skewness; an exponential distribution has 2, log-normal incomes and prices 3 and more
ALIKE = (
    0.99  # length of the mean point on the unit circle; phases then lie within about 8 days of a year, 33 min of a day
)
IDENTIFIER = 0.9  # share of different words among the known cells beyond which a column names rows rather than kinds
NORMAL_QUARTILES = 1.349  # distance between the quartiles of a normal distribution, in standard deviations
AUTO_SHARE, AUTO_LEAST, AUTO_MOST = 0.05, 2, 10  # of the rows; rows; rows: a rate in 10 rows is known to about 30 %


def least_rows(n: int, min_frequency: float | str) -> int:
    """Rows that are worth an output: a count, a share of n, or "auto", which is 5 % of the rows within 2 to 10.

    >>> least_rows(10_000, "auto"), least_rows(60, "auto"), least_rows(100, 7), least_rows(100, 0.02)
    (10, 3, 7, 2)
    """
    if isinstance(min_frequency, str):
        return min(max(ceil(AUTO_SHARE * n), AUTO_LEAST), AUTO_MOST)
    whole = isinstance(min_frequency, int | np.integer)
    return int(min_frequency) if whole else max(1, ceil(min_frequency * n))


def plan_number(name: str, x: Array, least: int) -> ColumnPlan:
    """The plan of a column of numbers.   x (N,) float64, NaN where missing"""
    finite = x[np.isfinite(x)]
    n_missing = int(np.isnan(x).sum())
    indicator = n_missing >= least and len(x) - n_missing >= least
    told = _told_missing(n_missing, indicator)
    if not len(finite):
        return DroppedColumn(name, "no cell is a finite number", "number")
    if finite.min() == finite.max() and not indicator:
        return DroppedColumn(name, f"every known cell is {finite[0]:.6g}", "number")
    if np.abs(finite).max() > LARGEST:
        return DroppedColumn(
            name, f"holds numbers beyond {LARGEST:g}, whose squares overflow; divide them first", "number"
        )
    fill = float(np.median(finite))
    centre, unit, why = _tail(finite)
    drawn = drawn_in(np.where(np.isfinite(x), x, fill), centre, unit)
    calm = _calm(drawn)
    mean, scale = float(calm.mean()), float(calm.std())
    return NumberColumn(name, why + told, fill, mean, scale if scale > 0 else 1.0, indicator, centre, unit)


def plan_date(name: str, x: Array, least: int) -> ColumnPlan:
    """The plan of a column of dates.   x (N,) float64, seconds since 1970, NaN where missing

    A cycle is told where the dates span it twice at least, so that it is not the mere course of time, and do not all
    stand at about the same place of it.
    """
    plan = plan_number(name, x, least)
    if not isinstance(plan, NumberColumn):
        return plan
    finite = x[np.isfinite(x)]
    calm = _calm(np.where(np.isfinite(x), x, plan.fill))
    first, last = finite.min(), finite.max()
    cycles = tuple(cycle for cycle in CYCLES if last - first >= 2 * CYCLES[cycle][0] and _goes_round(finite, cycle))
    why = f"dates from {day_of(first)} to {day_of(last)}"
    told = _told_missing(int(np.isnan(x).sum()), plan.indicator)
    scale = float(calm.std()) or 1.0
    return DateColumn(name, why + told, plan.fill, float(calm.mean()), scale, plan.indicator, cycles)


def _goes_round(x: Array, cycle: str) -> bool:
    """Whether dates stand at different places of a cycle: the mean of their points on the circle lies inside it."""
    angle = phase_of(x, cycle)
    return bool(np.hypot(np.sin(angle).mean(), np.cos(angle).mean()) < ALIKE)


def _calm(x: Array) -> Array:
    """x with its tails cut off at quantiles, so that a few wild cells do not set the scale; x itself if that is all."""
    low, high = np.quantile(x, [TAIL, 1 - TAIL])
    return np.clip(x, low, high) if low < high else x


def _tail(x: Array) -> tuple[float, float | None, str]:
    """Centre and unit of the logarithm that a heavy tail wants, unit None where there is none; and why."""
    before = skewness(_calm(x))
    if abs(before) <= SKEWED or len(np.unique(x)) <= 2:
        return 0.0, None, f"skewness {before:.2g}"
    low, centre, high = np.quantile(x, [0.25, 0.5, 0.75]).tolist()
    distance = np.abs(x - centre)
    unit = (high - low) / NORMAL_QUARTILES or float(np.median(distance[distance > 0]))
    after = skewness(_calm(drawn_in(x, centre, unit)))
    if abs(after) >= abs(before):
        return 0.0, None, f"skewness {before:.2g}, which a logarithm would not lessen"
    return centre, unit, f"heavy tail: skewness {before:.2g}, {after:.2g} after the logarithm"


def skewness(x: Array) -> float:
    """mean((x - m)^3) / s^3, the sign and weight of the longer tail; 0 for a constant.

    >>> skewness(np.array([0.0, 0.0, 0.0, 1.0])).__round__(3)
    1.155
    """
    gap = (x - x.mean()) / (x.std() or 1.0)
    return float(np.mean(gap**3))


def plan_boolean(name: str, cells: pl.Series, least: int) -> ColumnPlan:
    """The plan of a column of truths."""
    n_missing = cells.null_count()
    n_known = len(cells) - n_missing
    n_true = int(cells.sum() or 0)
    indicator = n_missing >= least and n_known >= least
    if n_known == 0:
        return DroppedColumn(name, "every cell is missing", "boolean")
    if n_true in (0, n_known) and not indicator:
        return DroppedColumn(name, f"every known cell is {'true' if n_true else 'false'}", "boolean")
    told = f"{n_true} of {n_known} are true" + _told_missing(n_missing, indicator)
    return BooleanColumn(name, told, 2 * n_true > n_known, indicator)


def plan_category(name: str, cells: pl.Series, least: int, max_levels: int) -> ColumnPlan:
    """The plan of a column of words: the levels of `least` rows or more, the `max_levels` most frequent of them."""
    n_missing = cells.null_count()
    n_known = len(cells) - n_missing
    rows = dict(cells.drop_nulls().value_counts().iter_rows())
    by_rows = sorted(rows, key=lambda word: (-rows[word], word))
    frequent = [word for word in by_rows if rows[word] >= least][:max_levels]
    missing = n_missing >= least
    if not n_known:
        return DroppedColumn(name, "every cell is missing", "category")
    if len(rows) == 1 and not missing:
        return DroppedColumn(name, f"every known cell is {by_rows[0]!r}", "category")
    if not frequent and not (missing and n_known >= least):
        name_like = "; it names rows" if len(rows) > IDENTIFIER * n_known else ""
        return DroppedColumn(
            name, f"{len(rows)} different words in {n_known} cells, none in {least} rows or more{name_like}", "category"
        )
    n_rare = n_known - sum(rows[word] for word in frequent) + (0 if missing else n_missing)
    rare = n_rare >= least
    pooled = len(rows) - len(frequent)
    told = f"{len(rows)} levels" + (f", {pooled} rare or beyond the {max_levels} most frequent" if pooled else "")
    return CategoryColumn(name, told + _told_missing(n_missing, missing), tuple(sorted(frequent)), rare, missing)


def _told_missing(n_missing: int, indicated: bool) -> str:
    if not n_missing:
        return ""
    return f"; {n_missing} missing" + ("" if indicated else ", too few for a column of their own")
