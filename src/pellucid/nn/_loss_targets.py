"""What losses ask of their arguments, and the wording when they do not get it.

Here: equal shapes, probabilities, signs, class numbers, weights, and the three reductions.
Elsewhere: the losses themselves are in _loss_functions.py and _class_loss_functions.py.
Imports: numpy, pellucid.errors, pellucid.nn._activation_functions, pellucid.tensor.

Only the checks read values; what a loss computes from its target goes through primitives.
"""

import math
from typing import Any

import numpy as np

from pellucid.errors import DataError, DtypeError, ParameterError, ShapeError
from pellucid.nn._activation_functions import as_float
from pellucid.ops._primitive import Array
from pellucid.tensor._symbol import SYMBOLS, is_symbol, require_all
from pellucid.tensor._tensor import Tensor, as_tensor

_ROUNDING = 1e-6  # of a target above 1: mixtures such as 0.3 p + 0.7 q in float32 come out a few 1e-7 too large


# -- reductions ----------------------------------------------------------------------------------------------------


def check_reduction(name: str, reduction: str, also: tuple[str, ...] = ()) -> None:
    """Raises ParameterError unless `reduction` is "mean", "sum", "none" or one of `also`."""
    wanted = ("mean", "sum", "none", *also)
    if reduction not in wanted:
        raise ParameterError(f"{name}: reduction is {reduction!r}; it must be one of {', '.join(map(repr, wanted))}.")


def reduced(name: str, loss: Tensor, reduction: str, also: tuple[str, ...] = ()) -> Tensor:
    """The mean or the sum of all entries, or the entries themselves.  Raises ShapeError for the mean of none.

    also: further reductions the loss knows, for the wording of the error.
    """
    check_reduction(name, reduction, also)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    check_entries(name, loss)
    return loss.mean()


def check_entries(name: str, loss: Tensor) -> None:
    """Raises ShapeError when there is nothing to take the mean of."""
    if not loss.size:
        raise ShapeError(f"{name}: shape {loss.shape} holds no entry, so no mean exists; use reduction='sum'.")


# -- values beside values ------------------------------------------------------------------------------------------


