"""The functions that run a program's kernels in order: one section, one step, many steps.

Here: `emit_driver`; `STEPS`, the name of the function for many steps; `job_of`, the name under which one is called.
Elsewhere: kernels become code in _loops.py and _contraction.py; _engine.py calls what is made here.
Imports: llvmlite, numpy, pellucid.compiler.

Every thread runs the same function (job, thread); what else it takes stands in the job, words in the order of its
arguments.  Between two phases (_phases.py) the threads wait for each other at a barrier, so a kernel may read all that
earlier ones wrote.  Plain numbers (counts, rates, what is computed of them) are computed by thread 0 at the start.
"""

from collections.abc import Callable, Hashable
from typing import Any, final

import llvmlite.ir as ir

from pellucid.compiler._program import Result, Value, ordered
from pellucid.compiler.native._contraction import emit_contraction
from pellucid.compiler.native._crew import emit_barrier
from pellucid.compiler.native._forms import form_of
from pellucid.compiler.native._kernels import Blocks, Contraction, Interpreted, Loops, Number, RandomBits
from pellucid.compiler.native._loops import WORTH, buffers_of, emit_fill, emit_loops, emit_random_bits, fills
from pellucid.compiler.native._lowering import Lowered
from pellucid.compiler.native._machine import F64, I8, I32, I64, POINTER, Code, function
from pellucid.compiler.native._phases import alone, phases_of
from pellucid.compiler.native._scalar import SCALAR
from pellucid.compiler.native._storage import Storage

STEPS = "steps"
FAILED = 1  # what a section returns when a check does not hold
_SECTION = [POINTER, POINTER, I64, I64, POINTER]  # buffers, numbers, thread, threads, barrier
_THREAD = 2


def sections_of(low: Lowered) -> list[list[Any]]:
    """Runs of kernels with code, and interpreted ones each alone."""
    out: list[list[Any]] = [[]]  # the first computes the plain numbers, too, so it has code even where it is empty
    for i, kernel in enumerate(low.kernels):
        alone = isinstance(kernel, Interpreted) or (out[-1] and isinstance(out[-1][0], Interpreted))
        if alone or (i == low.checked and low.holds and _split(low)):
            out.append([kernel])
        else:
            out[-1].append(kernel)
    return out


def _split(low: Lowered) -> bool:
    """Whether the checks are looked at between two sections: where NumPy computes something before them."""
    return any(isinstance(kernel, Interpreted) for kernel in low.kernels)


def number_order(low: Lowered) -> list[Value]:
    """Every plain number of the program, operands first: inputs, then what is computed of them."""
    nodes = list(ordered(low.numbers))
    inputs = [x for x in low.numbers if not isinstance(x, Result)]
    inputs += [x for node in nodes for x in node.values() if not isinstance(x, Result)]
    return [*dict.fromkeys(inputs), *nodes]


def section_names(low: Lowered) -> list[str]:
    """The function of each section; empty for an interpreted one."""
    sections = sections_of(low)
    return [
        "" if kernels and isinstance(kernels[0], Interpreted) else f"section{i}" for i, kernels in enumerate(sections)
    ]


def emit_driver(module: Any, low: Lowered, places: dict[Value, int]) -> None:
    """A function for each section (no name for an interpreted one), and one for many steps if there is one section."""
    emit_barrier(module)
    names, count, phases = section_names(low), 0, phases_of(low)
    functions = _Functions(module, low.same)
    for number, kernels in enumerate(sections_of(low)):
        if names[number]:
            _emit_section(functions, low, places, number, kernels, count, phases)
            _emit_job(module, names[number])
        count += len(kernels)
    if len(names) == 1 and names[0]:
        _emit_steps(module, low, places)
        _emit_job(module, STEPS)


def job_of(name: str) -> str:
    """The function (job, thread) that calls a section or many steps."""
    return f"job_{name}"


def _emit_job(module: Any, name: str) -> None:
    callee = module.globals[name]
    callee.linkage = "internal"
    made, b = function(module, job_of(name), [POINTER, I64], I64)
    job, thread = made.args
    words = [b.load(b.place(job, i, I64), typ=I64) for i in range(len(callee.args))]
    words[_THREAD] = thread
    given = [b.inttoptr(w, POINTER) if x.type == POINTER else w for w, x in zip(words, callee.args, strict=True)]
    answer = b.call(callee, given)
    b.ret(answer if answer.type == I64 else b.sext(answer, I64))


