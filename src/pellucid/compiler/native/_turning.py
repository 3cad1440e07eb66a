"""Matrices turned over: rows become columns, by squares of as many entries as a vector has, in registers.

Here: `emit_turned`, code that copies a matrix whose columns lie as rows; `turns`, the loops that are such a copy.
Elsewhere: loops of all kinds are made in _loops.py; panels that products copy are such loops, see _tiles.py.
Imports: the standard library, llvmlite, pellucid.compiler.native.

Entry by entry, either the reads or the writes of such a copy lie apart.  A square of 16 x 16 is 16 vectors read and 16
written, with four rounds of exchanges in between: blocks of half its size change places, then of a quarter within each.
"""

from typing import Any

import llvmlite.ir as ir

from pellucid.compiler.native._kernels import Load, Loops, Store
from pellucid.compiler.native._machine import I32, I64, Code, vector_bytes, whole


def turns(loops: Loops, axes: list[tuple[int, int]]) -> int | None:
    """Of loops over axes (leader, length) that only copy: the depth of the axis along which the source has neighbours.

    None where that is the innermost, as in the copy; or where there are not enough entries for a square.
    """
    if loops.members or len(loops.stores) != 1 or len(axes) < 2:
        return None
    (store,) = loops.stores
    if not isinstance(store, Store) or not isinstance(store.value, Load) or store.kind != store.storage.dtype:
        return None
    lanes = vector_bytes() // store.kind.itemsize
    into, source, (inner, across) = store.storage.strides, store.value.storage.strides, axes[-1]
    if store.kind.itemsize < 4 or into[inner] != 1 or source[inner] in (0, 1) or across < lanes:
        return None
    return next((d for d, (a, n) in enumerate(axes[:-1]) if source[a] == 1 and n >= lanes), None)


def emit_turned(b: Code, n: Any, m: int, read: tuple[Any, int], written: tuple[Any, int], entry: Any) -> None:
    """written[i, j] = read[j, i] for i < n, j < m.

    read, written: where a matrix begins, and how many entries its rows are apart.  n: a number, or a value; m is at
    least a vector.  The last squares reach back into those before them, so that nothing is left over.
    """
    lanes, n = vector_bytes() // _bytes(entry), whole(n)
    (source, apart), (target, step) = read, written

    def moved(i: Any, j: Any) -> tuple[Any, Any]:
        at = b.add(b.mul(j, I64(apart)), i), b.add(b.mul(i, I64(step)), j)
        return b.place(source, at[0], entry), b.place(target, at[1], entry)

    def strip(k: Any) -> None:
        i = b.at_most(b.mul(k, I64(lanes)), b.sub(n, I64(lanes)))

        def square(k: Any) -> None:
            j = b.at_most(b.mul(k, I64(lanes)), I64(m - lanes))
            _square(b, *moved(i, j), apart, step, entry, lanes)

        b.loop(-(-m // lanes), square)

    def row(i: Any) -> None:
        def one(j: Any) -> None:
            x, y = moved(i, j)
            b.store(b.load(x, typ=entry), y)

        b.loop(m, one)

    with b.if_else(b.icmp_signed(">=", n, I64(lanes))) as (squares, too_few):
        with squares:
            b.loop(b.sdiv(b.add(n, I64(lanes - 1)), I64(lanes)), strip)
        with too_few, b.if_then(b.icmp_signed(">", n, I64(0))):
            b.loop(n, row)


def _square(b: Code, source: Any, target: Any, apart: int, step: int, entry: Any, lanes: int) -> None:
    vector, size = ir.VectorType(entry, lanes), _bytes(entry)
    rows = [b.load(b.place(source, i * apart, entry), typ=vector, align=size) for i in range(lanes)]
    block = lanes // 2
    while block:
        left = [p if p & block == 0 else lanes + p - block for p in range(lanes)]
        right = [p + block if p & block == 0 else lanes + p for p in range(lanes)]
        for i in range(lanes):
            if i & block == 0:
                pair = rows[i], rows[i + block]
                rows[i], rows[i + block] = (b.shuffle_vector(*pair, _places(p)) for p in (left, right))
        block //= 2
    for i, row in enumerate(rows):
        b.store(row, b.place(target, i * step, entry), align=size)


def _places(places: list[int]) -> Any:
    return ir.Constant(ir.VectorType(I32, len(places)), places)


def _bytes(entry: Any) -> int:
    return {"float": 4, "double": 8}.get(str(entry)) or int(entry.width) // 8
