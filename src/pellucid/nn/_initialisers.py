"""Starting values of weights.

Here: PyTorch's initialisers, each in place on one Tensor, which it returns; chance comes from `seed`.
Elsewhere: they are offered as pellucid.nn.init; which layer starts with which one is said in the layer's class.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.tensor; SciPy when trunc_normal_ is called.

seed is a whole number >= 0, a numpy.random.Generator (several weights can draw from one, in order) or None; numbers
are drawn in float64 and rounded to the Tensor's dtype, so that one seed means the same weights in every precision.
For weights (O, C, K..) the fans are fan_in = C prod K and fan_out = O prod K: the number of terms in one entry of
the layer's value, and in one entry of its input's gradient.
"""

import math
from typing import Literal

import numpy as np

from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.ops._primitive import Array
from pellucid.random import Seed, generator
from pellucid.tensor._node import no_grad
from pellucid.tensor._tensor import Tensor

GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv_transpose2d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "leaky_relu": math.sqrt(2.0),  # at slope 0; calculate_gain takes the slope into account
    "selu": 0.75,
}
"""PyTorch's table: by how much a nonlinearity shrinks the standard deviation of what passes through it."""


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor on a weight's standard deviation that makes up for the nonlinearity after it.

        linear, conv, sigmoid: 1,   tanh: 5/3,   relu: sqrt 2,   leaky_relu: sqrt(2 / (1 + slope^2)),   selu: 3/4

    param: the slope of leaky_relu, 0.01 when none is given.  Raises ParameterError for a name not in the table.
    Source: He et al., "Delving deep into rectifiers", 2015, equations 10 and 15; tanh and selu as in PyTorch.

    >>> calculate_gain("relu") ** 2, calculate_gain("tanh")
    (2.0000000000000004, 1.6666666666666667)
    """
    if nonlinearity not in GAINS:
        raise ParameterError(
            f"calculate_gain: nonlinearity is {nonlinearity!r}; it must be one of {', '.join(map(repr, GAINS))}."
        )
    if nonlinearity != "leaky_relu":
        return GAINS[nonlinearity]
    slope = 0.01 if param is None else _finite("calculate_gain", "param", param)
    return math.sqrt(2.0 / (1.0 + slope**2))


# -- fixed values --------------------------------------------------------------------------------------------------


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every entry `val`.

    >>> constant_(Tensor([1.0, 2.0]), 0.5)
    Tensor([0.5, 0.5])
    """
    return _filled(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Every entry 1.

    >>> ones_(Tensor([5.0, 2.0]))
    Tensor([1., 1.])
    """
    return _filled(tensor, 1)


def zeros_(tensor: Tensor) -> Tensor:
    """Every entry 0.

    >>> zeros_(Tensor([5.0, 2.0]))
    Tensor([0., 0.])
    """
    return _filled(tensor, 0)


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal, 0 elsewhere: a linear layer that passes on its input.   tensor (O, C)

    Raises ShapeError unless the Tensor has two axes.

    >>> eye_(Tensor([[5.0, 5.0, 5.0], [5.0, 5.0, 5.0]]))
    Tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ShapeError(f"eye_: the Tensor has shape {tensor.shape}; a diagonal needs two axes, (O, C).")
    return _filled(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


# -- independent entries -------------------------------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, *, seed: Seed = None) -> Tensor:
    """Every entry drawn evenly from [a, b): mean (a + b) / 2, variance (b - a)^2 / 12.

    Raises ParameterError unless a <= b.

    >>> bool((abs(uniform_(Tensor([0.0] * 9), -0.1, 0.1, seed=0).numpy()) <= 0.1).all())
    True
    """
    low, high = _finite("uniform_", "a", a), _finite("uniform_", "b", b)
    if low > high:
        raise ParameterError(f"uniform_: a is {a} and b is {b}; the interval [a, b) needs a <= b.")
    return _filled(_floating("uniform_", tensor), generator(seed).uniform(low, high, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, *, seed: Seed = None) -> Tensor:
    """Every entry drawn from the normal distribution of this mean and standard deviation.

    Raises ParameterError unless std >= 0.

    >>> normal_(Tensor([0.0, 0.0]), mean=3.0, std=0.0, seed=0)
    Tensor([3., 3.])
    """
    centre, spread = _finite("normal_", "mean", mean), _not_negative("normal_", "std", std)
    return _filled(_floating("normal_", tensor), generator(seed).normal(centre, spread, tensor.shape))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, *, seed: Seed = None
) -> Tensor:
    """Every entry drawn from the normal distribution, given that it lies in [a, b].

        x = mean + std Phi^-1(u),    u even on [Phi((a - mean) / std), Phi((b - mean) / std)]

    a and b are values, not multiples of std, as in PyTorch. An interval above the mean is drawn in its mirror image,
    because floating-point numbers tell Phi near 0 far better than near 1.
    Raises ParameterError unless std > 0 and a < b.
    Source: Devroye, Non-Uniform Random Variate Generation, 1986, section II.2.

    >>> x = trunc_normal_(Tensor([0.0] * 1000), a=10.0, b=11.0, seed=0).numpy()
    >>> bool((10 <= x).all() and (x <= 11).all())
    True
    """
    from scipy.special import log_ndtr, ndtri_exp

    centre, spread = _finite("trunc_normal_", "mean", mean), _not_negative("trunc_normal_", "std", std)
    if spread == 0 or not a < b:
        raise ParameterError(f"trunc_normal_: std is {std}, a is {a}, b is {b}; wanted are std > 0 and a < b.")
    low, high = (a - centre) / spread, (b - centre) / spread
    side = -1.0 if low + high > 0 else 1.0
    low, high = (low, high) if side > 0 else (-high, -low)
    lowest, highest = log_ndtr(low), log_ndtr(high)  # log Phi: Phi itself is 0 in float64 below -38
    u = generator(seed).uniform(0.0, 1.0, _floating("trunc_normal_", tensor).shape)
    log_u = highest + np.log1p((u - 1.0) * -math.expm1(lowest - highest))  # log of Phi(high) + (u - 1)(the difference)
    return _filled(tensor, np.clip(centre + side * spread * ndtri_exp(log_u), a, b))


# -- entries scaled by the fans ------------------------------------------------------------------------------------


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, *, seed: Seed = None) -> Tensor:
    """Even on [-b, b): keeps the variance of values and of gradients, on average, from layer to layer.

        b = gain sqrt(6 / (fan_in + fan_out)),    variance gain^2 2 / (fan_in + fan_out)

    tensor (O, C, K..).  Raises ShapeError for fewer than two axes.
    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.

    >>> bool(abs(xavier_uniform_(Tensor([[0.0] * 4] * 2), seed=0).numpy()).max() <= 1.0)
    True
    """
    bound = math.sqrt(3.0) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, seed=seed)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, *, seed: Seed = None) -> Tensor:
    """Normal with mean 0: keeps the variance of values and of gradients, on average, from layer to layer.

        standard deviation gain sqrt(2 / (fan_in + fan_out))

    tensor (O, C, K..).  Raises ShapeError for fewer than two axes.  Source: Glorot and Bengio 2010, equation 12.

    >>> xavier_normal_(Tensor([[1.0, 2.0]]), gain=0.0, seed=0)
    Tensor([[0., 0.]])
    """
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), seed=seed)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> Tensor:
    """Even on [-b, b): keeps the variance of values ("fan_in") or of gradients ("fan_out") under a rectifier.

        b = gain sqrt(3 / fan),    variance gain^2 / fan,    gain = calculate_gain(nonlinearity, a)

    tensor (O, C, K..); a: the slope of leaky_relu, 0 for relu.  Linear and convolution layers start with a = sqrt 5,
    which makes b = 1 / sqrt(fan_in).  Raises ShapeError for fewer than two axes, ParameterError for another mode.
    Source: He et al., "Delving deep into rectifiers", 2015, equations 10 and 14.

    >>> bool(abs(kaiming_uniform_(Tensor([[0.0] * 4] * 2), a=5**0.5, seed=0).numpy()).max() <= 0.5)
    True
    """
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, seed=seed)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    seed: Seed = None,
) -> Tensor:
    """Normal with mean 0: keeps the variance of values ("fan_in") or of gradients ("fan_out") under a rectifier.

        standard deviation gain / sqrt(fan),    gain = calculate_gain(nonlinearity, a)

    tensor (O, C, K..); a: the slope of leaky_relu, 0 for relu.  Raises ShapeError for fewer than two axes,
    ParameterError for another mode.  Source: He et al. 2015, equations 10 and 14.

    >>> kaiming_normal_(Tensor([[0.0, 0.0]]), seed=0).shape
    (1, 2)
    """
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), seed=seed)


def orthogonal_(tensor: Tensor, gain: float = 1.0, *, seed: Seed = None) -> Tensor:
    """A random matrix with orthonormal rows (columns, where there are more rows), times `gain`: keeps every length.

        W W^T = gain^2 I   for O <= C prod K,    W^T W = gain^2 I   else,    W (O, C prod K)

    Evenly distributed over all such matrices: Q of a normal matrix A = Q R, its signs set so that diag R > 0.
    tensor (O, C, K..).  Raises ShapeError for fewer than two axes.
    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014, section 3;
    the signs: Mezzadri, "How to generate random matrices from the classical compact groups", 2007, section 5.

    >>> w = orthogonal_(Tensor([[0.0] * 3] * 2), seed=0)
    >>> bool(abs((w @ w.mT).numpy() - np.eye(2)).max() < 1e-6)
    True
    """
    _fans("orthogonal_", _floating("orthogonal_", tensor))
    factor = _finite("orthogonal_", "gain", gain)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    tall = generator(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return _filled(tensor, factor * (q if rows >= columns else q.T).reshape(tensor.shape))


# -- what they share -----------------------------------------------------------------------------------------------


def _filled(tensor: Tensor, values: Array | float) -> Tensor:
    with no_grad():
        tensor[...] = values
    return tensor


def _fans(name: str, tensor: Tensor) -> tuple[int, int]:
    """fan_in and fan_out of weights (O, C, K..)."""
    if tensor.ndim < 2:
        raise ShapeError(
            f"{name}: the Tensor has shape {tensor.shape}; the fans of weights need two axes or more, (O, C, K..). "
            f"A bias is started with zeros_ or uniform_."
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _xavier_std(name: str, tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _fans(name, tensor)
    return _not_negative(name, "gain", gain) * math.sqrt(2.0 / max(fan_in + fan_out, 1))


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fans = dict(zip(("fan_in", "fan_out"), _fans(name, tensor), strict=True))
    if mode not in fans:
        raise ParameterError(f"{name}: mode is {mode!r}; it must be 'fan_in' or 'fan_out'.")
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fans[mode], 1))


def _floating(name: str, tensor: Tensor) -> Tensor:
    if tensor.dtype.kind != "f":
        raise DtypeError(f"{name}: draws real numbers, the Tensor holds {tensor.dtype}; make it float32 or float64.")
    return tensor


def _finite(name: str, what: str, value: float) -> float:
    if not math.isfinite(value):
        raise ParameterError(f"{name}: {what} is {value}; it must be a finite number.")
    return float(value)


def _not_negative(name: str, what: str, value: float) -> float:
    if _finite(name, what, value) < 0:
        raise ParameterError(f"{name}: {what} is {value}; it must be >= 0.")
    return float(value)
