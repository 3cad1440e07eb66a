"""Compiled functions: traced when first called, run by an engine from then on.

Here: `compile`, `Compiled`.
Elsewhere: tracing is in _tracer.py, what makes it trace anew in _guards.py, the engines in _engines.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.tensor, pellucid.compiler.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock
from time import perf_counter
from typing import Any, final

import numpy as np

from pellucid.compiler._cells import Reader
from pellucid.compiler._engine import Engine, Executable
from pellucid.compiler._engines import engine_named
from pellucid.compiler._guards import Guards
from pellucid.compiler._moves import Move, begins, moves_of
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler._program import Program
from pellucid.compiler._reach import guards_of
from pellucid.compiler._tracer import Place, Traced, trace
from pellucid.compiler.passes._order import simplified
from pellucid.errors import DataError, GraphError, TraceError
from pellucid.ops._primitive import Array
from pellucid.tensor._symbol import tracer
from pellucid.tensor._tensor import Tensor
from pellucid.tensor._tree import leaves, rebuilt

Progress = Callable[[int, Any], Any]  # called with the steps made so far, and what the last of them returned
CHUNK_SECONDS = 0.1  # of an epoch between two reports
TRIALS = 8  # calls of a further program, such as that of a last partial batch, before the engine builds it
VERSIONS = 16  # programs kept for a function; the oldest goes first
MOVING = 8  # of them, those that a count of calls or the like has made; one more is refused


def compile(fn: Callable[..., Any], *, engine: str | Engine = "auto") -> "Compiled":
    """A function that does what fn does, as one program: forward, backward, update, all at once.

    fn: any function over arrays, Tensors, modules and optimizers.  It is run once for every shape and kind of its
    arguments, on symbols; from then on its program runs in its place.  Parameters, buffers, moments and learning rates
    are found, read anew each time and renewed in place; so are the sums of a pellucid.metrics.StreamingMetric.  A
    number or flag that fn changes, such as a count of its calls, has a program for each value it begins with.  What
    else Python does in fn (append to a list, print a text) happens only while it is traced.  What it returns carries no
    record; gradients that an optimizer has used up in fn are None afterwards.  Of Python, what fn read while it was
    traced is compared before every call, files among it; not noticed is a change of single entries of an array of more
    than 8 KiB that Python read itself, or of a list beyond its 8192nd, of what objects of installed packages hold in
    memory of their own, of a global or a module's variable whose name was put together at run time, and of the world
    beyond (a socket, a database).  Threads that call it do so in turn; while it is traced its Tensors hold symbols, so
    no other thread should use them otherwise then.
    engine: "native" makes machine code of it, "numpy" interprets it, "xla" hands it to JAX; "auto" is native where
    llvmlite is installed.  An engine with options of its own may be given as an object, such as
    pellucid.compiler.native.NativeEngine(threads=1) or pellucid.compiler.xla.XlaEngine(devices).  The program of the
    first call is built at once; further ones, as for a last partial batch, are interpreted until they have been called
    some times.
    Raises TraceError, naming the line, where fn needs entries before they exist, draws random numbers itself, asks an
    iterator from outside for its next value, or asks a clock.

    >>> from pellucid import Tensor, nn, optim
    >>> net = nn.Linear(1, 1, seed=0)
    >>> optimizer = optim.SGD(net.parameters(), lr=0.5)
    >>> def step(x, y):
    ...     optimizer.zero_grad()
    ...     loss = nn.MSELoss()(net(x), y)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> fast = compile(step)
    >>> x = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> losses = [fast(x, 3 * x + 1).item() for _ in range(60)]
    >>> losses[-1] < 1e-6, round(net.weight.item(), 2), len(fast.programs)
    (True, 3.0, 1)
    """
    return Compiled(fn, engine)


@final
@dataclass(slots=True)
class _Version:
    """A program, ready to run, and what it was made for."""

    traced: Traced
    run: Executable
    read: Reader
    guards: Guards
    moves: list[Move]  # plain values that the function changes
    kept: list[Any]  # arguments that are no arrays; what is kept shares its id with nothing else
    trials: int  # calls for which it is interpreted still

    def ready(self, given: Any) -> list[Any] | None:
        """The inputs of a run, from the leaves of the arguments; None where something is not as it was traced."""
        if not self.guards.hold():
            return None
        for borrowed in self.traced.constants:
            if not borrowed.unchanged():
                return None
        for tensor, twin in self.traced.twins:
            if tensor.data is not twin.data:
                return None
        return self.read(given)


@final
class Compiled:
    """What `compile` gives: called like the function it was made of.

    >>> double = Compiled(lambda x: x * 2, "numpy")
    >>> double(np.ones(2)).tolist(), [node.op.name for node in double.programs[0].nodes]
    ([2.0, 2.0], ['multiply'])
    """

    progress = ("_versions",)  # no guard looks at them: an object may keep its own step compiled

    def __init__(self, fn: Callable[..., Any], engine: str | Engine) -> None:
        functools.update_wrapper(self, fn)
        self._fn, self._engine = fn, engine_named(engine)
        self._versions: dict[Any, list[_Version]] = {}
        self._lock = RLock()  # a program has one memory, so threads that call it do so in turn

    def __reduce__(self) -> Any:
        """A copy, and one that was pickled, begins without programs: those are of the memory they were built for."""
        return Compiled, (self._fn, self._engine)

    @property
    def programs(self) -> list[Program]:
        """The programs made so far, the newest last."""
        return [version.traced.program for versions in self._versions.values() for version in versions]

    def text(self) -> str:
        """The newest program as people read it.  Raises GraphError before the first call."""
        if not self.programs:
            raise GraphError("compile: the function has not been called yet, so there is no program; call it first.")
        return self.programs[-1].text()

    @property
    def source(self) -> str:
        """What the engine runs, as people read it: of `native` the loops its nodes were fused to.

        Of the newest program that the engine has built; the text of the program itself for an engine without loops of
        its own.  Raises GraphError before the first call.
        """
        runs = [version.run for versions in self._versions.values() for version in versions]
        return next((run.text() for run in reversed(runs) if hasattr(run, "text")), "") or self.text()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if tracer() is not None:  # a compiled function within a traced one is a part of it
            return self._fn(*args, **kwargs)
        with self._lock:
            version, inputs = self._version(args, kwargs)
            return _finish(version, version.run(inputs))

    def run_epoch(
        self,
        *arrays: Any,
        order: Any = None,
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """A call for each batch of rows, many of them in one go where the engine can.

            for rows in batches of `order`:  fn(*[a[rows] for a in arrays])

        order: row numbers, (n,) with a batch_size, or (steps, batch); all rows in turn when not given.  The last batch
        of (n,) may be smaller, and has a program of its own.  progress: called between chunks of about a tenth of a
        second with the number of steps made so far and what the last of them returned; Ctrl-C ends an epoch there, too,
        with the state of the steps made.
        Returns what fn returns, every Tensor with one more axis in front: the steps.
        Raises DataError for arrays of different lengths, a row that is not there, or no row.

        >>> total = Compiled(lambda x, y: (x * y).sum(), "numpy")
        >>> total.run_epoch(np.arange(6.0), np.ones(6), batch_size=2).tolist()
        [1.0, 5.0, 9.0]
        """
        columns, batches = _batches([_plain(a) for a in arrays], order, batch_size)
        parts: list[tuple[int, Any]] = []
        for batch in batches:
            self._steps(columns, batch, parts, progress)
        return _joined([returned for _, returned in parts])

    def _steps(
        self, columns: list[Array], order: Array, parts: list[tuple[int, Any]], progress: Progress | None
    ) -> None:
        """Make the steps of batches of one size; add how many, and what they return, chunk by chunk."""
        from pellucid.base._interruption import Interruption  # here: single calls do without pellucid.base

        done, chunk = 0, 1
        before = sum(steps for steps, _ in parts)
        while done < len(order):
            now, began = order[done : done + chunk], perf_counter()
            with Interruption(), self._lock:  # Ctrl-C comes when all that the steps renew is in its place
                steps, returned = self._chunk(columns, now)
                if not steps:  # a check fails in the first of them: this call says which
                    steps, returned = 1, _stacked([self(*(c[now[0]] for c in columns))])
            parts.append((steps, returned))
            done += steps
            chunk = max(1, min(2 * chunk, int(chunk * CHUNK_SECONDS / max(perf_counter() - began, 1e-9))))
            if progress is not None:
                progress(before + done, _last(returned))

    def _chunk(self, columns: list[Array], order: Array) -> tuple[int, Any]:
        """Several steps in one call of the engine; one by one where it cannot, or where a schedule moves in between.

        Returns how many were made, and what they return with the steps as the first axis of every Tensor.
        """
        version, inputs = self._version(tuple(c[order[0]] for c in columns), {})
        traced, run = version.traced, version.run
        if traced.after or version.moves or not getattr(run, "many", None) or len(traced.program.outputs) == 0:
            rest = (self(*(c[rows] for c in columns)) for rows in order[1:])
            return len(order), _stacked([_finish(version, run(inputs)), *rest])
        place = {x: i for i, x in enumerate(traced.program.inputs)}
        rows = {place[x]: c for x, c in zip(traced.arguments, columns, strict=True) if x in place}
        steps, outputs, updates = run.steps(inputs, rows, order)  # type: ignore[attr-defined]
        if steps == 0:
            return 0, None
        _renew(traced, updates)
        return steps, _returned(traced, outputs)

    def _version(self, args: Any, kwargs: Any) -> tuple[_Version, list[Any]]:
        """The program for these arguments and the present state of things, and its inputs; traced if need be."""
        if not kwargs and _ENDS.issuperset(map(type, args)):
            given: Any = args
            key: Any = tuple(map(_kind, args))
        else:
            given = leaves((args, kwargs))
            key = repr(rebuilt((args, kwargs), list(map(_kind, given))))
        versions = self._versions.get(key, ())
        for version in versions:
            inputs = version.ready(given)
            if inputs is not None:
                return self._tried(version) if version.trials else version, inputs
        return self._traced(key, given, args, kwargs)

    def _traced(self, key: Any, given: Any, args: Any, kwargs: Any) -> tuple[_Version, list[Any]]:
        """A new program for these arguments and the present state of things, and its inputs."""
        versions = self._versions.setdefault(key, [])
        kept = [x for x in given if not isinstance(x, (np.ndarray, Tensor))]
        before = guards_of(self._fn, kept)
        traced = trace(self._fn, *args, **kwargs)
        moves = moves_of(before)
        if moves and sum(bool(version.moves) for version in versions) >= MOVING:
            for move in moves:
                move.undo()
            raise TraceError(_moving(moves))
        traced = replace(traced, program=simplified(traced.program))
        guards = Guards(begins(moves, guards_of(self._fn, kept, traced.seen)))
        read = Reader(traced.program.inputs, traced.cells, traced.arguments)
        first = not self.programs
        run = (self._engine if first else NumpyEngine()).built(traced.program)
        versions.append(_Version(traced, run, read, guards, moves, kept, 0 if first else TRIALS))
        del versions[:-VERSIONS]
        inputs = read(given)
        assert inputs is not None
        return versions[-1], inputs

    def _tried(self, version: _Version) -> _Version:
        """The version, built by the engine once it has been called often enough to be worth it."""
        version.trials -= 1
        if not version.trials:
            version.run = self._engine.built(version.traced.program)
        return version


_ENDS = {np.ndarray, Tensor}  # types of arguments that have nothing inside


def _kind(x: Any) -> Any:
    """What a program depends on of an argument: shape and dtype of an array, a plain value itself."""
    if type(x) is np.ndarray:
        return x.shape, x.dtype
    if isinstance(x, (Tensor, np.ndarray)):
        return ("array", x.shape, x.dtype.str, isinstance(x, Tensor) and x.requires_grad)
    if isinstance(x, (bool, int, float, str, type(None), np.generic)):
        return type(x).__name__, repr(x)  # 1, True and 1.0 are equal, and so are 0.0 and -0.0
    return type(x).__name__, id(x)


def _finish(version: _Version, answers: Any) -> Any:
    """Write the new state, and give what the function returns.  Raises what a check of the function raises."""
    traced = version.traced
    if False in answers.holds:
        raise traced.program.checks[answers.holds.index(False)].error()
    _renew(traced, answers.updates)
    for act in traced.after:
        act()
    for move in version.moves:
        move.repeat()
    return _returned(traced, answers.outputs)


def _moving(moves: list[Move]) -> str:
    move = moves[0]
    return (
        f"compile: the function changes {move.guard.path}, from {move.guard.was!r} to {move.becomes!r} just now, and "
        f"{MOVING} programs have been made for as many values. Change it between two calls, or keep it in a Tensor "
        "(x[...] = y), which a program renews."
    )


def _renew(traced: Traced, updates: list[Any]) -> None:
    """Put the new state where it belongs."""
    if not updates and not traced.without_gradient:
        return
    for x, value in zip(traced.program.updates, updates, strict=True):
        if value is None:
            traced.cells[x].renewed()
        else:
            traced.cells[x].write(value)
    for p in traced.without_gradient:
        p.grad = None


def _returned(traced: Traced, outputs: list[Any]) -> Any:
    """What the function returns: its structure with these outputs."""
    if type(traced.returned) is Place:
        (y,) = outputs
        return Tensor.wrap(y if type(y) is np.ndarray else np.array(y))
    made = [Tensor.wrap(y if type(y) is np.ndarray else np.array(y)) for y in outputs]
    ends = leaves(traced.returned)
    return rebuilt(traced.returned, [made[x.i] if isinstance(x, Place) else x for x in ends])


def _plain(x: Any) -> Array:
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def _batches(columns: list[Array], order: Any, batch_size: int | None) -> tuple[list[Array], list[Array]]:
    """The columns, and their rows in batches: (steps, batch) each, the last of another size perhaps."""
    lengths = {len(c) for c in columns if c.ndim}
    if len(lengths) != 1 or any(not c.ndim for c in columns):
        raise DataError(f"run_epoch: the arrays have {sorted(lengths)} rows; give one or more, all of the same length.")
    (n,) = lengths
    rows = np.arange(n) if order is None else np.asarray(order)
    if rows.dtype.kind not in "iu" or rows.ndim not in (1, 2) or rows.size == 0:
        raise DataError(
            f"run_epoch: order {rows.shape} {rows.dtype}; give at least one row number, (n,) or (steps, batch)."
        )
    if rows.min() < 0 or rows.max() >= n:
        raise DataError(f"run_epoch: order names row {int(rows.max() if rows.max() >= n else rows.min())} of {n} rows.")
    if rows.ndim == 2:
        return columns, [rows]
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise DataError(f"run_epoch: batch_size is {batch_size!r}; give how many rows of `order` make a batch.")
    full = len(rows) // batch_size * batch_size
    parts = [rows[:full].reshape(-1, batch_size), rows[full:].reshape(1, -1)]
    return columns, [part for part in parts if part.size]


def _stacked(found: list[Any]) -> Any:
    """One structure of all: each Tensor with the steps as its first axis; what is no Tensor, of the last step."""
    return _merged(found, np.stack)


def _joined(found: list[Any]) -> Any:
    """One structure of all, whose Tensors have the steps as their first axis already."""
    return found[0] if len(found) == 1 else _merged(found, np.concatenate)


def _merged(found: list[Any], how: Callable[[list[Array]], Array]) -> Any:
    ends = [leaves(x) for x in found]
    joined = [
        Tensor.wrap(how([x.data for x in column])) if isinstance(column[0], Tensor) else column[-1]
        for column in zip(*ends, strict=True)
    ]
    return rebuilt(found[-1], joined)


def _last(returned: Any) -> Any:
    """What the last of several steps returned."""
    ends = leaves(returned)
    return rebuilt(returned, [Tensor.wrap(np.array(x.data[-1])) if isinstance(x, Tensor) else x for x in ends])
