"""Functions made from functions: gradients, pullbacks, directional derivatives.

Here: grad, value_and_grad, vjp, jvp, hessian_vector_product.  A function takes Tensors, or nested lists, tuples and
dicts of them, and gives a Tensor; it must be a pure function of its arguments.
Elsewhere: the backward pass is in _backward.py; checks against finite differences are in _gradcheck.py.
Imports: pellucid.errors, pellucid.tensor.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.ops._table import ARRAYS
from pellucid.tensor._backward import cotangents
from pellucid.tensor._node import enable_grad
from pellucid.tensor._symbol import SYMBOLS, is_symbol
from pellucid.tensor._tensor import TENSORS, Tensor, as_tensor
from pellucid.tensor._tree import fresh, leaves, rebuilt


def gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Any] | None = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = False,
) -> list[Tensor]:
    """d sum(outputs * seeds) / d input for each input, without touching any `.grad`.

    inputs: any values on the way to the outputs, not leaves only. Zeros for an input the outputs do not depend on.
    seeds: cotangents of the outputs' shapes; ones for outputs of one entry.
    create_graph: record the pass, so that the results can be differentiated again.
    Raises GraphError for an input that does not require a gradient.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> (slope,) = gradients([x * x], [x], create_graph=True)
    >>> slope, gradients([slope], [x])[0]
    (Tensor(6., op=add), Tensor(2.))
    """
    for k, x in enumerate(inputs):
        if not x.requires_grad:
            raise GraphError(
                f"gradients: input {k}, {x.title}, does not require a gradient, so nothing was recorded of it; give it "
                f"requires_grad=True before it is used."
            )
    given = [None] * len(outputs) if seeds is None else list(seeds)
    starts = [_seed(y, s) for y, s in zip(outputs, given, strict=True)]
    if create_graph:
        with enable_grad():
            slopes = cotangents(outputs, starts, targets=inputs, o=TENSORS, retain=True)
        return [slopes[x] if x in slopes else _zero(x) for x in inputs]
    o = SYMBOLS if any(is_symbol(y.data) for y in outputs) else ARRAYS
    slopes = cotangents(outputs, [s.data for s in starts], targets=inputs, o=o, retain=retain_graph)
    return [Tensor.wrap(_own(slopes[x])) if x in slopes else _zero(x) for x in inputs]


def _own(slope: Any) -> Any:
    """The slope in memory of its own."""
    return slope.copy() if is_symbol(slope) else np.array(slope)


def grad(fn: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of fn, which returns one number, with respect to the arguments numbered `argnums`.

    The result has the structure of that argument (a tuple of them for several), and can be differentiated again.

    >>> grad(lambda x: x**3)(2.0)
    Tensor(12., op=multiply)
    >>> grad(grad(lambda x: x**3))(2.0).item()
    12.0
    """
    both = value_and_grad(fn, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def value_and_grad(fn: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Tensor, Any]]:
    """fn's value beside its gradient; see `grad`.

    >>> value, slope = value_and_grad(lambda w: (w["a"] * w["b"]).sum())({"a": Tensor([2.0]), "b": Tensor([5.0])})
    >>> value.item(), slope["a"].tolist(), slope["b"].tolist()
    (10.0, [5.0], [2.0])
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def both(*args: Any, **kwargs: Any) -> tuple[Tensor, Any]:
        if max(numbers) >= len(args):
            raise GraphError(f"grad: argnums {argnums} was asked for, but only {len(args)} arguments were given.")
        linked, marked = _linked([args[n] for n in numbers])
        for n, tree in zip(numbers, linked, strict=True):
            if not any(isinstance(x, Tensor) and x.requires_grad for x in leaves(tree)):
                raise DtypeError(
                    f"grad: argument {n} holds no floating-point number, so it has no gradient; give 2.0 for 2, or "
                    f"choose another argument by argnums."
                )
        full = list(args)
        for n, value in zip(numbers, linked, strict=True):
            full[n] = value
        with enable_grad():
            y = _one_number("grad", fn(*full, **kwargs))
        slopes = gradients([y], marked, create_graph=True) if y.requires_grad else [_zero(x) for x in marked]
        trees = [_like(tree, linked, slopes, marked) for tree in linked]
        return y, trees[0] if isinstance(argnums, int) else tuple(trees)

    return both


def vjp(fn: Callable[..., Any], *args: Any) -> tuple[Tensor, Callable[[Any], tuple[Any, ...]]]:
    """fn's value, and the pullback: cotangent of the value -> cotangents of the arguments, dy -> dy J.

    >>> y, pullback = vjp(lambda x: x * x, Tensor([1.0, 2.0]))
    >>> pullback([1.0, 10.0])[0].tolist()
    [2.0, 40.0]
    """
    linked, marked = _linked(list(args))
    with enable_grad():
        y = as_tensor(fn(*linked))

    def pullback(dy: Any) -> tuple[Any, ...]:
        slopes = gradients([y], marked, [dy], create_graph=True) if y.requires_grad else [_zero(x) for x in marked]
        return tuple(_like(tree, linked, slopes, marked) for tree in linked)

    return y, pullback


def jvp(fn: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """fn's value, and its derivative J v in the direction of the tangents.

    One tangent for each argument, of its structure and shapes; what stands in the place of whole numbers is not read.
    The pullback dy -> dy J is linear in dy, so its own pullback applied to v is J v.

    >>> y, dy = jvp(lambda x: x**3, [Tensor(2.0)], [1.0])
    >>> y.item(), dy.item()
    (8.0, 12.0)
    """
    linked, marked = _linked(list(args))
    if len(tangents) != len(args):
        raise ShapeError(f"jvp: {len(args)} arguments need as many tangents, got {len(tangents)}.")
    pairs = ((z, d) for x, y, v in zip(args, linked, tangents, strict=True) for z, d in _paired(x, y, v))
    directions = [as_tensor(d) for z, d in pairs if isinstance(z, Tensor) and z.requires_grad]
    if [v.shape for v in directions] != [x.shape for x in marked]:
        raise ShapeError(
            f"jvp: the tangents have shapes {[v.shape for v in directions]}, the floating-point arguments "
            f"{[x.shape for x in marked]}; they must be equal."
        )
    with enable_grad():
        y = as_tensor(fn(*linked))
        if not y.requires_grad:
            return y, _zero(y)
        dy = Tensor(np.zeros(y.shape, y.dtype), requires_grad=True)
        pulled = gradients([y], marked, [dy], create_graph=True)
        along = [p for p in pulled if p.requires_grad]
        seeds = [v for p, v in zip(pulled, directions, strict=True) if p.requires_grad]
        return y, gradients(along, [dy], seeds, create_graph=True)[0] if along else _zero(y)


def hessian_vector_product(fn: Callable[..., Any], x: Any, v: Any) -> Any:
    """H v, H the matrix of second derivatives of fn at x, without forming H: the gradient of (grad fn . v).

    x and v are Tensors or structures of them with equal shapes; the result has the structure of x. Whole numbers in x
    are constants, and what stands in their place in v is not read.  Raises ShapeError for directions of other shapes.

    >>> hessian_vector_product(lambda x: (x * x * x).sum(), Tensor([1.0, 2.0]), [1.0, 1.0]).tolist()
    [6.0, 12.0]
    """
    slope = grad(fn)

    def along(z: Any) -> Tensor:
        parts = [_along(g, d) for g, d in zip(leaves(slope(z)), leaves_like(z, v), strict=True) if g is not None]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    return grad(along)(x)


def _along(g: Tensor, direction: Any) -> Tensor:
    d = as_tensor(direction).detach()
    if d.shape != g.shape:
        raise ShapeError(
            f"hessian_vector_product: a direction has shape {d.shape}, its value {g.shape}; they must be equal."
        )
    return (g * d).sum()


def leaves_like(x: Any, v: Any) -> list[Any]:
    """The directions v, one for each value of x; a plain list of numbers stands for a single array."""
    return [v] if isinstance(x, (Tensor, np.ndarray)) else leaves(v)


def _paired(x: Any, linked: Any, v: Any) -> Iterator[tuple[Any, Any]]:
    """The values of an argument, linked, each with its direction."""
    return zip(leaves(linked), leaves_like(x, v), strict=True)


def _linked(args: list[Any]) -> tuple[list[Any], list[Tensor]]:
    """Arguments with every floating-point value marked: recorded ones stay in their graph, others become leaves."""
    out, marked = [], []
    for arg in args:
        ends = leaves(arg)
        linked = [x + 0.0 if isinstance(x, Tensor) and x.requires_grad else x for x in ends]
        kept = [x if isinstance(x, Tensor) and x.requires_grad else fresh(x)[0] for x in linked]
        marked += [x for x in kept if isinstance(x, Tensor) and x.requires_grad]
        out.append(rebuilt(arg, kept))
    return out, marked


def _like(tree: Any, linked: list[Any], slopes: list[Tensor], marked: list[Tensor]) -> Any:
    """The gradients in the structure of `tree`; None where a value has none."""
    by_id = {id(x): g for x, g in zip(marked, slopes, strict=True)}
    return rebuilt(tree, [by_id.get(id(x)) for x in leaves(tree)])


def _zero(x: Tensor) -> Tensor:
    return Tensor(np.zeros(x.shape, x.dtype))


def _one_number(name: str, y: Any) -> Tensor:
    t = as_tensor(y)
    if t.size != 1:
        raise ShapeError(
            f"{name}: the function returned shape {t.shape}; a gradient needs one number: reduce it (.sum())."
        )
    return t


def _seed(y: Tensor, seed: Any) -> Tensor:
    if seed is None:
        return Tensor(np.ones(_one_number("gradients", y).shape, y.dtype))
    t = as_tensor(seed)
    if t.shape != y.shape:
        raise ShapeError(f"gradients: the cotangent has shape {t.shape}, the output {y.shape}; they must be equal.")
    return t.astype(y.dtype)
