"""Losses of numbers against numbers, as functions.

Here: l1_loss, mse_loss, huber_loss; binary_cross_entropy and its form for logits; kl_div; hinge_loss.
Elsewhere: losses of scores against classes are in _class_loss_functions.py; what is asked of a target, and the
reductions, in _loss_targets.py. All are offered as pellucid.nn.functional; as modules they are in _losses.py.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.tensor.

input and target (*) have the same shape; the target is read in input's dtype, and may require a gradient itself.
reduction: "mean" over all entries, "sum" of them, or "none", which gives (*).
"""

import math
from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError, ShapeError
from pellucid.nn._activation_functions import relu
from pellucid.nn._loss_targets import (
    check_probabilities,
    check_signs,
    check_target_probabilities,
    reduced,
    same_shape,
    weights_for,
)
from pellucid.ops._table import OPS
from pellucid.tensor._functions import abs as absolute
from pellucid.tensor._functions import clip, exp, log, where
from pellucid.tensor._symbol import SYMBOLS, is_symbol, require_all
from pellucid.tensor._tensor import Tensor, apply

_SOFTPLUS = OPS["softplus"]
_LOG_MIN = -100.0  # PyTorch's: keeps the loss finite where a probability of exactly 0 was given to what happened
_BESIDE_ZERO = float(np.float32(1e-12))  # PyTorch's, a float32 there: where the slope of such an entry is taken


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """|x - t|, the absolute error;  dx = sign(x - t), 0 where they are equal.

    Its best constant is the median.  Raises ShapeError for unequal shapes.

    >>> l1_loss([1.0, 5.0], [2.0, 2.0])
    Tensor(2.)
    """
    x, t = same_shape("l1_loss", input, target)
    return reduced("l1_loss", absolute(x - t), reduction)


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """(x - t)^2, the squared error;  dx = 2 (x - t).

    Its best constant is the mean.  Raises ShapeError for unequal shapes.

    >>> mse_loss([1.0, 5.0], [2.0, 2.0])
    Tensor(5.)
    """
    x, t = same_shape("mse_loss", input, target)
    gap = x - t
    return reduced("mse_loss", gap * gap, reduction)


