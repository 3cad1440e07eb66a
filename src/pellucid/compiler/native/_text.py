"""The kernels of a lowered program as people read them: which loops were made of its nodes, and what goes where.

Here: `text_of`.
Elsewhere: kernels are described in _kernels.py; the program before it is lowered has a text of its own.
Imports: the standard library, pellucid.compiler.

A line for each loop, each expression and each store.  Memory is b0, b1, ... or the name of an input; [i,j] are its
indices in a loop over i, j, ..., and in a product, whose axes are joined, how far they go in memory.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

from pellucid.compiler._program import Input
from pellucid.compiler.native._kernels import (
    Accumulate,
    Apply,
    Blocks,
    Contraction,
    FirstMaximum,
    Gathered,
    Here,
    Interpreted,
    Literal,
    Load,
    Loops,
    Member,
    Number,
    RandomBits,
    Scatter,
)
from pellucid.compiler.native._storage import Storage

LETTERS = "ijklmnpqrstuvw"  # of the axes of loops; more than any program has


def text_of(low: Any) -> str:
    """All kernels, in the order in which they are run."""
    return "\n".join(line for kernel in low.kernels for line in _Writer(low).kernel(kernel))


class _Writer:
    """Names for the memory and the numbers of a lowered program."""

    def __init__(self, low: Any) -> None:
        self._low = low
        self._inputs = {buffer: f"%{x.name}" for x, buffer in low.inputs.items()}

    def kernel(self, kernel: Any, lead: str = "") -> Iterator[str]:
        """The lines of one kernel."""
        if isinstance(kernel, Blocks):
            yield f"{lead}for each of {kernel.count} parts:"
            for one in kernel.kernels:
                yield from self.kernel(one, lead + "  ")
        elif isinstance(kernel, Loops):
            yield from self._loops(kernel, lead)
        elif isinstance(kernel, Contraction):
            yield from self._product(kernel, lead)
        elif isinstance(kernel, RandomBits):
            yield f"{lead}{self._memory(kernel.out)} = random bits of {self._memory(kernel.key)}"
        else:
            assert isinstance(kernel, Interpreted)
            operands = ", ".join(self._memory(x) if isinstance(x, Storage) else str(x) for x in kernel.operands)
            yield f"{lead}{self._memory(kernel.out)} = NumPy's {kernel.node.op.name}({operands})"

    def _loops(self, loops: Loops, lead: str) -> Iterator[str]:
        walked = [a for a in loops.order if loops.shape[a] != 1]
        if walked:
            yield f"{lead}for {', '.join(f'{LETTERS[a]} < {loops.shape[a]}' for a in walked)}:"
        inner = lead + "  " * bool(walked)
        numbers, names = count(), dict[Any, str]()
        for node, expression in loops.members.items():
            names[node] = f"x{next(numbers)}"
            yield f"{inner}{names[node]} = {self._expression(expression, names)}"
        for store in loops.stores:
            value = self._expression(store.value, names)
            if isinstance(store, Scatter):
                index = self._expression(store.index, names)
                yield f"{inner}{self._memory(store.storage)}[.. {index} ..] += {value}"
            elif isinstance(store, Accumulate):
                how = f"max= {value}" if store.how == "max" else f"+= {value}"
                yield f"{inner}{self._entry(store.storage)} {how}"
            else:
                yield f"{inner}{self._entry(store.storage)} = {value}"

    def _product(self, kernel: Contraction, lead: str) -> Iterator[str]:
        rows, sums = list(kernel.rows), [*kernel.passes, *kernel.sums]
        axes = [*rows, kernel.column, *sums]
        letters = dict(zip(range(len(axes)), LETTERS, strict=False))

        def entry(s: Storage, which: int) -> str:
            steps = [(letters[i], axis[which]) for i, axis in enumerate(axes)]
            terms = [letter if step == 1 else f"{step}{letter}" for letter, step in steps if step]
            return f"{self._memory(s)}[{'+'.join(terms) or '0'}]"

        shown = [f"{letters[i]} < {axis[0]}" for i, axis in enumerate(axes)]
        free = len(rows) + 1
        yield f"{lead}for {', '.join(shown[:free])}:"
        yield (
            f"{lead}  {entry(kernel.out, 3)} = sum over {', '.join(shown[free:])} of "
            f"{entry(kernel.a, 1)} {entry(kernel.b, 2)}"
        )

    def _expression(self, x: Any, names: dict[Any, str]) -> str:
        if isinstance(x, Load):
            return self._entry(x.storage)
        if isinstance(x, Member):
            return names[x.node]
        if isinstance(x, Literal):
            return repr(x.value)
        if isinstance(x, Number):
            value = self._low.numbers[x.place]
            return f"%{value.name}" if isinstance(value, Input) else f"number {x.place}"
        if isinstance(x, Apply):
            return f"{x.name}({', '.join(self._expression(y, names) for y in x.operands)})"
        if isinstance(x, Gathered):
            return f"{self._memory(x.source)}[.. {self._expression(x.index, names)} ..]"
        if isinstance(x, FirstMaximum):
            what = {"value": "maximum", "position": "place of the maximum", "offset": "place in it of the maximum"}
            return f"{what[x.gives]} of the window of {self._memory(x.windows)}"
        assert isinstance(x, Here)
        return "own place"

    def _memory(self, s: Storage) -> str:
        buffer = self._low.same.get(s.buffer, s.buffer)
        return self._inputs.get(buffer, f"b{buffer}") + (f"+{s.offset}" if s.offset else "")

    def _entry(self, s: Storage) -> str:
        walked = zip(LETTERS, s.shape, s.strides, strict=False)
        return f"{self._memory(s)}[{','.join(letter for letter, n, step in walked if step and n != 1)}]"
