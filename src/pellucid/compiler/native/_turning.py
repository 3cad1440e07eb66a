"""Matrices turned over: rows become columns, by squares of as many entries as a vector has, in registers.

Here: `emit_turned`, code that copies a matrix whose columns lie as rows; `turns`, the loops that are such a copy.
Elsewhere: products copy panels of their factors in _panels.py; loops of all kinds are made in _loops.py.
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

    read, written: where a matrix begins, and how many entries its rows are apart.  n: a number, or a value.
    """
    lanes, size = vector_bytes() // _bytes(entry), whole(n)
    (source, apart), (target, step) = read, written
    across = m // lanes

    def moved(i: Any, j: Any) -> tuple[Any, Any]:
        at = b.add(b.mul(whole(j), I64(apart)), whole(i)), b.add(b.mul(whole(i), I64(step)), whole(j))
        return b.place(source, at[0], entry), b.place(target, at[1], entry)

    def one_by_one(i: Any, first: int) -> None:
        def one(j: Any) -> None:
            x, y = moved(i, j)
            b.store(b.load(x, typ=entry), y)

        if first < m:
            b.loop(m, one, first)

    def strip(k: Any) -> None:
        i = b.mul(k, I64(lanes))
        if across:
            b.loop(across, lambda l: _square(b, *moved(i, b.mul(l, I64(lanes))), apart, step, entry, lanes))
        b.loop(lanes, lambda k: one_by_one(b.add(i, k), across * lanes))

    full = b.sdiv(size, I64(lanes))
    with b.if_then(b.icmp_signed(">", full, I64(0))):
        b.loop(full, strip)
    done = b.mul(full, I64(lanes))
    with b.if_then(b.icmp_signed("<", done, size)):
        b.loop(size, lambda i: one_by_one(i, 0), done)


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
