"""Convolutions over one and two spatial axes, and their transposes.

Here: Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, and the functions they call.
Elsewhere: the primitives conv and conv_input are in pellucid.ops; pooling is in _pooling.py.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.persistence, pellucid.random, pellucid.tensor.
"""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, final

import numpy as np

from pellucid.errors import ParameterError, ShapeError
from pellucid.nn._images import batched, channels_misfit
from pellucid.nn._module import Module
from pellucid.nn._parameter import Parameter, fill_uniform
from pellucid.nn._sizes import Lengths, Size, per_axis, whole
from pellucid.ops._table import OPS
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tensor._layout import pad
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_CONV, _CONV_INPUT, _RESHAPE = OPS["conv"], OPS["conv_input"], OPS["reshape"]


# -- functions ---------------------------------------------------------------------------------------------------------


def conv1d(
    x: Any,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """As `conv2d`, over one spatial axis.   x (N, C, L) or (C, L), weight (O, C / groups, K)

    >>> conv1d([[1.0, 2.0, 4.0]], Tensor([[[-1.0, 1.0]]]))
    Tensor([[1., 2.]])
    """
    return _conv(x, weight, bias, groups, *_moves(1, stride, padding, dilation))


def conv2d(
    x: Any,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """The products of a small kernel with every place of an image, summed.

        y[n, o, p] = b[o] + sum_{c, k} w[o, c, k] x[n, c, stride p + dilation k - padding]

    x (N, C, H, W) or (C, H, W), weight (O, C / groups, K, K'), bias (O,) -> y (N, O, P, P') or (O, P, P').
    padding: zeros on both sides of each axis; "valid" for none; "same" for a result as large as x (stride 1).
    groups: channels fall into so many blocks, each with kernels of its own.
    Raises ShapeError when the channels do not fit, or the kernel is larger than the padded image.

    >>> conv2d(np.ones((1, 4, 4)), Tensor(np.ones((1, 1, 3, 3))), padding=1)[0, 0].tolist()
    [4.0, 6.0, 6.0, 4.0]
    """
    return _conv(x, weight, bias, groups, *_moves(2, stride, padding, dilation))


def conv_transpose1d(
    x: Any,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """As `conv_transpose2d`, over one spatial axis.   x (N, C, L) or (C, L), weight (C, O / groups, K)

    >>> conv_transpose1d([[1.0, 2.0]], Tensor([[[1.0, 10.0]]]))
    Tensor([[ 1., 12., 20.]])
    """
    return _conv_transpose(x, weight, bias, groups, *_moves_back(1, stride, padding, dilation, output_padding))


def conv_transpose2d(
    x: Any,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """The derivative of conv2d with respect to its image: each entry lays down a copy of the kernel.

        y[n, o, stride p + dilation k - padding] += w[c, o, k] x[n, c, p],   from y = b[o]

    x (N, C, P, P') or (C, P, P'), weight (C, O / groups, K, K'), bias (O,) -> y (N, O, H, W) or (O, H, W) with
    H = (P - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    output_padding: rows added at the end, to choose among the sizes that conv2d takes to P; less than stride.
    Raises ShapeError when the channels do not fit or nothing is left, ParameterError for a wrong output_padding.

    >>> conv_transpose2d(np.ones((1, 2, 2)), Tensor(np.ones((1, 1, 2, 2))))[0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    return _conv_transpose(x, weight, bias, groups, *_moves_back(2, stride, padding, dilation, output_padding))


def _moves(rank: int, stride: Size, padding: Size | str, dilation: Size) -> tuple[Lengths, Lengths | str, Lengths]:
    """How a kernel moves, one number an axis each.  Raises ParameterError for what is outside its limits."""
    step, spread = per_axis("stride", stride, rank), per_axis("dilation", dilation, rank)
    if not isinstance(padding, str):
        return step, per_axis("padding", padding, rank, low=0), spread
    if padding not in ("valid", "same"):
        raise ParameterError(f"padding: must be 'valid', 'same' or whole numbers >= 0, got {padding!r}.")
    if padding == "same" and max(step) > 1:
        raise ParameterError(f"padding: 'same' needs stride 1, got {step}; give the padding in numbers.")
    return step, padding, spread


def _moves_back(
    rank: int, stride: Size, padding: Size, dilation: Size, output_padding: Size
) -> tuple[Lengths, Lengths, Lengths, Lengths]:
    """As `_moves`, for a transposed convolution, and its output_padding."""
    step, spread = per_axis("stride", stride, rank), per_axis("dilation", dilation, rank)
    extra = per_axis("output_padding", output_padding, rank, low=0)
    if any(e >= s for e, s in zip(extra, step, strict=True)):
        raise ParameterError(f"output_padding: must be less than stride on every axis; got {extra}, stride {step}.")
    return step, per_axis("padding", padding, rank, low=0), spread, extra


def _conv(
    x: Any,
    weight: Tensor,
    bias: Tensor | None,
    groups: int,
    stride: Lengths,
    padding: Lengths | str,
    dilation: Lengths,
) -> Tensor:
    t, lone = _fitting(x, len(stride), weight.shape[1] * groups)
    if isinstance(padding, str):
        t, padding = _by_name(padding, t, weight.shape[2:], dilation)
    y = apply(_CONV, (t, weight), {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups})
    return _finished(y, bias, lone)


def _conv_transpose(
    x: Any,
    weight: Tensor,
    bias: Tensor | None,
    groups: int,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    extra: Lengths,
) -> Tensor:
    t, lone = _fitting(x, len(stride), weight.shape[0])
    axes = zip(t.shape[2:], weight.shape[2:], stride, padding, dilation, extra, strict=True)
    size = tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, d, e in axes)
    if min(size) < 1:
        raise ShapeError(f"an input of {t.shape[2:]} leaves {size} after cutting padding {padding}; use less padding.")
    attrs = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "size": size}
    return _finished(apply(_CONV_INPUT, (t, weight), attrs), bias, lone)


def _fitting(x: Any, rank: int, channels: int) -> tuple[Tensor, bool]:
    """x with a batch axis, and whether it was added.  Raises ShapeError unless it has these channels."""
    given = as_tensor(x)
    t, lone = batched(given, rank)
    if t.data.ndim != rank + 2 or t.data.shape[1] != channels:
        raise ShapeError(channels_misfit(given.shape, rank, "in_channels", channels))
    return t, lone


def _by_name(padding: str, x: Tensor, kernel: Lengths, dilation: Lengths) -> tuple[Tensor, Lengths]:
    """x and the padding on both sides that "valid" or "same" stand for; an odd zero goes to the end of x."""
    total = [d * (k - 1) * (padding == "same") for k, d in zip(kernel, dilation, strict=True)]
    if any(n % 2 for n in total):
        x = pad(x, [(0, 0), (0, 0), *((0, n % 2) for n in total)])
    return x, tuple(n // 2 for n in total)


def _finished(y: Tensor, bias: Tensor | None, lone: bool) -> Tensor:
    """y with its bias, and without the batch axis that was added to a lone input."""
    if bias is not None:
        y = y + apply(_RESHAPE, (bias,), {"shape": (bias.data.shape[0], *(1,) * (y.data.ndim - 2))})
    return y.reshape(y.shape[1:]) if lone else y


# -- layers ------------------------------------------------------------------------------------------------------------


class _Convolution(Module, ABC):
    """What the layers share: their arguments, their weights, and how these begin."""

    rank: ClassVar[int]  # number of spatial axes
    transposed: ClassVar[bool] = False
    weight: Parameter
    bias: Parameter | None
    padding: Any  # numbers, or in the plain layers a name
    output_padding: Lengths

    def _set_up(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size,
        padding: Size | str,
        dilation: Size,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: Any,
        seed: Seed,
    ) -> None:
        if padding_mode != "zeros":
            raise ParameterError(
                f"padding_mode: must be 'zeros', got {padding_mode!r}; pad the input before the layer."
            )
        self.in_channels, self.out_channels = whole("in_channels", in_channels), whole("out_channels", out_channels)
        self.groups = whole("groups", groups)
        if in_channels % groups or out_channels % groups:
            raise ParameterError(
                f"groups: {groups} must divide both in_channels={in_channels} and out_channels={out_channels}."
            )
        self.kernel_size = per_axis("kernel_size", kernel_size, self.rank)
        self.stride, self.padding, self.dilation = _moves(self.rank, stride, padding, dilation)
        self.padding_mode = padding_mode
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter.blank((first, second // groups, *self.kernel_size), dtype)
        self.register_parameter("bias", Parameter.blank((out_channels,), dtype) if bias else None)
        self._begin(seed)

    def initialise(self, rng: np.random.Generator) -> None:
        """PyTorch's default: U(-b, b), b = 1 / sqrt(second length of the weight times the entries of its kernel)."""
        fill_uniform(rng, self.weight, self.bias)

    @abstractmethod
    def forward(self, x: Any) -> Tensor:
        """x (N, in_channels, S..) or (in_channels, S..) -> the same with out_channels and other S."""

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """2 for every product of a weight with an entry, padding included, and 1 for the bias of an output entry."""
        pairs = inputs[0].size if self.transposed else output.size
        return int(2 * pairs * math.prod(self.weight.shape[1:]) + (output.size if self.bias is not None else 0))

    def extra_repr(self) -> str:
        """The constructor's arguments; those at their defaults are left out, as PyTorch does."""
        one, none = (1,) * self.rank, (0,) * self.rank
        said = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        options = (
            ("padding", self.padding, none),
            ("output_padding", getattr(self, "output_padding", none), none),
            ("dilation", self.dilation, one),
            ("groups", self.groups, 1),
            ("bias", self.bias is not None, True),
        )
        return said + "".join(f", {name}={value!r}" for name, value, usual in options if value != usual)


class _Plain(_Convolution, ABC):
    """What Conv1d and Conv2d share; they differ in their number of spatial axes only."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = np.float32,
        seed: Seed = None,
    ) -> None:
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype, seed
        )

    def forward(self, x: Any) -> Tensor:
        """x (N, in_channels, S..) or (in_channels, S..) -> (N, out_channels, P..) or (out_channels, P..)."""
        return _conv(x, self.weight, self.bias, self.groups, self.stride, self.padding, self.dilation)


@register("nn.Conv1d")
@final
class Conv1d(_Plain):
    """As Conv2d, over one spatial axis.   x (N, C, L) or (C, L) -> (N, O, P) or (O, P), weight (O, C / groups, K)

    >>> Conv1d(2, 4, 3, seed=0)(np.zeros((5, 2, 10))).shape
    (5, 4, 8)
    """

    rank = 1


@register("nn.Conv2d")
@final
class Conv2d(_Plain):
    """Small kernels moved over images; see `conv2d` for the equation.

    x (N, in_channels, H, W) or (in_channels, H, W) -> y (N, out_channels, P, P') or (out_channels, P, P') with
    P = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1.
    kernel_size, stride, padding, dilation: one number, or one for each spatial axis; padding also "same" or "valid".
    groups: in_channels and out_channels fall into so many blocks that do not see each other.
    padding_mode: only "zeros".  seed: an int gives the same initial weights every time; they are drawn from U(-b, b),
    b = 1 / sqrt(in_channels / groups * kernel entries).
    Raises ShapeError when x has other channels or axes, or is smaller than the kernel.
    Source: torch.nn.Conv2d, whose names it has.

    >>> Conv2d(3, 8, kernel_size=3, padding=1, seed=0)(np.zeros((2, 3, 28, 28))).shape
    (2, 8, 28, 28)
    """

    rank = 2


class _Transposed(_Convolution, ABC):
    """What the two transposed layers share; they differ in their number of spatial axes only."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = np.float32,
        seed: Seed = None,
    ) -> None:
        *_, self.output_padding = _moves_back(self.rank, stride, padding, dilation, output_padding)
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype, seed
        )

    def forward(self, x: Any) -> Tensor:
        """x (N, in_channels, P..) or (in_channels, P..) -> (N, out_channels, S..) or (out_channels, S..)."""
        move = (self.stride, self.padding, self.dilation, self.output_padding)
        return _conv_transpose(x, self.weight, self.bias, self.groups, *move)


@register("nn.ConvTranspose1d")
@final
class ConvTranspose1d(_Transposed):
    """As ConvTranspose2d, over one spatial axis.   x (N, C, P) or (C, P), weight (C, O / groups, K)

    >>> ConvTranspose1d(2, 4, 3, stride=2, seed=0)(np.zeros((5, 2, 10))).shape
    (5, 4, 21)
    """

    rank = 1


@register("nn.ConvTranspose2d")
@final
class ConvTranspose2d(_Transposed):
    """The transpose of Conv2d, for growing images; see `conv_transpose2d` for the equation.

    x (N, in_channels, P, P') or (in_channels, P, P') -> y (N, out_channels, H, W) or (out_channels, H, W) with
    H = (P - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.
    weight (in_channels, out_channels / groups, K, K').  Other arguments as in Conv2d.
    Raises ShapeError when x has other channels or axes.  Source: torch.nn.ConvTranspose2d, whose names it has.

    >>> ConvTranspose2d(8, 3, kernel_size=2, stride=2, seed=0)(np.zeros((2, 8, 14, 14))).shape
    (2, 3, 28, 28)
    """

    rank = 2
