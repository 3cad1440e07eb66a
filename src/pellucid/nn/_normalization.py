"""Normalisation: entries brought to mean 0 and variance 1, over the batch, over features, or over groups of channels.

Here: BatchNorm1d/2d, LayerNorm, GroupNorm, and the functions they call.
Elsewhere: mean and variance of plain tensors are in pellucid.tensor.
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.persistence, pellucid.tensor.

The variance is the mean of squared gaps from the mean (two passes): E x^2 - (E x)^2 loses all digits for a large mean.
"""

import math
from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, final

import numpy as np

from pellucid.errors import ParameterError, ShapeError
from pellucid.nn._images import channels_misfit
from pellucid.nn._module import Module
from pellucid.nn._parameter import Parameter
from pellucid.nn._sizes import whole
from pellucid.nn._state import assign
from pellucid.persistence import register
from pellucid.tensor._functions import sqrt
from pellucid.tensor._tensor import Tensor, as_tensor

# -- functions ---------------------------------------------------------------------------------------------------------


def batch_norm(
    x: Any,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float | Tensor = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel brought to mean 0 and variance 1 over batch and spatial axes, then scaled and shifted.

        y[n, c, s] = (x[n, c, s] - m[c]) / sqrt(v[c] + eps) * weight[c] + bias[c]

    x (N, C, S..); the others (C,).  training: m and v are mean and (biased) variance of x, and the running ones move
    towards them in place: r <- (1 - momentum) r + momentum m, with the unbiased variance.  Else m and v are the
    running ones.  Raises ShapeError for other channels, and in training for a single entry a channel.

    >>> batch_norm([[1.0], [3.0]], None, None, training=True, eps=0.0).tolist()
    [[-1.0], [1.0]]
    """
    t = as_tensor(x)
    known = next((p for p in (running_mean, weight) if p is not None), None)
    if t.ndim < 2 or (known is not None and t.shape[1] != known.size):
        channels = known.size if known is not None else "C"
        raise ShapeError(
            f"expected an input of shape (N, {channels}, ..), got {t.shape}: there are {channels} channels."
        )
    axes, column = (0, *range(2, t.ndim)), (t.shape[1], *(1,) * (t.ndim - 2))
    if training or running_mean is None or running_var is None:
        n = t.size // t.shape[1] if t.shape[1] else 0
        if n < 2:
            raise ShapeError(
                f"an input of {t.shape} has {n} entries a channel, whose variance says nothing; use a larger batch "
                f"(drop a last batch of one), or eval() to normalise by the running statistics."
            )
        mean = t.mean(axes, keepdims=True)
        gap = t - mean
        var = (gap * gap).mean(axes, keepdims=True)
        if running_mean is not None and running_var is not None:
            _move(running_mean, mean, momentum)
            _move(running_var, var * (n / (n - 1)), momentum)
    else:
        gap, var = t - running_mean.reshape(column), running_var.reshape(column)
    scale = 1.0 / sqrt(var + eps)
    if weight is not None:
        scale = scale * weight.reshape(column)
    y = gap * scale
    return y if bias is None else y + bias.reshape(column)


def _move(running: Tensor, seen: Tensor, momentum: float | Tensor) -> None:
    """running <- (1 - momentum) running + momentum seen."""
    new = seen.detach().reshape(running.shape)
    assign(running, running + (new - running) * momentum)


def layer_norm(
    x: Any,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """The trailing axes brought to mean 0 and variance 1, each row by itself, then scaled and shifted entry by entry.

        y = (x - m) / sqrt(v + eps) * weight + bias,    m, v mean and (biased) variance over the trailing axes

    x (*, normalized_shape), weight and bias (normalized_shape) -> y (*, normalized_shape).
    Raises ShapeError when the trailing axes of x are others.

    >>> layer_norm([[1.0, 3.0]], (2,), eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    t, shape = as_tensor(x), tuple(normalized_shape)
    if t.shape[t.ndim - len(shape) :] != shape or t.ndim < len(shape):
        inner = ", ".join(map(str, shape))
        raise ShapeError(
            f"expected an input of shape (*, {inner}), got {t.shape}: normalized_shape is {shape}. Give "
            f"normalized_shape={t.shape[-len(shape) :]}, or bring the input to it."
        )
    y = _standardised(t, tuple(range(t.ndim - len(shape), t.ndim)), eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def group_norm(
    x: Any, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Groups of channels brought to mean 0 and variance 1, each image by itself, then scaled and shifted by channel.

        y = (x - m) / sqrt(v + eps) * weight[c] + bias[c],    m, v over the channels of a group and all spatial axes

    x (N, C, S..), weight and bias (C,) -> y (N, C, S..).
    Raises ShapeError when num_groups does not divide C, or C is not that of weight.

    >>> group_norm([[1.0, 3.0, 10.0, 30.0]], 2, eps=0.0).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    t = as_tensor(x)
    channels = t.shape[1] if t.ndim > 1 else 0
    if t.ndim < 2 or channels % num_groups or (weight is not None and weight.size != channels):
        wanted = weight.size if weight is not None else f"a multiple of {num_groups}"
        raise ShapeError(
            f"expected an input of shape (N, C, ..) with C = {wanted}, got {t.shape}: num_groups={num_groups}."
        )
    grouped = t.reshape(t.shape[0], num_groups, math.prod(t.shape[1:]) // num_groups)
    y = _standardised(grouped, (2,), eps).reshape(t.shape)
    column = (channels, *(1,) * (t.ndim - 2))
    y = y if weight is None else y * weight.reshape(column)
    return y if bias is None else y + bias.reshape(column)


def _standardised(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    """(x - mean) / sqrt(variance + eps), both over `axes`."""
    gap = x - x.mean(axes, keepdims=True)
    return gap * (1.0 / sqrt((gap * gap).mean(axes, keepdims=True) + eps))


# -- layers ------------------------------------------------------------------------------------------------------------


class _BatchNorm(Module, ABC):
    """What BatchNorm1d and BatchNorm2d share; they differ in the axes they take only."""

    ranks: ClassVar[tuple[int, ...]]  # numbers of spatial axes taken
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        self.num_features = n = whole("num_features", num_features)
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter.blank((n,), dtype) if affine else None)
        self.register_parameter("bias", Parameter.blank((n,), dtype) if affine else None)
        self.register_buffer("running_mean", np.empty(n, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.empty(n, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.empty((), np.int64) if track_running_stats else None)
        self._begin()

    def initialise(self, rng: np.random.Generator) -> None:
        """weight 1, bias 0; running mean 0, running variance 1, no batches seen."""
        for values, start in ((self.weight, 1), (self.bias, 0)):
            if values is not None:
                values.fill(start)
        self.reset_running_stats()

    def reset_running_stats(self) -> None:
        """Forget the batches seen."""
        for buffer, start in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            if buffer is not None:
                assign(buffer, Tensor(np.full(buffer.shape, start)))

    def forward(self, x: Any) -> Tensor:
        """x (N, num_features, S..) -> the same shape."""
        t = as_tensor(x)
        if t.data.ndim - 2 not in self.ranks or t.data.shape[1] != self.num_features:
            raise ShapeError(channels_misfit(t.shape, self.ranks[-1], "num_features", self.num_features, lone=False))
        momentum: float | Tensor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            assign(self.num_batches_tracked, self.num_batches_tracked + 1)
            if self.momentum is None:  # the plain mean of all batches
                momentum = (1.0 / self.num_batches_tracked).astype(t.dtype)
        return batch_norm(
            t, self.running_mean, self.running_var, self.weight, self.bias, self.training, momentum, self.eps
        )

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """For every entry: gap and scale, 2, and the shift, 1; in training 3 more for mean and variance.

        What is done once a channel is left out.
        """
        batch = self.training or self.running_mean is None
        return int(output.size * (2 + self.affine + 3 * batch))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


@register("nn.BatchNorm1d")
@final
class BatchNorm1d(_BatchNorm):
    """As BatchNorm2d, for rows of features or one spatial axis.   x (N, C) or (N, C, L), num_features = C

    >>> norm = BatchNorm1d(1, eps=0.0)
    >>> norm([[1.0], [3.0]]).tolist(), norm.running_mean.tolist()
    ([[-1.0], [1.0]], [0.20000000298023224])
    """

    ranks = (0, 1)


@register("nn.BatchNorm2d")
@final
class BatchNorm2d(_BatchNorm):
    """Each channel brought to mean 0 and variance 1, then scaled and shifted; see `batch_norm` for the equation.

    x (N, num_features, H, W) -> y of the same shape.
    In training the batch's own mean and variance are used, and the running ones follow: momentum is the share of the
    new batch, None for the plain mean of all batches.  In use (`eval()`) the running ones are used.
    affine: learn `weight` and `bias`.  track_running_stats: False keeps none, and always uses those of the batch.
    Raises ShapeError for other channels or axes, and in training for a single entry a channel.
    Source: Ioffe and Szegedy, "Batch normalization", ICML 2015; names and details of torch.nn.BatchNorm2d.

    >>> BatchNorm2d(3)(np.random.default_rng(0).normal(size=(4, 3, 5, 5))).shape
    (4, 3, 5, 5)
    """

    ranks = (2,)


@register("nn.LayerNorm")
@final
class LayerNorm(Module):
    """The trailing axes brought to mean 0 and variance 1, each row by itself; see `layer_norm` for the equation.

    normalized_shape: the lengths of those axes, or the length of the last.  elementwise_affine: learn `weight`, and
    with bias=True `bias`, of that shape.
    Source: Ba, Kiros and Hinton, "Layer normalization", 2016; names of torch.nn.LayerNorm.

    >>> LayerNorm(2, eps=0.0)([[1.0, 3.0]]).tolist()
    [[-1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        given = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        self.normalized_shape = tuple(whole("normalized_shape", n) for n in given)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.register_parameter("weight", Parameter.blank(shape, dtype) if elementwise_affine else None)
        self.register_parameter("bias", Parameter.blank(shape, dtype) if elementwise_affine and bias else None)
        self._begin()

    def initialise(self, rng: np.random.Generator) -> None:
        """weight 1, bias 0."""
        _fill_affine(self.weight, self.bias)

    def forward(self, x: Any) -> Tensor:
        """x (*, normalized_shape) -> the same shape."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """For every entry: mean, gap, its square, variance and scale, 5, and 1 each for weight and bias."""
        return int(output.size * (5 + (self.weight is not None) + (self.bias is not None)))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


@register("nn.GroupNorm")
@final
class GroupNorm(Module):
    """Groups of channels brought to mean 0 and variance 1, each image by itself; see `group_norm` for the equation.

    x (N, num_channels, S..) -> y of the same shape.  affine: learn `weight` and `bias`, one a channel.
    Raises ParameterError when num_groups does not divide num_channels.
    Source: Wu and He, "Group normalization", ECCV 2018; names of torch.nn.GroupNorm.

    >>> GroupNorm(2, 4, eps=0.0)([[1.0, 3.0, 10.0, 30.0]]).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, dtype: Any = np.float32
    ) -> None:
        self.num_groups, self.num_channels = whole("num_groups", num_groups), whole("num_channels", num_channels)
        if num_channels % num_groups:
            raise ParameterError(f"num_groups: {num_groups} must divide num_channels={num_channels}.")
        self.eps, self.affine = eps, affine
        self.register_parameter("weight", Parameter.blank((num_channels,), dtype) if affine else None)
        self.register_parameter("bias", Parameter.blank((num_channels,), dtype) if affine else None)
        self._begin()

    def initialise(self, rng: np.random.Generator) -> None:
        """weight 1, bias 0."""
        _fill_affine(self.weight, self.bias)

    def forward(self, x: Any) -> Tensor:
        """x (N, num_channels, S..) -> the same shape."""
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """For every entry: mean, gap, its square, variance and scale, 5, and 2 for weight and bias."""
        return int(output.size * (5 + 2 * self.affine))

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def _fill_affine(weight: Parameter | None, bias: Parameter | None) -> None:
    for values, start in ((weight, 1.0), (bias, 0.0)):
        if values is not None:
            values.fill(start)
