"""Activations as modules, to stand between layers.

Here: `Activation`, what all have in common; ReLU, LeakyReLU, ELU, GELU, SiLU, Sigmoid, Tanh, Softplus, Softmax,
LogSoftmax. None has anything to learn.
Elsewhere: the computations, with equation, derivative and source, are in _activation_functions.py.
Imports: pellucid.persistence, pellucid.nn, pellucid.tensor.

All take x (*) to (*), but Softmax and LogSoftmax, which need the axis `dim`, under PyTorch's name.
"""

from abc import ABC
from typing import Any, Literal, final

from pellucid.nn._activation_functions import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from pellucid.nn._module import Module
from pellucid.persistence import register
from pellucid.tensor._functions import tanh
from pellucid.tensor._tensor import Tensor


class Activation(Module, ABC):
    """A function between layers, with nothing to learn."""

    operations: int = 1  # for every entry; exp, log, tanh and erf count as one

    @final
    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """So many `operations` for every entry; comparisons are left out."""
        return self.operations * int(output.size)


@final
@register("nn.ReLU")
class ReLU(Activation):
    """max(x, 0); see functional.relu.

    >>> ReLU()([-2.0, 3.0])
    Tensor([0., 3.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return relu(x)


@final
@register("nn.LeakyReLU")
class LeakyReLU(Activation):
    """x for x > 0, else negative_slope x; see functional.leaky_relu.

    >>> LeakyReLU(0.5)([-2.0, 3.0])
    Tensor([-1.,  3.])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        """The constructor's argument."""
        return f"negative_slope={self.negative_slope}"


@final
@register("nn.ELU")
class ELU(Activation):
    """x for x > 0, else alpha (e^x - 1); see functional.elu.

    >>> ELU(alpha=2.0)([-1e4, 3.0])
    Tensor([-2.,  3.])
    """

    operations = 2  # expm1, times alpha

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return elu(x, self.alpha)

    def extra_repr(self) -> str:
        """The constructor's argument."""
        return f"alpha={self.alpha}"


@final
@register("nn.GELU")
class GELU(Activation):
    """x times the chance that a standard normal number is less than x; see functional.gelu.

    approximate: "none", or "tanh" for the cheaper formula of the original GPT.

    >>> GELU()([-1e4, 0.0, 1e4])
    Tensor([   -0.,     0., 10000.])
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        self.approximate = approximate
        self.operations = 5 if approximate == "none" else 9  # as the formulas are written

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return gelu(x, self.approximate)

    def extra_repr(self) -> str:
        """The constructor's argument."""
        return f"approximate={self.approximate!r}"


@final
@register("nn.SiLU")
class SiLU(Activation):
    """x sigmoid(x), also called swish; see functional.silu.

    >>> SiLU()([0.0, 1e4])
    Tensor([    0., 10000.])
    """

    operations = 4  # a sigmoid and a product

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return silu(x)


@final
@register("nn.Sigmoid")
class Sigmoid(Activation):
    """1 / (1 + e^-x); see functional.sigmoid.

    >>> Sigmoid()([-1e4, 0.0, 1e4])
    Tensor([0. , 0.5, 1. ])
    """

    operations = 3  # exp, sum, quotient

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*), within [0, 1]"""
        return sigmoid(x)


@final
@register("nn.Tanh")
class Tanh(Activation):
    """(e^x - e^-x) / (e^x + e^-x); see pellucid.tensor.tanh.

    >>> Tanh()([-1e4, 0.0, 1e4])
    Tensor([-1.,  0.,  1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*), within [-1, 1]"""
        return tanh(x)


@final
@register("nn.Softplus")
class Softplus(Activation):
    """log(1 + e^(beta x)) / beta, and x itself where beta x > threshold; see functional.softplus.

    >>> Softplus()([-1e4, 1e4])
    Tensor([    0., 10000.])
    """

    operations = 4  # times beta, exp, log1p, by beta

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, x: Tensor) -> Tensor:
        """x (*) -> (*)"""
        return softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"beta={self.beta}, threshold={self.threshold}"


@final
@register("nn.Softmax")
class Softmax(Activation):
    """Positive shares of 1 in the proportions of e^x along the axis `dim`; see functional.softmax.

    Before CrossEntropyLoss it is one too many: that loss takes the logits.

    >>> Softmax()([1e4, 1e4])
    Tensor([0.5, 0.5])
    """

    operations = 4  # gap to the maximum, exp, sum, quotient

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """x (.., K, ..) -> (.., K, ..)"""
        return softmax(x, self.dim)

    def extra_repr(self) -> str:
        """The constructor's argument."""
        return f"dim={self.dim}"


@final
@register("nn.LogSoftmax")
class LogSoftmax(Activation):
    """The logarithm of softmax along the axis `dim`, for NLLLoss; see functional.log_softmax.

    >>> LogSoftmax()([1e4, -1e4])
    Tensor([     0., -20000.])
    """

    operations = 4  # gap to the maximum, exp, sum, difference

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """x (.., K, ..) -> (.., K, ..)"""
        return log_softmax(x, self.dim)

    def extra_repr(self) -> str:
        """The constructor's argument."""
        return f"dim={self.dim}"
