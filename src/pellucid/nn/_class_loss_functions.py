"""Losses of scores against classes, as functions.

Here: cross_entropy, nll_loss, multi_margin_loss.
Elsewhere: losses of numbers against numbers are in _loss_functions.py; what is asked of a target in _loss_targets.py.
All are offered as pellucid.nn.functional; as modules they are in _losses.py.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.tensor.

input (N, K, d..) has the scores of K classes on axis 1 and target (N, d..) the numbers of the true classes, whole
numbers in [0, K). weight (K,) is a constant. reduction: "mean", "sum", or "none", which gives (N, d..).
"""

import math
from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError, ShapeError
from pellucid.nn._activation_functions import log_softmax, relu
from pellucid.nn._loss_targets import (
    check_entries,
    check_reduction,
    check_target_probabilities,
    class_numbers,
    class_scores,
    class_weights,
    reduced,
)
from pellucid.ops._table import OPS
from pellucid.tensor._functions import where
from pellucid.tensor._symbol import SYMBOLS, is_symbol, require_all
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_GATHER = OPS["gather"]


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """What the true classes cost under the probabilities softmax(x), in nats; exact for logits x of any size.

        l_n = -sum_k w_k q_nk log p_nk,    p_n = softmax(x_n),    dx_n = sum_k w_k q_nk (p_n - e_k)

    input (N, K, d..): logits. target: class numbers (N, d..), for which q_n is 1 at the class and 0 elsewhere, or class
    probabilities q (N, K, d..). label_smoothing e, in [0, 1], replaces q by (1 - e) q + e / K.
    "mean" of class numbers divides by the sum of the weights w of the true classes, "mean" of probabilities by the
    number of rows. Rows whose class is ignore_index cost nothing, and do not count.
    Raises ShapeError, DtypeError and DataError for a target that fits neither form, DataError when no row counts.
    Source: Bishop, Pattern Recognition and Machine Learning, 2006, equations 4.108 and 4.109; the smoothing: Szegedy
    et al., "Rethinking the Inception architecture for computer vision", 2016, section 7.

    >>> cross_entropy([[0.0, 0.0], [1e4, -1e4]], [0, 1], reduction="none")
    Tensor([6.931472e-01, 2.000000e+04])
    """
    name = "cross_entropy"
    if not 0.0 <= label_smoothing <= 1.0:
        raise ParameterError(f"{name}: label_smoothing is {label_smoothing}; it is a share and must lie within [0, 1].")
    x, t = class_scores(name, input), as_tensor(target)
    log_p = log_softmax(x, axis=1)
    if t.shape != x.shape:
        return _likelihood_loss(name, log_p, t, weight, ignore_index, reduction, label_smoothing)
    q = t.astype(x.dtype)
    check_target_probabilities(name, q)
    if label_smoothing:
        q = q * (1.0 - label_smoothing) + label_smoothing / x.shape[1]
    return reduced(name, -_weighed(name, log_p * q, weight).sum(axis=1), reduction)


def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """-w_y x_y at the true class y: the negative log likelihood, for logarithms x of probabilities.

    input (N, K, d..): log-probabilities, as log_softmax gives them; cross_entropy takes logits. "mean" divides by the
    sum of the weights w of the true classes. Rows whose class is ignore_index cost nothing, and do not count.
    Raises ShapeError, DtypeError and DataError for a target that does not fit, DataError when no row counts.

    >>> nll_loss([[-0.5, -1.0], [-2.0, -0.25]], [0, 1])
    Tensor(0.375)
    """
    return _likelihood_loss(
        "nll_loss", class_scores("nll_loss", input), target, weight, ignore_index, reduction, label_smoothing=0.0
    )


