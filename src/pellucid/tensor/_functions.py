"""Functions of tensors, under NumPy's names, composed of primitives so that they read like their formulas.

Here: what NumPy and the array API standard call by these names; Tensors, arrays and numbers are accepted alike.
Elsewhere: the methods and operators of Tensor are in _tensor.py;
softmax, losses and the like are in pellucid.nn.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.random, pellucid.tensor.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._shapes import axes_of, axis_of
from pellucid.ops._table import OPS
from pellucid.tensor._indexing import positions
from pellucid.tensor._tensor import Axis, Tensor, apply, as_tensor


def _float(x: Any) -> Tensor:
    """x as a Tensor of floating-point numbers; whole numbers and truth values become float32."""
    t = as_tensor(x)
    return t if t.dtype.kind == "f" else t.astype(np.float32)


# -- one number at a time ------------------------------------------------------------------------------------------


def abs(x: Any) -> Tensor:
    """|x|; its derivative at 0 is 0.

    >>> abs([-1.5, 2.0])
    Tensor([1.5, 2. ])
    """
    return apply(OPS["absolute"], (as_tensor(x),))


def sign(x: Any) -> Tensor:
    """-1, 0 or 1.

    >>> sign([-2.0, 0.0, 3.0])
    Tensor([-1.,  0.,  1.])
    """
    return apply(OPS["sign"], (as_tensor(x),))


def floor(x: Any) -> Tensor:
    """The largest whole number <= x.

    >>> floor([-0.5, 1.5])
    Tensor([-1.,  1.])
    """
    return apply(OPS["floor"], (_float(x),))


def exp(x: Any) -> Tensor:
    """e^x.

    >>> exp(0.0)
    Tensor(1.)
    """
    return apply(OPS["exp"], (_float(x),))


def expm1(x: Any) -> Tensor:
    """e^x - 1, exact also near 0.

    >>> expm1(0.0)
    Tensor(0.)
    """
    return apply(OPS["expm1"], (_float(x),))


def log(x: Any) -> Tensor:
    """The natural logarithm.

    >>> log(1.0)
    Tensor(0.)
    """
    return apply(OPS["log"], (_float(x),))


def log1p(x: Any) -> Tensor:
    """log(1 + x), exact also near 0.

    >>> log1p(0.0)
    Tensor(0.)
    """
    return apply(OPS["log1p"], (_float(x),))


def sqrt(x: Any) -> Tensor:
    """The square root.

    >>> sqrt(9.0)
    Tensor(3.)
    """
    return apply(OPS["sqrt"], (_float(x),))


def square(x: Any) -> Tensor:
    """x^2.

    >>> square(3.0)
    Tensor(9.)
    """
    t = as_tensor(x)
    return t * t


def sin(x: Any) -> Tensor:
    """The sine of x in radians.

    >>> sin(0.0)
    Tensor(0.)
    """
    return apply(OPS["sin"], (_float(x),))


def cos(x: Any) -> Tensor:
    """The cosine of x in radians.

    >>> cos(0.0)
    Tensor(1.)
    """
    return apply(OPS["cos"], (_float(x),))


def tanh(x: Any) -> Tensor:
    """(e^x - e^-x) / (e^x + e^-x).

    >>> tanh(0.0)
    Tensor(0.)
    """
    return apply(OPS["tanh"], (_float(x),))


def erf(x: Any) -> Tensor:
    """The error function, 2 / sqrt(pi) int_0^x e^(-t^2) dt.

    >>> erf(0.0)
    Tensor(0.)
    """
    return apply(OPS["erf"], (_float(x),))


# -- pairs and choices ---------------------------------------------------------------------------------------------


def _numbers_last(a: Any, b: Any) -> tuple[Any, Any]:
    """The operands of a symmetric function, a Python number second, where it does not widen its partner."""
    return (b, a) if isinstance(a, (bool, int, float)) and not isinstance(b, (bool, int, float)) else (a, b)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b; equal operands share the gradient.

    >>> maximum([1.0, 4.0], 2.0)
    Tensor([2., 4.])
    """
    a, b = _numbers_last(a, b)
    return apply(OPS["maximum"], (as_tensor(a), b))


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b; equal operands share the gradient.

    >>> minimum([1.0, 4.0], 2.0)
    Tensor([1., 2.])
    """
    a, b = _numbers_last(a, b)
    x, y = as_tensor(a), as_tensor(b) if not isinstance(b, (bool, int, float)) else b
    if x.dtype.kind == "f" and not isinstance(y, Tensor):
        return -apply(OPS["maximum"], (-x, -y))
    dtype = np.result_type(x.dtype, y.dtype if isinstance(y, Tensor) else y)
    if dtype.kind != "f":  # whole numbers have no gradient to share, and not all of them have a negative
        return where(x < y, x, y)
    return -apply(OPS["maximum"], (-x.astype(dtype), -as_tensor(y).astype(dtype)))


def clip(x: Any, low: Any = None, high: Any = None) -> Tensor:
    """x, but at least `low` and at most `high`; gradients pass within the bounds, the bounds included.

    >>> clip([-1.0, 0.5, 3.0], 0.0, 1.0)
    Tensor([0. , 0.5, 1. ])
    """
    t = as_tensor(x)
    if low is not None:
        t = where(t < low, low, t)
    return t if high is None else where(t > high, high, t)


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition holds, b elsewhere.

    >>> where([True, False], 1.0, [5.0, 6.0])
    Tensor([1., 6.])
    """
    a, b = (x if isinstance(x, (bool, int, float)) else as_tensor(x) for x in (a, b))
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        a = as_tensor(a)
    return apply(OPS["where"], (as_tensor(condition), a, b))


