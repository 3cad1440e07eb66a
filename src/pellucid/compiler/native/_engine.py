"""The engine that makes machine code of programs, for the processor it runs on.

Here: `NativeEngine`, and `Native`, a program that is ready to be run.
Elsewhere: fusion is decided in _lowering.py, memory in _memory.py; the code is made in _driver.py and what it calls.
Imports: numpy, llvmlite, pellucid.compiler.
"""

import ctypes
import os
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import accumulate
from typing import Any, final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._program import Program
from pellucid.compiler.native._blocks import in_blocks
from pellucid.compiler.native._cache import keep, kept, key_of
from pellucid.compiler.native._crew import crew
from pellucid.compiler.native._driver import STEPS, emit_driver, job_of, number_order, section_names, sections_of
from pellucid.compiler.native._kernels import Interpreted, Number
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._machine import Assembled, new_module, object_code
from pellucid.compiler.native._memory import Layout, renew_in_place
from pellucid.compiler.native._partial_sums import by_rows
from pellucid.compiler.native._phases import phases_of
from pellucid.compiler.native._storage import Storage
from pellucid.compiler.native._text import text_of
from pellucid.ops._memory import empty_on_line, zeros_on_line
from pellucid.ops._primitive import Array

WORTH_FLOPS = 1_000_000  # of a step; below, one thread is done before another has begun

_P, _N = ctypes.c_void_p, ctypes.c_int64
_FUNCTION = ctypes.CFUNCTYPE(_N, _P, _N)  # of a job and the number of a thread


@final
class NativeEngine(Engine):
    """Machine code through LLVM; what it has no code for, NumPy computes in between.

    threads: how many share the work; as many as there are processors when None, one for small programs.

    >>> from pellucid import compile
    >>> compile(lambda x: (x * x).sum(), engine=NativeEngine(threads=1))(np.ones(3)).item()
    3.0
    """

    name = "native"

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads

    def refuses(self, primitive: str) -> str:
        return ""

    def build(self, program: Program) -> "Native":
        return Native(program, self.threads)


