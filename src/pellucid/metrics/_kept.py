"""What remains of the batches a streaming metric has seen.

Here: `Kept` and its kinds: `Counts`, `Table`, `Totals`, `Mean`, `Greatest`, `Rows`; `kind_for`, which of them a metric
asks for; `empty`; `function_of` a metric.
Elsewhere: `StreamingMetric` is in _streaming.py; how a compiled function adds to `Table` and `Totals`, whose size is
fixed, is in _traced.py; the sums that `Totals` keeps are said in _sums.py.
Imports: numpy, pellucid.errors and this package.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, codes, labels, numbers, same_kind, shown
from pellucid.metrics._metric import BY_FUNCTION, METRICS
from pellucid.metrics._sums import HITS, SUMMED, Cells
from pellucid.metrics._undefined import warn_undefined

PACKED = ("roc_auc_score", "average_precision_score")  # for them, a weight of 2 is the row twice
TOTALLED = SUMMED | HITS
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
    def clear(self) -> None:
        """Forget all rows."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Its data; `restored` is the way back."""

    @abstractmethod
    def restored(self, record: Mapping[str, Any]) -> None:
        """Take in what `record` gave, on top of what is here: merging and loading alike."""


@final
class Counts(Kept):
    """Rows, or their weight, of each pair of labels that has occurred: K^2 numbers at most."""

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

    def clear(self) -> None:
        self.weight = {}

    def record(self) -> dict[str, Any]:
        actual, predicted = zip(*self.weight, strict=True)
        return {"actual": list(actual), "predicted": list(predicted), "weight": list(self.weight.values())}

    def restored(self, record: Mapping[str, Any]) -> None:
        for pair in zip(record["actual"], record["predicted"], record["weight"], strict=True):
            self.weight[pair[:2]] = self.weight.get(pair[:2], 0) + pair[2]


@final
class Table(Kept):
    """The confusion matrix of classes that are known beforehand, (K, K): rows of each pair of labels, and their weight.

    classes (K,) sorted.
    """

    progress: ClassVar[tuple[str, ...]] = ("state",)  # moves on by itself from call to call of a compiled function

    def __init__(self, classes: Array) -> None:
        self.classes, shape = classes, (len(classes), len(classes))
        self.state: dict[str, Any] = {"rows": np.zeros(shape), "weight": np.zeros(shape)}

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        places = []
        for values, name in ((y, "y"), (prediction, "prediction")):
            values = labels(values, name)
            same_kind(values, self.classes)
            places.append(codes(values, self.classes))
            if (unlisted := places[-1] < 0).any():
                found = list(dict.fromkeys(values[unlisted].tolist()))
                raise DataError(f"{name}: holds {shown(found)}, which classes= does not list.")
        np.add.at(self.state["rows"], tuple(places), 1)
        np.add.at(self.state["weight"], tuple(places), 1 if weight is None else weight)

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> Any:
        actual, predicted = np.nonzero(self.state["rows"])
        weight = self.state["weight"][actual, predicted]
        return function(self.classes[actual], self.classes[predicted], sample_weight=weight, **options)

    def clear(self) -> None:
        for sums in self.state.values():
            sums[...] = 0

    def record(self) -> dict[str, Any]:
        return dict(self.state)

    def restored(self, record: Mapping[str, Any]) -> None:
        for key, sums in self.state.items():
            sums += np.reshape(record[key], sums.shape)


