"""Counting what a column of words could be, batch by batch.

Here: `Source`, what a column needs to know of its origin, and `Tally`, which sums up the batches of one text column.
Elsewhere: the ways to read words are in `_readings.py`; what is done with the counts, in `_kinds.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from pellucid.data._readings import COMMA, ISO_TIMES, POINT, TRUTH, ColumnKind, Reading
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING: tuple[str, ...] = (
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "<NA>"),
    *("NaN", "nan", "NAN", "-nan", "null", "NULL", "Null", "None", "none", "NONE"),
)
READINGS: dict[str, tuple[Reading, ...]] = {  # in the order in which they are tried, by what the decimal sign may be
    ".": (POINT, ISO_TIMES, TRUTH),
    ",": (COMMA, ISO_TIMES, TRUTH),
    "either": (POINT, COMMA, ISO_TIMES, TRUTH),
}
SHOWN_CHARACTERS = 40  # of a stray cell, in a message
SHOWN_PLACES = 3  # of stray cells, in a message; the rest are counted
SAMPLE_CELLS = 1000  # if the first so many known cells all speak against a reading, the others are not asked
REPEATS = 8  # of a cell, on average; from there on looking its value up is faster than reading it again
COUNTED_WORDS = 10_000  # different ones; a column with more is told to have more, so that a stream needs no more memory


@final
@dataclass(frozen=True)
class Source:
    """Where cells come from, as far as settling a column needs to know.

    where(row), from 0, is the place a person would look, such as "line 17".  parses: text stands for numbers and
    truths, as in a CSV file, and does not just happen to look like them.  decimal: ".", "," or "either".  bare: columns
    of which it is known that no cell begins or ends with a space.
    """

    name: str
    where: Callable[[int], str]
    parses: bool
    missing: tuple[str, ...] = MISSING
    decimal: str = "."
    bare: frozenset[str] = frozenset()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What words may stand for, in the order of trying."""
        return READINGS[self.decimal]


@final
@dataclass
class Evidence:
    """For and against one reading: the words that do not fit, the first few with their places; what it would change.

    values: the last batch so read, where no word has been a stray yet.
    """

    strays: int = 0
    values: pl.Series | None = field(default=None, compare=False)
    first: list[str] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)


@final
class Tally:
    """What the batches of one text column hold, summed up as they pass; its size does not grow with the rows.

    rows, known: cells so far, and those not missing; missing: the words for "missing" and how often; stripped: cells
    that lost spaces; evidence: one entry a reading; words: the different words, None once they are too many.
    wanted: the kind that is asked for; its strays are then counted to the last, since an error will name them.
    """

    def __init__(self, name: str, source: Source, wanted: ColumnKind | None = None) -> None:
        self.name, self.source, self.wanted = name, source, wanted
        self.rows, self.known, self.stripped = 0, 0, 0
        self.missing: Counter[str] = Counter()
        self.evidence = {reading: Evidence() for reading in source.readings}
        self.words: set[str] | None = set()

    def add(self, series: pl.Series, where: Callable[[int], str]) -> pl.Series:
        """Count a batch, whose row r is found at where(r); gives its words, stripped, and null where missing."""
        cells = _few(series)
        looked = series if cells is None else cells
        bare = self.name in self.source.bare
        words = looked if bare else looked.str.strip_chars()
        absent = words.is_in({"", *self.source.missing}).fill_null(False)
        places = None if cells is None else Places(series, cells)
        if not bare and (places is None or not words.equals(places.cells)):
            self.stripped += _count(words.str.len_bytes() != looked.str.len_bytes(), places)
        if absent.any():
            self.missing.update(_counted(words, absent, places))
            words = words.set(absent, None)
        empty = series.null_count()
        if empty:
            self.missing["" if self.source.parses else "null"] += empty
        self._count_words(words)
        different = words
        if places is not None:
            words = series if words.equals(places.cells) else words.gather(places.codes)
        self.rows += words.len()
        self.known += words.len() - words.null_count()
        for reading, evidence in self.evidence.items():
            self._weigh(words, different, places, reading, evidence, where)
        return words

    def _count_words(self, words: pl.Series) -> None:
        for part in (words.head(2 * COUNTED_WORDS), words):  # a column of ever new words is done after the first part
            if self.words is not None:
                self.words.update(part.drop_nulls().unique().head(COUNTED_WORDS + 1).to_list())
                if len(self.words) > COUNTED_WORDS:
                    self.words = None

    def _weigh(
        self,
        words: pl.Series,
        different: pl.Series,
        places: Places | None,
        reading: Reading,
        evidence: Evidence,
        where: Callable[[int], str],
    ) -> None:
        evidence.values = None
        if self._is_hopeless(words, reading):  # all are taken for strays: only "nearly all fit" is ever said of a count
            count, stray = words.len() - words.null_count(), words.is_not_null()
        else:
            values, stray = reading.read(different)
            if places is not None:
                values, stray = values.gather(places.codes), stray.gather(places.codes).fill_null(False)
            count = int(stray.sum())
            if count == 0 and not evidence.strays:
                evidence.values = values
                evidence.changes.update(reading.changes(words, values))
        if count == 0:
            return
        evidence.strays += count
        evidence.changes.clear()  # the reading is out
        for row in _first_true(stray, SHOWN_PLACES - len(evidence.first)):
            evidence.first.append(f"{where(row)}: {_shown(words[row])}")

    def _is_hopeless(self, words: pl.Series, reading: Reading) -> bool:
        """Whether none of the first known words fits, where nobody asked for this reading."""
        if self.wanted is not None or words.len() <= SAMPLE_CELLS:
            return False
        sample = words.drop_nulls().head(SAMPLE_CELLS)
        return sample.len() > 0 and bool(reading.read(sample)[1].all())

    def reading(self) -> Reading | None:
        """The first reading that every known word fits, of the kind wanted if one is; None for a category.

        Raises DataError where a kind is wanted that some words do not fit, with the places of the first few.
        """
        if self.wanted == "category" or (self.wanted is None and not self.source.parses):
            return None
        tried = [reading for reading in self.evidence if self.wanted in (None, reading.kind)]
        for reading in tried:
            if not self.evidence[reading].strays:
                return reading
        if self.wanted is None:
            return None
        raise DataError(misfit(self.source.name, self.name, self.wanted, self._nearly(tried)))

    def why(self, reading: Reading | None) -> str:
        """The reason for the reading that was chosen, in a few words."""
        if self.known == 0:
            return f"all {self.rows} cells are missing"
        if reading is not None:
            return f"all {self.known} known cells are {reading.plural}"
        fitting = [reading for reading in self.evidence if not self.evidence[reading].strays]
        if fitting:
            return f"text, though all {self.known} known cells would read as {fitting[0].plural}"
        if 2 * min(evidence.strays for evidence in self.evidence.values()) < self.known:
            return self._nearly(list(self.evidence))
        return (
            f"more than {COUNTED_WORDS} different words" if self.words is None else f"{len(self.words)} different words"
        )

    def coercions(self, reading: Reading | None) -> dict[str, int]:
        """What was changed on the way, in how many cells."""
        stripped = {"surrounding spaces removed": self.stripped} if self.stripped else {}
        return stripped | (dict(self.evidence[reading].changes) if reading is not None else {})

    def _nearly(self, tried: Sequence[Reading]) -> str:
        """The words against the reading that they fit best."""
        reading = min(tried, key=lambda reading: self.evidence[reading].strays)
        evidence = self.evidence[reading]
        return strays(evidence.strays, self.known, reading.plural, evidence.first)


