"""Metrics of data that comes in batches, exactly those of all the data at once.

Here: `StreamingMetric`; what it keeps, by kind of metric: `Counts`, `Totals`, `Mean`, `Greatest` or `Rows`.
Elsewhere: the metrics themselves; the sums that `Totals` keeps are said in _sums.py.
Imports: numpy, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.metrics._inputs import Array, labels, numbers, same_length, weights
from pellucid.metrics._metric import BY_FUNCTION, METRICS, metric_of
from pellucid.metrics._sums import SUMMED, Cells
from pellucid.persistence import register

PACKED = ("roc_auc_score", "average_precision_score")  # for them, a weight of 2 is the row twice
OF_QUERIES = ("dcg_score", "ndcg_score", "mean_reciprocal_rank")  # each row is one, of one or more items
FEWEST_TO_PACK = 4096  # rows; below, looking for equal ones costs more than it frees


class Kept(ABC):
    """What remains of the rows seen; plain data, so that it can be stored and sent."""

    @abstractmethod
    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        """Take in one batch, already checked for equal lengths."""

    @abstractmethod
    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> Any:
        """The metric of all rows taken in."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Its data; `restored` is the way back."""

    @abstractmethod
    def restored(self, record: Mapping[str, Any]) -> None:
        """Take in what `record` gave, on top of what is here: merging and loading alike."""


@final
class Counts(Kept):
    """Rows, or their weight, of each pair of labels: K^2 numbers at most, whatever the number of rows."""

    def __init__(self) -> None:
        self.weight: dict[tuple[Any, Any], float] = {}

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        cells = Cells.of(labels(y, "y"), labels(prediction, "prediction"))
        count = np.bincount(cells.place, weight)
        for actual, predicted, one in zip(cells.actual.tolist(), cells.predicted.tolist(), count.tolist(), strict=True):
            self.weight[actual, predicted] = self.weight.get((actual, predicted), 0) + one

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> Any:
        actual, predicted = zip(*self.weight, strict=True)
        count = np.array(list(self.weight.values()))
        return function(np.array(actual), np.array(predicted), sample_weight=count, **options)

    def record(self) -> dict[str, Any]:
        actual, predicted = zip(*self.weight, strict=True)
        return {"actual": list(actual), "predicted": list(predicted), "weight": list(self.weight.values())}

    def restored(self, record: Mapping[str, Any]) -> None:
        for pair in zip(record["actual"], record["predicted"], record["weight"], strict=True):
            self.weight[pair[:2]] = self.weight.get(pair[:2], 0) + pair[2]


@final
class Totals(Kept):
    """A few sums over the rows, as _sums.py has them; two to four numbers."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.name, self.options = name, options
        self.sums: Array | None = None
        self.rows = 0
        self.origin = 0.0  # R^2 counts y from the first row's, see _sums.py

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        options = dict(self.options)
        if self.name == "r2_score":
            self.origin = float(numbers(y, "y")[0]) if self.sums is None else self.origin
            options["origin"] = self.origin
        if self.name == "log_loss" and "labels" not in options and y.dtype.kind in "iub":
            options["labels"] = np.arange(2 if prediction.ndim == 1 else max(2, prediction.shape[1]))
        if METRICS[self.name].needs == "numbers" and self.name != "r2_score":
            METRICS[self.name].function(y, prediction)  # refuses what it always refuses, such as a logarithm's y <= -1
        if self.name == "brier_score_loss" and not _is_signed(y):
            raise DataError("brier_score_loss: the first batch had labels among -1, 0 and 1, this one has others.")
        rows = SUMMED[self.name].rows(y, prediction, **options)
        added = rows.sum(axis=0) if weight is None else weight @ rows
        self.sums = added if self.sums is None else self.sums + added
        self.rows += len(y)

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> float:
        assert self.sums is not None  # compute refuses before the first row
        if self.sums[0] == 0:
            raise DataError("sample_weight: every row so far weighs 0; at least one must count.")
        if self.name == "r2_score" and self.rows < 2:
            warnings.warn("r2_score: one row has no variance; R^2 is undefined and is NaN.", DataWarning, stacklevel=3)
            return float("nan")
        return float(SUMMED[self.name].value(self.sums))

    def record(self) -> dict[str, Any]:
        return {"sums": self.sums, "rows": self.rows, "origin": self.origin}

    def restored(self, record: Mapping[str, Any]) -> None:
        sums = np.array(record["sums"], np.float64)
        self.rows += int(record["rows"])
        if self.sums is None:
            self.sums, self.origin = sums, float(record["origin"])
            return
        if self.name == "r2_score":
            moved = float(record["origin"]) - self.origin  # sum (y - o)^2 = sum ((y - o') + (o' - o))^2
            sums[2] += 2 * moved * sums[1] + moved**2 * sums[0]
            sums[1] += moved * sums[0]
        self.sums = self.sums + sums


@final
class Mean(Kept):
    """The sum of the rows' own values and of their weights, of metrics that are the mean of these."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.function, self.options = BY_FUNCTION[name], options
        self.total = self.weight = 0.0

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        heavy = float(len(y) if weight is None else weight.sum())
        if heavy > 0:
            self.total += heavy * self.function(y, prediction, sample_weight=weight, **self.options)
            self.weight += heavy

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> float:
        if self.weight == 0:
            raise DataError("sample_weight: every row so far weighs 0; at least one must count.")
        return self.total / self.weight

    def record(self) -> dict[str, Any]:
        return {"total": self.total, "weight": self.weight}

    def restored(self, record: Mapping[str, Any]) -> None:
        self.total += float(record["total"])
        self.weight += float(record["weight"])