def huber_loss(input: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared error near the target, linear beyond delta;  dx = c.

        c (x - t - c / 2),    c = x - t cut to [-delta, delta]

    This is (x - t)^2 / 2 for |x - t| <= delta, else delta (|x - t| - delta / 2).
    Raises ShapeError for unequal shapes, ParameterError unless delta > 0.
    Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> huber_loss([1.0, 5.0], [2.0, 2.0], reduction="none")
    Tensor([0.5, 2.5])
    """
    if not delta > 0:
        raise ParameterError(f"huber_loss: delta is {delta}; it is the width of the quadratic part and must be > 0.")
    x, t = same_shape("huber_loss", input, target)
    gap = x - t
    cut = clip(gap, -delta, delta)
    return reduced("huber_loss", cut * (gap - cut * 0.5), reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Tensor:
    """-w [t log x + (1 - t) log(1 - x)] for probabilities x;  dx = w (x - t) / (x (1 - x)).

    Logarithms end at -100, so that 0 given to what happened costs 100 and not infinity; the slope there is that at
    1e-12, both as in PyTorch. Where the probability is a sigmoid, binary_cross_entropy_with_logits is exact instead.
    weight: numbers that stretch to input's shape.
    Raises ShapeError for unequal shapes, DataError for an input or target outside [0, 1].

    >>> binary_cross_entropy([0.5, 0.0], [1.0, 1.0], reduction="none")
    Tensor([  0.6931472, 100.       ])
    """
    name = "binary_cross_entropy"
    x, t = same_shape(name, input, target)
    remedy = "For scores of any size use binary_cross_entropy_with_logits, or give sigmoid(input)."
    check_probabilities(name, "input", x, remedy)
    check_target_probabilities(name, t)
    loss = -(t * _log_probability(x) + (1.0 - t) * _log_probability(1.0 - x))
    return reduced(name, loss if weight is None else loss * weights_for(name, "weight", weight, x), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """Binary cross-entropy of the probability sigmoid(x), exact for logits x of any size.

        w [p t softplus(-x) + (1 - t) softplus(x)],    dx = w [(1 - t) sigmoid(x) - p t sigmoid(-x)]

    for -log sigmoid(x) = softplus(-x).  weight w: numbers that stretch to input's shape; pos_weight p: likewise, the
    weight of what happened, as (number of negatives) / (number of positives) for labels out of balance.
    Raises ShapeError for unequal shapes, DataError for a target outside [0, 1].

    >>> binary_cross_entropy_with_logits([0.0, 1e4, -1e4], [1.0, 1.0, 1.0], reduction="none")
    Tensor([6.931472e-01, 0.000000e+00, 1.000000e+04])
    """
    name = "binary_cross_entropy_with_logits"
    x, t = same_shape(name, input, target)
    check_target_probabilities(name, t)
    happened = t if pos_weight is None else t * weights_for(name, "pos_weight", pos_weight, x)
    loss = happened * apply(_SOFTPLUS, (-x,)) + (1.0 - t) * apply(_SOFTPLUS, (x,))
    return reduced(name, loss if weight is None else loss * weights_for(name, "weight", weight, x), reduction)


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t (log t - x), the divergence of the probabilities t from those whose logarithms are x;  dx = -t.

    0 where t = 0.  With log_target the target is log t itself.  Over the last axis these sum to
    KL(t || e^x) = sum_k t_k log(t_k / e^(x_k)) >= 0: reduction "batchmean" gives the sum over everything divided by the
    length of the first axis, which is its mean over rows (N, K); "mean" divides by the number of entries, as PyTorch's.
    Raises ShapeError for unequal shapes, DataError for a negative target without log_target.
    Source: Kullback and Leibler, "On information and sufficiency", 1951.

    >>> from pellucid.nn.functional import log_softmax
    >>> kl_div(log_softmax([[0.0, 0.0]]), [[1.0, 0.0]], reduction="batchmean")
    Tensor(0.6931472)
    """
    x, t = same_shape("kl_div", input, target)
    if log_target:
        loss = exp(t) * (t - x)
    else:
        _check_not_negative(t)
        loss = t * (log(where(t > 0, t, 1.0)) - x)
    if reduction != "batchmean":
        return reduced("kl_div", loss, reduction, also=("batchmean",))
    if not x.ndim or not x.shape[0]:
        raise ShapeError(f"kl_div: input {x.shape} has no row, so no mean over rows exists; use reduction='sum'.")
    return loss.sum() * (1.0 / x.shape[0])


def hinge_loss(input: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """max(0, 1 - t x) for labels t of -1 or 1: what a score x lacks to a margin of 1;  dx = -t, 0 beyond the margin.

    The loss of linear support vector machines.
    Raises ShapeError for unequal shapes, DataError for another label.
    Source: Cortes and Vapnik, "Support-vector networks", 1995.

    >>> hinge_loss([2.0, 0.25, 3.0], [1.0, 1.0, -1.0], reduction="none")
    Tensor([0.  , 0.75, 4.  ])
    """
    x, t = same_shape("hinge_loss", input, target)
    check_signs("hinge_loss", t)
    return reduced("hinge_loss", relu(1.0 - t * x), reduction)


def _check_not_negative(t: Tensor) -> None:
    """Raises DataError when an entry of kl_div's target is below 0."""
    remedy = "for logarithms of probabilities set log_target=True."
    if is_symbol(t.data):
        require_all(
            SYMBOLS.less_equal(0, t.data), lambda: DataError(f"kl_div: an entry of target is negative; {remedy}")
        )
    elif t.size and not t.data.min() >= 0:
        raise DataError(f"kl_div: target holds {t.data.min()}; {remedy}")


def _log_probability(p: Tensor) -> Tensor:
    """log p, but -100 where p < e^-100; there the slope is 1 / 1e-12."""
    lost = (p < math.exp(_LOG_MIN)).astype(p.dtype)
    return log(p + lost * _BESIDE_ZERO) + lost * (_LOG_MIN - math.log(_BESIDE_ZERO))
