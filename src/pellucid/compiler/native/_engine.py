"""The engine that makes machine code of programs, for the processor it runs on.

Here: `NativeEngine`.
Elsewhere: fusion and memory are decided in _lowering.py; loops and products become code in _loops.py, _contraction.py.
Imports: numpy, llvmlite, pellucid.compiler.

A program becomes one function that calls its kernels one after another, with a pause wherever NumPy computes a node.
"""

import ctypes
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pellucid.compiler._engine import Answers, Engine, Executable
from pellucid.compiler._numpy_engine import ON_NUMBERS
from pellucid.compiler._program import Input, Program, Result, Value
from pellucid.compiler.native._contraction import emit_contraction
from pellucid.compiler.native._kernels import Contraction, Interpreted, Loops, Number, RandomBits
from pellucid.compiler.native._lowering import ENTRYWISE, Lowered, lower
from pellucid.compiler.native._loops import emit_loops, emit_random_bits
from pellucid.compiler.native._machine import POINTER, Assembled, function, new_module
from pellucid.compiler.native._storage import Storage
from pellucid.ops._primitive import Array

_INTERPRETED = ("argmax", "argsort", "cumsum")
ALIGNMENT = 64


@final
class NativeEngine(Engine):
    """Machine code through LLVM; what it has no code for, NumPy computes in between."""

    name = "native"

    def refuses(self, primitive: str) -> str:
        return ""

    def build(self, program: Program) -> Executable:
        return _Native(program)


@final
class _Native:
    """A program with its memory, ready to be run."""

    def __init__(self, program: Program) -> None:
        self.program, self.lowered = program, (low := lower(program))
        self.sections = _sections(low)
        module = new_module()
        names = [_emit_section(module, low, i, kernels) for i, kernels in enumerate(self.sections)]
        self.code = Assembled(module)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        self.calls = [kind(self.code.address(name)) if name else None for name in names]
        self.memory, self.pointers = _memory(low)
        self.numbers = np.zeros(max(1, len(low.numbers)))
        self.arrays = [(i, low.inputs[x], x) for i, x in enumerate(program.inputs) if x in low.inputs]
        self.weak = _number_plan(program, low)

    def __call__(self, given: Sequence[Any]) -> Answers:
        held = []
        for i, buffer, x in self.arrays:
            array = np.ascontiguousarray(given[i], dtype=x.aval.dtype)
            held.append(array)
            self.pointers[buffer] = array.ctypes.data
        self._count(given)
        for call, kernels in zip(self.calls, self.sections, strict=True):
            if call is not None:
                call(self.pointers.ctypes.data, self.numbers.ctypes.data)
            else:
                self._interpret(kernels[0])
        low = self.lowered
        held_now = dict(zip((buffer for _, buffer, _ in self.arrays), held, strict=True))
        return Answers(
            [np.array(self._answer(x, held_now)) for x in low.outputs],
            [np.array(y) if isinstance(y := self._answer(x, held_now), np.ndarray) else y for x in low.updates.values()],
            [bool(self._answer(x, held_now)) for x in low.holds],
        )

    def _count(self, given: Sequence[Any]) -> None:
        """What can be computed of numbers alone, by Python's own arithmetic."""
        values: dict[Value, Any] = {}
        for i, x in enumerate(self.program.inputs):
            if x.aval.weak:
                values[x] = given[i]
        for node in self.weak:
            operands = [values[x] if isinstance(x, Value) else x for x in node.operands]
            run = ON_NUMBERS.get(node.op.name)
            values[node] = run(*operands) if run else float(node.op.run(*operands, **node.attrs))
        self.counted = values
        for place, x in enumerate(self.lowered.numbers):
            self.numbers[place] = values[x]

    def _answer(self, x: Any, held: dict[int, Array]) -> Any:
        if isinstance(x, Number):
            return self.counted[self.lowered.numbers[x.place]]
        return self._array(x, held) if isinstance(x, Storage) else x

    def _array(self, s: Storage, held: dict[int, Array]) -> Array:
        """A view of the entries of a storage."""
        if s.buffer in held:
            whole = held[s.buffer].reshape(-1)
        elif s.buffer in self.lowered.constants:
            whole = self.lowered.constants[s.buffer].reshape(-1)
        else:
            first = int(self.pointers[s.buffer]) - self.memory.ctypes.data
            size = self.lowered.sizes[s.buffer]
            whole = self.memory[first : first + size].view(s.dtype)
        steps = tuple(t * s.dtype.itemsize for t in s.strides)
        return as_strided(whole[s.offset :], s.shape, steps) if s.size else np.empty(s.shape, s.dtype)

    def _interpret(self, kernel: Interpreted) -> None:
        held: dict[int, Array] = {}
        operands = [self._loaded(x, held) for x in kernel.operands]
        out = kernel.node.op.run(*operands, **kernel.node.attrs)
        if kernel.out.size:
            self._array(kernel.out, held)[...] = out

    def _loaded(self, x: Any, held: dict[int, Array]) -> Any:
        if isinstance(x, Number):
            return self.numbers[x.place].item()
        if not isinstance(x, Storage):
            return x
        if x.buffer in self.lowered.inputs.values():
            kind = np.ctypeslib.as_ctypes_type(x.dtype) if x.dtype.kind != "b" else ctypes.c_bool
            size = self.lowered.sizes[x.buffer] // x.dtype.itemsize
            pointer = ctypes.cast(int(self.pointers[x.buffer]), ctypes.POINTER(kind))
            held[x.buffer] = np.ctypeslib.as_array(pointer, (size,)) if size else np.empty(0, x.dtype)
        return self._array(x, held)


