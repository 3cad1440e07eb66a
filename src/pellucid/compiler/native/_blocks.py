"""Kernels that go over the same rows one after another, done block by block so that what they hand on stays near.

Here: `in_blocks`, which joins runs of kernels to `Blocks`.
Elsewhere: `Blocks` stands in _kernels.py; _driver.py makes code of it.
Imports: the standard library, numpy, pellucid.compiler.native.

A kernel is shared out among threads along one axis, in equal parts.  Where, in two kernels, part i of n touches only
part i of n of every buffer that one of them writes, the second may follow the first part by part: no thread waits for
another in between, and a part fits in the cache where the whole does not.  A buffer that only such a run touches need
not be there as a whole: it is as large as one part for each thread.
"""

import math
from dataclasses import dataclass, field
from typing import Any, final

from pellucid.compiler.native._contraction import SHARED
from pellucid.compiler.native._kernels import (
    Blocks,
    Contraction,
    FirstMaximum,
    Gathered,
    Here,
    Loops,
    Scatter,
)
from pellucid.compiler.native._loops import accesses_of, fills, shared_axis, walked
from pellucid.compiler.native._memory import touched_by, written_by
from pellucid.compiler.native._storage import Storage
from pellucid.compiler.native._tiles import merged
from pellucid.ops._memory import LINE

NEAR_BYTES = 512 << 10  # of one part, of all that is handed on: half of a second-level cache
FEWEST_BYTES = 64 << 10  # of all that a run hands on; what is smaller is near as a whole
FEWEST = 8  # parts: fewer are no work for many threads


def in_blocks(low: Any, threads: int) -> None:
    """Join what may be joined; kernels that wait for nothing in a run go before it."""
    uses = {kernel: _use(low, kernel) for kernel in low.kernels if not isinstance(kernel, Loops) or kernel.stores}
    before = _joined([uses[k] for k in low.kernels[: low.checked] if k in uses])
    after = _joined([uses[k] for k in low.kernels[low.checked :] if k in uses])
    low.kernels, low.checked = [*before, *after], len(before)
    _keep_parts_only(low, threads, uses)


@final
@dataclass(slots=True)
class _Use:
    """What a kernel touches and writes, and how it is shared out.

    length: of the axis that is shared out; 0 where there is none, or the parts are not equal.  spans: the bytes of each
    buffer that this axis spans; 0 where a part may touch the whole.
    """

    kernel: Any
    touched: set[int]
    written: set[int]
    length: int = 0
    spans: dict[int, int] = field(default_factory=dict)

    @property
    def near(self) -> dict[int, int]:
        """Bytes of what it writes part by part."""
        return {b: span for b, span in self.spans.items() if b in self.written}


@final
@dataclass(slots=True)
class _Run:
    """Kernels that follow each other part by part."""

    kernels: list[Any]
    length: int  # the greatest common divisor
    spans: dict[int, int]  # of every buffer they touch
    written: set[int]
    near: dict[int, int]  # bytes of what is handed on

    def takes(self, new: _Use) -> bool:
        """Whether a kernel may follow part by part, the parts being many and small enough."""
        common = math.gcd(self.length, new.length)
        if not new.length or common < FEWEST:
            return False
        near = self.near | new.near
        if common < self.length and sum(near.values()) > common * 2 * NEAR_BYTES:
            return False  # parts would be larger than those of the run alone
        both = self.written | new.written
        return all(self.spans[b] == span != 0 for b, span in new.spans.items() if b in self.spans and b in both)

    def add(self, new: _Use) -> None:
        """Append a kernel."""
        self.kernels.append(new.kernel)
        self.length = math.gcd(self.length, new.length)
        for b, span in new.spans.items():
            self.spans[b] = span if self.spans.get(b, span) == span else 0
        self.written |= new.written
        self.near |= new.near

    def waits(self, new: _Use) -> bool:
        """Whether a kernel must come after the run."""
        return bool(new.touched & self.written or new.written & set(self.spans))


def _joined(uses: list[_Use]) -> list[Any]:
    """The kernels in another order that respects what they wait for, runs of them as one.

    The first that can be shared out begins a run.  Of those after it, some go on with it; what waits for nothing of it
    goes before it, the rest after it; both are then treated alike.
    """
    out: list[Any] = []
    todo: list[Any] = [uses]
    while todo:
        now = todo.pop()
        if not isinstance(now, list):
            out.append(now)
        elif now and now[0].length < FEWEST:
            out.append(now[0].kernel)
            todo.append(now[1:])
        elif now:
            run, before, after = _run_of(now)
            worth = len(run.kernels) > 1 and sum(run.near.values()) >= FEWEST_BYTES
            todo += [after, *([_block_of(run)] if worth else run.kernels[::-1]), before]
    return out


def _run_of(uses: list[_Use]) -> tuple[_Run, list[_Use], list[_Use]]:
    """The run that the first begins, what goes before it and what after."""
    first = uses[0]
    run = _Run([first.kernel], first.length, dict(first.spans), set(first.written), first.near)
    apart: list[_Use] = []  # they wait for nothing of the run
    for i, use in enumerate(uses[1:], 1):
        if not run.waits(use):
            apart.append(use)
        elif not run.takes(use):
            return run, apart, uses[i:]
        else:
            mine = _needed(use, apart, run)
            if not all(map(run.takes, mine)) or math.gcd(run.length, *(x.length for x in (*mine, use))) < FEWEST:
                mine = []
            apart = [x for x in apart if x not in mine]
            for x in (*mine, use):
                run.add(x)
    return run, apart, []


