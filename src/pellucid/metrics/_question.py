"""What a metric is asked about: rows, their weights, the groups and strata they come in, checked once.

Here: `Question`, one metric with one prediction; `Asked`, one or two of them about the same rows.
Elsewhere: _functional.py answers a question for many weightings; _interval.py and _compare.py ask.
Imports: numpy, pellucid.errors and this package.

N rows in U units that are drawn together: single rows, kinds of rows that are alike, or groups of rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, codes, column, distinct, same_length, weights
from pellucid.metrics._metric import METRICS, metric_of


@final
@dataclass(frozen=True)
class Question:
    """A metric, and the rows it is asked about.

    >>> from pellucid.metrics import r2_score
    >>> q = Question(r2_score, np.zeros(3), np.zeros(3), times=np.ones(2), unit=np.array([0, 1, 1]))
    >>> q.name, q.together(np.array([1.0, 5.0, 7.0])).tolist(), q.apart(np.array([2, 0])).tolist()
    ('r2_score', [1.0, 12.0], [2, 0, 0])
    """

    function: Callable[..., Any]
    y: Array
    prediction: Array
    times: Array  # (U,) how often each unit stands in the data
    unit: Array | None = None  # (N,) the unit of each row; None: each row is one
    weight: Array | None = None  # (N,)
    options: Any = None

    @property
    def name(self) -> str | None:
        """The metric's key in METRICS; None for a function of the caller's."""
        row = metric_of(self.function)
        return None if row is None else row.name

    @property
    def needs(self) -> str | None:
        """What the metric's prediction is; None where that is not known."""
        return None if self.name is None else METRICS[self.name].needs

    def together(self, each: Array, *, weighted: bool = True) -> Array:
        """What the rows add, weighted unless told otherwise, and added up within each unit.   (N, ...) -> (U, ...)"""
        if weighted and self.weight is not None:
            each = (each.T * self.weight).T
        if self.unit is None:
            return each
        out = np.zeros((len(self.times), *each.shape[1:]))
        np.add.at(out, self.unit, each)
        return out

    def apart(self, times: Array) -> Array:
        """The weight of each row where the units count `times`.   (..., U) -> (..., N)"""
        rows = times if self.unit is None else times[..., self.unit]
        return rows if self.weight is None else rows * self.weight


