"""Deciding what a column is, and writing down every step of it.

Here: `settle` (a column in, the settled column and its report out) and `ColumnReport`.
Elsewhere: the ways to read words are in `_readings.py`, the counts behind a decision in `_tally.py`; reading the cells
is in `_csv.py`; the table of settled columns is in `_table.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.

A number column holds float64, a boolean column true and false, a category column text; a missing cell is null in each.
Cells of a text file are parsed: a column is numbers only if every known cell is one, so one stray word makes it a
category, and the report says which word, where.  ISO dates are numbers too: seconds since 1970.  Columns that come
typed (Parquet, a data frame) are believed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from pellucid.data._readings import (
    DATES_TURNED,
    ISO_TIMES,
    LEADING_ZERO,
    POINT,
    SECONDS,
    ColumnKind,
    Reading,
    divided,
    rounded,
)
from pellucid.data._tally import SHOWN_PLACES, Source, Tally, misfit, strays
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ColumnReport"]

LONG_ROWS = 100_000  # from there on columns are settled side by side; a thread is started in the time of 1000 rows
EXACT_WHOLE = 2.0**53  # every whole number below is a float64 of its own; beyond, neighbours fall together


@final
@dataclass(frozen=True)
class ColumnReport:
    """How one column was read.

    why: the reason for the kind, in a few words; missing: the words that meant "missing" and how often each stood there
    ("" is an empty cell, "null" one without a value in a typed source); coercions: what was changed, in how many cells.

    >>> print(ColumnReport("age", "number", "all 714 known cells are numbers", {"": 177}))
    age: number, all 714 known cells are numbers; 177 missing ('' x 177)
    """

    name: str
    kind: ColumnKind
    why: str
    missing: dict[str, int] = field(default_factory=dict)
    coercions: dict[str, int] = field(default_factory=dict)

    @property
    def is_date(self) -> bool:
        """Whether the numbers are dates: seconds since 1970."""
        return DATES_TURNED in self.coercions

    def __str__(self) -> str:
        parts = [f"{self.name}: {self.kind}, {self.why}"]
        if self.missing:
            words = ", ".join(f"{word!r} x {count}" for word, count in self.missing.items())
            parts.append(f"{sum(self.missing.values())} missing ({words})")
        return "; ".join(parts + [f"{count} x {what}" for what, count in self.coercions.items()])


def settle(series: pl.Series, source: Source, wanted: ColumnKind | None = None) -> tuple[pl.Series, ColumnReport]:
    """The column as Float64, Boolean or String, and how that came about.

    `wanted` fixes the kind (a model knows what its columns were); a cell that does not fit it is a DataError naming its
    place.  Raises DataError for a column of lists, structures or other objects.
    """
    import polars as pl

    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    if series.dtype != pl.String:
        return _settle_typed(series, source, wanted)
    tally = Tally(series.name, source, wanted)
    words = tally.add(series, source.where)
    reading = tally.reading()
    values = words if reading is None else tally.evidence[reading].values
    assert values is not None  # a reading that was chosen has no strays
    return values, text_report(tally, reading)


def text_report(tally: Tally, reading: Reading | None) -> ColumnReport:
    """The report on a text column, from what was counted and the reading that was chosen."""
    kind: ColumnKind = "category" if reading is None else reading.kind
    return ColumnReport(tally.name, kind, tally.why(reading), dict(tally.missing), tally.coercions(reading))


def settle_all(
    frame: pl.DataFrame, source: Source, wanted: Mapping[str, ColumnKind]
) -> list[tuple[pl.Series, ColumnReport]]:
    """Every column of a frame settled, as `settle` does it; ordinary numbers in a tenth of the time."""
    plain = _plain_numbers(frame, source, wanted)

    def pair(series: pl.Series) -> tuple[pl.Series, ColumnReport]:
        return plain.get(series.name) or settle(series, source, wanted.get(series.name))

    if frame.height < LONG_ROWS:
        return [pair(series) for series in frame]
    with ThreadPoolExecutor() as pool:  # Polars does one column with one thread
        return list(pool.map(pair, frame))


def _plain_numbers(
    frame: pl.DataFrame, source: Source, wanted: Mapping[str, ColumnKind]
) -> dict[str, tuple[pl.Series, ColumnReport]]:
    """The columns whose cells are all empty or ordinary numbers, of which there is no more to say.

    Some were read as numbers already; for those that `plain_allowed` says.
    Polars is asked for all columns at once: it then works on them in parallel, and a question costs it 0.4 ms.
    """
    import polars as pl

    asks = plain_allowed(source.missing, source.decimal, wanted)
    if not source.parses or asks is None:
        return {}
    found = {series.name: (series, _plain_report(series)) for series in frame if series.dtype == pl.Float64}
    for series in frame:
        if series.dtype == pl.Date:
            seconds, changes = _as_numbers(series, source)
            found[series.name] = seconds, _plain_report(seconds, ISO_TIMES.plural, changes)
    if found:  # who read those has looked at the others, too
        return found
    asked, whole = [name for name in frame.columns if asks(name)], []
    for values in frame.lazy().select(pl.col(asked).cast(pl.Float64, strict=False)).collect():
        absent, numbers = frame[values.name].null_count(), values.to_numpy()  # missing cells are NaN
        known = numbers[~np.isnan(numbers)]
        if 0 < len(known) == len(numbers) - absent and (np.abs(known) < EXACT_WHOLE).all():
            found[values.name] = values, _plain_report(values)
            whole += [values.name] if (np.rint(known) == known).any() else []
    zeros = frame.lazy().select(pl.col(whole).str.contains(LEADING_ZERO).any()).collect()
    padded = {name for name, some in zip(zeros.columns, *zeros.rows(), strict=True) if some} if whole else set()
    return {name: pair for name, pair in found.items() if name not in padded}


def plain_allowed(
    missing: Sequence[str], decimal: str | None, wanted: Mapping[str, ColumnKind]
) -> Callable[[str], bool] | None:
    """Which columns of text may be read as numbers before anything is known of them; None for none.

    Not those of which another kind is wanted; none at all where a number means "missing", or has a comma.
    """
    if decimal == "," or any(map(_is_finite, missing)):
        return None
    return lambda name: wanted.get(name, "number") == "number"


def _plain_report(
    values: pl.Series, plural: str = POINT.plural, coercions: Mapping[str, int] | None = None
) -> ColumnReport:
    absent = values.null_count()
    why = f"all {values.len() - absent} known cells are {plural}"
    return ColumnReport(values.name, "number", why, {"": absent} if absent else {}, dict(coercions or {}))


def _is_finite(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _settle_typed(series: pl.Series, source: Source, wanted: ColumnKind | None) -> tuple[pl.Series, ColumnReport]:
    import polars as pl

    numbers, coercions = _as_numbers(series, source)
    numbers, missing = _without_nan(numbers)
    why = f"of type {series.dtype}"
    if wanted == "category":
        words = series.set(numbers.is_null(), None).cast(pl.String)  # a NaN is no word
        return words, ColumnReport(series.name, "category", f"asked for; {why}", missing)
    if wanted == "boolean" or (wanted is None and series.dtype == pl.Boolean):
        stray = ~numbers.is_in([0.0, 1.0])
        if stray.any():
            raise DataError(misfit(source.name, series.name, "boolean", _strays_of(numbers, stray, source)))
        return numbers.cast(pl.Boolean), ColumnReport(series.name, "boolean", why, missing)
    return numbers, ColumnReport(series.name, "number", why, missing, coercions)


def _as_numbers(series: pl.Series, source: Source) -> tuple[pl.Series, dict[str, int]]:
    """A typed column as Float64, times in seconds, and what that changed."""
    import polars as pl

    kind, n_known = series.dtype, series.len() - series.null_count()
    if kind == pl.Date:  # by hand: Polars 2.1 panics at days beyond its calendar, as a damaged file may hold
        seconds = series.to_physical().cast(pl.Float64) * float(SECONDS)  # exact: days have 32 bits
        return seconds, {DATES_TURNED: n_known}
    if kind == pl.Datetime:
        return divided(series.cast(pl.Datetime("us")), 1e6), {DATES_TURNED: n_known}
    if kind == pl.Duration:
        return divided(series.cast(pl.Duration("us")), 1e6), {"duration turned into seconds": n_known}
    if kind == pl.Time:
        return divided(series, 1e9), {"time turned into seconds since midnight": n_known}
    if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
        numbers = series.cast(pl.Float64)
        return numbers, _infinite(numbers) | (rounded(series, numbers) if kind.is_integer() else {})
    raise DataError(
        f"{source.name}: column {series.name!r} holds {kind}; a column must hold numbers, truths, text or times. "
        "Drop it, or turn it into such columns first."
    )


def _infinite(numbers: pl.Series) -> dict[str, int]:
    count = int(numbers.is_infinite().sum())
    return {"infinite": count} if count else {}


def _without_nan(numbers: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    counts = {"null": numbers.null_count(), "NaN": int(numbers.is_nan().sum())}
    return numbers.fill_nan(None), {word: count for word, count in counts.items() if count}


def _strays_of(numbers: pl.Series, stray: pl.Series, source: Source) -> str:
    first = [f"{source.where(row)}: {numbers[row]!r}" for row in stray.arg_true().head(SHOWN_PLACES).to_list()]
    return strays(int(stray.sum()), numbers.len() - numbers.null_count(), "true or false", first)