@final
class Greatest(Kept):
    """The greatest value of a batch so far."""

    def __init__(self, name: str) -> None:
        self.function, self.found = BY_FUNCTION[name], -np.inf

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        if weight is not None:
            raise ParameterError(f"{self.function.__name__}: it takes no weights; leave sample_weight out.")
        self.found = max(self.found, self.function(y, prediction))

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> float:
        return self.found

    def record(self) -> dict[str, Any]:
        return {"found": self.found}

    def restored(self, record: Mapping[str, Any]) -> None:
        self.found = max(self.found, float(record["found"]))


@final
class Rows(Kept):
    """The rows themselves, in the types they came in; where `packs`, equal rows once, with their number."""

    def __init__(self, packs: bool) -> None:
        self.packs = packs
        self.y: list[Array] = []
        self.prediction: list[Array] = []
        self.weight: list[Array | None] = []
        self.packed = 0  # rows left by the last packing

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        # copies: a training loop may write its next batch into the same memory
        self.y.append(y.copy())
        self.prediction.append(prediction.copy())
        self.weight.append(None if weight is None else weight.copy())
        if (
            self.packs
            and y.ndim == 1 == prediction.ndim
            and sum(map(len, self.y)) > max(FEWEST_TO_PACK, 2 * self.packed)
        ):
            self._pack()

    def _joined(self) -> tuple[Array, Array, Array | None]:
        weight = None
        if any(one is not None for one in self.weight):
            pairs = zip(self.weight, self.y, strict=True)
            weight = np.concatenate([np.ones(len(y), np.int64) if one is None else one for one, y in pairs])
        return np.concatenate(self.y), np.concatenate(self.prediction), weight

    def _pack(self) -> None:
        """Equal (label, score) rows become one, with the sum of their weights."""
        y, score, weight = self._joined()
        cells, place = np.unique(score, return_inverse=True)
        classes, code = np.unique(y, return_inverse=True)
        key, at = np.unique(place.reshape(-1) * len(classes) + code.reshape(-1), return_inverse=True)
        if len(key) < len(y):
            count = np.bincount(at.reshape(-1), weight)
            y, score = classes[key % len(classes)], cells[key // len(classes)]
            weight = count if weight is None or weight.dtype.kind == "f" else count.astype(np.int64)
        self.y, self.prediction, self.weight, self.packed = [y], [score], [weight], len(y)

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> Any:
        y, prediction, weight = self._joined()
        return function(y, prediction, **({} if weight is None else {"sample_weight": weight}), **options)

    def record(self) -> dict[str, Any]:
        y, prediction, weight = self._joined()
        return {"y": y, "prediction": prediction, "weight": weight}

    def restored(self, record: Mapping[str, Any]) -> None:
        self.add(record["y"], record["prediction"], record["weight"])


@final
@register("metrics.StreamingMetric")
class StreamingMetric:
    """A metric over batches: `update` with each, `compute` whenever it is wanted, `reset` at the end of an epoch.

        compute() = metric(all rows seen, options)

    which the mean of the batches' metrics is not: of batches of different sizes, of F1, R^2, RMSE, AUC never.
    `metric` is a name or function of METRICS, or of `dcg_score`, `ndcg_score`, `mean_reciprocal_rank`, `hinge_loss`,
    `max_error`; `options` are its own. What is kept between batches:

    - metrics of labels: the counts of the confusion matrix, K^2 numbers;
    - mean squared, root mean squared and mean absolute error, R^2, log loss, Brier score of one column: 2 to 4 sums;
    - the gains and ranks of queries, hinge loss with its `labels`: 2 sums; max_error: the greatest so far;
    - all others need every row: AUC and average precision keep each distinct (label, score) once with its number, 8 to
      16 bytes a row in the types given (round the scores to keep fewer); others keep the rows as they are.

    Counts and rows give the very number of the whole; sums differ from it by rounding, about 1e-16 a batch.
    Two of them over different rows `merge` into one over all, in any order; `pellucid.save` stores one.
    Raises ParameterError for a metric that is none of these, DataError from `compute` before any row, and the metric's
    own errors. Log loss whose labels are not 0..K-1 needs `labels=`, for a batch may lack a class.

    >>> f1 = StreamingMetric("f1_score")
    >>> for y, p in (([1, 0, 1], [1, 1, 1]), ([0], [0])):
    ...     f1.update(y, p)
    >>> f1.compute(), f1.rows
    (0.8, 4)
    """

    def __init__(self, metric: str | Callable[..., Any], **options: Any) -> None:
        self.metric = _name_of(metric)
        self.options = options
        self.reset()

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"StreamingMetric({self.metric!r}{options})"

    def reset(self) -> None:
        """Forget all rows."""
        self.rows = 0
        self._kept: Kept | None = None

    def update(self, y: ArrayLike, prediction: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Take in a batch; an empty one changes nothing.   y (N,), prediction as the metric takes it.

        Raises DataError for rows that do not match; the state is then as before.
        """
        true, said = (self._flat(np.asarray(values)) for values in (y, prediction))
        if len(true) == 0 and len(said) == 0:
            return
        weight = None if sample_weight is None else np.asarray(sample_weight)
        if weight is not None and weight.any():
            weight = weights(weight)  # a batch of zeros is fine as long as not all are
        same_length(y=true, prediction=said, sample_weight=weight)
        kept = self._empty(true, said) if self._kept is None else self._kept
        kept.add(true, said, weight)
        self._kept = kept
        self.rows += len(true)

    def compute(self) -> Any:
        """The metric of all rows so far.   Raises DataError when there are none."""
        if self._kept is None:
            raise DataError(f"{self!r}: no rows yet; call update first.")
        return self._kept.value(_function(self.metric), self.options)

    def merge(self, other: "StreamingMetric") -> None:
        """Take in all that `other` has seen; `other` stays.   Raises ParameterError for another metric."""
        if repr(other) != repr(self):
            raise ParameterError(f"{self!r}: cannot take in {other!r}; both must ask for the same metric.")
        if other._kept is None:
            return
        if self._kept is None:
            self._kept = _named(type(other._kept).__name__, self.metric, self.options)
        if type(self._kept) is not type(other._kept):
            raise DataError(f"{self!r}: one has seen columns of predictions, the other one column; give both the same.")
        self._kept.restored(other._kept.record())
        self.rows += other.rows

    def _flat(self, values: Array) -> Array:
        """(N, 1) -> (N,), a number -> (1,); other shapes stay, and so do queries of one item."""
        if values.ndim == 0:
            return values.reshape(1)
        return values[:, 0] if values.shape[1:] == (1,) and self.metric not in OF_QUERIES else values

    def _empty(self, y: Array, prediction: Array) -> Kept:
        """What to keep, by the metric and the shape of the first batch."""
        return _named(_kind(self.metric, self.options, y, prediction), self.metric, self.options)

    def to_record(self) -> dict[str, Any]:
        """Metric, options and what is kept, as plain data."""
        kept = None if self._kept is None else {"kind": type(self._kept).__name__, **self._kept.record()}
        return {"metric": self.metric, "options": self.options, "rows": self.rows, "kept": kept}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The metric that `record` describes.   Raises ModelFileError for a record that is none."""
        try:
            found = cls(record["metric"], **record["options"])
            if record["kept"] is not None:
                found._kept = _named(record["kept"]["kind"], found.metric, found.options)
                found._kept.restored(record["kept"])
            found.rows = int(record["rows"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"its record of a StreamingMetric is damaged: {error}.") from error
        return found


def _name_of(metric: str | Callable[..., Any]) -> str:
    """Of a metric in METRICS or in BY_FUNCTION; raises ParameterError for any other."""
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    if name in BY_FUNCTION and metric in (name, BY_FUNCTION[name]):
        return name
    row = metric_of(metric)
    if row is None:
        raise ParameterError(f"StreamingMetric: {metric!r} is not in METRICS; join the batches and call it instead.")
    return row.name


def _function(name: str) -> Callable[..., Any]:
    return BY_FUNCTION[name] if name in BY_FUNCTION else METRICS[name].function


def _kind(metric: str, options: dict[str, Any], y: Array, prediction: Array) -> str:
    if metric in BY_FUNCTION:
        alone = metric == "hinge_loss" and "labels" not in options  # a batch may lack a class
        return "Greatest" if metric == "max_error" else "Rows" if alone else "Mean"
    single = y.ndim == 1 and prediction.ndim == 1
    if METRICS[metric].needs == "labels" and single:
        return "Counts"
    takes = {"labels"} if metric == "log_loss" else set()
    if metric == "brier_score_loss" and not _is_signed(y):
        return "Rows"
    if metric in SUMMED and not options.keys() - takes and (single or (metric == "log_loss" and y.ndim == 1)):
        return "Totals"
    return "Rows"


def _named(kind: str, metric: str, options: dict[str, Any]) -> Kept:
    """An empty one.   Raises ValueError for an unknown kind, which only a damaged file names."""
    if kind == "Counts":
        return Counts()
    if kind == "Totals":
        return Totals(metric, options)
    if kind == "Mean":
        return Mean(metric, options)
    if kind == "Greatest":
        return Greatest(metric)
    if kind == "Rows":
        return Rows(packs=metric in PACKED)
    raise ValueError(f"it keeps {kind!r}")


def _is_signed(y: Array) -> bool:
    """Whether the labels tell which is positive: numbers among -1, 0 and 1."""
    return y.dtype.kind in "iubf" and bool(np.isin(y, (-1, 0, 1)).all())