def _number_plan(program: Program, low: Lowered) -> list[Result]:
    """The nodes that are numbers, operands first."""
    from pellucid.compiler._program import ordered

    return [x for x in ordered(low.numbers) if x.aval.weak]


def _sections(low: Lowered) -> list[list[Any]]:
    """Runs of kernels with code, and interpreted ones each alone."""
    out: list[list[Any]] = []
    for kernel in low.kernels:
        alone = isinstance(kernel, Interpreted)
        if alone or not out or isinstance(out[-1][0], Interpreted):
            out.append([kernel])
        else:
            out[-1].append(kernel)
    return out


def _emit_section(module: Any, low: Lowered, number: int, kernels: list[Any]) -> str:
    """The function (pointers, numbers) that calls these kernels in order; no name for an interpreted one."""
    if isinstance(kernels[0], Interpreted):
        return ""
    name = f"section{number}"
    made, b = function(module, name, [POINTER] * 2)
    for j, kernel in enumerate(kernels):
        inner = f"kernel{number}_{j}"
        if isinstance(kernel, Contraction):
            emit_contraction(module, inner, kernel)
            buffers, lead = [kernel.a.buffer, kernel.b.buffer, kernel.out.buffer], []
        elif isinstance(kernel, RandomBits):
            buffers, lead = emit_random_bits(module, inner, kernel), [made.args[1]]
        else:
            assert isinstance(kernel, Loops)
            if not kernel.stores:
                continue
            buffers, lead = emit_loops(module, inner, kernel), [made.args[1]]
        callee = module.globals[inner]
        callee.linkage = "internal"
        callee.attributes.add("noinline")
        b.call(callee, [*lead, *(b.load(b.place(made.args[0], x, POINTER), typ=POINTER) for x in buffers)])
    b.ret_void()
    return name


def _memory(low: Lowered) -> tuple[Array, Any]:
    """One block for all buffers that are neither inputs nor constants, and the table of pointers."""
    starts, total = {}, 0
    fixed = {*low.inputs.values(), *low.constants}
    for buffer, size in enumerate(low.sizes):
        if buffer not in fixed:
            starts[buffer] = total
            total += -(-size // ALIGNMENT) * ALIGNMENT
    block = np.zeros(total + ALIGNMENT, np.uint8)
    lead = -block.ctypes.data % ALIGNMENT
    memory = block[lead : lead + total]
    pointers = np.zeros(max(1, len(low.sizes)), np.uint64)
    for buffer, start in starts.items():
        pointers[buffer] = memory.ctypes.data + start
    for buffer, array in low.constants.items():
        pointers[buffer] = array.ctypes.data
    return memory, pointers


_ = (ENTRYWISE, Input)
