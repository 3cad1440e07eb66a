"""What a traced function is: primitives in order, from inputs to outputs and to the new state.

Here: the values of a program (`Input`, `Constant`, `Result`), `Check`, `Program`, which prints and can be walked.
Elsewhere: programs are written by _tracer.py, rewritten by the passes, run by the engines.
Imports: numpy, pellucid.ops.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, final

import numpy as np

from pellucid.ops._primitive import Array, Aval, Primitive, aval_of

Operand = Any
"""A Value, or a Python number, which does not widen its partners."""


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """Something a program computes with: told apart by identity, described by shape and dtype."""

    aval: Aval


@final
@dataclass(frozen=True, eq=False, slots=True)
class Input(Value):
    """A value that is handed in anew at every run: an argument, an array of the state, or a number such as lr."""

    name: str


@final
@dataclass(frozen=True, eq=False, slots=True)
class Constant(Value):
    """An array that is the same at every run."""

    array: Array


@final
@dataclass(frozen=True, eq=False, slots=True)
class Result(Value):
    """What a primitive makes of its operands."""

    op: Primitive
    operands: tuple[Operand, ...]
    attrs: dict[str, Any]
    line: str = ""  # of the user's function

    def values(self) -> tuple[Value, ...]:
        """The operands that are values."""
        return tuple([x for x in self.operands if isinstance(x, Value)])


@final
@dataclass(frozen=True, eq=False, slots=True)
class Check:
    """A truth value that must hold at every run, and the error where it does not."""

    holds: Value
    error: Callable[[], Exception]


@final
@dataclass(frozen=True, eq=False)
class Program:
    """Inputs in; outputs, and new values of some of the inputs, out.

    nodes: every Result, operands before results.  updates: input -> what it is after the run.
    It prints as text: one line a node, inputs as `%name`, numbers of the nodes as `%0`, `%1` ...

    >>> from pellucid.compiler._tracer import trace
    >>> program = trace(lambda x: (x * 2 + 1).sum(), np.ones(3, np.float32)).program
    >>> print(program)
    program(%x: float32[3])
      %0: float32[3] = multiply(%x, 2)
      %1: float32[3] = add(%0, 1)
      %2: float32[] = sum(%1, axis=(0,), keepdims=False)
      return %2
    >>> program.flops, program.bytes
    (9, 64)
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Operand, ...]
    updates: dict[Input, Operand] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    @cached_property
    def nodes(self) -> tuple[Result, ...]:
        """Every result that an output, an update or a check needs, operands before results."""
        return tuple(ordered(self.goals()))

    @property
    def buffers(self) -> tuple[Input, ...]:
        """The inputs that a run renews: the state."""
        return tuple(self.updates)

    @property
    def flops(self) -> int:
        """Additions and multiplications of one run, roughly: one an entry of an elementwise result, two a product."""
        return sum(map(flops_of, self.nodes))

    @property
    def bytes(self) -> int:
        """Bytes that one run reads and writes when every node is run by itself."""
        return sum(nbytes(x.aval) for node in self.nodes for x in (node, *node.values()))

    @property
    def peak_memory(self) -> int:
        """Bytes of results alive at the same time, at most; each is let go after its last use."""
        nodes, kept = self.nodes, {x for x in self.goals() if isinstance(x, Result)}
        last = {x: i for i, node in enumerate(nodes) for x in node.values()}
        alive = peak = 0
        for i, node in enumerate(nodes):
            alive += nbytes(node.aval)
            peak = max(peak, alive)
            alive -= sum(
                nbytes(x.aval) for x in set(node.values()) if isinstance(x, Result) and last[x] == i and x not in kept
            )
        return peak

    def goals(self) -> list[Value]:
        """The values that a run must give; checks first, so that nothing is computed of what does not pass them."""
        wanted = (*(check.holds for check in self.checks), *self.outputs, *self.updates.values())
        return [x for x in wanted if isinstance(x, Value)]

    def rewritten(self, change: Callable[[Operand], Operand]) -> "Program":
        """The program with every goal replaced by what `change` makes of it."""
        return replace(
            self,
            outputs=tuple(map(change, self.outputs)),
            updates={x: change(y) for x, y in self.updates.items()},
            checks=tuple(Check(change(c.holds), c.error) for c in self.checks),
        )

    def text(self) -> str:
        """The program as people read it."""
        names = self._names()

        def shown(x: Operand) -> str:
            return names[x] if isinstance(x, Value) else repr(x)

        lines = [f"program({', '.join(f'{names[x]}: {type_of(x.aval)}' for x in self.inputs)})"]
        for value, name in names.items():
            if isinstance(value, Constant):
                lines.append(f"  {name}: {type_of(value.aval)} = constant {_brief(value.array)}")
        for node in self.nodes:
            arguments = [*map(shown, node.operands), *(f"{key}={_plain(v)}" for key, v in node.attrs.items())]
            lines.append(f"  {names[node]}: {type_of(node.aval)} = {node.op.name}({', '.join(arguments)})")
        lines += [f"  require {shown(check.holds)}" for check in self.checks]
        lines += [f"  {names[x]} <- {shown(y)}" for x, y in self.updates.items()]
        return "\n".join([*lines, f"  return {', '.join(map(shown, self.outputs))}"])

    def _names(self) -> dict[Value, str]:
        names: dict[Value, str] = {x: f"%{x.name}" for x in (*self.inputs, *self.updates)}
        constants = dict.fromkeys(x for node in self.nodes for x in node.values() if isinstance(x, Constant))
        constants |= dict.fromkeys(x for x in self.goals() if isinstance(x, Constant))
        names |= {x: f"%c{i}" for i, x in enumerate(constants)}
        return names | {x: f"%{i}" for i, x in enumerate(self.nodes)}

    def __str__(self) -> str:
        return self.text()


