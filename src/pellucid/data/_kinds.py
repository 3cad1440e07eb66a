"""Deciding what a column is, and writing down every step of it.

Here: the three kinds, the words that mean "missing", `settle` (a column in, the settled column and its report out) and
`ColumnReport`.
Elsewhere: reading the cells is in `_csv.py`; the table of settled columns is in `_table.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.

A number column holds float64, a boolean column true and false, a category column text; a missing cell is null in each.
Cells of a text file are parsed: a column is numbers only if every known cell is one, so one stray word makes it a
category, and the report says which word, where.  Columns that come typed (Parquet, a data frame) are believed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

import numpy as np

from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING", "ColumnReport", "ColumnKind"]

ColumnKind = Literal["number", "boolean", "category"]
KINDS: tuple[ColumnKind, ...] = ("number", "boolean", "category")  # in the order in which text is tried
PLURALS: dict[ColumnKind, str] = {"number": "numbers", "boolean": "true or false", "category": "words"}

MISSING: tuple[str, ...] = (
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "<NA>"),
    *("NaN", "nan", "NAN", "-nan", "null", "NULL", "Null", "None", "none", "NONE"),
)
EXACT_WHOLE = 2.0**53  # every whole number below is a float64 of its own; beyond, neighbours fall together
LONG_WHOLE = r"^[+-]?\d{16,}$"  # 2^53 has 16 digits
DECIMAL_COMMA = r"^[+-]?\d+,\d+([eE][+-]?\d+)?$"
LEADING_ZERO = r"^[+-]?0\d"
SHOWN_CHARACTERS = 40  # of a stray cell, in a message


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

    def __str__(self) -> str:
        parts = [f"{self.name}: {self.kind}, {self.why}"]
        if self.missing:
            words = ", ".join(f"{word!r} x {count}" for word, count in self.missing.items())
            parts.append(f"{sum(self.missing.values())} missing ({words})")
        return "; ".join(parts + [f"{count} x {what}" for what, count in self.coercions.items()])


@final
@dataclass(frozen=True)
class Source:
    """Where cells come from, as far as settling a column needs to know.

    where(row), from 0, is the place a person would look, such as "line 17".  parses: text stands for numbers and
    truths, as in a CSV file, and does not just happen to look like them.
    """

    name: str
    where: Callable[[int], str]
    parses: bool
    missing: tuple[str, ...] = MISSING
    decimal_comma: bool = False


def settle(series: pl.Series, source: Source, wanted: ColumnKind | None = None) -> tuple[pl.Series, ColumnReport]:
    """The column as Float64, Boolean or String, and how that came about.

    `wanted` fixes the kind (a model knows what its columns were); a cell that does not fit it is a DataError naming its
    place.  Raises DataError for a column of lists, structures or other objects.
    """
    import polars as pl

    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    if series.dtype == pl.String:
        return _settle_text(series, source, wanted)
    numbers, coercions = _as_numbers(series, source)
    numbers, missing = _without_nan(numbers)
    why = f"of type {series.dtype}"
    if wanted == "category":
        return series.cast(pl.String), ColumnReport(series.name, "category", f"asked for; {why}", missing)
    if wanted == "boolean" or (wanted is None and series.dtype == pl.Boolean):
        stray = ~numbers.is_in([0.0, 1.0])
        if stray.any():
            raise DataError(_misfit("boolean", numbers, stray, source))
        return numbers.cast(pl.Boolean), ColumnReport(series.name, "boolean", why, missing)
    return numbers, ColumnReport(series.name, "number", why, missing, coercions)


def _as_numbers(series: pl.Series, source: Source) -> tuple[pl.Series, dict[str, int]]:
    """A typed column as Float64, times in seconds, and what that changed."""
    import polars as pl

    kind, n_known = series.dtype, series.len() - series.null_count()
    if kind in (pl.Date, pl.Datetime):
        return _divided(series.cast(pl.Datetime("us")), 1e6), {"date turned into seconds since 1970-01-01": n_known}
    if kind == pl.Duration:
        return _divided(series.cast(pl.Duration("us")), 1e6), {"duration turned into seconds": n_known}
    if kind == pl.Time:
        return _divided(series, 1e9), {"time turned into seconds since midnight": n_known}
    if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
        numbers = series.cast(pl.Float64)
        return numbers, _infinite(numbers) | (_rounded(series, numbers) if kind.is_integer() else {})
    raise DataError(
        f"{source.name}: column {series.name!r} holds {kind}; a column must hold numbers, truths, text or times. "
        "Drop it, or turn it into such columns first."
    )


def _divided(times: pl.Series, units: float) -> pl.Series:
    """The number behind each time, divided; by NumPy, for Polars multiplies by the reciprocal, which is inexact."""
    import polars as pl

    return pl.Series(times.name, times.to_physical().cast(pl.Float64).to_numpy() / units, nan_to_null=True)


def _settle_text(series: pl.Series, source: Source, wanted: ColumnKind | None) -> tuple[pl.Series, ColumnReport]:
    """A text column as the first kind that takes all its known cells; as `wanted` alone if that is given."""
    if source.parses and wanted in (None, "number"):
        plain = _plain_numbers(series, source)
        if plain is not None:
            return plain
    words, missing, coercions = _strip(series, source)
    kinds = (wanted,) if wanted else KINDS if source.parses else ("category",)
    strays: dict[ColumnKind, pl.Series] = {}
    for kind in kinds:
        values, strays[kind], changes = _read_as(kind, words, source)
        if not strays[kind].any():
            why = _reason(kind, words, strays.get("number"), source)
            return values, ColumnReport(series.name, kind, why, missing, coercions | changes)
    raise DataError(_misfit(kind, words, strays[kind], source))


def _plain_numbers(series: pl.Series, source: Source) -> tuple[pl.Series, ColumnReport] | None:
    """A column whose cells are all empty or ordinary numbers, in a tenth of the time; None if there is more to say."""
    import polars as pl

    values = series.cast(pl.Float64, strict=False)
    absent, n_known = series.null_count(), series.len() - series.null_count()
    numbers = values.to_numpy()  # missing cells are NaN
    known = numbers[~np.isnan(numbers)]
    ordinary = len(known) == n_known and n_known > 0 and bool((np.abs(known) < EXACT_WHOLE).all())
    if not ordinary or any(_is_finite(word) for word in source.missing):
        return None
    if (np.rint(known) == known).all() and series.str.contains(LEADING_ZERO).any():
        return None
    why = f"all {n_known} known cells are numbers"
    return values, ColumnReport(series.name, "number", why, {"": absent} if absent else {})


def _is_finite(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _strip(series: pl.Series, source: Source) -> tuple[pl.Series, dict[str, int], dict[str, int]]:
    """Cells without surrounding spaces, words for missing turned to null; the counts of both."""
    words = series.str.strip_chars()
    stripped = int((words != series).sum())
    absent = words.is_in({"", *source.missing}).fill_null(False)
    counts = dict(words.filter(absent).value_counts(sort=True).iter_rows())
    if series.null_count():
        null = "" if source.parses else "null"
        counts[null] = counts.get(null, 0) + series.null_count()
    return words.set(absent, None), counts, {"surrounding spaces removed": stripped} if stripped else {}


def _read_as(kind: ColumnKind, words: pl.Series, source: Source) -> tuple[pl.Series, pl.Series, dict[str, int]]:
    """The words as one kind: values, a mask of the cells that are not of that kind, and what was changed."""
    import polars as pl

    if kind == "category":
        return words, pl.repeat(False, words.len(), eager=True), {}
    if kind == "boolean":
        lower = words.str.to_lowercase()
        return lower == "true", ~lower.is_in(["true", "false"]), {}
    values, commas = words.cast(pl.Float64, strict=False), 0
    if source.decimal_comma and values.null_count() > words.null_count():
        comma = words.str.contains(DECIMAL_COMMA).fill_null(False)
        words, commas = words.str.replace(",", ".", literal=True).zip_with(comma, words), int(comma.sum())
        values = words.cast(pl.Float64, strict=False)
    stray = words.is_not_null() & values.fill_nan(None).is_null()
    if stray.any():
        return values, stray, {}
    zeros = int((words.str.contains(LEADING_ZERO) & (values == values.round())).sum())
    changes = {"decimal comma read as a point": commas, "leading zeros dropped": zeros}
    changes = {what: count for what, count in changes.items() if count}
    whole = words.set(~words.str.contains(LONG_WHOLE), None)
    return values, stray, changes | _rounded(whole, values) | _infinite(values)


def _rounded(whole: pl.Series, numbers: pl.Series) -> dict[str, int]:
    """How many whole numbers, given as integers or digits, are not quite their float64."""
    import polars as pl

    exact = whole.cast(pl.Int128, strict=False)
    count = int((numbers.cast(pl.Int128, strict=False) != exact).sum())
    return {"whole number rounded to float64": count} if count else {}


def _infinite(numbers: pl.Series) -> dict[str, int]:
    count = int(numbers.is_infinite().sum())
    return {"infinite": count} if count else {}


def _without_nan(numbers: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    counts = {"null": numbers.null_count(), "NaN": int(numbers.is_nan().sum())}
    return numbers.fill_nan(None), {word: count for word, count in counts.items() if count}


def _reason(kind: ColumnKind, words: pl.Series, stray: pl.Series | None, source: Source) -> str:
    """Why a text column is of this kind; a category that is nearly all numbers is told by its `stray` cells."""
    n_known = words.len() - words.null_count()
    if n_known == 0:
        return f"all {words.len()} cells are missing"
    if kind != "category":
        return f"all {n_known} known cells are {PLURALS[kind]}"
    stray = _read_as("number", words, source)[1] if stray is None else stray
    n_stray = int(stray.sum())
    if n_stray == 0:
        return f"text, though all {n_known} known cells would read as numbers"
    if 2 * n_stray < n_known:
        return _strays("number", words, stray, source)
    return f"{words.n_unique() - bool(words.null_count())} different words"


def _strays(kind: ColumnKind, words: pl.Series, stray: pl.Series, source: Source) -> str:
    first = int(stray.arg_max() or 0)
    cell = str(words[first])
    shown = repr(cell if len(cell) <= SHOWN_CHARACTERS else cell[:SHOWN_CHARACTERS] + "...")
    n_stray, n_known = int(stray.sum()), words.len() - words.null_count()
    are = "is" if n_stray == 1 else "are"
    return f"{n_stray} of {n_known} cells {are} not {PLURALS[kind]}, first at {source.where(first)}: {shown}"


def _misfit(kind: ColumnKind, words: pl.Series, stray: pl.Series, source: Source) -> str:
    return (
        f"{source.name}: column {words.name!r} must be a {kind}, but {_strays(kind, words, stray, source)}. "
        "Correct these cells, or empty them if they are missing."
    )
