"""Pooling: one number for each window of an image.

Here: MaxPool1d/2d, AvgPool1d/2d, AdaptiveAvgPool1d/2d, and the functions they call.
Elsewhere: the primitives windows and window_argmax are in pellucid.ops; convolutions are in _convolution.py.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.persistence, pellucid.tensor.
"""

import math
from abc import ABC
from typing import Any, ClassVar, final

import numpy as np

from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.nn._images import batched, expected_images
from pellucid.nn._module import Module
from pellucid.nn._sizes import Lengths, Size, per_axis, whole
from pellucid.ops._primitive import Array
from pellucid.ops._table import OPS
from pellucid.persistence import register
from pellucid.tensor._layout import pad
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_WINDOWS, _ARGMAX, _GATHER, _MATMUL = OPS["windows"], OPS["window_argmax"], OPS["gather"], OPS["matmul"]


# -- functions ---------------------------------------------------------------------------------------------------------


def max_pool1d(
    x: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    """As `max_pool2d`, over one spatial axis.   x (N, C, L) or (C, L)

    >>> max_pool1d([[1.0, 3.0, 2.0, 0.0]], 2)
    Tensor([[3., 2.]])
    """
    return _max_pool(1, x, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    x: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest entry of each window; the gradient goes to the first of equal ones.

        y[n, c, p] = max_k x[n, c, stride p + dilation k - padding]

    x (N, C, H, W) or (C, H, W).  stride: kernel_size when not given.  padding: entries that are never the maximum, at
    most half a window.  ceil_mode: a last window may reach over the end.
    Raises ShapeError when x has other axes or is smaller than a window.

    >>> max_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)[0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    return _max_pool(2, x, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    x: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """As `avg_pool2d`, over one spatial axis.   x (N, C, L) or (C, L)

    >>> avg_pool1d([[1.0, 3.0, 2.0, 0.0]], 2)
    Tensor([[2., 1.]])
    """
    return _avg_pool(1, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    x: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window.

        y[n, c, p] = sum_k x[n, c, stride p + k - padding] / number of k

    x (N, C, H, W) or (C, H, W).  stride: kernel_size when not given.  padding: zeros on both sides, at most half a
    window; count_include_pad says whether they count.  ceil_mode: a last window may reach over the end; what lies
    beyond the padding does not count.  Raises ShapeError when x has other axes or is smaller than a window.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)[0].tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """
    return _avg_pool(2, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def adaptive_avg_pool1d(x: Any, output_size: int | None) -> Tensor:
    """As `adaptive_avg_pool2d`, over one spatial axis.   x (N, C, L) or (C, L)

    >>> adaptive_avg_pool1d([[1.0, 2.0, 3.0]], 2)
    Tensor([[1.5, 2.5]])
    """
    return _adaptive_avg_pool(1, x, output_size)


def adaptive_avg_pool2d(x: Any, output_size: int | tuple[int | None, ...] | None) -> Tensor:
    """The means over a given number of windows, whatever the size of the image.

        y[n, c, i, j] = mean of x[n, c, floor(i H / P) : ceil((i + 1) H / P), the same for j]

    x (N, C, H, W) or (C, H, W) -> (N, C, P, P') or (C, P, P').  output_size: P for both axes, or (P, P'); None keeps
    the length of an axis.  Windows overlap by an entry where P does not divide H.
    Raises ShapeError when x has other axes, or no entries.

    >>> adaptive_avg_pool2d(np.arange(9.0).reshape(1, 3, 3), 1).tolist()
    [[[4.0]]]
    """
    return _adaptive_avg_pool(2, x, output_size)


def _max_pool(
    rank: int, x: Any, kernel_size: Size, stride: Size | None, padding: Size, dilation: Size, ceil_mode: bool
) -> Tensor:
    t, lone = _images(x, rank)
    size, step, margin = _window(rank, kernel_size, stride, padding)
    spread = per_axis("dilation", dilation, rank)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(size, spread, strict=True))
    wide = _padded(t, margin, _overhang(t.shape[2:], reach, step, margin, ceil_mode), -np.inf)
    best = apply(_ARGMAX, (wide,), {"size": size, "stride": step, "dilation": spread})
    apart = all(s >= r for s, r in zip(step, reach, strict=True))  # then no entry is the maximum of two windows
    y = apply(_GATHER, (wide.flatten(), best), {"axis": 0, "unique": apart})
    return y.reshape(y.shape[1:]) if lone else y


def _avg_pool(
    rank: int, x: Any, kernel_size: Size, stride: Size | None, padding: Size, ceil_mode: bool, count_include_pad: bool
) -> Tensor:
    t, lone = _images(x, rank)
    size, step, margin = _window(rank, kernel_size, stride, padding)
    over = _overhang(t.shape[2:], size, step, margin, ceil_mode)
    wide = _padded(t, margin, over, 0.0)
    seen = apply(_WINDOWS, (wide,), {"size": size, "stride": step, "dilation": (1,) * rank})  # (N, C, P.., K..)
    total = seen.sum(tuple(range(-rank, 0)))
    share: float | Array = 1.0 / math.prod(size)
    if any(over) or (any(margin) and not count_include_pad):  # windows do not all count the same number of entries
        axes = zip(t.shape[2:], size, step, margin, over, strict=True)
        counts = np.ix_(*(_counts(n, k, s, p, e, count_include_pad) for n, k, s, p, e in axes))
        share = np.reciprocal(math.prod(counts), dtype=t.dtype)
    y = total * share
    return y.reshape(y.shape[1:]) if lone else y


def _adaptive_avg_pool(rank: int, x: Any, output_size: int | tuple[int | None, ...] | None) -> Tensor:
    t, lone = _images(x, rank)
    spatial = t.shape[2:]
    if min(spatial) < 1:
        raise ShapeError(f"an image of {spatial} has no entries; nothing can be averaged.")
    wanted = tuple(n if p is None else p for n, p in zip(spatial, _wanted(rank, output_size), strict=True))
    if all(n % p == 0 for n, p in zip(spatial, wanted, strict=True)):
        size = tuple(n // p for n, p in zip(spatial, wanted, strict=True))
        y = _avg_pool(rank, t, size, None, 0, False, True)
    else:
        y = _uneven_means(t, wanted)
    return y.reshape(y.shape[1:]) if lone else y


def _wanted(rank: int, output_size: int | tuple[int | None, ...] | None) -> tuple[int | None, ...]:
    """One length an axis; None where that of the input stays."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    if len(given) != rank:
        raise ParameterError(f"output_size: must be one number, or {rank}, one an axis; got {output_size!r}.")
    return tuple(None if p is None else whole("output_size", p) for p in given)


def _uneven_means(x: Tensor, wanted: Lengths) -> Tensor:
    """Means over windows of several lengths: a matrix product with a matrix of means for each axis."""
    t = x.reshape(*x.shape[:2], 1, x.shape[2]) if len(wanted) == 1 else x  # (N, C, H, W)
    t = apply(_MATMUL, (t, _means(t.shape[3], wanted[-1], t.dtype)), {"flip_a": False, "flip_b": True})
    if len(wanted) == 1:
        return t.reshape(*x.shape[:2], wanted[0])
    return apply(_MATMUL, (_means(x.shape[2], wanted[0], t.dtype), t), {"flip_a": False, "flip_b": False})


def _means(n: int, p: int, dtype: Any) -> Array:
    """M (p, n) such that row i of M x is the mean of x[floor(i n / p) : ceil((i + 1) n / p)]."""
    row, column = np.arange(p)[:, None], np.arange(n)
    inside = (column >= row * n // p) & (column < -(-(row + 1) * n // p))
    return (inside / inside.sum(axis=1, keepdims=True)).astype(dtype)


def _images(x: Any, rank: int) -> tuple[Tensor, bool]:
    """x with a batch axis, and whether it was added.  Raises ShapeError, or DtypeError for whole numbers."""
    given = as_tensor(x)
    t, lone = batched(given, rank)
    if t.data.ndim != rank + 2:
        raise ShapeError(expected_images(given.shape, rank))
    if t.data.dtype.kind != "f":
        raise DtypeError(f"needs floating-point numbers, got {t.dtype}; cast first: x.astype('float32').")
    return t, lone


def _window(rank: int, kernel_size: Size, stride: Size | None, padding: Size) -> tuple[Lengths, Lengths, Lengths]:
    """Size, step and margin of the windows, one number an axis each."""
    size = per_axis("kernel_size", kernel_size, rank)
    step = size if stride is None else per_axis("stride", stride, rank)
    margin = per_axis("padding", padding, rank, low=0)
    if any(p > k // 2 for p, k in zip(margin, size, strict=True)):
        raise ParameterError(f"padding: must be at most half of kernel_size={size} on every axis, got {margin}.")
    return size, step, margin


def _overhang(spatial: Lengths, reach: Lengths, step: Lengths, margin: Lengths, ceil_mode: bool) -> Lengths:
    """By how much the last window goes beyond the padded end of each axis; it must begin before that end."""
    over = []
    for n, r, s, p in zip(spatial, reach, step, margin, strict=True):
        free = n + 2 * p - r
        begins = -(-free // s) * s
        over.append(begins - free if ceil_mode and free > 0 and begins < n + p else 0)
    return tuple(over)


def _padded(x: Tensor, margin: Lengths, over: Lengths, value: float) -> Tensor:
    if not any(margin) and not any(over):
        return x
    return pad(x, [(0, 0), (0, 0), *((p, p + e) for p, e in zip(margin, over, strict=True))], value)


def _counts(n: int, k: int, s: int, p: int, over: int, include_padding: bool) -> Array:
    """How many entries of each window along an axis count."""
    start = np.arange((n + 2 * p + over - k) // s + 1) * s
    low, high = (0, n + 2 * p) if include_padding else (p, p + n)
    return np.minimum(start + k, high) - np.maximum(start, low)


# -- layers ------------------------------------------------------------------------------------------------------------


class _MaxPool(Module, ABC):
    """What MaxPool1d and MaxPool2d share; they differ in their number of spatial axes only."""

    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode
        _window(self.rank, kernel_size, stride, padding)
        per_axis("dilation", dilation, self.rank)

    def forward(self, x: Any) -> Tensor:
        """x (N, C, S..) or (C, S..) -> the same with fewer entries on the spatial axes."""
        return _max_pool(self.rank, x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """One comparison for every entry of a window after the first."""
        return int(output.size * (math.prod(per_axis("kernel_size", self.kernel_size, self.rank)) - 1))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


@register("nn.MaxPool1d")
@final
class MaxPool1d(_MaxPool):
    """As MaxPool2d, over one spatial axis.   x (N, C, L) or (C, L)

    >>> MaxPool1d(2)(np.zeros((5, 3, 9))).shape
    (5, 3, 4)
    """

    rank = 1


@register("nn.MaxPool2d")
@final
class MaxPool2d(_MaxPool):
    """The largest entry of each window; see `max_pool2d` for the equation and the arguments.

    x (N, C, H, W) or (C, H, W) -> (N, C, P, P') or (C, P, P') with
    P = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, or ceil(...) + 1 with ceil_mode.
    Raises ShapeError when x has other axes or is smaller than a window.  Source: torch.nn.MaxPool2d.

    >>> MaxPool2d(2)(np.zeros((5, 3, 28, 28))).shape
    (5, 3, 14, 14)
    """

    rank = 2


class _AvgPool(Module, ABC):
    """What AvgPool1d and AvgPool2d share; they differ in their number of spatial axes only."""

    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad
        _window(self.rank, kernel_size, stride, padding)

    def forward(self, x: Any) -> Tensor:
        """x (N, C, S..) or (C, S..) -> the same with fewer entries on the spatial axes."""
        arguments = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return _avg_pool(self.rank, x, *arguments)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """As many as a window has entries: the additions between them, and one multiplication."""
        return int(output.size * math.prod(per_axis("kernel_size", self.kernel_size, self.rank)))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"ceil_mode={self.ceil_mode}, count_include_pad={self.count_include_pad}"
        )


@register("nn.AvgPool1d")
@final
class AvgPool1d(_AvgPool):
    """As AvgPool2d, over one spatial axis.   x (N, C, L) or (C, L)

    >>> AvgPool1d(2)(np.zeros((5, 3, 9))).shape
    (5, 3, 4)
    """

    rank = 1


@register("nn.AvgPool2d")
@final
class AvgPool2d(_AvgPool):
    """The mean of each window; see `avg_pool2d` for the equation and the arguments.

    x (N, C, H, W) or (C, H, W) -> (N, C, P, P') or (C, P, P') with
    P = floor((H + 2 padding - kernel_size) / stride) + 1, or ceil(...) + 1 with ceil_mode.
    Raises ShapeError when x has other axes or is smaller than a window.  Source: torch.nn.AvgPool2d.

    >>> AvgPool2d(2)(np.zeros((5, 3, 28, 28))).shape
    (5, 3, 14, 14)
    """

    rank = 2


class _AdaptiveAvgPool(Module, ABC):
    """What AdaptiveAvgPool1d and AdaptiveAvgPool2d share; they differ in their number of spatial axes only."""

    rank: ClassVar[int]

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        self.output_size = output_size
        _wanted(self.rank, output_size)

    def forward(self, x: Any) -> Tensor:
        """x (N, C, S..) or (C, S..) -> the same with output_size on the spatial axes."""
        return _adaptive_avg_pool(self.rank, x, self.output_size)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """As many as all windows have entries: the additions between them, and one multiplication each."""
        pairs = zip(inputs[0].shape[-self.rank :], output.shape[-self.rank :], strict=True)
        entries = (int((_means(n, p, np.float64) > 0).sum()) for n, p in pairs)
        return int(math.prod(output.shape[: -self.rank]) * math.prod(entries))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"output_size={self.output_size}"


@register("nn.AdaptiveAvgPool1d")
@final
class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """As AdaptiveAvgPool2d, over one spatial axis.   x (N, C, L) or (C, L)

    >>> AdaptiveAvgPool1d(4)(np.zeros((5, 3, 10))).shape
    (5, 3, 4)
    """

    rank = 1


@register("nn.AdaptiveAvgPool2d")
@final
class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means over a given number of windows, whatever the size of the image; see `adaptive_avg_pool2d`.

    x (N, C, H, W) or (C, H, W) -> (N, C, P, P') or (C, P, P'), output_size = P, or (P, P'); None keeps a length.
    Raises ShapeError when x has other axes, or no entries.  Source: torch.nn.AdaptiveAvgPool2d.

    >>> AdaptiveAvgPool2d((3, 1))(np.zeros((5, 8, 7, 7))).shape
    (5, 8, 3, 1)
    """

    rank = 2