@final
class _Functions:
    """The functions of loops and products; kernels of one form have one between them."""

    def __init__(self, module: Any, same: dict[int, int]) -> None:
        self.module, self._same = module, same
        self._names: dict[Hashable, str] = {}

    def of_loops(self, name: str, loops: Loops, worth: int = WORTH) -> tuple[str, list[int]]:
        """Its name, the given one where it is new, and which buffers it takes."""
        made = self._made(name, (loops, worth), lambda: emit_loops(self.module, name, loops, self._same, worth))
        return made, buffers_of(loops, self._same)

    def of_contraction(self, name: str, kernel: Contraction) -> tuple[str, list[int]]:
        """The same for a product."""
        made = self._made(name, (kernel, None), lambda: emit_contraction(self.module, name, kernel))
        return made, [self._same.get(s.buffer, s.buffer) for s in (kernel.a, kernel.b, kernel.out)]

    def _made(self, name: str, given: tuple[Any, int | None], emit: Callable[[], None]) -> str:
        form = form_of(given[0], self._same), given[1]
        if form not in self._names:
            emit()
            self._names[form] = name
        return self._names[form]


def _emit_section(
    functions: _Functions,
    low: Lowered,
    places: dict[Value, int],
    number: int,
    kernels: list[Any],
    count: int,
    phases: list[int],
) -> None:
    """The kernels of a section; all threads are through with them when one comes back."""
    module = functions.module
    made, b = function(module, f"section{number}", _SECTION, I32)
    buffers, numbers, thread, threads, barrier = made.args

    def wait() -> None:
        b.call(module.globals["barrier"], [barrier, threads])

    if number == 0 and places:
        with b.if_then(b.icmp_signed("==", thread, I64(0))):
            _emit_numbers(b, numbers, places)
    phase = phases[count] if number else 0  # threads come into a further section together
    for j, kernel in enumerate(kernels):
        if phases[count + j] != phase:
            wait()
        phase = phases[count + j]
        if count + j == low.checked and low.holds and not _split(low):
            _emit_checks(b, low, buffers)
        _emit_kernel(functions, b, low, f"kernel{number}_{j}", kernel, made.args, wait)
    wait()
    if count + len(kernels) == low.checked and low.holds and not _split(low):
        _emit_checks(b, low, buffers)
    b.ret(I32(0))


def _emit_kernel(functions: _Functions, b: Code, low: Lowered, name: str, kernel: Any, given: Any, wait: Any) -> None:
    buffers, numbers, thread, threads, _ = given
    module = functions.module

    def pointer(buffer: int) -> Any:
        return b.load(b.place(buffers, low.same.get(buffer, buffer), POINTER), typ=POINTER)

    if isinstance(kernel, Contraction):
        made, taken = functions.of_contraction(name, kernel)
        _call(b, module, made, thread, threads, *map(pointer, taken))
    elif isinstance(kernel, RandomBits):
        emit_random_bits(module, name, kernel)
        with b.if_then(b.icmp_signed("==", thread, I64(0))):
            _call(b, module, name, numbers, pointer(kernel.key.buffer), pointer(kernel.out.buffer))
    elif isinstance(kernel, Blocks):
        _emit_blocks(functions, b, name, kernel, given, pointer)
    else:
        assert isinstance(kernel, Loops)
        for i, store in enumerate(fills(kernel)):
            emit_fill(module, f"{name}_fill{i}", store)
            with b.if_then(b.icmp_signed("==", thread, I64(0))):
                _call(b, module, f"{name}_fill{i}", pointer(store.storage.buffer))
        if fills(kernel) and not alone(kernel):
            wait()
        made, taken = functions.of_loops(name, kernel)
        _call(b, module, made, thread, threads, numbers, *map(pointer, taken))


def _call(b: Code, module: Any, name: str, *arguments: Any) -> None:
    callee = module.globals[name]
    callee.linkage = "internal"
    callee.attributes.add("noinline")
    b.call(callee, arguments)


def _emit_blocks(
    functions: _Functions, b: Code, name: str, blocks: Blocks, given: Any, pointer: Callable[[int], Any]
) -> None:
    """This thread's parts, each through all kernels; the count of parts stands for the number of threads."""
    _, numbers, thread, threads, _ = given
    count = I64(blocks.count)
    takes: list[tuple[str, list[int]]] = []
    for i, kernel in enumerate(blocks.kernels):
        if isinstance(kernel, Contraction):
            takes.append(functions.of_contraction(f"{name}_{i}", kernel))
        else:
            takes.append(functions.of_loops(f"{name}_{i}", kernel, worth=0))
    whole = {buffer: pointer(buffer) for buffer in sorted({buffer for _, taken in takes for buffer in taken})}

    def part(i: Any) -> None:
        at = dict(whole)
        for buffer, (size, room) in blocks.parts.items():  # entries of part i are found where this thread has room
            shift = b.sub(b.mul(thread, I64(room)), b.mul(i, I64(size)))
            at[buffer] = b.place(whole[buffer], shift, I8)
        for kernel, (made, taken) in zip(blocks.kernels, takes, strict=True):
            extra = () if isinstance(kernel, Contraction) else (numbers,)
            _call(b, functions.module, made, i, count, *extra, *(at[buffer] for buffer in taken))

    first, last = b.sdiv(b.mul(thread, count), threads), b.sdiv(b.mul(b.add(thread, I64(1)), count), threads)
    with b.if_then(b.icmp_signed("<", first, last)):
        b.loop(last, part, first)