@final
@dataclass(frozen=True)
class Asked:
    """A metric about one or more predictions for the same rows; units are the same for all."""

    caller: str
    y: Array
    predictions: tuple[Array, ...]
    weight: Array | None
    questions: tuple[Question, ...]
    strata: Array | None  # (U,) codes
    by_class: Array | None  # (U,) codes of y, to fall back on; None where units hold several classes

    @classmethod
    def of(
        cls,
        caller: str,
        metric: str | Callable[..., Any],
        y: ArrayLike,
        predictions: tuple[ArrayLike, ...],
        sample_weight: ArrayLike | None,
        groups: ArrayLike | None,
        stratify: bool | ArrayLike | None,
        options: dict[str, Any],
    ) -> Self:
        """Checked input of `interval` and `compare`.   Raises DataError, ParameterError."""
        row = metric_of(metric)
        function = metric if row is None else row.function
        assert not isinstance(function, str)  # metric_of has refused unknown names
        true, said, weight = np.asarray(y), tuple(np.asarray(p) for p in predictions), weights(sample_weight)
        same_length(y=true, **{f"prediction {k}": p for k, p in enumerate(said)}, sample_weight=weight)
        true, said = _flat(true), tuple(_flat(p) for p in said)
        strata = _strata(stratify, true)
        has_classes = row is not None and row.needs != "numbers" and true.ndim == 1
        of_class = _codes(true, "y") if has_classes and stratify is None else None
        is_labels = row is not None and row.needs == "labels" and all(p.ndim == 1 for p in (true, *said))
        unit, first, times = None, np.arange(len(true)), np.ones(len(true), np.int64)
        rows = first
        if groups is not None:
            unit = _codes(column(groups, "groups"), "groups")
            same_length(y=true, groups=unit)
            _, first = np.unique(unit, return_index=True)
            times = np.ones(len(first), np.int64)
            if len(first) < 2:
                raise DataError(f"{caller}: all rows are in one group; how groups vary needs two at least.")
            if strata is not None and (strata[first][unit] != strata).any():
                raise DataError(f"{caller}: a group has rows in several strata; give each group one, or leave one out.")
            if of_class is not None and (of_class[first][unit] != of_class).any():
                of_class = None
        elif is_labels and weight is None:
            rows = first = _alike(true, *said, *(() if strata is None else (strata,)))[0]
            times = _alike(true, *said, *(() if strata is None else (strata,)))[1]
        elif row is not None and row.needs == "scores" and true.ndim == said[0].ndim == 1:
            rows = first = np.lexsort((said[0], _codes(true, "y")))  # classes and scores in one piece: no copies later
        inside = None if weight is None else weight[rows]
        questions = tuple(Question(function, true[rows], p[rows], times, unit, inside, options) for p in said)
        kept = tuple(None if each is None else each[first] for each in (strata, of_class))
        return cls(caller, true, said, weight, questions, *kept)

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.y)

    @property
    def independent(self) -> bool:
        """Whether the rows are plain draws: no weights, groups or strata."""
        return self.weight is None and self.questions[0].unit is None and self.strata is None

    def estimate(self, which: int) -> float:
        """The metric of one prediction on all rows.   Raises ParameterError, DataError for what cannot be bounded."""
        q = self.questions[which]
        weighted = {} if self.weight is None else {"sample_weight": self.weight}
        value = q.function(self.y, self.predictions[which], **weighted, **q.options)
        if np.ndim(value) != 0:
            raise ParameterError(
                f"{self.caller}: the metric gives several numbers; ask for one, such as average='macro'."
            )
        if not np.isfinite(value):
            raise DataError(
                f"{self.caller}: the metric is {float(value)} on these {self.n} rows; nothing can bound it."
            )
        return float(value)

    def independent_rows(self, which: Array | None = None) -> float:
        """How many equal and independent rows the units are worth: (sum u)^2 / sum u^2 of their weights u (Kish 1965).

        `which` (rows of the question,) bool counts some of the rows only.
        """
        q = self.questions[0]
        u = q.together(np.ones(len(q.y)) if which is None else which.astype(np.float64))
        return float((q.times @ u) ** 2 / (q.times @ u**2))

    def within_strata(self, deviation: Array) -> Array:
        """Deviations about the mean of their stratum; a stratum of one unit, which has no spread, keeps its own.

        Scaled so that n / (n - 1) sum d^2 over all is the sum over strata of n_h / (n_h - 1) sum d^2.
        """
        if self.strata is None:
            return deviation
        times = self.questions[0].times
        size = np.bincount(self.strata, times)[self.strata]
        mean = (np.bincount(self.strata, times * deviation)[self.strata]) / size
        n = times.sum()
        factor = np.sqrt(size / np.maximum(size - 1, 1) * (n - 1) / n)
        return np.where(size > 1, (deviation - mean) * factor, deviation)


def _flat(values: Array) -> Array:
    """(N, 1) -> (N,); other shapes stay."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _codes(values: Array, name: str) -> Array:
    return codes(column(values, name), distinct(column(values, name)))


def _strata(stratify: bool | ArrayLike | None, y: Array) -> Array | None:
    """(N,) codes of the strata; None for none."""
    if stratify is None or stratify is False:
        return None
    strata = y if stratify is True else column(np.asarray(stratify), "stratify")
    same_length(y=y, stratify=strata)
    return _codes(strata, "stratify")


def _alike(*columns: Array) -> tuple[Array, Array]:
    """One row of each kind of rows with equal labels, and how many there are of it.   -> (U,) row numbers, (U,) counts

    Such rows are interchangeable: a resample of N rows is then a multinomial draw of U counts, whatever N is.
    """
    key = np.zeros(len(columns[0]), np.int64)
    for values in columns:
        key = np.unique(key, return_inverse=True)[1].reshape(-1)  # packed again, so that products do not overflow
        classes = distinct(values)
        key = key * len(classes) + codes(values, classes)
    _, first, times = np.unique(key, return_index=True, return_counts=True)
    return first, times
