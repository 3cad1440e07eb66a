"""The ways in which a column of words can stand for something else.

Here: `Reading` and its final kinds: numbers with a point, numbers with a comma, ISO dates, true and false.
Elsewhere: which of them a column gets is decided in `_kinds.py`, from what `_tally.py` counted.
Imports: Polars inside the functions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, final

if TYPE_CHECKING:
    import polars as pl

ColumnKind = Literal["number", "boolean", "category"]

LONG_WHOLE = r"^[+-]?\d{16,}$"  # 2^53, the last whole number before float64 has gaps, has 16 digits
LEADING_ZERO = r"^[+-]?0\d"
WORD_INFINITE = r"(?i)^[+-]?inf(inity)?$"
COMMA_NUMBER = r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$"
ISO_TIME = (  # ISO 8601 as RFC 3339 narrows it: a day, perhaps a time of day, perhaps its distance from Greenwich
    r"^(?<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d)(?:\.(?<fraction>\d{1,9}))?)?"
    r"(?:Z|(?<sign>[+-])(?<off_hour>[01]\d):?(?<off_minute>[0-5]\d))?)?$"
)
MICROSECONDS = 1_000_000  # in a second
SECONDS = 86_400  # in a day
DAY_BYTES = 10  # 2024-02-29
DATES_TURNED = "date turned into seconds since 1970-01-01"  # the coercion by which a report tells dates from numbers


class Reading(ABC):
    """One way to read words; `kind` is what the column then is, `plural` names its cells in a report."""

    kind: ClassVar[ColumnKind]
    plural: ClassVar[str]

    @abstractmethod
    def read(self, words: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Values (N,), null where the word is missing or does not fit, and a mask (N,) of the words that do not fit."""

    @abstractmethod
    def changes(self, words: pl.Series, values: pl.Series) -> dict[str, int]:
        """What reading changed and in how many cells; asked only where every word fits."""


@final
class Point(Reading):
    """3.14, -2e5, inf: as Python's float reads it, without underscores."""

    kind = "number"
    plural = "numbers"

    def read(self, words: pl.Series) -> tuple[pl.Series, pl.Series]:
        import polars as pl

        values = words.cast(pl.Float64, strict=False).fill_nan(None)
        return values, words.is_not_null() & values.is_null()

    def changes(self, words: pl.Series, values: pl.Series) -> dict[str, int]:
        infinite = values.is_infinite()
        named = words.str.contains(WORD_INFINITE)
        counts = {
            "leading zeros dropped": _count(words.str.contains(LEADING_ZERO) & (values == values.round())),
            "infinite": _count(infinite & named),
            "too large for float64, read as infinite": _count(infinite & ~named),
        }
        whole = words.set(~words.str.contains(LONG_WHOLE), None)
        return {what: count for what, count in counts.items() if count} | rounded(whole, values)


@final
class Comma(Reading):
    """3,14 and -2,5e3: the comma is the decimal sign, so that a point would be something else and does not fit."""

    kind = "number"
    plural = "numbers with a decimal comma"

    def read(self, words: pl.Series) -> tuple[pl.Series, pl.Series]:
        values, stray = POINT.read(words.str.replace(",", ".", literal=True))
        stray = (stray | ~words.str.contains(COMMA_NUMBER)).fill_null(False)
        return values.set(stray, None), stray

    def changes(self, words: pl.Series, values: pl.Series) -> dict[str, int]:
        commas = _count(words.str.contains(",", literal=True))
        rest = POINT.changes(words.str.replace(",", ".", literal=True), values)
        return ({"decimal comma read as a point": commas} if commas else {}) | rest


@final
class IsoTime(Reading):
    """2024-02-29 and 2024-02-29T13:05:00.5+01:00 as seconds since 1970-01-01 at Greenwich, where no place is named."""

    kind = "number"
    plural = "dates"

    def read(self, words: pl.Series) -> tuple[pl.Series, pl.Series]:
        import polars as pl

        if not words.str.contains(ISO_TIME).any():
            return pl.Series(words.name, [None] * words.len(), dtype=pl.Float64), words.is_not_null()
        if (words.str.len_bytes() == DAY_BYTES).all():  # days alone, in a tenth of the time
            days = words.str.to_date("%Y-%m-%d", strict=False)
            days = days.set(~words.str.contains(ISO_TIME), None)
            values = divided(days.to_physical().cast(pl.Int64) * SECONDS, 1)
            return values, words.is_not_null() & values.is_null()
        part = words.str.extract_groups(ISO_TIME).struct
        day = part.field("day").str.to_date("%Y-%m-%d", strict=False)  # none for 2023-02-30
        whole = {name: part.field(name).cast(pl.Int64).fill_null(0) for name in ("hour", "minute", "second")}
        off = part.field("off_hour").cast(pl.Int64) * 60 + part.field("off_minute").cast(pl.Int64)
        off = (off * (part.field("sign") + "1").cast(pl.Int64)).fill_null(0)  # minutes east of Greenwich
        minutes = day.to_physical().cast(pl.Int64) * 1440 + whole["hour"] * 60 + whole["minute"] - off
        small = part.field("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
        units = (minutes * 60 + whole["second"]) * MICROSECONDS + small
        return divided(units.alias(words.name), MICROSECONDS), words.is_not_null() & units.is_null()

    def changes(self, words: pl.Series, values: pl.Series) -> dict[str, int]:
        return {DATES_TURNED: words.len() - words.null_count()}


@final
class Truth(Reading):
    """true and false, in any case."""

    kind = "boolean"
    plural = "true or false"

    def read(self, words: pl.Series) -> tuple[pl.Series, pl.Series]:
        lower = words.str.to_lowercase()
        stray = (~lower.is_in(["true", "false"])).fill_null(False)
        return (lower == "true").set(stray, None), stray

    def changes(self, words: pl.Series, values: pl.Series) -> dict[str, int]:
        return {}


POINT, COMMA, ISO_TIMES, TRUTH = Point(), Comma(), IsoTime(), Truth()


def rounded(whole: pl.Series, numbers: pl.Series) -> dict[str, int]:
    """How many whole numbers, given as integers or digits, are not quite their float64."""
    import polars as pl

    exact = whole.cast(pl.Int128, strict=False)
    count = int((numbers.cast(pl.Int128, strict=False) != exact).sum())
    return {"whole number rounded to float64": count} if count else {}


def divided(times: pl.Series, units: float) -> pl.Series:
    """The number behind each time, divided; by NumPy, for Polars multiplies by the reciprocal, which is inexact."""
    import polars as pl

    return pl.Series(times.name, times.to_physical().cast(pl.Float64).to_numpy() / units, nan_to_null=True)


def _count(mask: pl.Series) -> int:
    return int(mask.sum())
