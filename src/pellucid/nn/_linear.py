"""The linear layer, and the layers that compute nothing: identity, flatten, unflatten.

Here: Linear, Identity, Flatten, Unflatten, and the function `linear`.
Elsewhere: the matrix product is a primitive (pellucid.ops); convolutions are in _convolution.py.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.persistence, pellucid.random, pellucid.tensor.
"""

import math
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.nn._module import Module
from pellucid.nn._parameter import Parameter, fill_uniform
from pellucid.nn._sizes import whole
from pellucid.ops._shapes import axis_of
from pellucid.ops._table import OPS
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_ADD, _MATMUL, _RESHAPE = OPS["add"], OPS["matmul"], OPS["reshape"]
_TIMES_TRANSPOSED = {"flip_a": False, "flip_b": True}


def linear(x: Any, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """An affine map of the last axis.

        y = x W^T + b

    x (*, in), weight (out, in), bias (out,) -> y (*, out).  Raises ShapeError when the last axis of x is not `in`.

    >>> linear([[1.0, 2.0]], Tensor([[3.0, 4.0]]), Tensor([0.5]))
    Tensor([[11.5]])
    """
    t = x if isinstance(x, Tensor) else Tensor(x)
    shape, (width, features) = t.data.shape, weight.data.shape
    if not shape or shape[-1] != features:
        raise ShapeError(_misfit(shape, features))
    flat = len(shape) == 2
    rows = t if flat else apply(_RESHAPE, (t,), {"shape": (math.prod(shape[:-1]), features)})
    y = apply(_MATMUL, (rows, weight), _TIMES_TRANSPOSED)
    if bias is not None:
        y = apply(_ADD, (y, bias))
    return y if flat else apply(_RESHAPE, (y,), {"shape": (*shape[:-1], width)})


def _misfit(shape: tuple[int, ...], features: int) -> str:
    if len(shape) > 2 and math.prod(shape[1:]) == features:
        remedy = "Put Flatten() before this layer."
    elif shape and math.prod(shape) == features:
        remedy = f"x.reshape(1, {features}) makes it a batch of one."
    elif len(shape) > 1 and shape[-2] == features:
        remedy = "Its last two axes look exchanged: x.mT."
    else:
        remedy = f"Give in_features={shape[-1]}, or bring the input to it." if shape else "A number has no features."
    return f"expected an input of shape (*, {features}), got {shape}: in_features is {features}. {remedy}"


@register("nn.Linear")
@final
class Linear(Module):
    """An affine map of the last axis.

        y = x W^T + b,    W (out_features, in_features),  b (out_features,)

    x (*, in_features) -> y (*, out_features).  Initially W and b are drawn from U(-1/sqrt(in), 1/sqrt(in)).
    bias: False leaves b out.  seed: an int gives the same entries every time.
    Raises ShapeError when the last axis of x is not in_features.  Source: torch.nn.Linear, whose names it has.

    >>> layer = Linear(3, 2, seed=0)
    >>> layer, layer([[1.0, 2.0, 3.0]]).shape
    (Linear(in_features=3, out_features=2, bias=True), (1, 2))
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, dtype: Any = np.float32, seed: Seed = None
    ) -> None:
        self.in_features = whole("in_features", in_features, low=0)
        self.out_features = whole("out_features", out_features, low=0)
        self.weight = Parameter.blank((out_features, in_features), dtype)
        self.register_parameter("bias", Parameter.blank((out_features,), dtype) if bias else None)
        self._begin(seed)

    def initialise(self, rng: np.random.Generator) -> None:
        """PyTorch's default; see the class."""
        fill_uniform(rng, self.weight, self.bias)

    def forward(self, x: Any) -> Tensor:
        """x (*, in_features) -> (*, out_features)."""
        return linear(x, self.weight, self.bias)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """2 in_features for every entry of the output, and 1 more for its bias."""
        return int(output.size * (2 * self.in_features + (self.bias is not None)))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


@register("nn.Identity")
@final
class Identity(Module):
    """y = x: the place of a layer that is not there.

    >>> Identity()(Tensor([1.0]))
    Tensor([1.])
    """

    def forward(self, x: Any) -> Any:
        """x -> x."""
        return x

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None are needed."""
        return 0


@register("nn.Flatten")
@final
class Flatten(Module):
    """The axes start_dim to end_dim as one.

    x (N, A, B, ...) -> (N, A B ...) by default.  Raises ShapeError for an axis that x does not have.

    >>> Flatten()(np.zeros((5, 2, 3))).shape
    (5, 6)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Tensor:
        """x (A.., B.., C..) -> (A.., prod B, C..)."""
        t = as_tensor(x)
        shape = t.shape or (1,)  # a number counts as one entry
        first, last = axis_of("start_dim", self.start_dim, len(shape)), axis_of("end_dim", self.end_dim, len(shape))
        if last < first:
            raise ShapeError(f"axis end_dim={last} of {shape} comes before start_dim={first}; exchange them.")
        return t.reshape(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None are needed."""
        return 0

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


@register("nn.Unflatten")
@final
class Unflatten(Module):
    """The axis `dim` as several; undoes Flatten.

    unflattened_size: the lengths of the new axes; one of them may be -1, to be worked out.
    Raises ShapeError when their product is not the length of the axis.

    >>> Unflatten(1, (2, 3))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = dim
        self.unflattened_size = tuple(whole("unflattened_size", n, low=-1) for n in unflattened_size)

    def forward(self, x: Any) -> Tensor:
        """x (A.., n, B..) -> (A.., unflattened_size.., B..)."""
        t = as_tensor(x)
        at = axis_of("dim", self.dim, t.ndim)
        n, lengths = t.shape[at], self.unflattened_size
        known = math.prod(m for m in lengths if m != -1)
        if lengths.count(-1) > 1 or (n % known if known and -1 in lengths else n != known):
            raise ShapeError(
                f"axis {at} of {t.shape} has {n} entries, which do not fill {lengths}; the product must be {n}."
            )
        filled = (n // known if m == -1 else m for m in lengths)
        return t.reshape(*t.shape[:at], *filled, *t.shape[at + 1 :])

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None are needed."""
        return 0

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
