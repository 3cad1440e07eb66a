"""Values computed again where they are read, rather than kept.

A large value that is a few cheap operations away from one that is kept, and made otherwise of few numbers, such as the
means and scales of channels, costs more to write and to read than to compute: its way through memory is the longest.
So the normalised entries of a batch norm, the signs that its rectifier's slope asks for, and their products with scales
are not kept for the way back; what they are made of is.

Here: `computed_again`; `without_unused`, for members that nobody asks for since.
Elsewhere: what joins which loops is decided in _lowering.py.
Imports: the standard library, pellucid.compiler.
"""

import math
from typing import Any

from pellucid.compiler._program import Value
from pellucid.compiler.native._kernels import (
    Accumulate,
    Apply,
    Gathered,
    Literal,
    Load,
    Loops,
    Member,
    Number,
    Scatter,
    Store,
)
from pellucid.compiler.native._storage import Storage

OPERATIONS = ("add", "subtract", "multiply", "negative", "relu", "sign")
MOST_OPERATIONS = 6
FEWEST_ENTRIES = 1 << 15  # of the value: smaller ones stay in a cache
FEW = 8  # an operand has so many times fewer entries, or it is large itself


def computed_again(low: Any, x: Value, loops: Loops) -> bool:
    """Make x, a member of other loops, a member of these, too; False where it had better be read from memory."""
    home = low.home.get(x)
    if home is None or x in low.storages or x in low.kinds or x.aval.size < FEWEST_ENTRIES:
        return False
    if home.shape != loops.shape or home.order != loops.order:
        return False
    try:
        made = _of_member(low, x, home.members, MOST_OPERATIONS)
    except _TooFar:
        return False
    if made is None or len(made[0]) != 1 or x in made[0] or made[1] > MOST_OPERATIONS:
        return False
    loops.members[x] = _copied(low, home.members[x], home.members, loops)
    return True


def without_unused(loops: Loops) -> None:
    """Leave only the members that some store asks for."""
    asked: set[Any] = set()
    todo: list[Any] = list(loops.stores)
    while todo:
        x = todo.pop()
        if type(x) is Apply:
            todo += x.operands
        elif type(x) is not Member:
            todo += _parts(x)
        elif x.node not in asked:
            asked.add(x.node)
            todo.append(loops.members[x.node])
    if len(asked) < len(loops.members):
        loops.members = {x: expression for x, expression in loops.members.items() if x in asked}


def _parts(x: Any) -> tuple[Any, ...]:
    if isinstance(x, Scatter):
        return x.value, x.index
    if isinstance(x, (Store, Accumulate)):
        return (x.value,)
    return (x.index,) if isinstance(x, Gathered) else ()


Made = tuple[set[Any], int] | None
"""Of what large things, buffers or values that have none yet, and by how many operations; None: otherwise."""


class _TooFar(Exception):
    """More operations, one after the other, than are computed again: nobody follows them further."""


def _of_member(low: Any, x: Any, members: Any, far: int) -> Made:
    """It is a large thing itself when it is kept already, or costs too much to compute twice, or is made of several.

    far: operations in a row that are followed.
    """
    if x in low.storages:
        return {low.storages[x].buffer}, 0
    made = _of_expression(low, members[x], members, far)
    if made is None or len(made[0]) > 1:
        return ({x}, 0) if x in low.home else None
    return made


def _of_expression(low: Any, x: Any, members: Any, far: int) -> Made:
    if isinstance(x, Member):
        return _of_member(low, x.node, members, far)
    if isinstance(x, Load):
        if _entries(x.storage) * FEW <= math.prod(x.storage.shape):
            return set(), 0
        return None if x.storage.buffer in low.out.inputs.values() else ({x.storage.buffer}, 0)
    if isinstance(x, (Literal, Number)):
        return set(), 0
    if not isinstance(x, Apply) or x.name not in OPERATIONS:
        return None
    if far == 0:
        raise _TooFar
    sources, operations = set[Any](), 1
    for y in x.operands:
        made = _of_expression(low, y, members, far - 1)
        if made is None:
            return None
        sources, operations = sources | made[0], operations + made[1]
    return sources, operations


def _entries(s: Storage) -> int:
    return math.prod(n for n, step in zip(s.shape, s.strides, strict=True) if step)


def _copied(low: Any, x: Any, members: Any, loops: Loops) -> Any:
    """The expression for other loops; the large things it is made of are given memory where they have none."""
    if isinstance(x, Apply):
        operands = tuple(_copied(low, y, members, loops) for y in x.operands)
        return Apply(x.name, operands, x.kinds, x.common, x.dtype)
    if not isinstance(x, Member) or x.node in loops.members:
        return x
    if x.node in low.storages or _of_member(low, x.node, members, MOST_OPERATIONS) == ({x.node}, 0):
        return Load(low._storage(x.node).broadcast(loops.shape))
    loops.members[x.node] = _copied(low, members[x.node], members, loops)
    return x
