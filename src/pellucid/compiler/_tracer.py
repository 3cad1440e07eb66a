"""Tracing: a Python function over Tensors, modules and optimizers becomes a program.

Here: `trace`, and `Traced`: the program, the cells its inputs come from, the structure of what it returns.
Elsewhere: symbols and the hook in `apply` are in pellucid.tensor; what is noticed between calls, in _reach.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor, pellucid.compiler.

The function runs once, on Tensors that hold symbols.  A Tensor from outside becomes an input when it is first used, so
state is found, not declared; an assignment to all of its entries is an update.  When tracing is over, everything that
was touched holds its arrays again, and nothing has been computed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, final
from weakref import ref

import numpy as np

from pellucid.compiler._cells import ArrayOf, Cell, EntryOf, GradientOf, aval_of_cell
from pellucid.compiler._chance import Chance
from pellucid.compiler._iterators import iterators_refused, refused
from pellucid.compiler._program import Check, Constant, Input, Operand, Program, Result, result
from pellucid.compiler._reach import reaches_users, tensors_of
from pellucid.compiler._witness import Seen, Witness
from pellucid.errors import DtypeError, TraceError
from pellucid.ops._primitive import Array, Aval, Primitive
from pellucid.tensor._clock import owner, tick
from pellucid.tensor._entries import as_array
from pellucid.tensor._symbol import SYMBOLS, Symbol, Tracer, require_all, set_tracer, tracer, where
from pellucid.tensor._tensor import Tensor
from pellucid.tensor._tree import leaves, rebuilt


@final
@dataclass(frozen=True, slots=True)
class Borrowed:
    """An array that a function used as it was, and what it held; one that nobody else has cannot change."""

    array: Callable[[], Array | None]
    constant: Constant

    @classmethod
    def of(cls, array: Array, constant: Constant) -> "Borrowed":
        """Kept weakly, so that it may go; a view is kept, for its memory may be somebody's."""
        return cls(ref(array) if array.base is None else (lambda: array), constant)

    def unchanged(self) -> bool:
        """Whether it still holds what it held, bit for bit, or is gone."""
        array, held = self.array(), self.constant.array
        return array is None or array.astype(held.dtype, copy=False).tobytes() == held.tobytes()


