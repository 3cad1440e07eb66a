"""Random programs: what engines are compared on when nobody has thought of the case.

Here: `random_program`, a program with operands for it and how far an engine may be off; `disagreement`, what an engine
does otherwise than the numpy engine.
Elsewhere: a few are run by test_random_programs.py, many by fuzz/programs.py.

Every value carries a bound of its entries and a bound of the rounding error.  An error of 0 stands for whole numbers
that are exact in any order of additions; only those are compared, floored, sorted or used as positions, so that one
rounding more or less never moves a result by a jump, and nothing needs a tolerance that somebody chose.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler._program import Check, Constant, Input, Program, Result, Value, result
from pellucid.ops import OPS
from pellucid.ops._primitive import Array, Aval

F32, F64, I64, BOOL = (np.dtype(t) for t in ("float32", "float64", "int64", "bool"))
MOST_ENTRIES = 3000  # of a value; now and then BIG, which engines share out among threads
BIG = 40_000
WHOLE = 2.0**20  # exact values stay below, and so within float32
ROOM = 1e4  # other values stay below
ROUNDINGS = 8  # units in the last place that one operation may be off, with the order of a few dozen additions


@dataclass(frozen=True)
class Known:
    """A value, a bound of its entries, and one of the error of its entries."""

    value: Any
    bound: float
    error: float

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.aval.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.value.aval.dtype)

    @property
    def exact(self) -> bool:
        return self.error == 0.0


@dataclass(frozen=True)
class Sample:
    """A program, what it is given, and the errors that its outputs and updates may have."""

    program: Program
    given: list[Any]
    errors: list[float]

    def inputs(self) -> list[Any]:
        """What is given, anew: a run may change it.  Strides stay what they are."""
        return [_copied(x) if isinstance(x, np.ndarray) else x for x in self.given]


def _copied(x: Array) -> Array:
    whole = np.empty([2 * n if s else n for n, s in zip(x.shape, x.strides, strict=True)], x.dtype)
    if x.flags.c_contiguous or x.ndim == 0:
        return x.copy()
    view = whole[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


def random_program(rng: Random) -> Sample:
    """A program of up to some 25 nodes over all primitives that engines know."""
    return _Writer(rng).written()


def disagreement(engine: Engine, sample: Sample) -> str:
    """What the engine does otherwise than the numpy engine, in two runs on the same operands; "" for nothing."""
    program = sample.program
    wanted = NumpyEngine().build(program)(sample.inputs())
    run = engine.build(program)
    for _ in range(2):
        given = sample.inputs()
        found = run(given)
        if found.holds != wanted.holds:
            return f"checks: {found.holds}, not {wanted.holds}"
        renewed = set(program.updates) if all(wanted.holds) else set()
        for x, before, after in zip(program.inputs, sample.given, given, strict=True):
            if x not in renewed and not np.array_equal(before, after, equal_nan=True):
                return f"%{x.name} was changed"
        if all(wanted.holds) and (what := _difference(sample, wanted, found, given)):
            return what
    return ""


def _difference(sample: Sample, wanted: Answers, found: Answers, given: list[Any]) -> str:
    program = sample.program
    place = {x: i for i, x in enumerate(program.inputs)}
    updates = [given[place[x]] if y is None else y for x, y in zip(program.updates, found.updates, strict=True)]
    names = [*(f"output {i}" for i in range(len(wanted.outputs))), *(f"%{x.name}" for x in program.updates)]
    values = zip(names, [*wanted.outputs, *wanted.updates], [*found.outputs, *updates], sample.errors, strict=True)
    for name, a, b, error in values:
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{name} is {b.dtype} {b.shape}, not {a.dtype} {a.shape}"
        if a.dtype.kind != "f":
            off = a != b
        else:
            off = ~(np.abs(a.astype(F64) - b) <= 2 * error)
        if off.any():
            at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(off)))
            one, other = np.atleast_1d(a)[at], np.atleast_1d(b)[at]
            return f"{name} {a.shape} is {other!r} at {at}, not {one!r} (error {error:.1e}; {off.sum()} such entries)"
    return ""


Act = Callable[["_Writer"], None]


class _Writer:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.dtype = rng.choice([F32, F64])
        self.most = BIG if rng.random() < 0.08 else MOST_ENTRIES
        self.known: list[Known] = []
        self.inputs: dict[Input, Any] = {}
        self.numbers: list[Known] = []
        self.checks: list[Check] = []

    # -- the whole ---------------------------------------------------------------------------------------------------

    def written(self) -> Sample:
        shape = self.some_shape()
        for _ in range(self.rng.randint(1, 3)):
            self.input(self.related(shape))
        for _ in range(self.rng.randint(1, 40)):
            self.rng.choice(ACTS)(self)
        updates, outputs = self.updates(), [self.any() for _ in range(self.rng.randint(1, 2))]
        outputs += [k for k in self.ends() if self.rng.random() < 0.6]
        program = Program(
            tuple(self.inputs),
            tuple(k.value for k in outputs),
            {x: k.value for x, k in updates.items()},
            tuple(self.checks),
        )
        errors = [k.error for k in (*outputs, *updates.values())]
        return Sample(program, list(self.inputs.values()), errors)

    def ends(self) -> list[Known]:
        """What nothing else is made of."""
        used = {x for k in self.known if isinstance(k.value, Result) for x in k.value.values()}
        return [k for k in self.known if k.value not in used]

    def updates(self) -> dict[Input, Known]:
        found: dict[Input, Known] = {}
        for x in list(self.inputs):
            fitting = [k for k in self.known + self.numbers if k.value.aval == x.aval]
            if fitting and self.rng.random() < 0.4:
                found[x] = self.rng.choice(fitting[-4:])
        return found

    # -- values ------------------------------------------------------------------------------------------------------

    def some_shape(self) -> tuple[int, ...]:
        lengths = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 64, 130]
        shape: list[int] = []
        for _ in range(self.rng.randint(0, 4)):
            room = self.most // math.prod(shape)
            shape.append(self.rng.choice([n for n in lengths if n <= room] or [1]))
        if shape and self.rng.random() < 0.02:
            shape[self.rng.randrange(len(shape))] = 0
        return tuple(shape)

    def related(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape, or one that broadcasts to it, or another."""
        draw = self.rng.random()
        if draw < 0.4:
            return shape
        if draw < 0.6:
            return shape[self.rng.randint(0, len(shape)) :]
        if draw < 0.8:
            return tuple(n if self.rng.random() < 0.6 else 1 for n in shape)
        return self.some_shape()

    def partner(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that broadcasts with this one."""
        return tuple(n if self.rng.random() < 0.7 else 1 for n in shape)[self.rng.randint(0, len(shape)) :]

    def drawn(self, shape: tuple[int, ...], exact: bool) -> Array:
        rng = np.random.default_rng(self.rng.randint(0, 2**32 - 1))
        x = rng.integers(-3, 4, shape) if exact else rng.uniform(-2.0, 2.0, shape)
        return np.asarray(x, self.dtype)

    def given(self, value: Array) -> Input:
        x = Input(Aval(value.shape, value.dtype), f"x{len(self.inputs)}")
        if value.ndim and self.rng.random() < 0.2:  # with gaps, or axes the other way round
            value = value.repeat(2, axis=-1)[..., ::2] if self.rng.random() < 0.5 else np.asfortranarray(value)
        self.inputs[x] = value
        return x

    def input(self, shape: tuple[int, ...], exact: bool | None = None) -> Known:
        """A new operand: an input, or now and then a constant."""
        exact = self.rng.random() < 0.5 if exact is None else exact
        array = self.drawn(shape, exact)
        if self.rng.random() < 0.15:
            array = np.full(shape, 2.0, self.dtype) if self.rng.random() < 0.3 else array
            value: Value = Constant(Aval(shape, self.dtype), array)
        else:
            value = self.given(array)
        return self.keep(Known(value, 3.0, 0.0 if exact else self.ulp(self.dtype) * 2))

    def ulp(self, dtype: np.dtype[Any]) -> float:
        return ROUNDINGS * float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0

    def keep(self, known: Known) -> Known:
        self.known.append(known)
        return known

    def node(self, name: str, *operands: Any, bound: float, error: float, whole: bool = True, **attrs: Any) -> Any:
        """The result of a primitive, kept; None where it would be too large, or too far off."""
        values = tuple(x.value if isinstance(x, Known) else x for x in operands)
        value = result(OPS[name], values, attrs)
        exact = whole and all(x.exact for x in operands if isinstance(x, Known)) and bound <= WHOLE
        if value.aval.dtype.kind == "f" and not exact:
            error += self.ulp(value.aval.dtype) * max(bound, 1e-3)
        else:
            error = 0.0
        if value.aval.size > self.most or bound > (WHOLE if exact else ROOM) or error > 1e-3 * max(1.0, bound):
            return None
        return self.keep(Known(value, bound, error))

    # -- choices -----------------------------------------------------------------------------------------------------

    def any(self, good: Callable[[Known], bool] = lambda k: True) -> Any:
        """A value that is good, recent ones more often; None when there is none."""
        fitting = [k for k in self.known if good(k)]
        if not fitting:
            return None
        return self.rng.choice(fitting[-5:]) if self.rng.random() < 0.7 else self.rng.choice(fitting)

    def floats(self, least: int = 0, exact: bool = False) -> Any:
        return self.any(
            lambda k: k.dtype.kind == "f" and len(k.shape) >= least and 0 not in k.shape and (k.exact or not exact)
        )

    def beside(self, x: Known) -> Any:
        """A second operand that broadcasts with x: a value, or a number."""
        if self.rng.random() < 0.2:
            return self.rng.choice([2, -1, 0.5, 3.0, 0])
        if self.numbers and x.dtype.kind == "f" and self.rng.random() < 0.1:
            return self.rng.choice(self.numbers)
        y = self.any(lambda k: k.dtype.kind == "f" and _fits(x.shape, k.shape))
        return y if y is not None and self.rng.random() < 0.8 else self.input(self.partner(x.shape))


def _fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(n == m or 1 in (n, m) for n, m in zip(a[::-1], b[::-1], strict=False))


def _size(y: Any) -> tuple[float, float]:
    """Bound and error of an operand, which may be a number."""
    return (y.bound, y.error) if isinstance(y, Known) else (abs(float(y)), 0.0)


def _is_whole(y: Any) -> bool:
    return isinstance(y, Known) or float(y).is_integer()


# -- entry by entry ----------------------------------------------------------------------------------------------------


def arithmetic(w: _Writer) -> None:
    x = w.floats()
    if x is None:
        return
    y = w.beside(x)
    (a, e), (b, f) = _size(x), _size(y)
    name = w.rng.choice(["add", "subtract", "multiply", "maximum"])
    bound, error = {"multiply": (a * b, a * f + b * e), "maximum": (max(a, b), max(e, f))}.get(name, (a + b, e + f))
    pair = (x, y) if w.rng.random() < 0.5 else (y, x)
    w.node(name, *pair, bound=bound, error=error, whole=_is_whole(y))


def quotient(w: _Writer) -> None:
    x = w.floats()
    y = x and w.any(lambda k: k.dtype.kind == "f" and _fits(x.shape, k.shape))
    if y is None:
        return
    below = away_from_zero(w, y)
    if below is not None:
        w.node("divide", x, below, bound=x.bound, error=x.error + x.bound * below.error, whole=False)


def away_from_zero(w: _Writer, x: Known) -> Any:
    """|x| + 1."""
    size = w.node("absolute", x, bound=x.bound, error=x.error)
    return size and w.node("add", size, 1.0, bound=x.bound + 1, error=x.error)


def smooth(w: _Writer) -> None:
    x = w.floats()
    if x is None:
        return
    steep = math.exp(min(x.bound, 700.0))
    name = w.rng.choice(
        ["sin", "cos", "tanh", "sigmoid", "erf", "softplus", "exp", "expm1", "negative", "absolute", "relu"]
    )
    bounds = {"exp": (steep, steep * x.error), "expm1": (steep, steep * x.error), "softplus": (x.bound + 1, x.error)}
    same = name in ("negative", "absolute", "relu")
    bound, error = (x.bound, x.error) if same else bounds.get(name, (1.0, 1.2 * x.error))
    w.node(name, x, bound=bound, error=error, whole=same)


def on_positive(w: _Writer) -> None:
    """Functions of numbers above 1, and of any size >= 0."""
    x = w.floats()
    y = x and away_from_zero(w, x)
    if y is None:
        return
    name = w.rng.choice(["log", "sqrt", "log1p", "power"])
    if name != "power":
        w.node(name, y, bound=y.bound, error=y.error, whole=False)
        return
    power = w.rng.choice([2, 0.5, -1, 1.5, -0.5, 3, 0, 1, 2.0])
    bound = max(1.0, y.bound**power)
    w.node("power", y, power, bound=bound, error=abs(power) * bound * y.error, whole=power in (0, 1, 2, 3))


def jump(w: _Writer) -> None:
    """Floors and signs of exact values."""
    x = w.floats(exact=True)
    if x is not None:
        w.node(w.rng.choice(["floor", "sign"]), x, bound=x.bound, error=0.0)


def compare(w: _Writer) -> None:
    x = w.any(lambda k: k.exact and k.dtype.kind != "b")
    if x is None:
        return
    y = w.any(lambda k: k.exact and k.dtype.kind != "b" and _fits(x.shape, k.shape))
    pair = (x, y) if y is not None and w.rng.random() < 0.6 else (x, w.rng.choice([0, 1, 0.5, -1.0]))
    w.node(w.rng.choice(["less", "less_equal", "equal"]), *pair, bound=1.0, error=0.0)


def choose(w: _Writer) -> None:
    c = w.any(lambda k: k.dtype.kind == "b")
    x = c and w.any(lambda k: k.dtype.kind == "f" and _fits(c.shape, k.shape))
    if x is None:
        return
    y = w.beside(x)
    if isinstance(y, Known) and not _fits(c.shape, y.shape):
        return
    (a, e), (b, f) = _size(x), _size(y)
    w.node(
        "where", c, *((x, y) if w.rng.random() < 0.5 else (y, x)), bound=max(a, b), error=max(e, f), whole=_is_whole(y)
    )


def logic(w: _Writer) -> None:
    c = w.any(lambda k: k.dtype.kind == "b")
    d = c and w.any(lambda k: k.dtype.kind == "b" and _fits(c.shape, k.shape))
    if c is not None:
        w.node(w.rng.choice(["add", "multiply", "maximum", "equal"]), c, d, bound=1.0, error=0.0)


def cast(w: _Writer) -> None:
    x = w.any()
    to = w.rng.choice([F32, F64, I64, BOOL, np.dtype("int32"), np.dtype("uint8")])
    if x.dtype.kind == "f" and to.kind != "f" and not x.exact:
        return
    if to.kind == "u" and x.dtype.kind == "f":
        x = w.node("absolute", x, bound=x.bound, error=0.0)
        if x is None or x.bound > 255:
            return
    if to == np.uint8 and x.bound > 255 or x.dtype.kind == "i" and to == np.uint8:
        return
    w.node("cast", x, bound=1.0 if to.kind == "b" else x.bound, error=x.error, dtype=to)


def number(w: _Writer) -> None:
    """A number handed in at every run, or something computed of such."""
    t = w.rng.choice(w.numbers) if w.numbers else None
    if t is None or w.rng.random() < 0.3:
        x = Input(Aval((), F64, weak=True), f"t{len(w.inputs)}")
        w.inputs[x] = float(w.rng.choice([1, 2, 0.25, -1.5]))
        w.numbers.append(Known(x, 2.0, 1e-6))
        return
    name, y = w.rng.choice([("add", 1), ("multiply", 0.5), ("subtract", 0.25), ("power", 2)])
    bound = t.bound + 1 if name != "power" else t.bound**2
    if bound < 50:
        value = result(OPS[name], (t.value, y), {})
        w.numbers.append(Known(value, bound, 1e-6))


# -- along axes, and of entries that move ------------------------------------------------------------------------------


def reduce(w: _Writer) -> None:
    x = w.any(lambda k: len(k.shape) > 0 and 0 not in k.shape)
    if x is None:
        return
    axes = tuple(a for a in range(len(x.shape)) if w.rng.random() < 0.5)
    keep, n = w.rng.random() < 0.5, math.prod(x.shape[a] for a in axes)
    if w.rng.random() < 0.6:
        w.node("sum", x, bound=n * x.bound, error=n * x.error, axis=axes, keepdims=keep)
    else:
        w.node("max", x, bound=x.bound, error=x.error, axis=axes, keepdims=keep)


def ordered(w: _Writer) -> None:
    """What NumPy computes for most engines."""
    x = w.any(lambda k: len(k.shape) > 0 and 0 not in k.shape and k.exact)
    if x is None:
        return
    axis = w.rng.randrange(len(x.shape))
    name = w.rng.choice(["argmax", "argsort", "cumsum"])
    n = x.shape[axis]
    w.node(name, x, bound=n * x.bound if name == "cumsum" else n, error=0.0, axis=axis)


def reshape(w: _Writer) -> None:
    x = w.any()
    shape = list(x.shape)
    for _ in range(w.rng.randint(1, 2)):
        draw = w.rng.random()
        if draw < 0.3:
            shape.insert(w.rng.randint(0, len(shape)), 1)
        elif draw < 0.6 and len(shape) > 1:
            i = w.rng.randrange(len(shape) - 1)
            shape[i : i + 2] = [shape[i] * shape[i + 1]]
        elif shape:
            i = w.rng.randrange(len(shape))
            d = w.rng.choice([d for d in range(1, min(shape[i], 40) + 1) if shape[i] % d == 0] or [1])
            shape[i : i + 1] = [shape[i] // d, d]
    if len(shape) <= 6:
        w.node("reshape", x, bound=x.bound, error=x.error, shape=tuple(shape))


def view(w: _Writer) -> None:
    x = w.any(lambda k: len(k.shape) > 0)
    if x is None:
        return
    axes = list(range(len(x.shape)))
    known = {"bound": x.bound, "error": x.error}
    name = w.rng.choice(["transpose", "flip", "slice", "broadcast_to"])
    if name == "transpose":
        w.rng.shuffle(axes)
        w.node(name, x, **known, axes=tuple(axes))
    elif name == "flip":
        w.node(name, x, **known, axis=tuple(a for a in axes if w.rng.random() < 0.5))
    elif name == "slice":
        start = tuple(w.rng.randint(0, max(0, n - 1) // 2) for n in x.shape)
        stop = tuple(w.rng.randint(min(s + 1, n), n) for s, n in zip(start, x.shape, strict=True))
        w.node(name, x, **known, start=start, stop=stop, step=tuple(w.rng.choice([1, 1, 2, 3]) for _ in x.shape))
    else:
        lead = tuple(w.rng.choice([1, 2, 3]) for _ in range(w.rng.randint(0, 1)))
        w.node(name, x, **known, shape=(*lead, *(w.rng.choice([2, 3, 5]) if n == 1 else n for n in x.shape)))


def pad(w: _Writer) -> None:
    x = w.floats(least=1)
    if x is not None:
        before, after, between = (tuple(w.rng.choice([0, 0, 1, 2]) for _ in x.shape) for _ in range(3))
        w.node("pad", x, bound=x.bound + 1, error=x.error, before=before, after=after, between=between,
               value=float(w.rng.choice([0, 1])))  # fmt: skip


def concatenate(w: _Writer) -> None:
    x = w.any(lambda k: len(k.shape) > 0)
    if x is None:
        return
    axis = w.rng.randrange(len(x.shape))
    rest = x.shape[:axis] + x.shape[axis + 1 :]
    parts = [x, *(w.any(lambda k: len(k.shape) == len(x.shape) and k.shape[:axis] + k.shape[axis + 1 :] == rest)
                  for _ in range(w.rng.randint(0, 2)))]  # fmt: skip
    w.node("concatenate", *parts, bound=max(k.bound for k in parts), error=max(k.error for k in parts), axis=axis)


# -- by position -------------------------------------------------------------------------------------------------------


def positions(w: _Writer, shape: tuple[int, ...], n: int) -> Value:
    """Positions below n, given or fixed, some of them counted from the end."""
    rng = np.random.default_rng(w.rng.randint(0, 2**32 - 1))
    dtype = w.rng.choice([I64, np.dtype("int32"), np.dtype("uint8")])
    array = np.asarray(rng.integers(0 if dtype.kind == "u" else -n, n, shape), dtype)
    if w.rng.random() < 0.3:
        return Constant(Aval(shape, dtype), array)
    return w.given(array)


def gather(w: _Writer) -> None:
    x = w.any(lambda k: len(k.shape) > 0 and 0 not in k.shape)
    if x is None:
        return
    axis = w.rng.randrange(len(x.shape))
    sorts = w.any(lambda k: k.value.aval.dtype == I64 and getattr(k.value, "op", None) is OPS["argsort"])
    n = x.shape[axis]
    if sorts is not None and sorts.bound <= n and w.rng.random() < 0.5:
        index: Any = sorts
    else:
        index = positions(w, w.rng.choice([(), (3,), (n,), (2, 4)]), n)
    w.node("gather", x, index, bound=x.bound, error=x.error, axis=axis)


def scatter(w: _Writer) -> None:
    x = w.floats()
    if x is None:
        return
    axis = w.rng.randint(0, len(x.shape))
    taken = w.rng.randint(0, min(2, len(x.shape) - axis))
    n = w.rng.choice([1, 3, 8])
    shape = x.shape[axis : axis + taken]
    times = math.prod(shape)
    w.node("scatter_add", x, positions(w, shape, n), bound=times * x.bound, error=times * x.error, axis=axis, size=n)


def moves(w: _Writer, spatial: tuple[int, ...]) -> tuple[Any, dict[str, Any]]:
    """Size, stride and dilation of windows that fit."""
    size, stride, dilation = [], [], []
    for n in spatial:
        k = w.rng.randint(1, min(n, 5))
        size.append(k)
        stride.append(w.rng.randint(1, 3))
        dilation.append(w.rng.randint(1, max(1, (n - 1) // (k - 1))) if 1 < k < 4 else 1)
    return tuple(size), {"stride": tuple(stride), "dilation": tuple(dilation)}


def windows(w: _Writer) -> None:
    x = w.floats(least=1)
    if x is None:
        return
    rank = w.rng.randint(1, min(2, len(x.shape)))
    spatial = x.shape[len(x.shape) - rank :]
    size, rest = moves(w, spatial)
    y = w.node("windows", x, bound=x.bound, error=x.error, size=size, **rest)
    if y is not None and w.rng.random() < 0.5:
        times = math.prod(size)
        w.node("fold", y, bound=times * x.bound, error=times * x.error, spatial=spatial, **rest)


def pool(w: _Writer) -> None:
    """The maximum of each window, by its position."""
    x = w.floats(least=1, exact=True)
    if x is None:
        return
    rank = w.rng.randint(1, min(2, len(x.shape)))
    size, rest = moves(w, x.shape[len(x.shape) - rank :])
    if w.rng.random() < 0.5:
        rest = {"stride": size, "dilation": (1,) * rank}
    at = w.node("window_argmax", x, bound=math.prod(x.shape), error=0.0, size=size, **rest)
    if at is None:
        return
    flat = w.node("reshape", x, bound=x.bound, error=0.0, shape=(math.prod(x.shape),))
    if flat is None:
        return
    y = w.node("gather", flat, at, bound=x.bound, error=0.0, axis=0)
    if y is not None and w.rng.random() < 0.5:
        n = math.prod(y.shape)
        back = w.node("scatter_add", y, at, bound=n * y.bound, error=0.0, axis=0, size=math.prod(x.shape))
        if back is not None:
            w.node("reshape", back, bound=back.bound, error=back.error, shape=x.shape)


# -- products and chance -----------------------------------------------------------------------------------------------


def matmul(w: _Writer) -> None:
    x = w.floats(least=2)
    if x is None:
        return
    flip_a, flip_b = w.rng.random() < 0.4, w.rng.random() < 0.4
    k = x.shape[-2 if flip_a else -1]
    y = w.any(lambda o: len(o.shape) >= 2 and o.dtype.kind == "f" and o.shape[-1 if flip_b else -2] == k
              and _fits(o.shape[:-2], x.shape[:-2]))  # fmt: skip
    if y is None or w.rng.random() < 0.5:
        m = w.rng.choice([1, 2, 3, 5, 8, 16, 17, 40])
        lead = tuple(n if w.rng.random() < 0.7 else 1 for n in x.shape[:-2])[w.rng.randint(0, len(x.shape) - 2) :]
        y = w.input((*lead, *((m, k) if flip_b else (k, m))))
    bound, error = k * x.bound * y.bound, k * (x.bound * y.error + y.bound * x.error)
    w.node("matmul", x, y, bound=bound, error=error, flip_a=flip_a, flip_b=flip_b)


def convolution(w: _Writer) -> None:
    x = w.any(lambda k: 3 <= len(k.shape) <= 4 and 0 not in k.shape and k.dtype.kind == "f")
    if x is None:
        x = w.input(
            (w.rng.randint(1, 3), w.rng.randint(1, 4), *(w.rng.randint(2, 9) for _ in range(w.rng.randint(1, 2))))
        )
    spatial = x.shape[2:]
    size, attrs = moves(w, spatial)
    groups = w.rng.choice([g for g in (1, 1, 1, 2, 3) if x.shape[1] % g == 0])
    attrs |= {"padding": tuple(w.rng.randint(0, 2) for _ in spatial), "groups": groups}
    o, c = groups * w.rng.choice([1, 2, 3, 8, 17]), x.shape[1] // groups
    kernel = w.input((o, c, *size))
    terms = c * math.prod(size)
    bound, error = terms * x.bound * kernel.bound, terms * (x.bound * kernel.error + kernel.bound * x.error)
    y = w.node("conv", x, kernel, bound=bound, error=error, **attrs)
    if y is None:
        return
    if w.rng.random() < 0.6:
        terms = o * math.prod(size)
        bound, error = terms * y.bound * kernel.bound, terms * (y.bound * kernel.error + kernel.bound * y.error)
        w.node("conv_input", y, kernel, bound=bound, error=error, size=spatial, **attrs)
    if w.rng.random() < 0.6:
        terms = math.prod(y.shape) // o
        bound, error = terms * y.bound * x.bound, terms * (y.bound * x.error + x.bound * y.error)
        w.node("conv_weight", x, y, bound=bound, error=error, size=size, **attrs)


def chance(w: _Writer) -> None:
    rng = np.random.default_rng(w.rng.randint(0, 2**32 - 1))
    key = w.given(rng.integers(0, 2**32, 2, dtype=np.uint32))
    bits = result(OPS["random_bits"], (key,), {"shape": w.some_shape()})
    low = Known(result(OPS["less"], (bits, 1 << 31), {}), 1.0, 0.0)
    w.known += [low] if low.value.aval.size else []


def check(w: _Writer) -> None:
    c = w.any(lambda k: k.dtype.kind == "b" and k.value.aval.size > 0)
    if c is None or w.rng.random() < 0.5:
        return
    wrong = result(OPS["equal"], (c.value, w.rng.random() < 0.1), {})
    some = result(OPS["max"], (wrong,), {"axis": tuple(range(len(c.shape))), "keepdims": False})
    holds = result(OPS["equal"], (some, False), {}) if w.rng.random() < 0.5 else some
    w.checks.append(Check(holds, ValueError))


ACTS: list[Act] = [
    *[arithmetic] * 6, quotient, *[smooth] * 3, on_positive, jump, *[compare] * 2, *[choose] * 2, logic, cast, number,
    *[reduce] * 4, ordered, *[reshape] * 3, *[view] * 4, pad, concatenate, *[gather] * 2, scatter, windows, pool,
    *[matmul] * 3, *[convolution] * 2, chance, check,
]  # fmt: skip
"""What a writer may do next; what stands here twice is done twice as often."""