def multi_margin_loss(
    input: Any, target: Any, *, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """What the true class y lacks to a margin over each other class: the hinge loss for several classes.

        l_n = w_y / K  sum_{k != y} max(0, margin - x_ny + x_nk)^p

    input (N, K), p 1 or 2. "mean" divides by N, whatever the weights, as PyTorch's.
    Raises ShapeError, DtypeError and DataError for a target that does not fit, ParameterError for another p.
    Source: Crammer and Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", 2001,
    who take the largest term where this takes the sum.

    >>> multi_margin_loss([[2.0, 1.5, 0.0]], [0])
    Tensor(0.16666667)
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise ParameterError(f"{name}: p is {p!r}; it must be 1 or 2.")
    x = class_scores(name, input)
    if x.ndim != 2:
        raise ShapeError(f"{name}: input has shape {x.shape}; wanted are scores (N, K).")
    y, _ = class_numbers(name, target, x.shape, ignore_index=None)
    column = y.reshape(-1, 1)
    lack = relu(x - _at_class(x, y).reshape(-1, 1) + margin)
    others = where(column == np.arange(x.shape[1]), 0.0, lack if p == 1 else lack * lack)
    loss = others.sum(axis=1) * (1.0 / x.shape[1])
    if weight is not None:
        loss = loss * apply(_GATHER, (class_weights(name, weight, x), y), {"axis": 0})
    return reduced(name, loss, reduction)


def _likelihood_loss(
    name: str,
    log_p: Tensor,
    target: Any,
    weight: Any,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """The weighted loss of class numbers, given the logarithms of the probabilities."""
    check_reduction(name, reduction)
    y, some_ignored = class_numbers(name, target, log_p.shape, ignore_index)
    counts = y != ignore_index if some_ignored else None
    share = None if weight is None else class_weights(name, weight, log_p)
    if counts is not None:
        y = where(counts, y, 0)
    if share is not None:
        share = apply(_GATHER, (share, y), {"axis": 0})
    gain = _at_class(log_p, y) if share is None else _at_class(log_p, y) * share
    if label_smoothing:
        even = _weighed(name, log_p, weight).sum(axis=1)
        gain = gain * (1.0 - label_smoothing) + even * (label_smoothing / log_p.shape[1])
    if counts is not None:  # not times 0: -inf, the gain of a class that was masked out, would become nan
        gain = where(counts, gain, 0.0)
        share = counts.astype(gain.dtype) if share is None else where(counts, share, 0.0)
    if reduction == "none":
        return -gain
    return -gain.sum() if reduction == "sum" else _negative_mean(name, gain, share)


def _negative_mean(name: str, gain: Tensor, share: Tensor | None) -> Tensor:
    """-sum gain / sum share; without shares every row counts 1.  Raises ShapeError, DataError when nothing counts."""
    check_entries(name, gain)
    total: Any = gain.size if share is None else share.sum()
    nothing = DataError(
        f"{name}: every target is ignore_index or of weight 0, so no mean exists; leave such a batch out, or use "
        f"reduction='sum'."
    )
    if isinstance(total, Tensor) and is_symbol(total.data):
        require_all(SYMBOLS.less(0, total.data), lambda: nothing)
    elif not total > 0:
        raise nothing
    return gain.sum() / -total


def _at_class(x: Tensor, y: Tensor) -> Tensor:
    """x[n, y[n, d..], d..]: the entry of class y.   x (N, K, d..), y (N, d..) -> (N, d..)

    One gather from the flattened x, at positions that are all different.
    """
    n, k = x.shape[:2]
    inner = math.prod(x.shape[2:])
    row = np.arange(n) * (k * inner)
    if y.ndim > 1:
        row = (row[:, None] + np.arange(inner)).reshape(y.shape)
        y = y * inner
    return apply(_GATHER, (x.reshape(-1), y + row), {"axis": 0, "unique": True})


def _weighed(name: str, terms: Tensor, weight: Any) -> Tensor:
    """terms (N, K, d..), those of class k times weight k."""
    if weight is None:
        return terms
    return terms * class_weights(name, weight, terms).reshape(-1, *(1,) * (terms.ndim - 2))
