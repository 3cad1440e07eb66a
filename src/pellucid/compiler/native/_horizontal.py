"""Sums of the entries of vectors, many vectors at a time.

Here: `added_up`.
Elsewhere: the tiles that end in such sums are made in _contraction.py.
Imports: llvmlite, pellucid.compiler.native.

Two vectors become one, which holds the sums of pairs of entries of the first, then of the second; so 16 vectors of 16
entries become one vector of 16 sums by 15 additions, where a sum for each of them would take 64.  The pairs are chosen
so that either half of them is one instruction: halves of 16 bytes, then quarters, then whole pieces of 16 bytes.
"""

from typing import Any

import llvmlite.ir as ir

from pellucid.compiler.native._machine import I32, Code

PIECE = 16  # bytes of a vector within which entries change places cheaply


def added_up(b: Code, vectors: list[Any]) -> list[Any]:
    """The sum of the entries of each vector; numbers are sums of themselves."""
    if not isinstance(vectors[0].type, ir.VectorType):
        return vectors
    lanes, out = vectors[0].type.count, []
    while vectors:
        n = lanes
        while n > len(vectors):
            n //= 2
        out += _together(b, vectors[:n], lanes)
        vectors = vectors[n:]
    return out


def _together(b: Code, vectors: list[Any], lanes: int) -> list[Any]:
    """The sums of a power of two of vectors, no more than a vector has lanes."""
    held = [(v, [i] * lanes) for i, v in enumerate(vectors)]  # a vector, and whose sums its entries will be
    piece = min(lanes, PIECE // (4 if vectors[0].type.element == ir.FloatType() else 8))
    unit = piece // 2

    def level(unit: int, block: int) -> bool:
        """Add the units of each block in pairs; whether the blocks are shorter now."""
        nonlocal held, lanes
        fold = len(held) == 1
        if fold:
            held, lanes = [_folded(b, held[0], unit, block)], lanes // 2
        else:
            held = [_joined(b, x, y, unit, block) for x, y in zip(held[::2], held[1::2], strict=True)]
        return fold

    n = lanes // piece
    while unit:
        piece = piece // 2 if level(unit, piece) else piece
        unit //= 2
    while n > 1:
        level(piece, lanes)
        n //= 2
    ((whole, owners),) = held
    if not isinstance(whole.type, ir.VectorType):
        return [whole]
    return [b.extract_element(whole, I32(owners.index(i))) for i in range(len(vectors))]


def _places(lanes: int, unit: int, block: int, odd: int) -> list[int]:
    """The even or the odd units of each block; `lanes` // 2 of them."""
    return [p for p in range(lanes) if p % block // unit % 2 == odd]


def _joined(b: Code, x: Any, y: Any, unit: int, block: int) -> tuple[Any, list[int]]:
    """One vector of the sums of both: of each block those of the first, then those of the second."""
    (v, of_v), (w, of_w) = x, y
    lanes, half = v.type.count, block // 2

    def mask(odd: int) -> list[int]:
        own = _places(lanes, unit, block, odd)
        pieces = [own[i : i + half] for i in range(0, len(own), half)]
        return [p for piece in pieces for p in (*piece, *(lanes + q for q in piece))]

    even, odd = mask(0), mask(1)
    owners = [*of_v, *of_w]
    return b.fadd(_picked(b, v, w, even), _picked(b, v, w, odd)), [owners[p] for p in even]


def _folded(b: Code, x: Any, unit: int, block: int) -> tuple[Any, list[int]]:
    """A vector of half the length."""
    v, owners = x
    even, odd = (_places(v.type.count, unit, block, o) for o in (0, 1))
    if len(even) == 1:
        return b.fadd(*(b.extract_element(v, I32(p)) for p in (even[0], odd[0]))), owners[:1]
    return b.fadd(_picked(b, v, v, even), _picked(b, v, v, odd)), [owners[p] for p in even]


def _picked(b: Code, v: Any, w: Any, places: list[int]) -> Any:
    return b.shuffle_vector(v, w, ir.Constant(ir.VectorType(I32, len(places)), places))
