"""New tensors, under NumPy's names, and numbers drawn by chance.

Here: zeros, ones, full, their likenesses, arange; `uniform`.
Elsewhere: `Tensor` makes one of data; keys for chance are in pellucid.random, further distributions in pellucid.nn.
Imports: numpy, pellucid.ops, pellucid.tensor.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.ops._table import OPS
from pellucid.tensor._functions import floor
from pellucid.tensor._tensor import Tensor, apply, as_tensor

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
