"""How one column of a data set becomes numbers, as data.

Here: `NumberColumn`, `DateColumn`, `BooleanColumn`, `CategoryColumn` and `DroppedColumn`; each knows its outputs and
writes them.
Elsewhere: which of them a column gets is decided in _planning.py; the whole table is walked in _vectorizer.py.
Imports: numpy, pellucid.errors, pellucid.persistence; Polars columns are used by their methods, Polars imported inside.

They are what a fitted TableVectorizer stores, so a model file holds them by kind.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.persistence import register

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]

CYCLES = {"year": (365.2425 * 86_400, 0.0), "week": (7 * 86_400.0, 3 * 86_400.0), "day": (86_400.0, 0.0)}
"""Seconds in a cycle, and from its start to 1970-01-01, a Thursday; a year of the Gregorian mean length."""

FAR = 20.0  # standard deviations; what lies beyond is cut off, so that one wild or infinite cell can not drown a row

LAST_DAY = 2.5e11  # seconds; about the years -5952 to 9892, which are written with four digits
MISSING = "(missing)"
RARE = "(rare)"


@dataclass(frozen=True)
class ColumnPlan(ABC):
    """What is done with one column, and why.

    >>> plan = DroppedColumn("id", "it names rows", was="category")
    >>> plan.column, plan.outputs, plan.treatment
    ('id', (), 'left out')
    """

    column: str
    why: str

    kind: ClassVar[str]
    """What the column holds: "number", "boolean" or "category"."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[str, ...]:
        """Names of the columns it becomes."""

    @property
    @abstractmethod
    def treatment(self) -> str:
        """What is done, in words."""

    @abstractmethod
    def write(self, cells: pl.Series, out: Array) -> None:
        """Write the outputs of N cells into `out` (N, len(outputs)), which holds zeros."""

    @abstractmethod
    def _is_sound(self) -> bool:
        """Whether the fields can be what planning made; False for a damaged record."""

    @final
    def to_record(self) -> dict[str, Any]:
        """The fields, for a model file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    @final
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The plan with these fields; raises ModelFileError for names or values that can not be."""
        try:
            plan = cls(**record)
            sound = isinstance(plan.column, str) and isinstance(plan.why, str) and plan._is_sound()
        except TypeError:
            sound = False
        if not sound:
            raise ModelFileError(f"{cls.__name__}: its record is damaged, or of another version.")
        return plan


@final
@register("preprocessing.NumberColumn")
@dataclass(frozen=True)
class NumberColumn(ColumnPlan):
    """A number: missing cells filled, a heavy tail drawn in, then standardised; perhaps a column that says "missing".

        t = x,  or where `unit` is given  t = sign(x - centre) log(1 + |x - centre| / unit)
        z = (t - mean) / scale, cut off at -+ FAR

    >>> import polars as pl
    >>> plan, out = NumberColumn("age", "", fill=30.0, mean=30.0, scale=10.0, indicator=True), np.zeros((2, 2))
    >>> plan.write(pl.Series([45.0, None]), out)
    >>> plan.outputs, out.tolist()
    (('age', 'age=(missing)'), [[1.5, 0.0], [0.0, 1.0]])
    """

    fill: float
    mean: float
    scale: float
    indicator: bool = False
    centre: float = 0.0
    unit: float | None = None

    kind: ClassVar[str] = "number"

    @property
    def outputs(self) -> tuple[str, ...]:
        return (self.column, f"{self.column}={MISSING}") if self.indicator else (self.column,)

    @property
    def treatment(self) -> str:
        log = "" if self.unit is None else f"log of the distance from {self.centre:.6g} in units of {self.unit:.6g}, "
        missing = ", and an indicator of it" if self.indicator else ""
        return f"missing -> median {self.fill:.6g}{missing}; {log}standardised"

    def write(self, cells: pl.Series, out: Array) -> None:
        x = cells.to_numpy()
        known = ~np.isnan(x)
        with np.errstate(over="ignore"):  # an overflow is infinite, which is cut off like all that is far
            t = drawn_in(np.where(known, x, self.fill), self.centre, self.unit)
            out[:, 0] = np.clip((t - self.mean) / self.scale, -FAR, FAR)
        if self.indicator:
            out[:, 1] = ~known

    def _is_sound(self) -> bool:
        numbers = (self.fill, self.mean, self.scale, self.centre, 1.0 if self.unit is None else self.unit)
        positive = self.scale > 0 and (self.unit is None or self.unit > 0)
        finite = all(isinstance(n, float) and math.isfinite(n) for n in numbers)
        return finite and positive and isinstance(self.indicator, bool)


