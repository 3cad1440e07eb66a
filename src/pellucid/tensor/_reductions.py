"""Functions of tensors along axes, under NumPy's names: sums, extremes, positions and order.

Here: sum, mean, variance, extremes and where they stand, sorting, running sums, logsumexp.
Elsewhere: functions of single entries are in _functions.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

import math
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._shapes import axes_of, axis_of
from pellucid.ops._table import OPS
from pellucid.tensor._functions import as_float, exp, log, sqrt, where
from pellucid.tensor._layout import take_along_axis
from pellucid.tensor._tensor import Axis, Tensor, apply, as_tensor


def sum(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """The sum along `axis`; of all entries when none is named.

    >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    Tensor([4., 6.])
    """
    return as_tensor(x).sum(axis, keepdims=keepdims)


def mean(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """The mean along `axis`.

    >>> mean([1.0, 2.0, 6.0])
    Tensor(3.)
    """
    return as_tensor(x).mean(axis, keepdims=keepdims)


def var(x: Any, axis: Axis = None, *, correction: float = 0, keepdims: bool = False) -> Tensor:
    """The variance along `axis`: sum (x - mean)^2 / (n - correction).

    correction 1 gives the unbiased estimate from a sample.

    >>> var([1.0, 3.0]), var([1.0, 3.0], correction=1)
    (Tensor(1.), Tensor(2.))
    """
    t = as_float(x)
    axes = axes_of("var", axis, t.ndim)
    n = math.prod(t.shape[a] for a in axes)
    if n - correction <= 0:
        raise ShapeError(f"var: {n} entries along axis {axes} of {t.shape} with correction={correction} leave nothing.")
    gap = t - t.mean(axes, keepdims=True)
    return (gap * gap).sum(axes, keepdims=keepdims) / (n - correction)


def std(x: Any, axis: Axis = None, *, correction: float = 0, keepdims: bool = False) -> Tensor:
    """The standard deviation along `axis`: the root of the variance.

    >>> std([1.0, 3.0])
    Tensor(1.)
    """
    return sqrt(var(x, axis, correction=correction, keepdims=keepdims))


def max(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """The largest entry along `axis`; equal ones share the gradient.

    >>> max([1.0, 3.0, 2.0])
    Tensor(3.)
    """
    return as_tensor(x).max(axis, keepdims=keepdims)


def min(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """The smallest entry along `axis`; equal ones share the gradient.

    >>> min([1.0, 3.0, 2.0])
    Tensor(1.)
    """
    return as_tensor(x).min(axis, keepdims=keepdims)


def argmax(x: Any, axis: int | None = None) -> Tensor:
    """The position of the first largest entry.

    >>> argmax([1.0, 3.0, 2.0])
    Tensor(1)
    """
    return as_tensor(x).argmax(axis)


def argmin(x: Any, axis: int | None = None) -> Tensor:
    """The position of the first smallest entry.

    >>> argmin([1.0, 3.0, 2.0])
    Tensor(0)
    """
    return as_tensor(x).argmin(axis)


def argsort(x: Any, axis: int = -1) -> Tensor:
    """The positions that sort x along `axis`, ascending; equal entries keep their order.

    >>> argsort([3.0, 1.0, 2.0])
    Tensor([1, 2, 0])
    """
    t = as_tensor(x)
    return apply(OPS["argsort"], (t,), {"axis": axis_of("argsort", axis, t.ndim)})


def sort(x: Any, axis: int = -1) -> Tensor:
    """x in ascending order along `axis`; each gradient goes back to where its entry stood.

    >>> sort([3.0, 1.0, 2.0])
    Tensor([1., 2., 3.])
    """
    t = as_tensor(x)
    return take_along_axis(t, argsort(t, axis), axis)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """The running sum along `axis`.

    >>> cumsum([1.0, 2.0, 3.0])
    Tensor([1., 3., 6.])
    """
    t = as_tensor(x)
    return apply(OPS["cumsum"], (t,), {"axis": axis_of("cumsum", axis, t.ndim)})


def logsumexp(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """log sum e^x along `axis`, evaluated as m + log sum e^(x - m) with m = max x, which cannot overflow.

    >>> logsumexp([1e4, 1e4]).item() - 1e4 == float(np.float32(1e4 + np.log(2)) - np.float32(1e4))
    True
    """
    t = as_float(x)
    axes = axes_of("logsumexp", axis, t.ndim)
    top = t.detach().max(axes, keepdims=True)
    top = where(abs(top) == np.inf, 0.0, top)  # inf - inf is no number
    with np.errstate(divide="ignore"):  # log 0 = -inf is the answer where every entry is -inf
        total = log(exp(t - top).sum(axes, keepdims=True)) + top
    return total if keepdims else total.squeeze(axes)