def same_shape(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors of input's floating-point dtype.  Raises ShapeError unless their shapes are equal."""
    x, t = as_float(input), as_tensor(target)
    if x.shape != t.shape:
        remedy = f"target.reshape({x.shape})" if x.size == t.size else "give one target for every entry of input"
        raise ShapeError(
            f"{name}: input {x.shape} and target {t.shape} must have the same shape, nothing is stretched: {remedy}."
        )
    return x, t.astype(x.dtype)


def check_probabilities(name: str, what: str, t: Tensor, remedy: str, *, slack: float = 0.0) -> None:
    """Raises DataError when an entry of t is not a number within [0, 1 + slack]."""
    x = t.data
    if is_symbol(x):
        require_all(
            SYMBOLS.where(x >= 0, x <= 1 + slack, False),
            lambda: DataError(f"{name}: an entry of {what} is no probability within [0, 1]. {remedy}"),
        )
    elif x.size and not (x.min() >= 0 and x.max() <= 1 + slack):
        at, value = _first(~((x >= 0) & (x <= 1 + slack)), x)
        raise DataError(f"{name}: {what}{at} is {value}; probabilities lie within [0, 1]. {remedy}")


def check_target_probabilities(name: str, t: Tensor) -> None:
    """Raises DataError when a target is no probability; one that rounding has lifted just above 1 passes."""
    remedy = "Labels -1 and 1 become 0 and 1 by (target + 1) / 2."
    check_probabilities(name, "target", t, remedy, slack=_ROUNDING)


def check_signs(name: str, t: Tensor) -> None:
    """Raises DataError when an entry of t is neither -1 nor 1."""
    if is_symbol(t.data):
        require_all(
            SYMBOLS.equal(SYMBOLS.absolute(t.data), 1),
            lambda: DataError(f"{name}: a target is neither -1 nor 1. Labels 0 and 1 become so by 2 * target - 1."),
        )
        return
    wrong = np.abs(t.data) != 1
    if wrong.any():
        at, value = _first(wrong, t.data)
        raise DataError(
            f"{name}: target{at} is {value}; labels are -1 or 1. Labels 0 and 1 become -1 and 1 by 2 * target - 1."
        )


def weights_for(name: str, what: str, weight: Any, x: Tensor) -> Tensor:
    """Weights as a constant of x's dtype.  Raises ShapeError unless they stretch to x's shape."""
    w = as_tensor(weight).detach().astype(x.dtype)
    lead = x.ndim - w.ndim
    if lead < 0 or any(m not in (1, n) for m, n in zip(w.shape, x.shape[lead:], strict=True)):
        raise ShapeError(f"{name}: {what} {w.shape} does not stretch to input {x.shape}; only axes of length 1 do.")
    return w


# -- classes -------------------------------------------------------------------------------------------------------


def class_scores(name: str, input: Any) -> Tensor:
    """One score for each class on axis 1.  Raises ShapeError unless input is (N, K) or (N, K, d..)."""
    x = as_float(input)
    if x.ndim < 2:
        remedy = "input[None] and a target of shape (1,) make a batch of one" if x.ndim else "there is nothing to score"
        raise ShapeError(f"{name}: input has shape {x.shape}; wanted are scores (N, K) or (N, K, d..): {remedy}.")
    return x


def class_numbers(name: str, target: Any, scores: tuple[int, ...], ignore_index: int | None) -> tuple[Tensor, bool]:
    """The target as class numbers, and whether some of them are `ignore_index`.

    scores: the shape (N, K, d..) beside which the target must be (N, d..).  Raises ShapeError, DtypeError for what is
    not a whole number, DataError for a number outside [0, K).
    """
    t = as_tensor(target)
    wanted, classes = (scores[0], *scores[2:]), scores[1]
    if t.shape != wanted:
        raise ShapeError(
            f"{name}: input {scores} and target {t.shape}; {_wanted_target(name, wanted, t.shape, scores)}"
        )
    if t.dtype.kind not in "iu":
        also = f" Class probabilities have shape {scores}." if name == "cross_entropy" else ""
        raise DtypeError(f"{name}: target holds {t.dtype}; wanted are whole numbers: target.astype('int64').{also}")
    t = t.astype(np.int64)
    return t, bool(t.size) and _some_ignored(name, t.data, classes, ignore_index)


def class_weights(name: str, weight: Any, scores: Tensor) -> Tensor:
    """One weight a class, as a constant.  Raises ShapeError unless it is (K,)."""
    w = as_tensor(weight).detach().astype(scores.dtype)
    if w.shape != (scores.shape[1],):
        raise ShapeError(
            f"{name}: weight {w.shape} beside input {scores.shape}; wanted is one number for each of the "
            f"{scores.shape[1]} classes, shape ({scores.shape[1]},)."
        )
    return w


def _some_ignored(name: str, t: Array, classes: int, ignore_index: int | None) -> bool:
    """Whether an entry is ignore_index.  Raises DataError when another one is not in [0, classes)."""
    if is_symbol(t):
        admitted = SYMBOLS.where(t >= 0, t < classes, False)
        if ignore_index is not None:
            admitted = SYMBOLS.where(SYMBOLS.equal(t, ignore_index), True, admitted)
        wrong = f"{name}: a target is no class; input has scores for {classes} classes, 0 to {classes - 1}."
        require_all(admitted, lambda: DataError(wrong))
        return ignore_index is not None
    unsigned = t.view(np.uint64)  # a negative number becomes a large one: a single pass finds both kinds
    if unsigned.max() < classes and (ignore_index is None or not 0 <= ignore_index < classes):
        return False
    ignored = np.zeros(t.shape, bool) if ignore_index is None else t == ignore_index
    wrong = (unsigned >= classes) & ~ignored
    if wrong.any():
        at, value = _first(wrong, t)
        counted = " Classes are counted from 0." if value == classes else ""
        raise DataError(
            f"{name}: target{at} is {value}, but input has scores for {classes} classes, 0 to {classes - 1}.{counted}"
        )
    return bool(ignored.any())


def _wanted_target(name: str, wanted: tuple[int, ...], came: tuple[int, ...], scores: tuple[int, ...]) -> str:
    """What a target of the wrong shape should be, and how to make it so."""
    if came == scores:
        return f"wanted are class numbers {wanted}: target.argmax(axis=1) makes them of one-hot rows."
    if math.prod(came) == math.prod(wanted):
        return f"wanted is one class number for each row of scores, {wanted}: target.reshape({wanted})."
    also = f", or class probabilities {scores}" if name == "cross_entropy" else ""
    return f"wanted is one class number for each row of scores, {wanted}{also}."


def _first(wrong: Array, x: Array) -> tuple[str, Any]:
    """Where the first of the wrong entries stands, as an index in brackets, and its value."""
    at = [int(i) for i in np.argwhere(wrong)[0]]
    return str(at) if at else "", x[tuple(at)].item()
