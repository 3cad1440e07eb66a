"""The entries behind values: what becomes of data, operands and keys, and the slope a backward pass begins with.

Here: `as_array` of any data, `operand_of` a primitive, `plain` entries of a value, `plain_key` of an index, `seed_of` a
backward pass; `KINDS` of entries, and `CONSTANTS` that primitives take.
Elsewhere: `Tensor`, which holds the entries, is in _tensor.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from typing import Any, cast

import numpy as np

from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.ops._primitive import Array
from pellucid.ops._table import OPS
from pellucid.tensor._node import Node
from pellucid.tensor._symbol import is_symbol

KINDS = "fiub"  # floating, signed, unsigned, truth values
CONSTANTS = {np.ndarray, float, int, bool}  # what primitives take besides Tensors


def as_array(data: Any, dtype: Any = None) -> Array:
    """The array behind any data, checked.  Raises DtypeError, and GraphError for a list of recorded values."""
    if isinstance(data, Node):
        data = data.data
    if is_symbol(data):
        if dtype is None or np.dtype(dtype) == data.dtype:
            return cast(Array, data)
        return cast(Array, data.tracer.emit(OPS["cast"], (data,), {"dtype": np.dtype(dtype)}))
    if isinstance(data, (list, tuple)) and _holds_recorded(data):
        raise GraphError(
            "Tensor: the list holds recorded values, whose gradients would be lost; use pellucid.tensor.stack."
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ShapeError(f"Tensor: the rows have different lengths, so they form no array ({error}).") from None
    if dtype is None and array.dtype == np.float64 and not hasattr(data, "dtype") and not hasattr(data, "__array__"):
        dtype = np.float32  # Python numbers; an array keeps what it has
    for given in (array.dtype, np.dtype(dtype or array.dtype)):
        if given.kind not in KINDS:
            raise DtypeError(f"Tensor: holds real numbers or truth values, not {given}; convert the data first.")
    return array if dtype is None else array.astype(dtype, copy=False)


def _holds_recorded(data: list[Any] | tuple[Any, ...]) -> bool:
    """Whether a Tensor that requires a gradient stands anywhere in the nested list."""
    return any(_holds_recorded(x) if isinstance(x, (list, tuple)) else _is_recorded(x) for x in data)


def _is_recorded(x: Any) -> bool:
    return isinstance(x, Node) and x.requires_grad


def operand_of(x: Any) -> Any:
    """An operand as primitives take it: a NumPy number counts as a Python number and does not widen its partners."""
    if isinstance(x, Node) or type(x) in CONSTANTS:
        return x
    return x.item() if isinstance(x, np.generic) and x.dtype.kind in KINDS else as_array(x)


def plain(x: Any) -> Any:
    """The entries of a value; anything else as it is."""
    return x.data if isinstance(x, Node) else x


def plain_key(key: Any) -> Any:
    """A key of x[...] without its Tensors."""
    return tuple(map(plain, key)) if isinstance(key, tuple) else plain(key)


def seed_of(root: Node, gradient: Any) -> Any:
    """The cotangent a backward pass begins with: a number, or an array of the root's shape."""
    if gradient is None:
        if root.size != 1:
            raise GraphError(
                f"backward: a value of shape {root.shape} has no single derivative. Reduce it first, as in "
                f"loss.sum().backward(), or give backward(gradient) a cotangent of that shape."
            )
        one = root.dtype.type(1)  # NumPy's arithmetic on single numbers is ten times as fast as on arrays of one
        return one.reshape(root.shape) if root.shape else one
    seed = as_array(gradient)
    if seed.shape != root.shape:
        raise ShapeError(f"backward: the cotangent has shape {seed.shape}, the value {root.shape}; they must be equal.")
    return seed.astype(root.dtype, copy=False)