@final
@register("preprocessing.DateColumn")
@dataclass(frozen=True)
class DateColumn(ColumnPlan):
    """A date, in seconds since 1970: how late it is, standardised, and its place in the year, week and day as a circle.

        z = (x - mean) / scale, cut off at -+ FAR;    of each cycle  sin a, cos a,    a = 2 pi (x + shift) / length

    Midnight and one minute to it are neighbours on the circle, as are December and January. Missing: z that of `fill`,
    and the middle of the circle, (0, 0). The day is that of Greenwich where the dates name places.

    >>> import polars as pl
    >>> plan, out = DateColumn("when", "", 0.0, 0.0, 86_400.0, False, ("day",)), np.zeros((3, 3))
    >>> plan.write(pl.Series([86_400.0, 108_000.0, None]), out)
    >>> plan.outputs, out.round(6).tolist()
    (('when', 'when=(sin of day)', 'when=(cos of day)'), [[1.0, 0.0, 1.0], [1.25, 1.0, 0.0], [0.0, 0.0, 0.0]])
    """

    fill: float
    mean: float
    scale: float
    indicator: bool
    cycles: tuple[str, ...]

    kind: ClassVar[str] = "number"

    @property
    def outputs(self) -> tuple[str, ...]:
        circles = tuple(f"{self.column}=({part} of {cycle})" for cycle in self.cycles for part in ("sin", "cos"))
        return (self.column, *circles, *((f"{self.column}={MISSING}",) if self.indicator else ()))

    @property
    def treatment(self) -> str:
        circles = f"; the place in the {', '.join(self.cycles)} as sine and cosine" if self.cycles else ""
        missing = ", and an indicator of it" if self.indicator else ""
        return f"missing -> median {day_of(self.fill)}{missing}; seconds since 1970, standardised{circles}"

    def write(self, cells: pl.Series, out: Array) -> None:
        x = cells.to_numpy()
        known = ~np.isnan(x)
        out[:, 0] = np.clip((np.where(known, x, self.fill) - self.mean) / self.scale, -FAR, FAR)
        dated = np.isfinite(x)
        for c, cycle in enumerate(self.cycles):
            angle = phase_of(np.where(dated, x, 0.0), cycle)
            out[:, 1 + 2 * c], out[:, 2 + 2 * c] = np.sin(angle) * dated, np.cos(angle) * dated
        if self.indicator:
            out[:, -1] = ~known

    def _is_sound(self) -> bool:
        finite = all(isinstance(n, float) and math.isfinite(n) for n in (self.fill, self.mean, self.scale))
        cycles = isinstance(self.cycles, tuple) and all(cycle in CYCLES for cycle in self.cycles)
        return finite and self.scale > 0 and cycles and isinstance(self.indicator, bool)


def phase_of(x: Array, cycle: str) -> Array:
    """The angle of each date within its year, week (from Monday) or day.   x (N,) seconds -> (N,) within [0, 2 pi)"""
    length, shift = CYCLES[cycle]
    angle: Array = 2 * np.pi * (np.remainder(x + shift, length) / length)
    return angle