@final
@dataclass(frozen=True, slots=True)
class Traced:
    """A program and its ties to the world.

    >>> w = Tensor([1.0, 2.0], name="w")
    >>> [(x.name, type(cell).__name__) for x, cell in trace(lambda: w * 2).cells.items()]
    [('w', 'ArrayOf')]
    """

    program: Program
    cells: dict[Input, Cell]  # where the inputs are read that are no arguments
    arguments: tuple[Input | None, ...]  # by leaf of (args, kwargs); None for what is no array
    returned: Any  # the structure of the outputs, with Place(i) for output i
    constants: tuple[Borrowed, ...]  # arrays the function used as they were
    after: tuple[Callable[[], Any], ...]  # to be called after every run, such as a schedule's step
    without_gradient: tuple[Tensor, ...]  # parameters whose gradient a run uses up
    twins: tuple[tuple[Tensor, Tensor], ...] = ()  # Tensors that hold one and the same array
    seen: Seen | None = None  # what ran


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where output number i stands in what the function returns."""

    i: int


def trace(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Traced:
    """Run fn on symbols in place of the arrays and Tensors among its arguments, and write down what it does.

    Raises TraceError, naming the line, where fn needs an entry, or changes memory in a way a program cannot; and where
    it drew numbers from a generator of NumPy's or Python's, or asked an iterator for its next value, which would be the
    same at every call.

    >>> trace(lambda a, b: a @ b, np.ones((2, 3)), np.ones((3, 1))).program.nodes[0].aval.shape
    (2, 1)
    """
    if tracer() is not None:
        raise TraceError(f"compile: a traced function compiles another one, {where()}; call the plain function there.")
    with _one_at_a_time:
        return _traced(fn, args, kwargs)


def _traced(fn: Callable[..., Any], args: Any, kwargs: Any) -> Traced:
    """What `trace` gives, while nobody else traces."""
    ends = leaves((args, kwargs))
    found, chance, witness = tensors_of(fn, ends), Chance(fn, ends), Witness(reaches_users(fn, ends))
    writer = Writer({id(tensor): name for name, tensor in found.items()})
    before = set_tracer(writer)
    try:
        given = [refused(writer.argument(i, x), f"argument {i}") for i, x in enumerate(ends)]
        for tensor in found.values():
            if tensor.op is None:
                writer.capture(tensor)
        args, kwargs = rebuilt((args, kwargs), given)
        with iterators_refused(fn), witness:
            returned = fn(*args, **kwargs)
        chance.check()
        witness.check()
        return replace(writer.finished(given, returned), seen=witness.seen())
    finally:
        set_tracer(before)
        writer.restore()


@final
class Writer(Tracer):
    """Writes the program while the function runs."""

    def __init__(self, titles: dict[int, str]) -> None:
        self.began = tick()
        self.titles = titles  # of Tensors, by id
        self.cells: dict[Input, Cell] = {}
        self.checks: list[Check] = []
        self.after: list[Callable[[], Any]] = []
        self.used_up: list[Tensor] = []
        self._names: set[str] = set()
        self._symbols: dict[Any, Symbol] = {}  # of each memory, by what identifies it
        self._inputs: dict[Input, Symbol] = {}
        self._captured: list[tuple[Tensor, Array, Any]] = []  # and the array and gradient to put back
        self._twins: list[tuple[Tensor, Tensor]] = []
        self._constants: dict[int, tuple[Array, Constant]] = {}

    # -- what comes in ---------------------------------------------------------------------------------------------

    def argument(self, i: int, x: Any) -> Any:
        """The stand-in for an argument: a Tensor of symbols for arrays and Tensors, all else as it is."""
        if not isinstance(x, (Tensor, np.ndarray)):
            return x
        if isinstance(x, Tensor) and x.op is not None and x.requires_grad:
            raise TraceError(_recorded_capture(x))
        as_array(x)  # which says so where these are no numbers
        name = (x.name if isinstance(x, Tensor) else None) or _ARGUMENTS[i] if i < len(_ARGUMENTS) else f"arg{i}"
        symbol = self._input(name, Aval(x.shape, x.dtype))
        t = Tensor.wrap(symbol)  # type: ignore[arg-type]
        t.requires_grad = isinstance(x, Tensor) and x.requires_grad
        return t

    def capture(self, tensor: Any) -> Symbol:
        """The symbol of a Tensor that came from outside; an array as it is for one made inside of an array."""
        data = tensor.data
        if type(data) is Symbol or tensor.born > self.began:
            return data
        if tensor.op is not None and tensor.requires_grad:
            raise TraceError(_recorded_capture(tensor))
        gradient = tensor.grad
        self._captured.append((tensor, data, gradient))
        symbol, title = self._symbols.get(id(data)), self._title(tensor)
        if symbol is None:
            symbol = self._input(title, Aval(data.shape, data.dtype))
            self._symbols[id(data)] = symbol
            self.cells[symbol.value] = ArrayOf(tensor)
        else:
            self._twins.append((tensor, next(t for t, array, _ in self._captured if array is data)))
        tensor.data = symbol
        if gradient is not None and gradient.born < self.began:
            g = self._input(f"{title}.grad", Aval(gradient.shape, gradient.dtype))
            self.cells[g.value] = GradientOf(tensor)
            tensor.grad = Tensor.wrap(g)  # type: ignore[arg-type]
        return symbol

    def _title(self, tensor: Tensor) -> str:
        return tensor.name or self.titles.get(id(tensor), "state")

    def entry(self, name: str, mapping: dict[Any, Any], key: Any, place: int | None = None) -> Symbol:
        """The symbol of an array or number in a dict, which the function reads and may renew."""
        known = (id(mapping), key, place)
        if known not in self._symbols:
            cell = EntryOf(mapping, key, place)
            symbol = self._input(name, aval_of_cell(cell.read()))
            self._symbols[known] = symbol
            self.cells[symbol.value] = cell
        return self._symbols[known]

    def _input(self, name: str, aval: Aval) -> Symbol:
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        aval = Aval(aval.shape, aval.dtype.newbyteorder("="), aval.weak)  # engines compute in the machine's own order
        value = Input(aval, unique)
        symbol = Symbol(self, aval, value)
        self._inputs[value] = symbol
        return symbol

    # -- what is done ----------------------------------------------------------------------------------------------

    def emit(self, op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Symbol:
        """The result of a primitive, as a new node."""
        node = result(op, tuple(map(self._operand, operands)), attrs, where())
        if op.name in _BY_POSITION and not _known_position(node.operands[1]):
            self._require_positions(node)
        if op.name == "reshape":
            node.attrs["shape"] = node.aval.shape  # without -1
        return Symbol(self, node.aval, node, own=op.name not in _VIEWS)

    def require(self, holds: Symbol, error: Callable[[], Exception]) -> None:
        self.checks.append(Check(holds.value, error))

    def _require_positions(self, node: Result) -> None:
        """A check that every position is there: machine code would read or write beside the array."""
        x, index = (y.aval for y in node.values())
        n = x.shape[node.attrs["axis"]] if node.op.name == "gather" else node.attrs["size"]
        at = Symbol(self, index, node.operands[1])
        wrong = IndexError(f"{node.op.name}: a position is outside [-{n}, {n}), in what {node.line} computes")
        if isinstance(node.operands[1], Constant):
            positions = node.operands[1].array
            if positions.size and not -n <= positions.min() <= positions.max() < n:
                raise wrong
            return
        require_all(SYMBOLS.where(at < n, at >= -n, False), lambda: wrong)

    def use_up(self, tensor: Any) -> None:
        self.used_up.append(tensor)

    def afterwards(self, act: Callable[[], Any]) -> None:
        self.after.append(act)

    def _operand(self, x: Any) -> Operand:
        if type(x) is Symbol:
            if x.tracer is not self:
                raise TraceError(
                    f"a value of another traced function is used, {where()}; return it from there instead."
                )
            return x.value
        if type(x) is not float and isinstance(x, (np.ndarray, np.generic)):
            return self._constant(np.asarray(x))
        return x

    def _constant(self, x: Array) -> Constant:
        if id(x) not in self._constants:
            if x.dtype.kind not in "fiub":
                raise DtypeError(f"compile: an array of {x.dtype} is used, {where()}; a program computes with numbers.")
            own = x.astype(x.dtype.newbyteorder("="))
            self._constants[id(x)] = x, Constant(Aval(own.shape, own.dtype), own)
        return self._constants[id(x)][1]

    # -- what comes out --------------------------------------------------------------------------------------------

    def finished(self, given: list[Any], returned: Any) -> Traced:
        """The program, now that the function has returned."""
        outputs: list[Operand] = []
        places: list[Any] = []
        for x in leaves(returned):
            if isinstance(x, Tensor):
                places.append(Place(len(outputs)))
                outputs.append(self._operand(self.capture(x)))
            else:
                places.append(x)
        updates = self._gradients()
        updates |= {x: s.value for x, s in self._inputs.items() if x in self.cells and s.value is not x}
        self._refuse_shared_memory(updates)
        for x in given:
            if isinstance(x, Tensor) and x.grad is not None:
                raise TraceError(
                    "compile: backward() reached an argument, whose gradient would be lost. Return "
                    "pellucid.tensor.gradients(...) of it, or keep the Tensor outside and use it from there."
                )
        inputs = tuple(self._inputs)
        used = Program(inputs, tuple(outputs), updates, tuple(self.checks))
        needed = {x for node in used.nodes for x in node.values()} | set(used.goals())
        arguments = tuple(x.data.value if type(getattr(x, "data", None)) is Symbol else None for x in given)
        kept = tuple(x for x in inputs if x in needed or x in arguments)
        return Traced(
            Program(kept, used.outputs, used.updates, used.checks),
            {x: cell for x, cell in self.cells.items() if x in kept or x in updates},
            arguments,
            rebuilt(returned, places),
            tuple(Borrowed.of(*pair) for pair in self._constants.values()),
            tuple(self.after),
            tuple(self.used_up),
            tuple(self._twins),
        )

    def _gradients(self) -> dict[Input, Operand]:
        """New inputs for the gradients the function leaves behind; those an optimizer used up are let go."""
        updates: dict[Input, Operand] = {}
        for tensor, _, _ in self._captured:
            g = tensor.grad
            if g is None or any(tensor is p for p in self.used_up):
                continue
            value = self._operand(g.data)
            if isinstance(value, Input) and isinstance(self.cells.get(value), GradientOf):
                continue  # as it was
            known = next((x for x, c in self.cells.items() if isinstance(c, GradientOf) and c.tensor is tensor), None)
            if known is None:
                known = self._input(f"{self._title(tensor)}.grad", Aval(g.shape, g.dtype)).value
                self.cells[known] = GradientOf(tensor)
            self._inputs[known].value = value
            updates[known] = value
        return updates

    def _refuse_shared_memory(self, updates: dict[Input, Operand]) -> None:
        arrays = [(t, a) for t, a, _ in self._captured]
        changed = {id(c.tensor) for x in updates if isinstance(c := self.cells[x], ArrayOf)}
        for t, a in arrays:
            for u, b in arrays:
                if id(t) in changed and a is not b and owner(a) is owner(b) and np.may_share_memory(a, b):
                    raise TraceError(
                        f"compile: {t.name or 'a Tensor'} {a.shape} is changed, and {u.name or 'another'} {b.shape} "
                        f"looks into the same memory; a program cannot see that. Use copies, or slice inside."
                    )

    def restore(self) -> None:
        """Put arrays and gradients back where symbols stand."""
        for tensor, data, gradient in reversed(self._captured):
            tensor.data, tensor.grad = data, gradient


_one_at_a_time = RLock()  # symbols stand in the Tensors of all meanwhile
_ARGUMENTS = "xyzuvw"  # names of the first arguments
_BY_POSITION = ("gather", "scatter_add")
_VIEWS = ("reshape", "transpose", "broadcast_to", "slice", "flip", "windows")  # NumPy may give these without a copy


def _known_position(index: Operand) -> bool:
    """Whether a position cannot be outside: it was found in an array of the same length."""
    return isinstance(index, Result) and index.op.name in ("argmax", "argsort", "window_argmax")


def _recorded_capture(tensor: Tensor) -> str:
    return (
        f"compile: {tensor.title} was recorded outside the function, {where()}, so a backward pass would leave the "
        f"program. Compute it inside, or hand in tensor.detach()."
    )
