"""Functions of tensors, entry by entry, under NumPy's names and composed of primitives.

Here: functions of one number, of pairs, and choices; Tensors, arrays and numbers are accepted alike.
Elsewhere: functions along axes are in _reductions.py, those that move entries in _layout.py, new tensors in
_creation.py; the methods and operators of Tensor are in _tensor.py; softmax, losses and the like are in pellucid.nn.
Imports: numpy, pellucid.ops, pellucid.tensor.
"""

from typing import Any

import numpy as np

from pellucid.ops._table import OPS
from pellucid.tensor._tensor import Tensor, apply, as_tensor


def as_float(x: Any) -> Tensor:
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
    return apply(OPS["floor"], (as_float(x),))


def exp(x: Any) -> Tensor:
    """e^x.

    >>> exp(0.0)
    Tensor(1.)
    """
    return apply(OPS["exp"], (as_float(x),))


def expm1(x: Any) -> Tensor:
    """e^x - 1, exact also near 0.

    >>> expm1(0.0)
    Tensor(0.)
    """
    return apply(OPS["expm1"], (as_float(x),))


def log(x: Any) -> Tensor:
    """The natural logarithm.

    >>> log(1.0)
    Tensor(0.)
    """
    return apply(OPS["log"], (as_float(x),))


def log1p(x: Any) -> Tensor:
    """log(1 + x), exact also near 0.

    >>> log1p(0.0)
    Tensor(0.)
    """
    return apply(OPS["log1p"], (as_float(x),))


def sqrt(x: Any) -> Tensor:
    """The square root.

    >>> sqrt(9.0)
    Tensor(3.)
    """
    return apply(OPS["sqrt"], (as_float(x),))


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
    return apply(OPS["sin"], (as_float(x),))


def cos(x: Any) -> Tensor:
    """The cosine of x in radians.

    >>> cos(0.0)
    Tensor(1.)
    """
    return apply(OPS["cos"], (as_float(x),))


def tanh(x: Any) -> Tensor:
    """(e^x - e^-x) / (e^x + e^-x).

    >>> tanh(0.0)
    Tensor(0.)
    """
    return apply(OPS["tanh"], (as_float(x),))


def erf(x: Any) -> Tensor:
    """The error function, 2 / sqrt(pi) int_0^x e^(-t^2) dt.

    >>> erf(0.0)
    Tensor(0.)
    """
    return apply(OPS["erf"], (as_float(x),))


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