def day_of(seconds: float) -> str:
    """The day of a number of seconds since 1970, as it is written; the number where no calendar has it.

    >>> day_of(86_400.0 * 366), day_of(1e30)
    ('1971-01-02', '1e+30')
    """
    if abs(seconds) > LAST_DAY:
        return f"{seconds:.6g}"
    return str(np.datetime64(int(seconds // 86_400), "D"))


def drawn_in(x: Array, centre: float, unit: float | None) -> Array:
    """x, or where a unit is given sign(x - centre) log(1 + |x - centre| / unit), which leaves the order as it is.

    >>> drawn_in(np.array([0.0, 9.0, -9.0]), 0.0, 1.0).round(3)
    array([ 0.   ,  2.303, -2.303])
    """
    if unit is None:
        return x
    return np.sign(x - centre) * np.log1p(np.abs(x - centre) / unit)


@final
@register("preprocessing.BooleanColumn")
@dataclass(frozen=True)
class BooleanColumn(ColumnPlan):
    """A truth as 0 or 1, missing cells as the more frequent of the two; perhaps a column that says "missing".

    >>> BooleanColumn("alone", "537 of 891 are true", fill=True).treatment
    'false 0, true 1; missing -> 1'
    """

    fill: bool
    indicator: bool = False

    kind: ClassVar[str] = "boolean"

    @property
    def outputs(self) -> tuple[str, ...]:
        return (self.column, f"{self.column}={MISSING}") if self.indicator else (self.column,)

    @property
    def treatment(self) -> str:
        missing = ", and an indicator of it" if self.indicator else ""
        return f"false 0, true 1; missing -> {int(self.fill)}{missing}"

    def write(self, cells: pl.Series, out: Array) -> None:
        out[:, 0] = cells.fill_null(self.fill).to_numpy()
        if self.indicator:
            out[:, 1] = cells.is_null().to_numpy()

    def _is_sound(self) -> bool:
        return isinstance(self.fill, bool) and isinstance(self.indicator, bool)


@final
@register("preprocessing.CategoryColumn")
@dataclass(frozen=True)
class CategoryColumn(ColumnPlan):
    """A word as one column for each frequent level, perhaps one for all rare and unseen words, one for missing.

    Where there is no column for the rare, an unseen word is zero in all; where there is none for missing, a missing
    cell counts as rare.

    >>> CategoryColumn("deck", "", levels=("B", "C"), rare=True, missing=True).outputs
    ('deck=B', 'deck=C', 'deck=(rare)', 'deck=(missing)')
    """

    levels: tuple[str, ...]
    rare: bool = False
    missing: bool = False

    kind: ClassVar[str] = "category"

    @property
    def outputs(self) -> tuple[str, ...]:
        special = (RARE,) * self.rare + (MISSING,) * self.missing
        return tuple(f"{self.column}={level}" for level in (*self.levels, *special))

    @property
    def treatment(self) -> str:
        rare = "rare and unseen -> one more" if self.rare else "unseen -> zeros"
        missing = "missing -> one more" if self.missing else "missing -> as rare" if self.rare else "missing -> zeros"
        return f"one column for each of {len(self.levels)} levels; {rare}; {missing}"

    def write(self, cells: pl.Series, out: Array) -> None:
        import polars as pl

        rare = len(self.levels) if self.rare else -1
        missing = len(self.levels) + self.rare if self.missing else rare
        place = cells.replace_strict(
            pl.Series(self.levels, dtype=pl.String), np.arange(len(self.levels)), default=rare, return_dtype=pl.Int64
        ).to_numpy()
        if cells.null_count():
            place = np.where(cells.is_null().to_numpy(), missing, place)
        rows = np.flatnonzero(place >= 0)
        out[rows, place[rows]] = 1

    def without_output(self, cells: pl.Series) -> Array:
        """Which cells are words that light no output.   -> (N,) bool"""
        if self.rare:
            return np.zeros(len(cells), bool)
        return np.asarray((~cells.is_in(list(self.levels)) & cells.is_not_null()).to_numpy())

    def _is_sound(self) -> bool:
        words = isinstance(self.levels, tuple) and all(isinstance(level, str) for level in self.levels)
        return words and isinstance(self.rare, bool) and isinstance(self.missing, bool)


@final
@register("preprocessing.DroppedColumn")
@dataclass(frozen=True)
class DroppedColumn(ColumnPlan):
    """A column that is left out; `was` is what it held.

    >>> DroppedColumn("same", "every known cell is 1", was="number").outputs
    ()
    """

    was: str

    kind: ClassVar[str] = "dropped"

    @property
    def outputs(self) -> tuple[str, ...]:
        return ()

    @property
    def treatment(self) -> str:
        return "left out"

    def write(self, cells: pl.Series, out: Array) -> None:
        pass

    def _is_sound(self) -> bool:
        return self.was in ("number", "boolean", "category")