def ordered(goals: Iterable[Value]) -> Iterator[Result]:
    """Every result behind the goals once, operands before results; a loop, since a program may be deep."""
    done: set[Value] = set()
    for goal in goals:
        stack: list[Any] = [goal]
        while stack:
            value = stack.pop()
            if value is None:  # the operands of what lies below are done
                value = stack.pop()
                done.add(value)
                yield value
            elif type(value) is Result and value not in done:
                stack += value, None
                stack += [x for x in reversed(value.operands) if type(x) is Result and x not in done]


def result(op: Primitive, operands: tuple[Operand, ...], attrs: dict[str, Any], line: str = "") -> Result:
    """The node of a primitive, with shape and dtype by its rule; a primitive on plain numbers gives a plain number."""
    avals = [x.aval if type(x) in _VALUES else aval_of(x) for x in operands]
    aval = op.shape(*avals, **attrs)
    if not aval.shape and op.name != "cast" and all([a.weak for a in avals]):
        aval = Aval((), aval.dtype, weak=True)
    return Result(aval, op, operands, attrs, line)


_VALUES = (Input, Constant, Result)


def nbytes(aval: Aval) -> int:
    """Memory of a value."""
    return aval.size * aval.dtype.itemsize


def flops_of(node: Result) -> int:
    """Floating-point operations of one node, roughly; moving entries costs none."""
    name, out = node.op.name, node.aval.size
    if name == "matmul":
        k = node.values()[0].aval.shape[-2 if node.attrs["flip_a"] else -1]
        return 2 * out * k
    if name in ("conv", "conv_input", "conv_weight"):
        a, b = (x.aval for x in node.values())
        images = {"conv": out, "conv_input": a.size, "conv_weight": b.size}[name]
        kernel = {"conv": b.shape, "conv_input": b.shape, "conv_weight": node.aval.shape}[name]
        return 2 * images * int(np.prod(kernel[1:]))
    if name in _MOVES:
        return 0
    return max(out, *(x.aval.size for x in node.values()), 0) if node.values() else out


_MOVES = ("reshape", "transpose", "broadcast_to", "slice", "pad", "flip", "concatenate", "gather", "windows", "cast")


def type_of(aval: Aval) -> str:
    """A value's type as text: float32[64, 10]; `number` for what does not widen its partners."""
    return "number" if aval.weak else f"{aval.dtype}[{', '.join(map(str, aval.shape))}]"


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, np.dtype) else repr(value)


def _brief(array: Array) -> str:
    return np.array2string(array, threshold=6, edgeitems=2, separator=", ").replace("\n", "")
