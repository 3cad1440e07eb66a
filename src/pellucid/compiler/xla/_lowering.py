"""What each primitive is in JAX.

Here: `LOWERS`, a function of a node and its operands for every primitive, and `REFUSES`, why one has none.
Elsewhere: windows and convolutions are in _windows.py, random bits in _chance.py; _function.py makes one function of a
whole program.
Imports: numpy, jax, pellucid.ops, pellucid.compiler.

An operand is an array of JAX, or a Python number.  Dtypes are those the shape rules of pellucid.ops give, which are
NumPy's; nothing is left to the promotion rules of JAX.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pellucid.compiler._program import Result, Value
from pellucid.compiler.xla._chance import stream
from pellucid.compiler.xla._windows import EXACT, conv, conv_input, conv_weight, fold, window_argmax, windows
from pellucid.ops._primitive import aval_of
from pellucid.ops._shapes import result_dtype

Row = Callable[..., Any]


def of_kind(x: Any, dtype: np.dtype[Any]) -> Any:
    """An operand in this dtype."""
    return x.astype(dtype) if isinstance(x, (jax.Array, np.ndarray)) else np.asarray(x, dtype)


def common_kind(node: Result) -> np.dtype[Any]:
    """The dtype in which operands are compared; a Python number beyond the integers of an array widens them."""
    dtype = result_dtype(*(x.aval if isinstance(x, Value) else aval_of(x) for x in node.operands))
    numbers = [x for x in node.operands if not isinstance(x, Value)]
    if dtype.kind in "iu" and any(not np.iinfo(dtype).min <= x <= np.iinfo(dtype).max for x in numbers):
        return np.dtype(np.int64)
    return dtype


def arithmetic(function: Row) -> Row:
    """Of operands in the dtype of the result."""
    return lambda node, *x: function(*(of_kind(a, node.aval.dtype) for a in x))


def comparison(function: Row) -> Row:
    """Of operands in the dtype they have in common."""
    return lambda node, *x: function(*(of_kind(a, common_kind(node)) for a in x))


def of_entries(function: Row) -> Row:
    """Of arrays as they are."""
    return lambda node, *x: function(*x)


def power(node: Result, a: Any, b: Any) -> Array:
    """a^b; a whole number as it stands in the program by multiplication."""
    if isinstance(b, int) and not isinstance(b, bool) and abs(b) <= 1024:
        return lax.integer_pow(of_kind(a, node.aval.dtype), b)
    return jnp.power(of_kind(a, node.aval.dtype), of_kind(b, node.aval.dtype))


def where(node: Result, c: Any, a: Any, b: Any) -> Array:
    """As NumPy's, which lets a Python number that a dtype cannot hold wrap around."""
    a, b = (x if isinstance(x, jax.Array) else np.asarray(x) for x in (a, b))
    return jnp.where(of_kind(c, np.dtype(bool)), a.astype(node.aval.dtype), b.astype(node.aval.dtype))


def cast(node: Result, x: Any) -> Any:
    return of_kind(x, node.aval.dtype)


def sigmoid(x: Array) -> Array:
    e = jnp.exp(-jnp.absolute(x))
    return jnp.where(x >= 0, jnp.ones_like(x), e) / (1 + e)


def softplus(x: Array) -> Array:
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.absolute(x)))


def add_up(node: Result, x: Array) -> Array:
    return jnp.sum(x, axis=node.attrs["axis"], keepdims=node.attrs["keepdims"], dtype=node.aval.dtype)


def largest(node: Result, x: Array) -> Array:
    return jnp.max(x, axis=node.attrs["axis"], keepdims=node.attrs["keepdims"])


def argmax(node: Result, x: Array) -> Array:
    return lax.argmax(x, node.attrs["axis"] % x.ndim, np.int64)


def argsort(node: Result, x: Array) -> Array:
    return jnp.argsort(x, axis=node.attrs["axis"], stable=True).astype(np.int64)


def cumsum(node: Result, x: Array) -> Array:
    return jnp.cumsum(x, axis=node.attrs["axis"], dtype=node.aval.dtype)


def cut(node: Result, x: Array) -> Array:
    start, stop, step = (node.attrs[name] for name in ("start", "stop", "step"))
    return lax.slice(x, start, [max(a, b) for a, b in zip(start, stop, strict=True)], step)


def pad(node: Result, x: Array) -> Array:
    edges = zip(*(node.attrs[name] for name in ("before", "after", "between")), strict=True)
    return lax.pad(x, np.full((), node.attrs["value"], x.dtype), list(edges))


