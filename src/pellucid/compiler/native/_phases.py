"""Between which kernels the threads wait for each other.

Here: `phases_of`, how many waits come before each kernel; `alone`, whether a kernel is done by thread 0.
Elsewhere: the waits are made in _driver.py; _memory.py lets buffers share memory only when no phase needs both.
Imports: the standard library, pellucid.compiler.native.

Kernels of one phase may be under way at the same time, so none of them reads or writes what another thread writes in
it.  What only thread 0 does needs no wait to follow something else that only thread 0 does.
"""

from dataclasses import dataclass, field
from typing import Any, final

from pellucid.compiler.native._kernels import Apply, Blocks, Interpreted, Loops, Number, RandomBits
from pellucid.compiler.native._loops import WORTH, shared_axis, walked
from pellucid.compiler.native._memory import touched_by, written_by

_NUMBERS = -1  # the buffer of the plain numbers, which thread 0 computes first of all


@final
@dataclass(slots=True)
class _Pending:
    """The buffers that kernels of a phase touch and write, by thread 0 alone or by all."""

    touched: set[int] = field(default_factory=set)
    written: set[int] = field(default_factory=set)

    def bars(self, touched: set[int], written: set[int]) -> bool:
        """Whether a kernel must wait."""
        return bool(touched & self.written or written & self.touched)

    def add(self, touched: set[int], written: set[int]) -> None:
        """Take a kernel in."""
        self.touched |= touched
        self.written |= written


def phases_of(low: Any) -> list[int]:
    """The phase of each kernel; those before the checks, and those that NumPy computes, have phases of their own."""
    out: list[int] = []
    phase, first, shared = 0, _Pending({_NUMBERS}, {_NUMBERS}), _Pending()
    for i, kernel in enumerate(low.kernels):
        touched, written = ({low.same.get(b, b) for b in by(kernel)} for by in (touched_by, written_by))
        if _reads_numbers(kernel):
            touched.add(_NUMBERS)
        apart = isinstance(kernel, Interpreted) or (i > 0 and isinstance(low.kernels[i - 1], Interpreted))
        single = alone(kernel)
        barred = shared.bars(touched, written) or (not single and first.bars(touched, written))
        if apart or barred or (i == low.checked and low.holds):
            phase, first, shared = phase + 1, _Pending(), _Pending()
        (first if single else shared).add(touched, written)
        out.append(phase)
    return out


def alone(kernel: Any) -> bool:
    """Whether thread 0 does all of it."""
    if isinstance(kernel, Loops):
        return 0 in kernel.shape or shared_axis(kernel, walked(kernel), WORTH) < 0
    return isinstance(kernel, RandomBits)


def _reads_numbers(kernel: Any) -> bool:
    if isinstance(kernel, Blocks):
        return any(map(_reads_numbers, kernel.kernels))
    if not isinstance(kernel, Loops):
        return False
    todo: list[Any] = [*kernel.members.values(), *(store.value for store in kernel.stores)]
    while todo:
        x = todo.pop()
        if isinstance(x, Number):
            return True
        if type(x) is Apply:
            todo += [y for y in x.operands if type(y) is Apply or type(y) is Number]
    return False