def isnan(x: Any) -> Tensor:
    """True where x is not a number.

    >>> isnan([1.0, float("nan")])
    Tensor([False,  True])
    """
    t = as_tensor(x)
    return t != t


# -- along axes ----------------------------------------------------------------------------------------------------


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
    t = _float(x)
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
    t = _float(x)
    axes = axes_of("logsumexp", axis, t.ndim)
    top = t.detach().max(axes, keepdims=True)
    top = where(abs(top) == np.inf, 0.0, top)  # inf - inf is no number
    with np.errstate(divide="ignore"):  # log 0 = -inf is the answer where every entry is -inf
        total = log(exp(t - top).sum(axes, keepdims=True)) + top
    return total if keepdims else total.squeeze(axes)


# -- layout --------------------------------------------------------------------------------------------------------


def reshape(x: Any, shape: int | Sequence[int]) -> Tensor:
    """The entries, in order, in another shape.

    >>> reshape([1.0, 2.0], (2, 1)).shape
    (2, 1)
    """
    return as_tensor(x).reshape(shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order; reversed when none is given.

    >>> transpose(zeros((2, 3))).shape
    (3, 2)
    """
    t = as_tensor(x)
    return t.transpose() if axes is None else t.transpose(axes)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged.

    >>> swapaxes(zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return as_tensor(x).swapaxes(axis1, axis2)


def expand_dims(x: Any, axis: int) -> Tensor:
    """A new axis of length 1 at `axis`.

    >>> expand_dims([1.0, 2.0], 0).shape
    (1, 2)
    """
    t = as_tensor(x)
    at = axis_of("expand_dims", axis, t.ndim + 1)
    return t.reshape((*t.shape[:at], 1, *t.shape[at:]))


def squeeze(x: Any, axis: Axis = None) -> Tensor:
    """Without its axes of length 1, or without the ones named.

    >>> squeeze(zeros((1, 3, 1))).shape
    (3,)
    """
    return as_tensor(x).squeeze(axis)


def broadcast_to(x: Any, shape: Sequence[int]) -> Tensor:
    """x repeated to fill `shape`.

    >>> broadcast_to([1.0, 2.0], (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return apply(OPS["broadcast_to"], (as_tensor(x),), {"shape": tuple(shape)})


def flip(x: Any, axis: Axis = None) -> Tensor:
    """The order along `axis` reversed.

    >>> flip([1.0, 2.0])
    Tensor([2., 1.])
    """
    t = as_tensor(x)
    return apply(OPS["flip"], (t,), {"axis": axes_of("flip", axis, t.ndim)})


def concatenate(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """Several values, one after another along an axis they have.

    >>> concatenate([[1.0], [2.0, 3.0]])
    Tensor([1., 2., 3.])
    """
    ts = [as_tensor(x) for x in xs]
    if not ts:
        raise ShapeError("concatenate: no values were given; at least one is needed.")
    return apply(OPS["concatenate"], tuple(ts), {"axis": axis_of("concatenate", axis, ts[0].ndim)})


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """Several values of one shape, along a new axis.

    >>> stack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def split(x: Any, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of x between the given positions, or that many equal parts.

    >>> [part.tolist() for part in split([1.0, 2.0, 3.0], [1])]
    [[1.0], [2.0, 3.0]]
    """
    t = as_tensor(x)
    a = axis_of("split", axis, t.ndim)
    n = t.shape[a]
    if isinstance(sections, (int, np.integer)):
        if sections < 1 or n % sections:
            raise ShapeError(f"split: {n} entries on axis {a} do not fall into {sections} equal parts.")
        sections = [n // sections * k for k in range(1, sections)]
    bounds = [0, *sections, n]
    return [t[(slice(None),) * a + (slice(i, j),)] for i, j in zip(bounds[:-1], bounds[1:], strict=True)]


def pad(x: Any, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """x with (before, after) entries of `value` added on each axis.

    >>> pad([1.0], [(1, 2)])
    Tensor([0., 1., 0., 0.])
    """
    t = as_tensor(x)
    before, after = tuple(b for b, _ in widths), tuple(a for _, a in widths)
    attrs = {"before": before, "after": after, "between": (0,) * len(before), "value": value}
    return apply(OPS["pad"], (t,), attrs)


# -- by position ---------------------------------------------------------------------------------------------------


def take(x: Any, index: Any, axis: int = 0) -> Tensor:
    """The entries at the given positions along `axis`.

    >>> take([10.0, 20.0, 30.0], [2, 0])
    Tensor([30., 10.])
    """
    t = as_tensor(x)
    at = axis_of("take", axis, t.ndim)
    return t[(slice(None),) * at + (positions(index),)]


def take_along_axis(x: Any, index: Any, axis: int) -> Tensor:
    """y[.., k, ..] = x[.., index[.., k, ..], ..]: a position of its own for every line along `axis`.

    x and index agree on every other axis.  Raises ShapeError otherwise.

    >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]])
    """
    t, i = as_tensor(x), positions(index)
    a = axis_of("take_along_axis", axis, t.ndim)
    if i.ndim != t.ndim or any(m != n for k, (m, n) in enumerate(zip(i.shape, t.shape, strict=True)) if k != a):
        raise ShapeError(f"take_along_axis: x {t.shape} and index {i.shape} must agree on every axis but {a}.")
    return t[tuple(i if k == a else lines for k, lines in enumerate(np.ogrid[tuple(map(slice, i.shape))]))]


# -- new values ----------------------------------------------------------------------------------------------------


def zeros(shape: int | Sequence[int], dtype: Any = np.float32) -> Tensor:
    """All 0.

    >>> zeros(2)
    Tensor([0., 0.])
    """
    return Tensor(np.zeros(shape, dtype))


def ones(shape: int | Sequence[int], dtype: Any = np.float32) -> Tensor:
    """All 1.

    >>> ones(2)
    Tensor([1., 1.])
    """
    return Tensor(np.ones(shape, dtype))


def full(shape: int | Sequence[int], value: float, dtype: Any = np.float32) -> Tensor:
    """All `value`.

    >>> full(2, 7.0)
    Tensor([7., 7.])
    """
    return Tensor(np.full(shape, value, dtype))


def zeros_like(x: Any) -> Tensor:
    """All 0, in the shape and dtype of x.

    >>> zeros_like([1.0, 2.0])
    Tensor([0., 0.])
    """
    return Tensor(np.zeros(as_tensor(x).shape, as_tensor(x).dtype))


def ones_like(x: Any) -> Tensor:
    """All 1, in the shape and dtype of x.

    >>> ones_like([1.0, 2.0])
    Tensor([1., 1.])
    """
    return Tensor(np.ones(as_tensor(x).shape, as_tensor(x).dtype))


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """start, start + step, ... up to, not including, stop; from 0 when one bound is given.

    >>> arange(3)
    Tensor([0, 1, 2])
    """
    bounds: list[Any] = [0, start, step] if stop is None else [start, stop, step]
    values = np.arange(*bounds, dtype=dtype)
    return Tensor(values if dtype is not None or values.dtype.kind != "f" else values.astype(np.float32))


# -- chance --------------------------------------------------------------------------------------------------------


def uniform(key: Any, shape: int | Sequence[int]) -> Tensor:
    """Numbers in [0, 1), float32, from a counter-based key: the same on every engine.

    u = floor(bits / 2^8) / 2^24: the 24 bits that a float32 holds exactly.   key (2,) uint32, see pellucid.random.key

    >>> from pellucid.random import key
    >>> uniform(key(7), 3)
    Tensor([0.14276183, 0.448937  , 0.735721  ])
    """
    lengths = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(shape)
    bits = apply(OPS["random_bits"], (as_tensor(key),), {"shape": lengths})
    return floor(bits.astype(np.float64) * 2.0**-8).astype(np.float32) * 2.0**-24