@final
class Native:
    """A program with its memory, ready to be run.  State is renewed in the arrays that are given."""

    def __init__(self, program: Program, threads: int | None) -> None:
        self.program, self.lowered = program, (low := lower(program))
        renew_in_place(low)
        self.threads = threads or (processors() if program.flops >= WORTH_FLOPS else 1)
        by_rows(low)
        in_blocks(low, self.threads)
        self.order = number_order(low)
        self.places = {x: i for i, x in enumerate(self.order)}
        self.numbers = np.zeros(max(1, len(self.order)))
        names = section_names(low)
        self.code = Assembled(self._object_code())
        self.calls = [self.code.address(job_of(name)) if name else None for name in names]
        self.sections = sections_of(low)
        alike = not any(isinstance(x, Number) for x in low.outputs)  # numbers given back may differ from step to step
        self.many = self.code.address(job_of(STEPS)) if len(names) == 1 and alike else None
        self.barrier = zeros_on_line((128,), np.uint8)
        self._place_memory()
        places = (x.ctypes.data for x in (self.pointers, self.numbers))
        self.job = np.array([*places, 0, self.threads, self.barrier.ctypes.data], np.int64)
        self.job_at = self.job.ctypes.data  # a microsecond, each time it is asked for
        self.whole = self._whole() if len(self.calls) == 1 else None  # all of it, where NumPy has no part in it
        self.weak_inputs = [(i, self.places[x]) for i, x in enumerate(program.inputs) if x in self.places]
        arrays = [(i, low.inputs[x], x.aval.dtype, x) for i, x in enumerate(program.inputs) if x in low.inputs]
        self.state_inputs = [(i, buffer, dtype) for i, buffer, dtype, x in arrays if x in low.updates]
        self.other_inputs = [(i, buffer, dtype) for i, buffer, dtype, x in arrays if x not in low.updates]
        self.begins: list[int] = []  # of the state's arrays in memory, in order
        self.ends: list[int] = []  # the furthest end of those up to each
        self.number_at = {place: self.places[x] for place, x in enumerate(low.numbers)}
        at = {x: i for i, x in enumerate(program.inputs)}
        self.holding = [True] * len(low.holds)
        self.updates = [(at.get(x), low.inputs.get(x), value) for x, value in low.updates.items()]
        fixed = {*low.inputs.values(), *low.constants}
        self.results = [  # views of the outputs that always lie in the same place; how to find the others
            self._array(s) if isinstance(s, Storage) and low.same.get(s.buffer, s.buffer) not in fixed else s
            for s in low.outputs
        ]

    def _object_code(self) -> bytes:
        """The code of the program, from the cache or made now."""
        key = key_of(self.program)
        code = kept(key)
        if code is None:
            module = new_module()
            emit_driver(module, self.lowered, self.places)
            code = object_code(module)
            keep(key, code)
        return code

    def _place_memory(self) -> None:
        low = self.lowered
        layout = Layout.of(low, phases_of(low))
        self.memory = zeros_on_line((layout.total,), np.uint8)
        self.pointers = np.zeros(max(1, len(low.sizes)), np.uint64)
        for buffer, start in layout.starts.items():
            self.pointers[buffer] = self.memory.ctypes.data + start
        for buffer, array in low.constants.items():
            self.pointers[buffer] = array.ctypes.data
        self.held: dict[int, Array] = dict(low.constants)

    def text(self) -> str:
        """The fused loops, as people read them."""
        return text_of(self.lowered)

    # -- one step ----------------------------------------------------------------------------------------------------

    def __call__(self, given: Sequence[Any]) -> Answers:
        """One run.  An update is None where the array that was given holds it now."""
        self._take(given)
        if self._done():
            return self._answers(given)
        return Answers([], [], [bool(self._answer(x)) for x in self.lowered.holds])

    def _done(self) -> bool:
        """Run all sections; whether every check holds."""
        if self.whole is not None:
            return not self.whole()
        for number, (call, kernels) in enumerate(zip(self.calls, self.sections, strict=True)):
            if call is None:
                self._interpret(kernels[0])
            elif self._run(call, self.job_at):
                return False
            if number + 1 < len(self.calls) and not self._holding(number):
                return False
        return True

    def _take(self, given: Sequence[Any]) -> None:
        """Point to the arrays and put down the numbers of this run."""
        held = self.held
        for i, place in self.weak_inputs:
            self.numbers[place] = given[i]
        moved = False
        for i, buffer, dtype in self.state_inputs:
            array, known = given[i], buffer in held and held[buffer] is given[i]
            if not known or not array.flags.writeable:
                moved = True
                self._point(buffer, array if array.flags.writeable else array.copy(), dtype)
        if moved:
            arrays = sorted((self.pointers[b].item(), held[b].nbytes) for _, b, _ in self.state_inputs)
            self.begins = [begin for begin, _ in arrays]
            self.ends = list(accumulate((begin + n for begin, n in arrays), max))
        for i, buffer, dtype in self.other_inputs:
            array = given[i]
            if moved or array is not held.get(buffer):
                at = self._point(buffer, array, dtype)
                if self.begins and self._in_state(at, held[buffer].nbytes):
                    self._point(buffer, array.copy(), dtype)  # what looks into the state must not change with it

    def _point(self, buffer: int, array: Any, dtype: Any) -> int:
        """Let the code find the array, or a copy where its entries do not lie as the code expects; where it lies."""
        flags = array.flags
        if array.dtype != dtype or not (flags.carray or (flags.c_contiguous and flags.aligned)):
            array = np.array(array, dtype=dtype, order="C")
            flags = array.flags
        self.held[buffer] = array
        self.pointers[buffer] = at = address_of(array, flags)
        return at

    def _in_state(self, begin: int, n: int) -> bool:
        """Whether n bytes of memory have some in common with the state's."""
        i = bisect_left(self.begins, begin + n)
        return i > 0 and self.ends[i - 1] > begin

    def _run(self, call: int, job: int) -> int:
        """A function of the code, by all threads; of a section not 0 when a check does not hold.

        job: where its words lie.
        """
        if self.threads == 1:
            return int(_FUNCTION(call)(job, 0))
        self.barrier[:] = 0
        return crew(os.getpid(), self.threads - 1).run(call, job, self.threads - 1)

    def _whole(self) -> Callable[[], int]:
        """A run of the only section.  One thread's arguments are made once, which takes as long as a small program."""
        call: Any = self.calls[0]  # the only section has code
        if self.threads > 1:
            return partial(self._run, call, self.job_at)
        return partial(_FUNCTION(call), _P(self.job_at), _N(0))

    def _holding(self, number: int) -> bool:
        """Whether the checks hold, once their section is over; for programs that NumPy computes a part of."""
        done = sum(len(kernels) for kernels in self.sections[: number + 1])
        return done != self.lowered.checked or all(bool(self._answer(x)) for x in self.lowered.holds)

    def _answers(self, given: Sequence[Any]) -> Answers:
        updates: list[Any] = []
        for i, buffer, value in self.updates:
            if buffer is None or i is None:
                updates.append(np.array(self._answer(value)) if isinstance(value, Storage) else self._answer(value))
            else:
                kept = self.held[buffer]
                updates.append(None if kept is given[i] else kept)
        outputs = [x.copy() if type(x) is np.ndarray else np.array(self._answer(x)) for x in self.results]
        return Answers(outputs, updates, self.holding)

    def _answer(self, x: Any) -> Any:
        if isinstance(x, Number):
            return float(self.numbers[self.number_at[x.place]])
        return self._array(x) if isinstance(x, Storage) else x

    def _array(self, s: Storage) -> Array:
        """A view of the entries of a storage."""
        buffer = self.lowered.same.get(s.buffer, s.buffer)
        if buffer in self.held:
            whole = self.held[buffer].reshape(-1)
        else:
            first = int(self.pointers[buffer]) - self.memory.ctypes.data
            whole = self.memory[first : first + self.lowered.sizes[buffer]].view(s.dtype)
        steps = tuple(t * s.dtype.itemsize for t in s.strides)
        return as_strided(whole[s.offset :], s.shape, steps) if s.size else np.empty(s.shape, s.dtype)

    def _interpret(self, kernel: Interpreted) -> None:
        operands = [self._answer(x) for x in kernel.operands]
        with np.errstate(all="ignore"):
            out = kernel.node.op.run(*operands, **kernel.node.attrs)
        if kernel.out.size:
            self._array(kernel.out)[...] = out

    # -- many steps --------------------------------------------------------------------------------------------------

    def steps(self, given: Sequence[Any], rows: dict[int, Array], order: Array) -> tuple[int, list[Array], list[Any]]:
        """A step for each row of `order`, with the rows it names of the arrays in `rows` in place of those inputs.

        given: as for one run; entries at the places of `rows` are not read.  order (steps, batch) int64.
        Returns how many steps were made (fewer when a check failed), the outputs (steps, ...), and the updates.
        """
        low, inputs = self.lowered, self.program.inputs
        staged = {i: empty_on_line(inputs[i].aval.shape, inputs[i].aval.dtype) for i in rows}
        whole = [staged.get(i, x) for i, x in enumerate(given)]
        self._take(whole)
        kept = [np.ascontiguousarray(rows[i], dtype=inputs[i].aval.dtype) for i in rows]
        sources = np.array(
            [
                [a.ctypes.data, low.inputs[inputs[i]], a.nbytes // max(1, len(a))]
                for i, a in zip(rows, kept, strict=True)
            ],
            np.int64,
        ).reshape(-1, 3)
        storages = [s for s in low.outputs if isinstance(s, Storage)]
        results = [np.empty((len(order), *s.shape), s.dtype) for s in storages]
        table = np.array(
            [
                [
                    low.same.get(s.buffer, s.buffer),
                    s.offset * s.dtype.itemsize,
                    s.size * s.dtype.itemsize,
                    r.ctypes.data,
                ]
                for s, r in zip(storages, results, strict=True)
            ],
            np.int64,
        ).reshape(-1, 4)
        order = np.ascontiguousarray(order, dtype=np.int64)
        tables = len(sources), sources.ctypes.data, len(table), table.ctypes.data
        job = np.array([*self.job, *order.shape, order.ctypes.data, *tables], np.int64)
        assert self.many is not None
        made = self._run(self.many, job.ctypes.data)
        answers = self._answers(whole)
        if made < len(order):  # the counts of the step that failed are not those of the last one made
            for i, (x, value) in enumerate(low.updates.items()):
                if isinstance(value, Number):
                    answers.updates[i] = float(self.numbers[self.places[x]])
        found = iter(results)
        outputs = [
            next(found)[:made] if isinstance(s, Storage) else np.full(made, self._answer(s)) for s in low.outputs
        ]
        return made, outputs, answers.updates


def address_of(array: Any, flags: Any) -> int:
    """Where the entries of an array begin; `array.ctypes.data` takes four times as long."""
    if flags.carray and array.size:  # as from_buffer wants it: in rows, and not read-only
        return addressof(_entry_of(array))
    return int(array.ctypes.data)


addressof, _entry_of = ctypes.addressof, ctypes.c_char.from_buffer


@cache
def processors() -> int:
    """How many this process may use; one where OMP_NUM_THREADS says so."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    wished = os.environ.get("OMP_NUM_THREADS", "")
    return min(allowed, int(wished)) if wished.isdigit() and int(wished) else allowed
