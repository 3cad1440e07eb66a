"""Activations as functions.

Here: relu, leaky_relu, elu, gelu, silu, sigmoid, softplus, softmax, log_softmax; `as_float`, how the functions of this
package read an argument.
Elsewhere: they are offered as pellucid.nn.functional; as modules they are in _activations.py; tanh is
pellucid.tensor.tanh.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.

x is a Tensor, an array or numbers, of any shape; whole numbers become float32. Values and derivatives stay finite,
without a warning, far beyond the point where e^x leaves the floating-point numbers.
"""

import math
from typing import Any, Literal

import numpy as np

from pellucid.errors import ParameterError
from pellucid.ops._shapes import axis_of
from pellucid.ops._table import OPS
from pellucid.tensor._functions import erf, exp, expm1, log, tanh, where
from pellucid.tensor._tensor import Tensor, apply, as_tensor


def as_float(x: Any) -> Tensor:
    """x as a Tensor of floating-point numbers; whole numbers and truth values become float32.

    >>> as_float(np.array([1, 2])).dtype
    dtype('float32')
    """
    t = as_tensor(x)
    return t if t.dtype.kind == "f" else t.astype(np.float32)


def relu(x: Any) -> Tensor:
    """max(x, 0);  derivative 1 for x > 0, else 0, also at 0.   x (*) -> (*)

    Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.

    >>> relu([-2.0, 0.0, 3.0])
    Tensor([0., 0., 3.])
    """
    return apply(OPS["relu"], (as_float(x),))


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Tensor:
    """x for x > 0, else negative_slope x;  derivative 1 or negative_slope, the latter at 0.   x (*) -> (*)

    Source: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> leaky_relu([-2.0, 0.0, 3.0], 0.1)
    Tensor([-0.2,  0. ,  3. ])
    """
    t = as_float(x)
    return where(t > 0, t, t * negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x for x > 0, else alpha (e^x - 1);  derivative 1 or alpha e^x, the latter at 0.   x (*) -> (*)

    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by ELUs", 2016, equation 15.

    >>> elu([-1e4, 0.0, 3.0])
    Tensor([-1.,  0.,  3.])
    """
    t = as_float(x)
    positive = t > 0
    return where(positive, t, expm1(where(positive, 0.0, t)) * alpha)  # e^x overflows where it is not used


def gelu(x: Any, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """x Phi(x), Phi the standard normal distribution function;  derivative Phi(x) + x phi(x).   x (*) -> (*)

        "none":  Phi(x) = (1 + erf(x / sqrt 2)) / 2
        "tanh":  Phi(x) ~ (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, off by less than 5e-4

    Raises ParameterError for another `approximate`.
    Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016, section 2.

    >>> gelu([-1e4, 0.0, 1e4])
    Tensor([   -0.,     0., 10000.])
    """
    t = as_float(x)
    if approximate == "none":
        return t * 0.5 * (erf(t * math.sqrt(0.5)) + 1.0)
    if approximate == "tanh":
        inner = t * (t * t * 0.044715 + 1.0) * math.sqrt(2.0 / math.pi)
        return t * 0.5 * (tanh(inner) + 1.0)
    raise ParameterError(f"gelu: approximate is {approximate!r}; it must be 'none' or 'tanh'.")


def silu(x: Any) -> Tensor:
    """x sigmoid(x), also called swish;  derivative s + x s (1 - s), s = sigmoid(x).   x (*) -> (*)

    Source: Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018, equations 1 and 2.

    >>> silu([-1e4, 0.0, 1e4])
    Tensor([   -0.,     0., 10000.])
    """
    t = as_float(x)
    return t * apply(OPS["sigmoid"], (t,))


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + e^-x);  derivative y (1 - y).   x (*) -> (*), within [0, 1]

    >>> sigmoid([-1e4, 0.0, 1e4])
    Tensor([0. , 0.5, 1. ])
    """
    return apply(OPS["sigmoid"], (as_float(x),))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(beta x)) / beta, a smooth relu;  derivative sigmoid(beta x).   x (*) -> (*)

    Where beta x > threshold it is x itself, as in PyTorch; the formula needs no such help, but is off from x by no
    more than e^-threshold / beta there.  Raises ParameterError for beta = 0.
    Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", 2001.

    >>> softplus([-1e4, 1e4])
    Tensor([    0., 10000.])
    """
    if beta == 0:
        raise ParameterError("softplus: beta is 0; it divides the result, so it must be another number.")
    t = as_float(x)
    scaled = t if beta == 1 else t * beta
    smooth = apply(OPS["softplus"], (scaled,))
    return where(scaled > threshold, t, smooth if beta == 1 else smooth * (1.0 / beta))


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Positive shares of 1 in the proportions of e^x along `axis`.   x (.., K, ..) -> (.., K, ..)

        y_k = e^(x_k - m) / sum_j e^(x_j - m),    m = max_j x_j,    dx = y (dy - sum_j dy_j y_j)

    m changes nothing but keeps e^x from overflowing.  Raises ShapeError for an axis x does not have.
    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> softmax([1e4, 1e4, -1e4])
    Tensor([0.5, 0.5, 0. ])
    """
    t = as_float(x)
    along = (axis_of("softmax", axis, t.ndim),)
    e = exp(_below_top(t, along))
    return e / apply(OPS["sum"], (e,), {"axis": along, "keepdims": True})


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of softmax, finite also where softmax itself is 0.   x (.., K, ..) -> (.., K, ..)

        y_k = (x_k - m) - log sum_j e^(x_j - m),    m = max_j x_j,    dx = dy - softmax(x) sum_j dy_j

    m is taken off before the two terms meet: x - logsumexp(x) would round log K away beside a large m.
    Raises ShapeError for an axis x does not have.

    >>> log_softmax([1e4, -1e4])
    Tensor([     0., -20000.])
    """
    t = as_float(x)
    along = (axis_of("log_softmax", axis, t.ndim),)
    z = _below_top(t, along)
    return z - log(apply(OPS["sum"], (exp(z),), {"axis": along, "keepdims": True}))


def _below_top(x: Tensor, axis: tuple[int, ...]) -> Tensor:
    """x - max x along `axis`, the maximum taken as a constant: what is computed from it does not depend on it."""
    return x - apply(OPS["max"], (x.detach(),), {"axis": axis, "keepdims": True})
