"""Time and groups that a split should have kept apart.

Here: the checks PEL-L006 (time) and PEL-L007 (groups).
Elsewhere: how a column is read is in _leak_sides.py.
Imports: pellucid.errors and this package; Polars columns are used by their methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.errors import DataError
from pellucid.model_selection._leak_finding import Finding

if TYPE_CHECKING:
    import polars as pl


def broken_order(train: pl.Series, test: pl.Series) -> list[Finding]:
    """A finding where some training row is later than the first test row; missing times are passed over.

    Raises DataError for times in words.

    >>> import polars as pl
    >>> broken_order(pl.Series([1.0, 2.0]), pl.Series([2.0, 3.0]))
    []
    >>> broken_order(pl.Series([1.0, 4.0]), pl.Series([2.0, 3.0]))[0].numbers
    {'train_rows': 1, 'test_rows': 2}
    """
    if not (train.dtype.is_numeric() and test.dtype.is_numeric()):
        raise DataError("find_leaks: time holds text or truths; give dates, or numbers that grow with time.")
    before, after = train.drop_nulls().to_numpy(), test.drop_nulls().to_numpy()
    if not len(before) or not len(after):
        raise DataError("find_leaks: time is missing in every row of a side; leave it out.")
    late, early = int((before > after.min()).sum()), int((after < before.max()).sum())
    if not late:
        return []
    message = (
        f"{late} of {len(before)} training rows are later than the first test row, and {early} of {len(after)} test "
        "rows earlier than the last training row: the past is predicted from the future"
    )
    return [Finding("PEL-L006", "error", None, message, {"train_rows": late, "test_rows": early})]


def shared_groups(train: pl.Series, test: pl.Series) -> list[Finding]:
    """A finding where a group has rows on both sides; rows without a group are passed over.

    >>> import polars as pl
    >>> [finding.numbers for finding in shared_groups(pl.Series(["a", "b"]), pl.Series(["b", "b", "c"]))]
    [{'groups': 1, 'test_rows': 2}]
    """
    known = train.drop_nulls()
    rows = test.drop_nulls()
    both = rows.filter(rows.is_in(known.unique().implode()))
    if not len(both):
        return []
    groups = both.unique().sort()
    shown = ", ".join(repr(group) for group in groups.head(3).to_list())
    message = (
        f"{len(groups)} of {rows.n_unique()} groups of the test rows also have training rows ({shown}"
        f"{', ...' if len(groups) > 3 else ''}), with {len(both)} of {len(test)} test rows"
    )
    return [Finding("PEL-L007", "error", None, message, {"groups": len(groups), "test_rows": len(both)})]