@final
class Places:
    """Where each of a few different cells of a column stands.   cells (K,), none of them null"""

    def __init__(self, series: pl.Series, cells: pl.Series) -> None:
        self.series, self.cells = series, cells

    @cached_property
    def codes(self) -> pl.Series:
        """Which of the cells each row holds; null where it is empty.   (N,)"""
        import polars as pl

        return self.series.cast(pl.Enum(self.cells)).to_physical()

    @cached_property
    def times(self) -> pl.Series:
        """How often each cell stands there.   (K,)"""
        import polars as pl

        return pl.Series(np.bincount(self.codes.drop_nulls().to_numpy(), minlength=len(self.cells)))


def _few(series: pl.Series) -> pl.Series | None:
    """The different cells, where those are few and each stands there often; None for others."""
    if series.len() <= SAMPLE_CELLS or series.head(2 * COUNTED_WORDS).n_unique() > COUNTED_WORDS:
        return None
    cells = series.unique().drop_nulls()
    return None if REPEATS * cells.len() > series.len() else cells


def _first_true(mask: pl.Series, count: int) -> list[int]:
    """Where the first so many entries stand that are true; often among the first cells, so that no more are asked."""
    rows = mask.head(SAMPLE_CELLS).arg_true()
    return (rows if rows.len() >= count else mask.arg_true()).head(count).to_list()


def _count(mask: pl.Series, places: Places | None) -> int:
    """How many cells a mask is true of: one of all cells, or of the different ones and their places."""
    return int((mask if places is None else places.times.filter(mask)).sum())


def _counted(words: pl.Series, chosen: pl.Series, places: Places | None) -> dict[str, int]:
    """How often each of the chosen words stands there, the most frequent first."""
    if places is None:
        return dict(words.filter(chosen).value_counts(sort=True).iter_rows())
    found: Counter[str] = Counter()
    for word, count in zip(words.filter(chosen), places.times.filter(chosen), strict=True):
        found[word] += count
    return dict(found.most_common())


def words_of(series: pl.Series, missing: Sequence[str]) -> pl.Series:
    """The cells of a text column as words: stripped, and null where they mean "missing"."""
    words = series.str.strip_chars()
    return words.set(words.is_in({"", *missing}).fill_null(False), None)


def strays(count: int, known: int, plural: str, first: Sequence[str]) -> str:
    """The sentence about cells that do not fit, each of `first` a place and what stands there."""
    return f"{count} of {known} cells {'is' if count == 1 else 'are'} not {plural}, first at {', '.join(first)}"


def misfit(source: str, column: str, wanted: ColumnKind, found: str) -> str:
    """The sentence for a column that must be of a kind and is not."""
    return (
        f"{source}: column {column!r} must be a {wanted}, but {found}. "
        "Correct these cells, or empty them if they are missing."
    )


def _shown(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "...")
