"""Maxima of windows are found before what leaves the larger larger, and what follows is done for the maxima alone.

Here: `earlier_maxima`.
Elsewhere: the code of maxima is made by pellucid.compiler.native._pooling; identities of single nodes, in _algebra.py.
Imports: pellucid.compiler.

For windows w of x, a bias b that is the same in all of a window, g the slope of each maximum, spread to its place:

    max_w relu(x + b) = relu(max_w x + b),    spread(g) sign(x) = spread(g sign(max_w x)),    sum spread(g) = sum g,

so that the images in full are neither made nor read again.  The values are the same to the last bit.  Where rounding
x + b made two entries of a window equal, the slope now goes to the one that was larger; where a window holds several
NaN, only the first has a slope of NaN.
"""

from collections.abc import Callable
from typing import Any

from pellucid.compiler._program import Operand, Program, Result, Value, result
from pellucid.compiler.passes._rewriting import replaced

Users = dict[Value, list[Result]]
Change = dict[Value, Operand]  # nodes, and what stands for them


def earlier_maxima(program: Program) -> Program:
    """The program with as little as possible in the size of what maxima of windows are taken of."""
    while change := _changed(program):
        program = replaced(program, change)
    return program


def _changed(program: Program) -> Change:
    """What can be said for less in this program as it is; what that makes possible is found in the next."""
    if not any(node.op.name == "window_argmax" for node in program.nodes):
        return {}
    users: Users = {}
    for node in program.nodes:
        for x in node.values():
            users.setdefault(x, []).append(node)
    kept = {*program.outputs, *program.updates.values(), *(check.holds for check in program.checks)}
    found: Change = {}
    for node in program.nodes:
        rule = _RULES.get(node.op.name)
        change = rule(node, users, kept) if rule else None
        if change and found.keys().isdisjoint(change):
            found |= change
    return found


def _spread(x: Operand) -> tuple[Any, Any] | None:
    """The slopes and the positions of maxima, if x is the slopes spread to where the maxima were."""
    if not _is(x, "reshape") or not _is(x.operands[0], "scatter_add"):
        return None
    slopes, index = x.operands[0].operands
    fits = _is(index, "window_argmax") and index.operands[0].aval.shape == x.aval.shape
    return (slopes, index) if fits else None


def _masked(node: Result, users: Users, kept: set[Any]) -> Change | None:
    """spread(g) sign(x), where the maxima of x were taken, too."""
    for spread, mask in (node.operands, node.operands[::-1]):
        parts = _spread(spread)
        if not parts or not _is(mask, "sign") or parts[1].operands[0] is not mask.operands[0]:
            continue
        slopes, index = parts
        maxima = _maxima_at(index, users)
        if maxima is not None and maxima.aval == slopes.aval:
            signs = result(mask.op, (maxima,), mask.attrs, mask.line)
            return {node: _spread_like(spread, result(node.op, (slopes, signs), node.attrs, node.line), index)}
    return None


def _spread_like(spread: Result, slopes: Result, index: Result) -> Result:
    flat = spread.operands[0]
    return result(spread.op, (result(flat.op, (slopes, index), flat.attrs, flat.line),), spread.attrs, spread.line)


def _summed(node: Result, users: Users, kept: set[Any]) -> Change | None:
    """sum spread(g) over whole images."""
    x = node.operands[0]
    parts = _spread(x)
    if not parts:
        return None
    slopes, index = parts
    rank, axes = len(x.aval.shape), {a % len(x.aval.shape) for a in node.attrs["axis"]}
    if not axes >= set(range(rank - len(index.attrs["size"]), rank)):
        return None
    return {node: result(node.op, (slopes,), node.attrs, node.line)}


def _found(node: Result, users: Users, kept: set[Any]) -> Change | None:
    """Maxima of relu(x), and of x + b, where nothing else is done with them."""
    x, maxima = node.operands[0], _maxima_at(node, users)
    others: tuple[Operand, ...]
    if maxima is None or x in kept or {id(y) for y in users[x]} != {id(node), id(maxima.operands[0])}:
        return None
    if len(users[maxima.operands[0]]) != 1:
        return None
    if _is(x, "relu"):
        before, others = x.operands[0], ()
    elif _is(x, "add") and (sides := _with_bias(x, len(node.attrs["size"]))):
        before, others = sides[0], sides[1:]
    else:
        return None
    index = result(node.op, (before,), node.attrs, node.line)
    reshape = maxima.operands[0]
    flat = result(reshape.op, (before,), reshape.attrs, reshape.line)
    earlier = result(maxima.op, (flat, index), maxima.attrs, maxima.line)
    return {node: index, maxima: result(x.op, (earlier, *others), x.attrs, x.line)}


def _with_bias(x: Result, rank: int) -> tuple[Value, Operand] | None:
    """What a bias is added to that is the same at all pixels, and the bias."""
    for wide, bias in (x.operands, x.operands[::-1]):
        shape = bias.aval.shape if isinstance(bias, Value) else ()
        if isinstance(wide, Value) and wide.aval == x.aval and set(shape[-rank:]) <= {1}:
            return wide, bias
    return None


def _maxima_at(index: Result, users: Users) -> Any:
    """The node that takes the maxima at these positions."""
    x = index.operands[0]
    for node in users.get(index, ()):
        if _is(node, "gather") and node.operands[1] is index and _is(node.operands[0], "reshape"):
            flat = node.operands[0]
            if flat.operands[0] is x and len(flat.aval.shape) == 1:
                return node
    return None


def _is(x: Any, name: str) -> bool:
    return isinstance(x, Result) and x.op.name == name


_RULES: dict[str, Callable[[Result, Users, set[Any]], Change | None]] = {
    "multiply": _masked,
    "sum": _summed,
    "window_argmax": _found,
}
