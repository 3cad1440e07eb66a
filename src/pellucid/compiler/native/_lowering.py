"""A program as kernels: what is fused with what, where everything lies, in which order it is done.

Here: `lower`, and `Lowered`.
Elsewhere: single entries, products and pooling have modules of their own.  Kernels are described in _kernels.py and
become machine code in _loops.py and _contraction.py.
Imports: numpy, pellucid.ops, pellucid.compiler.

Nodes are taken one after another.  A view costs nothing.  A node of single entries joins the loops over its shape that
are already there, if all it needs is known by then, and so do sums over its entries; else new loops are begun.  A
result gets memory only when another kernel reads it, and lies in the order in which the largest thing it is made of
lies.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np

from pellucid.compiler._program import Constant, Input, Operand, Program, Result, Value, ordered
from pellucid.compiler.native._again import computed_again, without_unused
from pellucid.compiler.native._contraction_plan import contraction_of
from pellucid.compiler.native._expressions import entrywise, has_code
from pellucid.compiler.native._kernels import (
    Accumulate,
    Apply,
    Gathered,
    Interpreted,
    Literal,
    Load,
    Loops,
    Member,
    Number,
    RandomBits,
    Scatter,
    Store,
)
from pellucid.compiler.native._pooling import goes_back, only_pooled, pools, search, unpool
from pellucid.compiler.native._storage import Lengths, Storage, laid_out, rows_first
from pellucid.ops._primitive import Array

ENTRYWISE = (
    *("add", "subtract", "multiply", "divide", "power", "maximum", "negative", "absolute", "sign"),
    *("floor", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf", "sigmoid", "softplus", "relu"),
    *("equal", "less", "less_equal", "where", "cast"),
)
CHEAP = ("add", "subtract", "multiply", "negative", "where", "cast", "equal", "less", "less_equal")
"""Computed again in every loop that needs them, rather than kept, when they are made of inputs alone."""
LOOK_BACK = 12  # kernels that are searched for loops to join


@final
@dataclass(eq=False, slots=True)
class Lowered:
    """The kernels of a program and the memory they work in."""

    kernels: list[Any] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # bytes of each buffer
    inputs: dict[Input, int] = field(default_factory=dict)  # arrays: the buffer of each
    constants: dict[int, Array] = field(default_factory=dict)  # buffer -> what it holds
    numbers: list[Value] = field(default_factory=list)  # weak values, by their place among the numbers
    outputs: list[Any] = field(default_factory=list)  # a Storage, or a number
    updates: dict[Input, Any] = field(default_factory=dict)
    holds: list[Any] = field(default_factory=list)
    checked: int = 0  # kernels that come before the checks are looked at
    same: dict[int, int] = field(default_factory=dict)  # buffers that lie in the memory of others: new state in the old


def lower(program: Program) -> Lowered:
    """The kernels of a program."""
    return _Lowering(program).done()


@final
class _Lowering:
    def __init__(self, program: Program) -> None:
        self.program, self.out = program, Lowered()
        self.storages: dict[Value, Storage] = {}
        self.ready: dict[Value, int] = {}  # the kernel that makes a value; -1 for inputs
        self.home: dict[Value, Loops] = {}  # the loops a value is a member of
        self.places: dict[Value, int] = {}  # of numbers
        self.late: dict[Value, Any] = {}  # made of inputs alone: joins the loops that first need it
        self.flattened: dict[Value, Value] = {}  # a reshape that needs a copy, made when something reads it
        self.kinds: dict[Value, np.dtype[Any]] = {}  # of what is kept otherwise than the program says
        self.pooled: dict[Value, Storage] = {}  # slopes of a maximum over windows, which lie as its input does
        for x in program.inputs:
            if x.aval.weak:
                self._number(x)
            else:
                self.out.inputs[x] = buffer = self._buffer(x.aval.size * x.aval.dtype.itemsize)
                self.storages[x] = Storage(buffer, x.aval.shape, rows_first(x.aval.shape), x.aval.dtype)
            self.ready[x] = -1

    # -- the whole ---------------------------------------------------------------------------------------------------

    def done(self) -> Lowered:
        program, out = self.program, self.out
        for node in ordered(check.holds for check in program.checks):
            self._lower(node)
        out.holds = [self._answer(check.holds) for check in program.checks]
        out.checked = len(out.kernels)
        for node in ordered(program.goals()):
            if node not in self.ready:
                self._lower(node)
        out.outputs = [self._answer(x) for x in program.outputs]
        for x, value in program.updates.items():
            out.updates[x] = self._answer(value)
        for kernel in out.kernels:
            if isinstance(kernel, Loops):
                without_unused(kernel)
        return out

    def _answer(self, x: Operand) -> Any:
        """Where a goal lies: a storage without gaps, or a number."""
        if not isinstance(x, Value):
            return x
        if x.aval.weak:
            return Number(self._number(x))
        storage = self._storage(x)
        return storage if storage.contiguous else self._copied(storage)

    def _lower(self, node: Result) -> None:
        if node.aval.weak:
            self._number(node)
            self.ready[node] = -1
            return
        name = node.op.name
        view = self._view(node) if name in _VIEWS else None
        if node in self.flattened:
            self.ready[node] = self.ready[node.values()[0]]
        elif view is not None:
            self.storages[node], self.ready[node] = view
        elif not has_code(node):
            self._interpret(node)
        elif name in CHEAP and all(map(self._is_early, node.operands)):
            self.late[node], self.ready[node] = entrywise(node), -1
        elif name in ENTRYWISE:
            self._join(node, entrywise(node), node.aval.shape)
        elif name in ("sum", "max") and node.values()[0].aval.size:
            self._reduce(node)
        else:
            method = getattr(self, f"_{name}", None)
            if method is None or node.aval.size == 0 or method(node) is False:
                self._interpret(node)

    # -- memory ------------------------------------------------------------------------------------------------------

    def _buffer(self, size: int) -> int:
        self.out.sizes.append(size)
        return len(self.out.sizes) - 1

    def _new(self, shape: Lengths, dtype: np.dtype[Any], order: Lengths | None = None) -> Storage:
        buffer = self._buffer(math.prod(shape) * dtype.itemsize)
        return Storage(buffer, shape, rows_first(shape) if order is None else laid_out(shape, order), dtype)

    def _is_early(self, x: Operand) -> bool:
        """Whether an operand is there before the first kernel."""
        return not isinstance(x, Value) or x.aval.weak or isinstance(x, (Input, Constant)) or x in self.late

    def _storage(self, x: Value) -> Storage:
        """Where a value lies; a member of loops is given memory now."""
        if x not in self.storages:
            if x in self.late:
                self._join(x, self.late.pop(x), x.aval.shape)  # type: ignore[arg-type]
            if x in self.flattened or x in self.pooled:
                source = self._storage(self.flattened[x]) if x in self.flattened else self.pooled[x]
                copy = self._copied(source)
                self.storages[x] = replace(copy, shape=x.aval.shape, strides=rows_first(x.aval.shape))
                self.ready[x] = len(self.out.kernels) - 1
            elif isinstance(x, Constant):
                buffer = self._buffer(x.array.nbytes)
                self.out.constants[buffer] = np.ascontiguousarray(x.array)
                self.storages[x] = Storage(buffer, x.aval.shape, rows_first(x.aval.shape), x.aval.dtype)
                self.ready[x] = -1
            else:
                loops = self.home[x]
                dtype = self.kinds.get(x, x.aval.dtype)
                self.storages[x] = new = self._new(x.aval.shape, dtype, loops.order)
                loops.kept[x] = new
                loops.stores.append(Store(new, Member(x), dtype))  # type: ignore[arg-type]
        return self.storages[x]

    def _number(self, x: Value) -> int:
        if x not in self.places:
            self.places[x] = len(self.out.numbers)
            self.out.numbers.append(x)
        return self.places[x]

    def _when(self, x: Operand) -> int:
        return self.ready.get(x, -1) if isinstance(x, Value) else -1

    def _add(self, kernel: Any, *made: Value) -> None:
        """Append a kernel that makes these values."""
        self.out.kernels.append(kernel)
        for x in made:
            self.ready[x] = len(self.out.kernels) - 1

    def _copied(self, storage: Storage, order: Lengths | None = None) -> Storage:
        """A copy without gaps, its axes in the order given or their own."""
        new = self._new(storage.shape, storage.dtype, order)
        loops = Loops(storage.shape, storage.order if order is None else order)
        loops.stores.append(Store(new, Load(storage), storage.dtype))
        self._add(loops)
        return new

    # -- views -------------------------------------------------------------------------------------------------------

    def _view(self, node: Result) -> tuple[Storage, int] | None:
        """The storage of a node that moves no entry, and the kernel after which it is there; copies where it must."""
        (x,), attrs, name = node.values(), node.attrs, node.op.name
        if name == "reshape" and x in self.pooled and self.pooled[x].shape == node.aval.shape:
            return self.pooled[x], self.ready[x]
        source, when = self._storage(x), self.ready[x]
        if name == "transpose":
            return source.transposed(attrs["axes"]), when
        if name == "broadcast_to":
            return source.broadcast(node.aval.shape), when
        if name == "slice":
            return source.sliced(attrs["start"], attrs["stop"], attrs["step"]), when
        if name == "flip":
            return source.flipped(attrs["axis"]), when
        if name == "windows":
            split = len(x.aval.shape) - len(attrs["size"])
            counts = node.aval.shape[split : split + len(attrs["size"])]
            return source.windows(counts, attrs["size"], attrs["stride"], attrs["dilation"]), when
        view = source.reshaped(node.aval.shape)
        if view is None:
            self.flattened[node] = x
            return None
        return view, when

    # -- entry by entry ----------------------------------------------------------------------------------------------

    def _join(
        self,
        node: Result,
        expression: Any,
        shape: Lengths,
        beside: tuple[Operand, ...] | None = None,
        needs: tuple[Operand, ...] | None = None,
        order: Lengths | None = None,
    ) -> None:
        """Make the node a member of loops over the shape, of those there are or of new ones.

        needs: what must be there before; the operands, when not given.  beside: those of them that may be members of
        the same loops; all, when not given.  order: of the axes, if the loops are new.
        """
        loops, number = self._loops(shape, node.operands if needs is None else needs, beside, order)
        self.home[node], self.ready[node] = loops, number
        loops.members[node] = self._bound(expression, loops, number)

    def _loops(
        self,
        shape: Lengths,
        operands: tuple[Operand, ...],
        beside: tuple[Operand, ...] | None = None,
        order: Lengths | None = None,
    ) -> tuple[Loops, int]:
        """Loops over this shape that come after all operands, or have them as members."""
        values = [x for x in operands if isinstance(x, Value) and not x.aval.weak]
        for x in values:
            self._prepare(x, shape)
        kernels, needed = self.out.kernels, max(map(self._when, values), default=-1)
        for number in range(max(needed, len(kernels) - LOOK_BACK, self._floor(), 0), len(kernels)):
            loops = kernels[number]
            if not isinstance(loops, Loops) or loops.shape != shape:
                continue
            inside = values if beside is None else beside
            if all(self._when(x) < number or (self.home.get(x) is loops and x in inside) for x in values):
                return loops, number
        made = Loops(shape, self._order(shape, values) if order is None else order)
        kernels.append(made)
        return made, len(kernels) - 1

    def _prepare(self, x: Value, shape: Lengths) -> None:
        """Make now what loops over this shape will read, so that it comes before them."""
        if x in self.flattened or x in self.pooled or (x in self.late and x.aval.shape != shape):
            self._storage(x)
        elif x in self.late:  # it will be a member, once all it is made of is there
            operands = [y for y in self.late[x].operands if isinstance(y, Value) and not y.aval.weak]
            for y in operands:
                self._prepare(y, shape)
            self.ready[x] = max(map(self._when, operands), default=-1)

    def _floor(self) -> int:
        """Kernels before the checks are closed once the checks are there."""
        return self.out.checked

    def _order(self, shape: Lengths, values: list[Value]) -> Lengths:
        """The order in which the axes of the largest operand lie."""
        for x in sorted(values, key=lambda x: -x.aval.size):
            if x.aval.shape == shape and x in self.storages and 0 not in self.storages[x].strides:
                return self.storages[x].order
            if x.aval.shape == shape and x in self.home:
                return self.home[x].order
        return tuple(range(len(shape)))

    def _bound(self, x: Any, loops: Loops, number: int) -> Any:
        """An expression whose operands are loads, members and numbers."""
        if isinstance(x, Apply):
            return Apply(x.name, tuple(self._bound(y, loops, number) for y in x.operands), x.kinds, x.common, x.dtype)
        if isinstance(x, Gathered):
            return Gathered(x.source, self._index(x.index, loops, x.axis, x.taken), x.kind, x.axis, x.taken)
        if not isinstance(x, Value):
            return Literal(x) if isinstance(x, (bool, int, float)) else x
        if x.aval.weak:
            return Number(self._number(x))
        if x in self.late and x not in loops.members:
            loops.members[x] = self._bound(self.late[x], loops, number)
        if x in loops.members:
            return Member(x)  # type: ignore[arg-type]
        if isinstance(x, Constant) and x.array.size and (x.array == x.array.flat[0]).all():
            return Literal(x.array.flat[0])
        if computed_again(self, x, loops):
            return Member(x)  # type: ignore[arg-type]
        return Load(self._storage(x).broadcast(loops.shape))

    def _index(self, index: Value, loops: Loops, axis: int, taken: int) -> Any:
        """The index as an expression of the loops: it has the axes from `axis` on, as many as are taken."""
        if self.home.get(index) is loops:
            return Member(index)  # type: ignore[arg-type]
        storage = self._storage(index)
        steps = [0] * len(loops.shape)
        steps[axis : axis + taken] = storage.strides
        return Load(Storage(storage.buffer, loops.shape, tuple(steps), storage.dtype, storage.offset))

    # -- along axes --------------------------------------------------------------------------------------------------

    def _reduce(self, node: Result) -> None:
        (x,), axes, name = node.values(), node.attrs["axis"], node.op.name
        loops, number = self._loops(x.aval.shape, (x,))
        value = self._bound(x, loops, number)
        kept = tuple(a for a in loops.order if a not in axes)
        wide = tuple(1 if a in axes else n for a, n in enumerate(x.aval.shape))
        out = self._new(wide, node.aval.dtype, (*axes, *kept))
        first = 0 if name == "sum" else _lowest(node.aval.dtype)
        loops.stores.append(Accumulate(out.broadcast(x.aval.shape), value, x.aval.dtype, name, first))
        self.ready[node] = number
        shape = node.aval.shape
        steps = out.strides if node.attrs["keepdims"] else tuple(s for a, s in enumerate(out.strides) if a not in axes)
        self.storages[node] = Storage(out.buffer, shape, steps, out.dtype)

    # -- by position -------------------------------------------------------------------------------------------------

    def _gather(self, node: Result) -> bool:
        x, index = node.operands
        if pools(x, index):
            search(self, node, index, "value")
            return True
        axis, taken = node.attrs["axis"] % len(x.aval.shape), len(index.aval.shape)
        source = self._storage(x)
        self._storage(index)
        beside = (index,) if index.aval.shape == node.aval.shape else ()  # then it may be a member of the same loops
        expression = Gathered(source, index, index.aval.dtype, axis, taken)
        self._join(node, expression, node.aval.shape, beside)
        return True

    def _scatter_add(self, node: Result) -> bool:
        x, index = node.operands
        if goes_back(node):
            unpool(self, node, x, index)
            return True
        axis, taken = node.attrs["axis"], len(index.aval.shape)
        out = self._new(node.aval.shape, node.aval.dtype)
        self._filled(out, 0)
        self._storage(x), self._storage(index)
        loops = Loops(x.aval.shape, tuple(range(len(x.aval.shape))))
        where = self._index(index, loops, axis, taken)
        value = Load(self._storage(x))
        loops.stores.append(Scatter(out, value, x.aval.dtype, where, index.aval.dtype, axis, taken))
        self.storages[node] = out
        self._add(loops, node)
        return True

    def _filled(self, out: Storage, value: Any) -> None:
        loops = Loops(out.shape, out.order)
        loops.stores.append(Store(out, Literal(value), out.dtype))
        self._add(loops)

    def _pad(self, node: Result) -> bool:
        (x,), attrs = node.values(), node.attrs
        source = self._storage(x)
        out = self._new(node.aval.shape, node.aval.dtype, source.order)
        self._filled(out, attrs["value"])
        step = tuple(m + 1 for m in attrs["between"])
        stop = tuple(
            b + (n - 1) * s + 1 if n else b for b, n, s in zip(attrs["before"], x.aval.shape, step, strict=True)
        )
        if x.aval.size:
            self._put(out.sliced(attrs["before"], stop, step), source)
        self.storages[node], self.ready[node] = out, len(self.out.kernels) - 1
        return True

    def _put(self, out: Storage, source: Storage) -> None:
        loops = Loops(source.shape, out.order)
        loops.stores.append(Store(out, Load(source), source.dtype))
        self._add(loops)

    def _concatenate(self, node: Result) -> bool:
        axis = node.attrs["axis"] % len(node.aval.shape)
        out = self._new(node.aval.shape, node.aval.dtype)
        at, ones = 0, (1,) * len(node.aval.shape)
        for x in node.values():
            start = tuple(at if a == axis else 0 for a in range(len(ones)))
            at += x.aval.shape[axis]
            stop = tuple(at if a == axis else n for a, n in enumerate(node.aval.shape))
            if x.aval.size:
                self._put(out.sliced(start, stop, ones), self._storage(x))
        self.storages[node], self.ready[node] = out, len(self.out.kernels) - 1
        return True

    def _fold(self, node: Result) -> bool:
        (x,), attrs = node.values(), node.attrs
        rank = len(attrs["spatial"])
        counts, size = x.aval.shape[-2 * rank : -rank], x.aval.shape[-rank:]
        out = self._new(node.aval.shape, node.aval.dtype)
        self._filled(out, 0)
        loops = Loops(x.aval.shape, tuple(range(len(x.aval.shape))))
        target = out.windows(counts, size, attrs["stride"], attrs["dilation"])
        loops.stores.append(Accumulate(target, Load(self._storage(x)), x.aval.dtype, "sum", None))
        self.storages[node] = out
        self._add(loops, node)
        return True

    def _window_argmax(self, node: Result) -> bool:
        search(self, node, node, "offset" if only_pooled(node, self.program) else "position")
        return True

    # -- products and chance -----------------------------------------------------------------------------------------

    def _contract(self, node: Result) -> bool:
        for x in node.values():
            self._storage(x)
        return contraction_of(self, node)

    _matmul = _conv = _conv_input = _conv_weight = _contract

    def _random_bits(self, node: Result) -> bool:
        out = self._new(node.aval.shape, node.aval.dtype)
        self.storages[node] = out
        key = self._storage(node.values()[0])
        self._add(RandomBits(key if key.contiguous else self._copied(key), out), node)
        return True

    def _interpret(self, node: Result) -> None:
        out = self._new(node.aval.shape, node.aval.dtype)
        self.storages[node] = out
        operands = tuple(
            Number(self._number(x))
            if isinstance(x, Value) and x.aval.weak
            else self._storage(x)
            if isinstance(x, Value)
            else x
            for x in node.operands
        )
        self._add(Interpreted(node, operands, out), node)


_VIEWS = ("transpose", "broadcast_to", "slice", "flip", "windows", "reshape")


def _lowest(dtype: np.dtype[Any]) -> Any:
    """What every entry is at least."""
    if dtype.kind == "f":
        return -math.inf
    return 0 if dtype.kind == "b" else int(np.iinfo(dtype).min)
