"""Contractions as machine code: the order in which tiles of the result are computed, and by which thread.

Here: `emit_contraction`.
Elsewhere: which axes are rows, sums and columns is decided in _contraction_plan.py; the code of a tile is in _tiles.py.
Imports: pellucid.compiler.native.
"""

from itertools import groupby
from typing import Any, final

from pellucid.compiler.native._kernels import Contraction
from pellucid.compiler.native._machine import I64, POINTER, Code, function, type_for
from pellucid.compiler.native._tiles import Axes, Tiles, merged


def emit_contraction(module: Any, name: str, kernel: Contraction) -> None:
    """A function (thread, threads, a, b, out) that fills this thread's share of out."""
    entry = type_for(kernel.out.dtype)
    made, b = function(module, name, [I64, I64, POINTER, POINTER, POINTER])
    thread, threads, pa, pb, po = made.args
    pa, pb, po = (b.place(p, s.offset, entry) for p, s in ((pa, kernel.a), (pb, kernel.b), (po, kernel.out)))
    rows = merged(list(kernel.rows))
    if rows[-1][2]:  # a batch of single rows: each has a b of its own, so no tile may hold two of them
        rows.append((1, 0, 0, 0))
    tiles = Tiles(module, name, kernel, entry)
    share = _Share(b, thread, threads)
    passes = merged(list(kernel.passes)) if kernel.passes else []
    _nest(b, passes, (pa, pb, po), entry, lambda at: _rows(b, rows, at, entry, tiles, share))
    b.ret_void()


def _nest(b: Code, axes: Axes, at: Any, entry: Any, body: Any) -> None:
    """Loops over the axes, the three pointers moved along."""
    if not axes:
        body(at)
        return
    n, *steps = axes[0]
    b.loop(n, lambda i: _nest(b, axes[1:], _moved(b, at, i, steps, entry), entry, body))


def _moved(b: Code, at: Any, i: Any, steps: Any, entry: Any) -> Any:
    """The three pointers, i steps on."""
    return tuple(b.place(p, b.mul(i, I64(s)), entry) if s else p for p, s in zip(at, steps, strict=True))


@final
class _Share:
    """The part of a range that this thread does."""

    def __init__(self, b: Code, thread: Any, threads: Any) -> None:
        self.b, self.thread, self.threads = b, thread, threads

    def bounds(self, n: int) -> tuple[Any, Any]:
        """Its first, and the one after its last."""
        first = self.b.sdiv(self.b.mul(self.thread, I64(n)), self.threads)
        last = self.b.sdiv(self.b.mul(self.b.add(self.thread, I64(1)), I64(n)), self.threads)
        return first, last

    def loop(self, n: int, body: Any) -> None:
        """body(i) for this thread's part of range(n)."""
        first, last = self.bounds(n)
        with self.b.if_then(self.b.icmp_signed("<", first, last)):
            self.b.loop(last, body, first)


SHARED = 8  # an outer axis of rows this long is shared out among threads; else the tiles of the innermost are


def _rows(b: Code, rows: Axes, at: Any, entry: Any, tiles: Tiles, share: _Share) -> None:
    """Tiles of the innermost axis of rows within loops over the others, this thread's part."""
    *before, (n, *steps) = rows
    sizes = tiles.heights(n)
    outside = bool(before) and before[0][0] >= SHARED

    def tile(at: Any, height: int, row: Any, panel: int) -> None:
        moved = _moved(b, at, row, (steps[0], 0, steps[2]), entry)
        for p in range(len(tiles.panels)) if panel < 0 else (panel,):
            tiles.call(b, height, p, moved)

    def strip(at: Any, panel: int) -> None:
        for first, height, count in runs(sizes):
            (b.loop if outside else share.loop)(
                count,
                lambda i: tile(at, height, b.add(b.mul(i, I64(height)), I64(first)), panel),  # noqa: B023
            )

    def nest(at: Any, panel: int) -> None:
        if not outside:
            _nest(b, before, at, entry, lambda at: strip(at, panel))
            return
        length, *over = before[0]
        share.loop(
            length, lambda i: _nest(b, before[1:], _moved(b, at, i, over, entry), entry, lambda at: strip(at, panel))
        )

    alone = not outside and len(tiles.alike) > 1
    if tiles.packed and alone and not before and tiles.of_weights(n):
        b.loop(len(tiles.alike), lambda i: strip(tiles.given(b, 0, tiles.beside(b, i, at)), 0))
    elif tiles.packed and alone and not before:
        _by_panels(b, sizes, tiles, share, tile, at)
    elif tiles.dots and alone and not tiles.tall(n):
        _nest(b, before, at, entry, lambda at: _by_columns(b, sizes, tiles, share, tile, at))
    elif not tiles.packed and (tiles.near or tiles.dots):
        nest(at, -1)
        return
    else:
        alone = False
    for panel in range(len(tiles.alike) if alone else 0, len(tiles.panels)):
        nest(tiles.given(b, panel, at), panel)


def _by_columns(b: Code, sizes: list[int], tiles: Tiles, share: _Share, tile: Any, at: Any) -> None:
    """All rows of the panels that are this thread's part.

    In x W^T the columns are rows of W, as they are in its gradient and its update: so a thread reads, sums and renews
    the same part of W, which stays in its own cache.
    """

    def panel(i: Any) -> None:
        moved = tiles.beside(b, i, at)
        for first, height, count in runs(sizes):
            b.loop(count, lambda j: tile(moved, height, b.add(b.mul(j, I64(height)), I64(first)), 0))  # noqa: B023

    share.loop(len(tiles.alike), panel)


def _by_panels(b: Code, sizes: list[int], tiles: Tiles, share: _Share, tile: Any, at: Any) -> None:
    """This thread's part of all tiles of the panels that are alike, one panel after another, each copied first.

    A part may begin and end within a panel; so threads have equal parts, and yet copy hardly more than their panels.
    """
    each = I64(len(sizes))
    first, last = share.bounds(len(sizes) * len(tiles.alike))

    def panel(i: Any) -> None:
        begin = b.mul(i, each)
        low, high = b.at_least(b.sub(first, begin), I64(0)), b.at_most(b.sub(last, begin), each)
        moved = tiles.given(b, 0, tiles.beside(b, i, at))
        done = 0
        for row, height, count in runs(sizes):
            start, end = b.at_least(low, I64(done)), b.at_most(high, I64(done + count))
            shift = row - done * height
            with b.if_then(b.icmp_signed("<", start, end)):
                b.loop(end, lambda j: tile(moved, height, b.add(b.mul(j, I64(height)), I64(shift)), 0), start)  # noqa: B023
            done += count

    with b.if_then(b.icmp_signed("<", first, last)):
        b.loop(b.add(b.sdiv(b.sub(last, I64(1)), each), I64(1)), panel, b.sdiv(first, each))


def runs(sizes: list[int]) -> list[tuple[int, int, int]]:
    """(first row, height, number) of tiles of the same height, one after the other.

    >>> runs([6, 6, 5])
    [(0, 6, 2), (12, 5, 1)]
    """
    out, first = [], 0
    for height, alike in groupby(sizes):
        count = len(list(alike))
        out.append((first, height, count))
        first += height * count
    return out