def concatenate(node: Result, *x: Array) -> Array:
    return jnp.concatenate([of_kind(a, node.aval.dtype) for a in x], axis=node.attrs["axis"])


def from_front(index: Any, n: int) -> Array:
    """Positions counted from the front."""
    index = jnp.asarray(index).astype(np.int64)
    return jnp.where(index < 0, index + n, index)


def gather(node: Result, x: Array, index: Any) -> Array:
    """The entries at positions that exist: a traced program checks that they do."""
    axis, unique = node.attrs["axis"], node.attrs.get("unique", False)
    at = from_front(index, x.shape[axis])
    return jnp.take(x, at, axis=axis, mode="clip", unique_indices=unique)


def scatter_add(node: Result, x: Array, index: Any) -> Array:
    axis, unique = node.attrs["axis"], node.attrs.get("unique", False)
    place = (*(slice(None),) * axis, from_front(index, node.attrs["size"]))
    y = jnp.zeros(node.aval.shape, x.dtype).at[place]
    add = y.max if x.dtype == bool else y.add  # truth values add up to whether any of them holds
    return add(x, mode="drop", unique_indices=unique)


def matmul(node: Result, a: Array, b: Array) -> Array:
    a, b = (of_kind(x, node.aval.dtype) for x in (a, b))
    a = a.swapaxes(-1, -2) if node.attrs["flip_a"] else a
    return jnp.matmul(a, b.swapaxes(-1, -2) if node.attrs["flip_b"] else b, precision=EXACT)


def random_bits(node: Result, key: Array) -> Array:
    return stream(key, math.prod(node.aval.shape)).reshape(node.aval.shape)


REFUSES: dict[str, str] = {}
"""primitive -> why this engine does not run it: none at present."""

LOWERS: dict[str, Row] = {
    # arithmetic
    "add": arithmetic(jnp.add),
    "subtract": arithmetic(jnp.subtract),
    "multiply": arithmetic(jnp.multiply),
    "divide": arithmetic(jnp.true_divide),
    "power": power,
    "maximum": arithmetic(jnp.maximum),
    "negative": arithmetic(jnp.negative),
    "absolute": arithmetic(jnp.absolute),
    "sign": arithmetic(jnp.sign),
    # functions of one number
    "floor": of_entries(jnp.floor),
    "exp": of_entries(jnp.exp),
    "expm1": of_entries(jnp.expm1),
    "log": of_entries(jnp.log),
    "log1p": of_entries(jnp.log1p),
    "sqrt": of_entries(jnp.sqrt),
    "sin": of_entries(jnp.sin),
    "cos": of_entries(jnp.cos),
    "tanh": of_entries(jnp.tanh),
    "erf": of_entries(lax.erf),
    "sigmoid": of_entries(sigmoid),
    "softplus": of_entries(softplus),
    "relu": of_entries(lambda x: jnp.maximum(x, 0)),
    # comparison, selection, casts
    "equal": comparison(jnp.equal),
    "less": comparison(jnp.less),
    "less_equal": comparison(jnp.less_equal),
    "where": where,
    "cast": cast,
    # along axes
    "sum": add_up,
    "max": largest,
    "argmax": argmax,
    "argsort": argsort,
    "cumsum": cumsum,
    # layout
    "reshape": lambda node, x: jnp.reshape(x, node.aval.shape),
    "transpose": lambda node, x: jnp.transpose(x, node.attrs["axes"]),
    "broadcast_to": lambda node, x: jnp.broadcast_to(x, node.aval.shape),
    "slice": cut,
    "pad": pad,
    "flip": lambda node, x: lax.rev(x, [a % x.ndim for a in node.attrs["axis"]]),
    "concatenate": concatenate,
    # by position
    "gather": gather,
    "scatter_add": scatter_add,
    # products and windows
    "matmul": matmul,
    "conv": conv,
    "conv_input": conv_input,
    "conv_weight": conv_weight,
    "windows": windows,
    "fold": fold,
    "window_argmax": window_argmax,
    # chance
    "random_bits": random_bits,
}


def lowered(node: Result, *x: Any) -> Any:
    """The value of a node; without entries, or of operands without entries, nothing is asked of XLA but zeros."""
    empty = node.aval.size == 0 or any(getattr(a, "size", 1) == 0 for a in x)
    if empty and node.op.name not in ("concatenate", "pad"):
        return jnp.zeros(node.aval.shape, node.aval.dtype)
    return LOWERS[node.op.name](node, *x)