@final
class Totals(Kept):
    """A few sums over the rows, as _sums.py has them; two to four numbers."""

    progress: ClassVar[tuple[str, ...]] = ("state",)  # as in `Table`

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.name, self.options = name, options
        size = 4 if name == "r2_score" else 2
        # R^2 counts y from the first row's, see _sums.py
        self.state: dict[str, Any] = {"sums": np.zeros(size), "rows": 0, "origin": np.zeros(())}

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        options, state = self.options_for(y, prediction), self.state
        origin = state["origin"]
        if self.name == "r2_score":
            options["origin"] = origin = numbers(y, "y")[0] if state["rows"] == 0 else origin
        if METRICS[self.name].needs == "numbers" and self.name != "r2_score":
            METRICS[self.name].function(y, prediction)  # refuses what it always refuses, such as a logarithm's y <= -1
        if self.name == "brier_score_loss" and not _is_signed(y):
            raise DataError("brier_score_loss: the first batch had labels among -1, 0 and 1, this one has others.")
        rows = TOTALLED[self.name].rows(y, prediction, **options)
        state["sums"] += rows.sum(axis=0) if weight is None else weight @ rows
        state["origin"][...] = origin
        state["rows"] += len(y)

    def options_for(self, y: Any, prediction: Any) -> dict[str, Any]:
        """The metric's options; to log loss of whole numbers, that these are the columns of the prediction."""
        if self.name == "log_loss" and "labels" not in self.options and y.dtype.kind in "iub":
            return {"labels": np.arange(2 if prediction.ndim == 1 else max(2, prediction.shape[1]))}
        return dict(self.options)

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> float:
        sums, rows = self.state["sums"], self.state["rows"]
        if sums[0] == 0:
            raise DataError("sample_weight: every row so far weighs 0; at least one must count.")
        if self.name == "r2_score" and rows < 2:
            warn_undefined("r2_score: one row has no variance; R^2 is undefined and is NaN.", stacklevel=3)
            return float("nan")
        return float(TOTALLED[self.name].value(sums))

    def clear(self) -> None:
        self.state["sums"][...] = 0
        self.state["rows"] = 0

    def record(self) -> dict[str, Any]:
        return {"sums": self.state["sums"], "rows": self.state["rows"], "origin": float(self.state["origin"])}

    def restored(self, record: Mapping[str, Any]) -> None:
        sums, origin, state = np.array(record["sums"], np.float64), float(record["origin"]), self.state
        if state["rows"] == 0:
            state["origin"][...] = origin
        if self.name == "r2_score":
            moved = origin - float(state["origin"])  # sum (y - o)^2 = sum ((y - o') + (o' - o))^2
            sums[2] += 2 * moved * sums[1] + moved**2 * sums[0]
            sums[1] += moved * sums[0]
        state["sums"] += sums
        state["rows"] += int(record["rows"])


@final
class Mean(Kept):
    """The sum of the rows' own values and of their weights, of metrics that are the mean of these."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.function, self.options = BY_FUNCTION[name], options
        self.clear()

    def add(self, y: Array, prediction: Array, weight: Array | None) -> None:
        heavy = float(len(y) if weight is None else weight.sum())
        if heavy > 0:
            self.total += heavy * self.function(y, prediction, sample_weight=weight, **self.options)
            self.weight += heavy

    def value(self, function: Callable[..., Any], options: dict[str, Any]) -> float:
        if self.weight == 0:
            raise DataError("sample_weight: every row so far weighs 0; at least one must count.")
        return self.total / self.weight

    def clear(self) -> None:
        self.total = self.weight = 0.0

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

    def clear(self) -> None:
        self.found = -np.inf

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

    def clear(self) -> None:
        self.y, self.prediction, self.weight, self.packed = [], [], [], 0

    def record(self) -> dict[str, Any]:
        y, prediction, weight = self._joined()
        return {"y": y, "prediction": prediction, "weight": weight}

    def restored(self, record: Mapping[str, Any]) -> None:
        self.add(record["y"], record["prediction"], record["weight"])


def function_of(metric: str) -> Callable[..., Any]:
    """What computes a metric of all rows at once."""
    return BY_FUNCTION[metric] if metric in BY_FUNCTION else METRICS[metric].function


def kind_for(metric: str, options: dict[str, Any], y: Any, prediction: Any) -> str:
    """What a metric keeps whose first batch has these shapes and types, where the classes are not said.

    y, prediction: arrays or traced Tensors.
    """
    if metric in BY_FUNCTION:
        alone = metric == "hinge_loss" and "labels" not in options  # a batch may lack a class
        return "Greatest" if metric == "max_error" else "Rows" if alone else "Mean"
    single = y.ndim == 1 and prediction.ndim == 1
    if metric in HITS and single and not options:
        return "Totals"
    if METRICS[metric].needs == "labels" and single:
        return "Counts"
    takes = {"labels"} if metric == "log_loss" else set()
    if metric == "brier_score_loss" and not _is_signed(y):
        return "Rows"
    if metric in SUMMED and not options.keys() - takes and (single or (metric == "log_loss" and y.ndim == 1)):
        return "Totals"
    return "Rows"


def empty(kind: str, metric: str, options: dict[str, Any], classes: Array | None) -> Kept:
    """One that has seen no rows.   Raises ValueError for an unknown kind, which only a damaged file names."""
    if kind == "Counts":
        return Counts()
    if kind == "Table" and classes is not None:
        return Table(classes)
    if kind == "Totals" and metric in TOTALLED:
        return Totals(metric, options)
    if kind == "Mean" and metric in BY_FUNCTION:
        return Mean(metric, options)
    if kind == "Greatest" and metric == "max_error":
        return Greatest(metric)
    if kind == "Rows":
        return Rows(packs=metric in PACKED)
    raise ValueError(f"it keeps {kind!r}")


def _is_signed(y: Any) -> bool:
    """Whether the labels tell which is positive: numbers among -1, 0 and 1; of traced ones that is asked later."""
    return not isinstance(y, np.ndarray) or y.dtype.kind in "iubf" and bool(np.isin(y, (-1, 0, 1)).all())
