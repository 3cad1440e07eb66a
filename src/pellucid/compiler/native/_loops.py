"""Loops over single entries as machine code; LLVM makes them run several entries at a time where they do not yet.

Here: `emit_loops`, `buffers_of`, `emit_fill`, `emit_random_bits`; `storages_of`, what loops read and write.
Elsewhere: what a loop computes is described in _kernels.py; single primitives are in _scalar.py.
Imports: numpy, llvmlite, pellucid.compiler.native.

Axes that continue each other in every storage are walked as one, so that most loops are a single one without gaps.
"""

import math
from typing import Any, final

import llvmlite.ir as ir
import numpy as np

from pellucid.compiler.native._kernels import (
    Accumulate,
    Apply,
    FirstMaximum,
    Gathered,
    Here,
    Literal,
    Load,
    Loops,
    Member,
    Number,
    RandomBits,
    Scatter,
    Store,
)
from pellucid.compiler.native._machine import I32, I64, POINTER, SUM_FLAGS, Code, function, type_for, vector_bytes
from pellucid.compiler.native._scalar import SCALAR, constant, converted
from pellucid.compiler.native._storage import Lengths, Storage
from pellucid.compiler.native._turning import emit_turned, turns

DOUBLE = np.dtype(np.float64)
SUM_BLOCK = 256  # entries at least, or 4 sqrt n: a sum of n loses some sqrt n / 2 units in the last place, not n
LANES = 16  # partial sums that a block has in vectors of 64 bytes, which is as many as there are
SHORT = 16  # entries: of what is shorter, LLVM masks the last vector in place of a loop over single entries
WORTH = 1 << 13  # entries; below, one thread does all


def emit_loops(module: Any, name: str, loops: Loops, same: dict[int, int], worth: int = WORTH) -> None:
    """A function (thread, threads, numbers, buffer...) that does this thread's share.

    same: buffers that lie in the memory of others.  worth: entries below which one thread does all.
    """
    buffers = buffers_of(loops, same)
    made, b = function(module, name, [I64, I64] + [POINTER] * (1 + len(buffers)))
    given = dict(zip(buffers, made.args[3:], strict=True))
    if 0 not in loops.shape:
        pointers = {s.buffer: given[same.get(s.buffer, s.buffer)] for s in storages_of(loops)}
        _Nest(b, loops, made.args, pointers, worth).run()
    b.ret_void()


def buffers_of(loops: Loops, same: dict[int, int]) -> list[int]:
    """The buffers that the function of loops takes, in order."""
    return list(dict.fromkeys(same.get(s.buffer, s.buffer) for s in storages_of(loops)))


def fills(loops: Loops) -> list[Accumulate]:
    """What must be filled before the loops begin."""
    return [s for s in loops.stores if isinstance(s, Accumulate) and s.first is not None]


def emit_fill(module: Any, name: str, store: Accumulate) -> None:
    """A function (buffer): what is accumulated begins with the first value, in all its entries."""
    made, b = function(module, name, [POINTER])
    axes = {(n, s) for n, s in zip(store.storage.shape, store.storage.strides, strict=True) if s}
    entry, first = type_for(store.storage.dtype), constant(store.first, store.storage.dtype)
    size = math.prod(n for n, _ in axes)
    b.loop(size, lambda i: b.store(first, b.place(made.args[0], b.add(i, I64(store.storage.offset)), entry)))
    b.ret_void()


def storages_of(loops: Loops) -> list[Storage]:
    """Every storage that is read or written."""
    return _touches(loops)[2]