def _needed(use: _Use, earlier: list[_Use], run: _Run) -> list[_Use]:
    """Those that make, part by part, what a kernel needs part by part; none if others come between them.

    What the run has overtaken since, by writing what they read, stays where it was: before the run.
    """
    spans, mine = dict(use.spans), set()
    for x in reversed(earlier):
        if run.waits(x) or not any(spans.get(b) for b in x.written):
            continue
        if all(spans.get(b, s) == s != 0 for b, s in x.spans.items()):
            mine.add(id(x))
            spans |= x.spans
    found: list[_Use] = []
    for x in earlier:
        if id(x) in mine:
            found.append(x)
        elif any(x.touched & y.written or x.written & y.touched for y in found):
            return []
    return found


def _block_of(run: _Run) -> Blocks:
    """In as few parts as have all they hand on near, but in enough for many threads."""
    least = max(2 * FEWEST, -(-sum(run.near.values()) // NEAR_BYTES))
    count = next((n for n in range(least, min(run.length, 8 * least) + 1) if run.length % n == 0), 0)
    if not count:
        count = max(n for n in range(1, min(run.length, least) + 1) if run.length % n == 0)
    return Blocks(tuple(run.kernels), count)


def _use(low: Any, kernel: Any) -> _Use:
    touched, written = ({low.same.get(b, b) for b in by(kernel)} for by in (touched_by, written_by))
    use = _Use(kernel, touched, written)
    if isinstance(kernel, Contraction):
        _share_contraction(low, kernel, use)
    elif isinstance(kernel, Loops) and 0 not in kernel.shape:
        _share_loops(low, kernel, use)
    return use


def _share_loops(low: Any, loops: Loops, use: _Use) -> None:
    if fills(loops) or any(isinstance(s, Scatter) for s in loops.stores):
        return  # something is done before, or several parts may write one entry
    axes = walked(loops)
    depth = shared_axis(loops, axes, worth=0)
    if depth < 0:
        return
    leader, use.length = axes[depth]
    others = [(n, a) for a, n in axes if a != leader]
    furthest: dict[Any, Storage] = {}  # of those that differ in nothing but the offset
    for x in accesses_of(loops):
        if isinstance(x, Gathered):
            _note(low, use, x.source, 0, [])
        elif isinstance(x, FirstMaximum):
            s = x.windows
            within = list(zip(s.shape, s.strides, strict=True))[len(s.shape) - x.rank :]
            _note(low, use, s, s.strides[leader], [*((n, s.strides[a]) for n, a in others), *within])
        elif not isinstance(x, Here):
            s = x.storage
            known = furthest.setdefault((s.buffer, s.strides, s.dtype), s)
            if s.offset > known.offset:
                furthest[s.buffer, s.strides, s.dtype] = s
    for s in furthest.values():
        _note(low, use, s, s.strides[leader], [(n, s.strides[a]) for n, a in others])


def _share_contraction(low: Any, kernel: Contraction, use: _Use) -> None:
    rows = merged(list(kernel.rows))
    if (len(rows) < 2 and not rows[-1][2]) or rows[0][0] < SHARED:
        return
    use.length, *steps = rows[0]
    others = [*rows[1:], *kernel.sums, *kernel.passes, kernel.column]
    for i, s in enumerate((kernel.a, kernel.b, kernel.out)):
        _note(low, use, s, steps[i], [(axis[0], axis[1 + i]) for axis in others])


def _note(low: Any, use: _Use, s: Storage, step: int, inner: list[tuple[int, int]]) -> None:
    """Put down what the axis spans of a buffer, if no step of it reaches into the next."""
    reach = s.offset + sum((n - 1) * t for n, t in inner)
    apart = step > 0 and min((t for _, t in inner), default=0) >= 0 and reach < step
    span, buffer = use.length * step * s.dtype.itemsize if apart else 0, low.same.get(s.buffer, s.buffer)
    use.spans[buffer] = span if use.spans.get(buffer, span) == span else 0


def _keep_parts_only(low: Any, threads: int, uses: dict[Any, _Use]) -> None:
    """Let buffers that only one run touches be as large as a part for each thread."""
    fixed = {*low.inputs.values(), *low.constants, *low.same, *low.same.values()}
    fixed |= {s.buffer for s in (*low.outputs, *low.holds, *low.updates.values()) if isinstance(s, Storage)}
    users: dict[int, int] = {}
    for kernel in low.kernels:
        for buffer in touched_by(kernel):
            users[buffer] = users.get(buffer, 0) + 1
    for block in low.kernels:
        if not isinstance(block, Blocks):
            continue
        spans: dict[int, int] = {}
        for kernel in block.kernels:
            for b, span in uses[kernel].spans.items():
                spans[b] = span if spans.get(b, span) == span else 0
        for b, span in spans.items():
            if b not in fixed and span == low.sizes[b] and users[b] == 1:
                part = span // block.count
                room = -(-part // LINE) * LINE
                block.parts[b] = part, room
                low.sizes[b] = room * threads
