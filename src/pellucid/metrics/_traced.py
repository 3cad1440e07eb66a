"""A batch taken in by a compiled function: the same sums, as operations of its program.

Here: `Batch`, what a traced `update` is given; `add`, which adds it to a `Table` or to `Totals`.
Elsewhere: what each row adds is said once, for arrays and Tensors alike, in _sums.py; who calls this, in _streaming.py.
Imports: numpy, pellucid.errors, pellucid.tensor and this package.

Entries are not known while a function is traced, so what `update` refuses is looked for in every run.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

import pellucid.tensor as functions
from pellucid.errors import DataError, TraceError
from pellucid.metrics._inputs import Array, class_list, flat, same_length
from pellucid.metrics._kept import TOTALLED, Table, Totals
from pellucid.metrics._metric import METRICS
from pellucid.tensor import no_grad, stack
from pellucid.tensor._symbol import SYMBOLS, Tracer, is_symbol, require_all, where
from pellucid.tensor._tensor import Tensor, as_tensor


class Batch(NamedTuple):
    """Rows of a traced call."""

    y: Tensor  # (N,), or (N, K)
    prediction: Tensor  # (N,), or (N, K)
    weight: Tensor | None  # (N,)

    @classmethod
    def of(cls, y: Any, prediction: Any, weight: Any) -> Self:
        """Raises DataError for rows that do not match; no gradient flows through a metric."""
        y, prediction = (flat(as_tensor(x).detach()) for x in (y, prediction))
        if weight is not None:
            weight = _finite(flat(as_tensor(weight).detach()), "sample_weight").astype(np.float64)
            _require(weight >= 0, "sample_weight: a row weighs less than 0; weights must be >= 0.")
        same_length(y=y, prediction=prediction, sample_weight=weight)
        return cls(y, prediction, weight)


def add(writer: Tracer, kept: Table | Totals, metric: str, batch: Batch) -> None:
    """Add the batch to what is kept, at every run of the program."""
    state = {key: writer.entry(f"{metric}.{key}", kept.state, key) for key in kept.state}
    with no_grad():
        if isinstance(kept, Table):
            _count(state, kept.classes, batch)
        else:
            _total(state, kept, batch)


def _count(state: dict[str, Any], classes: Array, batch: Batch) -> None:
    """C_ij += sum_n w_n [y_n = i] [p_n = j]:  a product of matrices whose rows say which class each row has."""
    actual, predicted = (
        _indicators(x, classes, name, "classes=") for x, name in ((batch.y, "y"), (batch.prediction, "prediction"))
    )
    weighted = actual if batch.weight is None else actual * batch.weight[:, None]
    state["rows"][...] = state["rows"] + (actual.T @ predicted).data
    state["weight"][...] = state["weight"] + (weighted.T @ predicted).data


def _total(state: dict[str, Any], kept: Totals, batch: Batch) -> None:
    """S_k += sum_n w_n t_nk, t_n being the terms of row n."""
    columns = _CHECKED[kept.name if kept.name in _CHECKED else METRICS[kept.name].needs](kept, batch)
    if kept.name == "r2_score":
        first = SYMBOLS.equal(state["rows"], 0)
        state["origin"][...] = SYMBOLS.where(first, columns[0][0].data, state["origin"])
        columns = (*columns, Tensor.wrap(state["origin"]))
    terms = stack(TOTALLED[kept.name].terms(functions, *columns), axis=1)  # (N, S)
    added = terms.sum(axis=0) if batch.weight is None else batch.weight @ terms
    state["sums"][...] = state["sums"] + added.data
    state["rows"][...] = state["rows"] + len(batch.y)


# -- what a metric's terms are made of, looked at in every run -------------------------------------------------------


def _numbers(kept: Totals, batch: Batch) -> tuple[Tensor, ...]:
    found = tuple(_finite(x, name).astype(np.float64) for x, name in ((batch.y, "y"), (batch.prediction, "y_pred")))
    if kept.name.endswith("squared_log_error"):
        for x, name in zip(found, ("y_true", "y_pred"), strict=True):
            _require(x > -1, f"{name}: holds -1 or less; log(1 + y) needs values > -1. Use another error.")
    return found


def _labels(kept: Totals, batch: Batch) -> tuple[Tensor, ...]:
    for x, name in ((batch.y, "y"), (batch.prediction, "prediction")):
        if x.dtype.kind == "f":
            _require(functions.floor(x) == x, f"{name}: holds numbers that are no class labels; make labels of them.")
    return batch.y, batch.prediction


def _told(kept: Totals, batch: Batch) -> tuple[Tensor, ...]:
    """The probabilities, and which column of each row is the true one.   -> (N, K), (N, K)"""
    asked = kept.options_for(batch.y, batch.prediction).get("labels")
    if asked is None:
        raise TraceError(
            f"log_loss, in a compiled function, {where()}: y holds {batch.y.dtype}, and a program cannot find which "
            "labels there are. Say so: StreamingMetric('log_loss', labels=[...])."
        )
    classes, proba = class_list(asked), _probabilities(batch.prediction)
    if proba.ndim == 1:
        proba = stack([1 - proba, proba], axis=1)
    if proba.shape[1] != len(classes) or (np.sort(classes) != classes).any():
        raise DataError(
            f"y_proba: labels {classes.tolist()} must be sorted and one for each of its {proba.shape[1]} columns."
        )
    return proba, _indicators(batch.y, classes, "y", "labels=") == 1


def _happened(kept: Totals, batch: Batch) -> tuple[Tensor, ...]:
    """The probability of the positive class, and whether it was."""
    y = batch.y
    _require(
        functions.maximum(y == 1, functions.maximum(y == 0, y == -1)),
        "brier_score_loss: in a compiled function the labels must be among -1, 0 and 1.",
    )
    return _probabilities(batch.prediction).astype(np.float64), y == 1


_CHECKED: dict[str, Callable[[Totals, Batch], tuple[Tensor, ...]]] = {
    "numbers": _numbers,
    "labels": _labels,
    "log_loss": _told,
    "brier_score_loss": _happened,
}
"""By the metric's name, or by what its prediction is."""


def _probabilities(x: Tensor) -> Tensor:
    proba = _finite(x, "y_proba")
    _require(proba >= 0, "y_proba: holds values below 0; probabilities lie in [0, 1].")
    _require(proba <= 1, "y_proba: holds values above 1; probabilities lie in [0, 1].")
    return proba


def _indicators(x: Tensor, classes: Array, name: str, listed: str) -> Tensor:
    """Which of the classes (K,) each row has, as 0 and 1.   (N,) -> (N, K) float64"""
    found = (x[:, None] == classes).astype(np.float64)
    _require(found.sum(axis=1) == 1, f"{name}: holds a label that {listed} does not list.")
    return found


def _finite(x: Tensor, name: str) -> Tensor:
    if x.dtype.kind == "f":
        _require(functions.abs(x) < np.inf, f"{name}: a row is NaN or infinite; repair what produced it.")
    return x


def _require(condition: Tensor, otherwise: str) -> None:
    """Raise DataError in every run in which an entry of the condition does not hold."""
    if is_symbol(condition.data):
        require_all(condition.data, lambda: DataError(otherwise))
    elif not condition.data.all():
        raise DataError(otherwise)