@final
class _Nest:
    def __init__(self, b: Code, loops: Loops, given: Any, pointers: dict[int, Any], worth: int) -> None:
        self.b, self.loops, self.pointers = b, loops, pointers
        self.thread, self.threads, self.numbers = given[:3]
        self.axes = walked(loops)  # groups of axes, the outermost first
        self.shared = shared_axis(loops, self.axes, worth)  # the one shared out among threads; -1: thread 0 does all
        self.index: dict[int, Any] = {}  # axis of the loops that leads a group -> index
        self.entries: dict[Any, Any] = {}
        self.bases: dict[Any, Any] = {}  # buffer, strides -> the address for this point of the loops, less the offset
        self.lanes = lanes_of(loops, self.axes, pointers)  # entries of the innermost axis that are computed at once
        self.turned = turns(loops, self.axes)  # the depth of the rows of a matrix that is copied turned over; or None
        self.rows: tuple[Any, Any] = I64(0), I64(0)  # of such a matrix, from which to which are copied
        self.partial: dict[Any, Any] = {}  # an Accumulate -> where the sum of the present block is formed

    def run(self) -> None:
        """Everything, or this thread's share of it."""
        if self.shared >= 0:
            self._axis(0)
            return
        with self.b.if_then(self.b.icmp_signed("==", self.thread, I64(0))):
            self._axis(0)

    def _axis(self, depth: int) -> None:
        if depth == len(self.axes):
            self._body()
            return
        leader, length = self.axes[depth]
        if self.turned is not None and depth in (self.turned, len(self.axes) - 1):
            self._turn(depth)
            return

        wide = self.lanes if depth == len(self.axes) - 1 else 1

        def inside(i: Any) -> None:
            self.index[leader] = i if wide == 1 else self.b.mul(i, I64(wide))
            self._axis(depth + 1)

        if depth == len(self.axes) - 1 and length > SUM_BLOCK and (sums := self._sums_along(leader)):
            self._in_blocks(leader, length, sums)
            return
        if depth != self.shared:
            done = 0
            for part in _pieces(length) if depth == len(self.axes) - 1 and wide == 1 else [length // wide]:
                self.b.loop(done + part, inside, done)
                done += part
            return
        first, last = self._share(length // wide)
        with self.b.if_then(self.b.icmp_signed("<", first, last)):
            self.b.loop(last, inside, first)

    def _share(self, length: int) -> tuple[Any, Any]:
        """The part of an axis that is this thread's."""
        b = self.b
        first = b.sdiv(b.mul(self.thread, I64(length)), self.threads)
        return first, b.sdiv(b.mul(b.add(self.thread, I64(1)), I64(length)), self.threads)

    def _turn(self, depth: int) -> None:
        """Copy matrices: their rows along the axis at depth `turned`, their columns along the innermost."""
        leader, length = self.axes[depth]
        self.index[leader] = I64(0)
        if depth == self.turned:
            self.rows = self._share(length) if depth == self.shared else (I64(0), I64(length))
            self.index[leader] = self.rows[0]
            self._axis(depth + 1)
            return
        assert self.turned is not None
        (store,) = self.loops.stores
        into, source = store.storage, store.value.storage
        read = self._address(source), source.strides[leader]
        written = self._address(into), into.strides[self.axes[self.turned][0]]
        emit_turned(self.b, self.b.sub(*self.rows[::-1]), length, read, written, type_for(into.dtype))

    def _sums_along(self, leader: int) -> list[Accumulate]:
        """The sums of floats that all entries along an axis go into."""
        return [
            s
            for s in self.loops.stores
            if isinstance(s, Accumulate) and s.how == "sum" and s.storage.dtype.kind == "f"
            if s.storage.strides[leader] == 0
        ]

    def _in_blocks(self, leader: int, length: int, sums: list[Accumulate]) -> None:
        """The innermost loop in blocks, each summed in a register first: fewer roundings of a large sum."""
        b = self.b
        with b.goto_entry_block():
            self.partial = {s: b.alloca(type_for(s.storage.dtype)) for s in sums}

        def block(first: Any, size: int) -> None:
            for s, place in self.partial.items():
                b.store(constant(0, s.storage.dtype), place)

            def inside(i: Any) -> None:
                self.index[leader] = b.add(i, first)
                self._body()

            b.loop(size, inside)
            for s, place in self.partial.items():
                entry, address = type_for(s.storage.dtype), self._address(s.storage)
                b.store(b.fadd(b.load(address, typ=entry), b.load(place, typ=entry), flags=SUM_FLAGS), address)

        size = max(SUM_BLOCK, 4 * math.isqrt(length) // LANES * LANES)
        full, rest = divmod(length, size)
        b.loop(full, lambda i: block(b.mul(i, I64(size)), size))
        if rest:
            block(I64(full * size), rest)
        self.partial = {}

    def _body(self) -> None:
        self.entries, self.bases = {}, {}
        for node, expression in self.loops.members.items():
            self.entries[node] = self._value(expression)
        values = [self._operand(s.value, s.kind, s.storage.dtype) for s in self.loops.stores]  # old state is read ...
        for store, value in zip(self.loops.stores, values, strict=True):
            self._put(store, value)  # ... before it is renewed in its place
        self.bases = {}

    def _at(self, strides: Lengths, offset: int) -> Any:
        return self.b.sum_of([(i, strides[a]) for a, i in self.index.items()], offset)

    def _address(self, s: Storage) -> Any:
        entry, lies = type_for(s.dtype), (s.buffer, s.strides)
        if lies not in self.bases:
            self.bases[lies] = self.b.place(self.pointers[s.buffer], self._at(s.strides, 0), entry)
        return self.b.place(self.bases[lies], s.offset, entry) if s.offset else self.bases[lies]

    def _loaded(self, address: Any, dtype: np.dtype[Any]) -> Any:
        entry = type_for(dtype)
        if self.lanes == 1:
            return self.b.load(address, typ=entry)
        return self.b.load(address, typ=ir.VectorType(entry, self.lanes), align=dtype.itemsize)

    def _value(self, x: Any) -> Any:
        b = self.b
        if isinstance(x, Member):
            return self.entries[x.node]
        if isinstance(x, Load):
            return self._loaded(self._address(x.storage), x.storage.dtype)
        if isinstance(x, Gathered):
            return self._gathered(x)
        if isinstance(x, FirstMaximum):
            return self._first_maximum(x)
        if isinstance(x, Here):
            return self._at(x.steps, 0)
        assert isinstance(x, Apply)
        operands = [self._operand(y, kind, x.common) for y, kind in zip(x.operands, x.kinds, strict=True)]
        if x.name == "cast":
            return operands[0]
        if x.name == "where":
            operands[0] = self._operand(x.operands[0], x.kinds[0], np.dtype(bool))
        kind = "u" if x.common.kind == "b" else x.common.kind
        return SCALAR[x.name](b, *operands, kind)

    def _operand(self, x: Any, kind: np.dtype[Any] | None, common: np.dtype[Any]) -> Any:
        """An operand as a number of the common dtype."""
        if isinstance(x, Literal):
            one = constant(x.value, common)
            return one if self.lanes == 1 else ir.Constant(ir.VectorType(one.type, self.lanes), [one] * self.lanes)
        if isinstance(x, Number):
            return converted(self.b, self._number(x), DOUBLE, common)
        assert kind is not None
        return converted(self.b, self._value(x), kind, common)

    def _number(self, x: Number) -> Any:
        double = type_for(DOUBLE)
        return self.b.load(self.b.place(self.numbers, x.place, double), typ=double)

    def _position(self, index: Any, kind: np.dtype[Any], n: int) -> Any:
        """A position counted from the front: negative ones count from the end."""
        i = converted(self.b, self._value(index), kind, np.dtype(np.int64))
        if kind.kind == "u":
            return i
        return self.b.select(self.b.icmp_signed("<", i, I64(0)), self.b.add(i, I64(n)), i)

    def _indirect(self, s: Storage, axis: int, taken: int, position: Any) -> Any:
        """The address in s (A.., n, B..) of the entry for this point of loops over (A.., I.., B..)."""
        steps = (*s.strides[:axis], *(0,) * taken, *s.strides[axis + 1 :])
        at = self.b.add(self._at(steps, s.offset), self.b.mul(position, I64(s.strides[axis])))
        return self.b.place(self.pointers[s.buffer], at, type_for(s.dtype))

    def _gathered(self, x: Gathered) -> Any:
        position = self._position(x.index, x.kind, x.source.shape[x.axis])
        return self.b.load(self._indirect(x.source, x.axis, x.taken, position), typ=type_for(x.source.dtype))

    def _first_maximum(self, x: FirstMaximum) -> Any:
        b, s = self.b, x.windows
        entry, outer = type_for(s.dtype), len(s.shape) - x.rank
        base = self._at(s.strides[:outer], s.offset)
        best = where = None
        for number, (offset, shift) in enumerate(x.shifts):
            place = I32(number) if x.gives == "offset" else I64(shift)
            step = sum(k * t for k, t in zip(offset, s.strides[outer:], strict=True))
            value = b.load(b.place(self.pointers[s.buffer], b.add(base, I64(step)), entry), typ=entry)
            if best is None:
                best, where = value, place
                continue
            if s.dtype.kind == "f":  # the first NaN is the maximum
                better = b.and_(b.fcmp_unordered(">", value, best), b.fcmp_ordered("ord", best, best))
            else:
                better = (b.icmp_signed if s.dtype.kind == "i" else b.icmp_unsigned)(">", value, best)
            best, where = b.select(better, value, best), b.select(better, place, where)
        if x.gives == "position":
            return b.add(self._at(x.flat, 0), where)
        return best if x.gives == "value" else where

    def _put(self, store: Any, value: Any) -> None:
        b, s = self.b, store.storage
        if isinstance(store, Scatter):
            position = self._position(store.index, store.index_kind, s.shape[store.axis])
            address = self._indirect(s, store.axis, store.taken, position)
        else:
            address = self.partial.get(store) or self._address(s)
        if self.lanes > 1:
            b.store(value, address, align=s.dtype.itemsize)
            return
        if not isinstance(store, Store):
            old = b.load(address, typ=type_for(s.dtype))
            kind = "u" if s.dtype.kind == "b" else s.dtype.kind
            largest = s.dtype.kind == "b" or (isinstance(store, Accumulate) and store.how == "max")  # truth values: or
            if s.dtype.kind == "f" and not largest:
                value = b.fadd(value, old, flags=SUM_FLAGS)
            else:
                value = SCALAR["maximum" if largest else "add"](b, value, old, kind)
        b.store(value, address)


def walked(loops: Loops) -> list[tuple[int, int]]:
    """Loops to be made, from the outermost: (the axis whose strides it takes, its length)."""
    strides = {_steps(x, len(loops.shape)) for x in accesses_of(loops)}
    out: list[tuple[int, int]] = []
    for a in loops.order:
        n = loops.shape[a]
        if n == 1:
            continue
        if out and all(s[out[-1][0]] == n * s[a] for s in strides):
            out[-1] = a, out[-1][1] * n
        else:
            out.append((a, n))
    return out


def _pieces(length: int) -> list[int]:
    """Short loops as such of 8, 4, 2 and 1: LLVM would mask the last vector, which then is not read back soon.

    >>> _pieces(10), _pieces(16)
    ([8, 2], [16])
    """
    if length >= SHORT:
        return [length]
    return [n for n in (8, 4, 2, 1) if length & n]


_SUMS = frozenset({"add", "subtract", "multiply", "negative"})


def lanes_of(loops: Loops, axes: list[tuple[int, int]], given: dict[int, Any]) -> int:
    """How many entries are computed at once without LLVM's help, a vector of floats; 1: that is left to LLVM.

    Only for sums and products of neighbours that are read here and written there, by buffers of `given`: minimal
    filtering has hundreds in one loop, for which LLVM tries many widths before it takes that of a vector.
    """
    read = [x.storage for x in loops.members.values() if isinstance(x, Load)]
    written = [x.storage for x in loops.stores]
    sums = [x for x in loops.members.values() if not isinstance(x, Load)]
    plain = all(isinstance(x, Apply) and x.name in _SUMS for x in sums) and all(
        isinstance(x, Store) for x in loops.stores
    )
    flat = all(isinstance(y, (Member, Literal)) for x in sums if isinstance(x, Apply) for y in x.operands)
    if not axes or not sums or not plain or not flat or not all(isinstance(x.value, Member) for x in loops.stores):
        return 1
    leader, length = axes[-1]
    dtype = written[0].dtype
    lanes = vector_bytes() // dtype.itemsize
    near = all(s.strides[leader] == 1 and s.dtype == dtype and dtype.kind == "f" for s in (*read, *written))
    apart = not {given[s.buffer] for s in read} & {given[s.buffer] for s in written}
    return lanes if near and apart and length % lanes == 0 else 1


def shared_axis(loops: Loops, axes: list[tuple[int, int]], worth: int) -> int:
    """Which loop is shared out: the outermost along which every store goes on to other entries; -1 for none."""
    if math.prod(loops.shape) < worth or any(isinstance(s, Scatter) for s in loops.stores):
        return -1
    for depth, (leader, length) in enumerate(axes):
        if length > 1 and all(_goes_on(s, leader, axes) for s in loops.stores):
            return depth
    return -1


def _goes_on(store: Any, leader: int, axes: list[tuple[int, int]]) -> bool:
    """Whether what a store writes at one place along an axis it writes at no other."""
    step = abs(store.storage.strides[leader])
    if not isinstance(store, Accumulate):
        return step != 0
    return step > sum((n - 1) * abs(store.storage.strides[a]) for a, n in axes if a != leader)


_NO_ACCESS = frozenset({Literal, Number, Member})


def accesses_of(loops: Loops) -> list[Any]:
    """Every expression and store that reads or writes a storage."""
    return _touches(loops)[1]


def _touches(loops: Loops) -> tuple[int, list[Any], list[Storage]]:
    """How many expressions and stores there are, those that read or write a storage, and the storages.

    Each kernel is asked many times, and one of minimal filtering has hundreds of expressions: they are looked for once.
    """
    count = len(loops.members) + len(loops.stores)
    if loops.touches is None or loops.touches[0] != count:
        found = _accesses(loops)
        loops.touches = (
            count,
            found,
            [getattr(x, _SOURCES.get(type(x), "storage")) for x in found if type(x) is not Here],
        )
    return loops.touches


_SOURCES = {Gathered: "source", FirstMaximum: "windows"}


def _accesses(loops: Loops) -> list[Any]:
    found: list[Any] = []
    todo: list[Any] = [*loops.members.values(), *loops.stores]
    while todo:
        x = todo.pop()
        kind = type(x)
        if kind is Apply:
            todo += [y for y in x.operands if type(y) not in _NO_ACCESS]
        elif kind not in _NO_ACCESS:
            found.append(x)
            if kind in (Store, Accumulate, Scatter):
                todo.append(x.value)
            if kind in (Gathered, Scatter):
                todo.append(x.index)
    return found


def _steps(x: Any, rank: int) -> Lengths:
    """How far a step along each axis of the loops goes in what x reads or writes."""
    if type(x) is Load or type(x) is Store:
        return x.storage.strides
    if isinstance(x, Here):
        return x.steps
    if isinstance(x, FirstMaximum):
        return tuple(s * 1_000_003 + f for s, f in zip(x.windows.strides[:rank], x.flat, strict=True))
    if isinstance(x, Gathered):
        s = x.source.strides
        return (*s[: x.axis], *(0,) * x.taken, *s[x.axis + 1 :])
    if isinstance(x, Scatter):
        s = x.storage.strides
        return (*s[: x.axis], *(0,) * x.taken, *s[x.axis + 1 :])
    assert isinstance(x, (Load, Store, Accumulate))
    return x.storage.strides


_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA


def emit_random_bits(module: Any, name: str, kernel: RandomBits) -> list[int]:
    """A function (numbers, key, out): Threefry-2x32 with 20 rounds, as pellucid.random defines it; by thread 0."""
    made, b = function(module, name, [POINTER] * 3)
    key = [b.load(b.place(made.args[1], kernel.key.offset + i, I32), typ=I32) for i in range(2)]
    words = [*key, b.xor(b.xor(key[0], key[1]), I32(_PARITY))]
    n = kernel.out.size
    half = -(-n // 2)

    def pair(i: Any) -> tuple[Any, Any]:
        left = b.trunc(i, I32)
        right = b.add(b.add(left, I32(half)), words[1])
        left = b.add(left, words[0])
        for r in range(20):
            turn = _ROTATIONS[r % 8]
            left = b.add(left, right)
            right = b.xor(b.or_(b.shl(right, I32(turn)), b.lshr(right, I32(32 - turn))), left)
            if r % 4 == 3:
                s = r // 4 + 1
                left = b.add(left, words[s % 3])
                right = b.add(right, b.add(words[(s + 1) % 3], I32(s)))
        return left, right

    def both(i: Any) -> None:
        left, right = pair(i)
        b.store(left, b.place(made.args[2], i, I32))
        b.store(right, b.place(made.args[2], b.add(i, I64(half)), I32))

    if n // 2:
        b.loop(n // 2, both)
    if n % 2:
        b.store(pair(I64(half - 1))[0], b.place(made.args[2], half - 1, I32))
    b.ret_void()
    return [kernel.key.buffer, kernel.out.buffer]
