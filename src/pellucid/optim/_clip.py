"""Bounds on gradients, to be set between backward() and step().

Here: `clip_grad_norm_` and `clip_grad_value_`; PyTorch keeps them in torch.nn.utils.
Elsewhere: the optimizers that use the gradients are in the modules beside this one.
Imports: numpy, pellucid.errors, pellucid.tensor.
"""

import functools
import math
from collections.abc import Iterable

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.ops._primitive import Array
from pellucid.tensor._symbol import SYMBOLS, is_symbol, require_all, tracer
from pellucid.tensor._tensor import Tensor

ROOM = 1e-6  # added to the norm before dividing by it, as PyTorch does


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Shrink all gradients together, in place, so that their common norm is at most max_norm; returns the norm before.

        g <- g min(1, max_norm / (|g| + 1e-6)),    |g| = (sum |g_i|^p)^(1/p) over all entries of all gradients

    norm_type: p, math.inf for the greatest |g_i|.  Parameters without a gradient count for nothing; 0 without any.
    Raises DataError, with error_if_nonfinite, when the norm is not finite; the gradients stay as they are then.
    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, ICML 2013.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> (w * [3.0, 4.0]).sum().backward()
    >>> clip_grad_norm_([w], max_norm=0.5)
    Tensor(5.)
    >>> w.grad
    Tensor([0.29999995, 0.39999992])
    """
    if not (max_norm >= 0 and norm_type > 0):
        raise ParameterError(
            f"clip_grad_norm_: max_norm is {max_norm} and norm_type {norm_type}; give max_norm >= 0 and norm_type > 0."
        )
    gradients = _gradients(parameters)
    if tracer() is not None:
        return _traced_clip(gradients, max_norm, norm_type, error_if_nonfinite)
    norm = _norm(np.array([_norm(g.data.ravel(), norm_type) for g in gradients]), norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise DataError(
            f"clip_grad_norm_: the norm of the gradients is {norm}, so they cannot be scaled to {max_norm}. Look for "
            f"infinite or missing values in the loss, lower the learning rate, or give error_if_nonfinite=False."
        )
    share = max_norm / (norm + ROOM)
    if not share >= 1:
        with np.errstate(invalid="ignore"):  # infinity times 0 is nan, and is to be seen in the parameters
            for g in gradients:
                g.data *= share
                g.touch()
    return Tensor.wrap(np.asarray(norm, np.result_type(*(g.dtype for g in gradients)) if gradients else np.float32))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Move every entry of every gradient into [-clip_value, clip_value], in place.

    Raises ParameterError for a negative clip_value.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> (w * [3.0, -0.25]).sum().backward()
    >>> clip_grad_value_([w], 0.5); w.grad
    Tensor([ 0.5 , -0.25])
    """
    if not clip_value >= 0:
        raise ParameterError(f"clip_grad_value_: clip_value is {clip_value}; it must be >= 0.")
    for g in _gradients(parameters):
        if is_symbol(g.data):
            g.data[...] = -SYMBOLS.maximum(-SYMBOLS.maximum(g.data, -clip_value), -clip_value)
            continue
        g.data.clip(-clip_value, clip_value, out=g.data)
        g.touch()


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The gradients that are there, each writable: one in read-only memory is replaced by a copy."""
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    with_gradient = [p for p in given if p.grad is not None]
    for p in with_gradient:
        if tracer() is None and not p.grad.data.flags.writeable:
            p.grad = Tensor.wrap(p.grad.data.copy())
    return [p.grad for p in with_gradient]


def _traced_clip(gradients: list[Tensor], max_norm: float, p: float, error_if_nonfinite: bool) -> Tensor:
    """The same, written down: the sizes are scaled by the greatest, which keeps their powers within range."""
    o, sizes = SYMBOLS, [SYMBOLS.absolute(g.data) for g in gradients]
    if not sizes:
        return Tensor.wrap(np.zeros((), np.float32))
    greatest = functools.reduce(o.maximum, [o.max(o.reshape(s, shape=(-1,)), axis=(0,), keepdims=False) for s in sizes])
    norm = greatest
    if p != math.inf:
        scale = o.where(greatest > 0, greatest, 1.0)
        powers = [o.sum((s / scale) ** p, axis=tuple(range(s.ndim)), keepdims=False) for s in sizes]
        norm = scale * functools.reduce(lambda a, b: a + b, powers) ** (1.0 / p)
    if error_if_nonfinite:
        require_all(norm < math.inf, lambda: DataError("clip_grad_norm_: the norm of the gradients is not finite."))
    share = max_norm / (norm + ROOM)
    for g in gradients:
        g.data[...] = g.data * o.where(share < 1, share, 1.0)
    return Tensor.wrap(norm)


def _norm(x: Array, p: float) -> float:
    """(sum |x_i|^p)^(1/p) of x (n,), scaled by the greatest |x_i| where the sum leaves the dtype's range."""
    with np.errstate(over="ignore", under="ignore"):
        norm = _unscaled(x, p)
    greatest = float(np.abs(x).max(initial=0.0)) if norm in (0.0, math.inf) else 0.0
    return greatest * _unscaled(x / greatest, p) if 0.0 < greatest < math.inf else norm


def _unscaled(x: Array, p: float) -> float:
    if p == 2:
        return math.sqrt(float(x @ x))
    size = np.abs(x)
    return float(size.max(initial=0.0)) if p == math.inf else float((size**p).sum()) ** (1.0 / p)