def _emit_checks(b: Code, low: Lowered, buffers: Any) -> None:
    """Leave the section where a check does not hold."""
    for s in low.holds:
        if not isinstance(s, Storage):
            continue
        held = b.load(
            b.place(b.load(b.place(buffers, low.same.get(s.buffer, s.buffer), POINTER), typ=POINTER), s.offset, I8),
            typ=I8,
        )
        with b.if_then(b.icmp_unsigned("==", held, I8(0)), likely=False):
            b.ret(I32(FAILED))


def _emit_numbers(b: Code, numbers: Any, places: dict[Value, int]) -> None:
    """What is computed of plain numbers, in 64 bits."""
    held: dict[Value, Any] = {}
    for x, place in places.items():
        address = b.place(numbers, place, F64)
        if not isinstance(x, Result):
            held[x] = b.load(address, typ=F64)
            continue
        operands = [held[y] if isinstance(y, Value) else ir.Constant(F64, float(y)) for y in x.operands]
        value = SCALAR[x.op.name](b, *operands, "f")
        if value.type == I8:
            value = b.uitofp(value, F64)
        b.store(value, address)
        held[x] = value


def _emit_steps(module: Any, low: Lowered, places: dict[Value, int]) -> None:
    """steps(buffers, numbers, thread, threads, barrier, n, batch, order, n_sources, sources, n_results, results)

    For each of n steps: the rows order[step, ...] of every source are copied into its buffer, the section is run, and
    the results are put down.  sources: (from, buffer, bytes a row), results: (buffer, offset, bytes, to), 64 bits each.
    Returns how many steps were made; fewer than n when a check does not hold.
    """
    made, b = function(module, STEPS, [*_SECTION, I64, I64, POINTER, I64, POINTER, I64, POINTER], I64)
    for argument in made.args:
        argument.attributes.discard("noalias")
    buffers, numbers, thread, threads, barrier, n, batch, order, n_sources, sources, n_results, results = made.args
    answers = {low.same.get(s.buffer, s.buffer) for s in low.outputs if isinstance(s, Storage)}
    given = answers & set(low.inputs.values())  # results that the rows of the next step may overwrite
    copy = module.globals.get("memcpy") or ir.Function(
        module, ir.FunctionType(POINTER, [POINTER, POINTER, I64]), "memcpy"
    )

    def entry(table: Any, i: Any, width: int, column: int) -> Any:
        return b.load(b.place(table, b.add(b.mul(i, I64(width)), I64(column)), I64), typ=I64)

    def address(bits: Any) -> Any:
        return b.inttoptr(bits, POINTER)

    def unless(empty: Any, body: Any) -> None:
        with b.if_then(b.icmp_signed(">", empty, I64(0))):
            body()

    def step(i: Any) -> None:
        first = b.sdiv(b.mul(thread, batch), threads)
        last = b.sdiv(b.mul(b.add(thread, I64(1)), batch), threads)

        def source(s: Any) -> None:
            origin, target, size = (entry(sources, s, 3, c) for c in range(3))
            into = b.load(b.place(buffers, target, POINTER), typ=POINTER)

            def row(r: Any) -> None:
                at = b.load(b.place(order, b.add(b.mul(i, batch), r), I64), typ=I64)
                b.call(copy, [b.place(into, b.mul(r, size), I8), b.place(address(origin), b.mul(at, size), I8), size])

            with b.if_then(b.icmp_signed("<", first, last)):
                b.loop(last, row, first)

        unless(n_sources, lambda: b.loop(n_sources, source))
        b.call(module.globals["barrier"], [barrier, threads])
        status = b.call(module.globals["section0"], [buffers, numbers, thread, threads, barrier])
        with b.if_then(b.icmp_signed("!=", status, I32(0)), likely=False):
            b.ret(i)
        with b.if_then(b.icmp_signed("==", thread, I64(0))):

            def result(r: Any) -> None:
                held, offset, size, target = (entry(results, r, 4, c) for c in range(4))
                origin = b.place(b.load(b.place(buffers, held, POINTER), typ=POINTER), offset, I8)
                b.call(copy, [b.place(address(target), b.mul(i, size), I8), origin, size])

            unless(n_results, lambda: b.loop(n_results, result))
            moved = [(places[x], places[low.numbers[y.place]]) for x, y in low.updates.items() if isinstance(y, Number)]
            values = [b.load(b.place(numbers, new, F64), typ=F64) for _, new in moved]
            for (old, _), value in zip(moved, values, strict=True):
                b.store(value, b.place(numbers, old, F64))
        if given:
            b.call(module.globals["barrier"], [barrier, threads])

    b.loop(n, step)
    b.ret(n)
