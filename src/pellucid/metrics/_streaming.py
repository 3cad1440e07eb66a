"""Metrics of data that comes in batches, exactly those of all the data at once.

Here: `StreamingMetric`.
Elsewhere: what it keeps between batches is in _kept.py; how a compiled function takes in a batch, in _traced.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.tensor and this package.
"""

import sys
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, Self, final

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ModelFileError, ParameterError, TraceError
from pellucid.metrics._inputs import class_list, distinct, flat, same_length, weights
from pellucid.metrics._kept import OF_QUERIES, Counts, Kept, Table, Totals, empty, function_of, kind_for
from pellucid.metrics._metric import BY_FUNCTION, METRICS, metric_of
from pellucid.persistence import register


@final
@register("metrics.StreamingMetric")
class StreamingMetric:
    """A metric over batches: `update` with each, `compute` whenever it is wanted, `reset` at the end of an epoch.

        compute() = metric(all rows seen, options)

    which the mean of the batches' metrics is not: of batches of different sizes, of F1, R^2, RMSE, AUC never.
    `metric` is a name or function of METRICS, or of `dcg_score`, `ndcg_score`, `mean_reciprocal_rank`, `hinge_loss`,
    `max_error`; `options` are its own. What is kept between batches:

    - accuracy, zero-one and Hamming loss, mean squared, root mean squared and mean absolute error, R^2, log loss, Brier
      score of one column: 2 to 4 sums;
    - other metrics of labels: the counts of the confusion matrix, K^2 numbers;
    - the gains and ranks of queries, hinge loss with its `labels`: 2 sums; max_error: the greatest so far;
    - all others need every row: AUC and average precision keep each distinct (label, score) once with its number, 8 to
      16 bytes a row in the types given (round the scores to keep fewer); others keep the rows as they are.

    Counts and rows give the very number of the whole; sums differ from it by rounding, about 1e-16 a batch.
    Two of them over different rows `merge` into one over all, in any order; `pellucid.save` stores one.

    Within a compiled function `update` is a part of the program, and the sums are renewed in place at every call:
    `compute`, between two calls, says what they come to.  Sums and counts can be kept so, for their size is fixed, rows
    cannot.  A program cannot find which labels there are, so metrics that count need `classes`, all labels that occur.

    Raises ParameterError for a metric that is none of these, DataError from `compute` before any row, and the metric's
    own errors. Log loss whose labels are not 0..K-1 needs `labels=`, for a batch may lack a class.

    >>> f1 = StreamingMetric("f1_score")
    >>> for y, p in (([1, 0, 1], [1, 1, 1]), ([0], [0])):
    ...     f1.update(y, p)
    >>> f1.compute(), f1.rows
    (0.8, 4)
    """

    progress: ClassVar[tuple[str, ...]] = ("_seen",)  # moves on by itself from call to call of a compiled function

    def __init__(self, metric: str | Callable[..., Any], *, classes: ArrayLike | None = None, **options: Any) -> None:
        self.metric = _name_of(metric)
        if classes is not None and (self.metric in BY_FUNCTION or METRICS[self.metric].needs != "labels"):
            raise ParameterError(f"StreamingMetric: classes= is for metrics of labels, which {self.metric} is not.")
        self.options = options
        self.classes = None if classes is None else distinct(class_list(classes, "classes"))
        self._kept: Kept | None = None
        self._seen = {"rows": 0}

    def __repr__(self) -> str:
        classes = {} if self.classes is None else {"classes": self.classes.tolist()}
        options = "".join(f", {name}={value!r}" for name, value in (classes | self.options).items())
        return f"StreamingMetric({self.metric!r}{options})"

    @property
    def rows(self) -> int:
        """How many rows it has seen."""
        return self._seen["rows"]

    def reset(self) -> None:
        """Forget all rows."""
        self._refuse_if_traced("reset")
        self._seen["rows"] = 0
        if self._kept is not None:
            self._kept.clear()

    def update(self, y: ArrayLike, prediction: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Take in a batch; an empty one changes nothing.   y (N,), prediction as the metric takes it.

        Raises DataError for rows that do not match; the state is then as before.
        """
        if (writer := _tracer()) is not None:
            self._write_update(writer, y, prediction, sample_weight)
            return
        true, said = (np.asarray(values) for values in (y, prediction))
        if self.metric not in OF_QUERIES:  # where a row is a query, which may have one item
            true, said = flat(true), flat(said)
        if len(true) == 0 and len(said) == 0:
            return
        weight = None if sample_weight is None else np.asarray(sample_weight)
        if weight is not None and weight.any():
            weight = weights(weight)  # a batch of zeros is fine as long as not all are
        same_length(y=true, prediction=said, sample_weight=weight)
        kept = self._keeping(kind_for(self.metric, self.options, true, said))
        kept.add(true, said, weight)
        self._kept = kept
        self._seen["rows"] += len(true)

    def compute(self) -> Any:
        """The metric of all rows so far.   Raises DataError when there are none."""
        self._refuse_if_traced("compute")
        if self._kept is None or self.rows == 0:
            raise DataError(f"{self!r}: no rows yet; call update first.")
        return self._kept.value(function_of(self.metric), self.options)

    def merge(self, other: "StreamingMetric") -> None:
        """Take in all that `other` has seen; `other` stays.   Raises ParameterError for another metric."""
        self._refuse_if_traced("merge")
        if repr(other) != repr(self):
            raise ParameterError(f"{self!r}: cannot take in {other!r}; both must ask for the same metric.")
        if other._kept is None or other.rows == 0:
            return
        kept = self._keeping(type(other._kept).__name__)
        if type(kept) is not type(other._kept):
            raise DataError(f"{self!r}: one has seen columns of predictions, the other one column; give both the same.")
        kept.restored(other._kept.record())
        self._kept = kept
        self._seen["rows"] += other.rows

    def _keeping(self, kind: str) -> Kept:
        """What takes in the next rows: what has taken in those before, or else an empty one of the kind."""
        if self.classes is not None and kind == "Counts":
            kind = "Table"
        if self._kept is None or (self.rows == 0 and type(self._kept).__name__ != kind):
            return empty(kind, self.metric, self.options, self.classes)
        return self._kept

    def _write_update(self, writer: Any, y: Any, prediction: Any, sample_weight: Any) -> None:
        """`update` as a part of the program of the function that is being traced."""
        from pellucid.metrics._traced import Batch, add

        if self.metric in BY_FUNCTION:
            self._refuse(_ROWS)
        batch = Batch.of(y, prediction, sample_weight)
        if len(batch.y) == 0:
            return
        kept = self._keeping(kind_for(self.metric, self.options, batch.y, batch.prediction))
        if not isinstance(kept, Table | Totals):
            self._refuse(_NO_CLASSES if isinstance(kept, Counts) else _ROWS)
        add(writer, kept, self.metric, batch)
        rows = writer.entry(f"{self.metric}.seen", self._seen, "rows")
        rows[...] = rows + len(batch.y)
        self._kept = kept

    def _refuse_if_traced(self, what: str) -> None:
        if _tracer() is not None:
            self._refuse(f"{what} would happen once, while the function is traced. Call {what} between two calls")

    def _refuse(self, why: str) -> NoReturn:
        from pellucid.tensor._symbol import where

        raise TraceError(f"{self!r}, in a compiled function, {where()}: {why}.")

    def to_record(self) -> dict[str, Any]:
        """Metric, classes, options and what is kept, as plain data."""
        kept, classes = self._kept, self.classes
        return {
            "metric": self.metric,
            "classes": None if classes is None else classes.tolist(),
            "options": self.options,
            "rows": self.rows,
            "kept": None if kept is None or self.rows == 0 else {"kind": type(kept).__name__, **kept.record()},
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The metric that `record` describes.   Raises ModelFileError for a record that is none."""
        try:
            found = cls(record["metric"], classes=record.get("classes"), **record["options"])
            if record["kept"] is not None:
                found._kept = empty(record["kept"]["kind"], found.metric, found.options, found.classes)
                found._kept.restored(record["kept"])
            found._seen["rows"] = int(record["rows"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"its record of a StreamingMetric is damaged: {error}.") from error
        return found


_NO_CLASSES = "a program cannot find which labels there are. Say so: StreamingMetric(..., classes=[...])"
_ROWS = (
    "this metric needs the rows themselves, and the state of a program has a fixed size. Return y and the prediction, "
    "and call update between two calls"
)


def _name_of(metric: str | Callable[..., Any]) -> str:
    """Of a metric in METRICS or in BY_FUNCTION; raises ParameterError for any other."""
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    if name in BY_FUNCTION and metric in (name, BY_FUNCTION[name]):
        return name
    row = metric_of(metric)
    if row is None:
        raise ParameterError(f"StreamingMetric: {metric!r} is not in METRICS; join the batches and call it instead.")
    return row.name


def _tracer() -> Any:
    """The tracer at work, if any.  Nothing is traced before Tensors are imported, which metrics of arrays need not."""
    symbols = sys.modules.get("pellucid.tensor._symbol")
    return None if symbols is None else symbols.tracer()
