"""Samples of every primitive: what the generated tests of the table run on.

Here: CASES (samples inside the domain and away from kinks, as name/number), REFUSALS (samples with the message they
must meet), LINEAR (the operands a primitive is linear in) and TORCH (its counterpart in PyTorch), by primitive.
Elsewhere: the laws are in test_primitive.py; PyTorch's answers to these samples are compared in test_table.py and
stored by scripts/torch_fixtures.py.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DtypeError, ShapeError
from pellucid.ops import OPS, Primitive

Array = NDArray[Any]


STORED = "torch_primitives.npz"


@dataclass(frozen=True, eq=False)
class Case:
    """Operands (arrays in float64, or Python numbers) and attributes; `smooth` when differences can be formed."""

    operands: tuple[Any, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    smooth: bool = True
    primitive: str = ""  # set in CASES

    @property
    def op(self) -> Primitive:
        return OPS[self.primitive]

    def forward(self, *operands: Any) -> Array:
        """The definition on these operands; on the sample's own when none is given."""
        return np.asarray(self.op.forward(*(operands or self.operands), **self.attrs))

    def run(self, *operands: Any) -> Array:
        """What eager mode computes."""
        return np.asarray(self.op.run(*(operands or self.operands), **self.attrs))


@dataclass(frozen=True)
class Refusal:
    """Operands and attributes that do not fit, and what is said about them."""

    operands: tuple[Any, ...]
    attrs: dict[str, Any]
    error: type[Exception]
    says: str  # a regular expression
    eager: bool = True  # False: NumPy understands it, so eager mode does


class Draw:
    """Numbers that depend on the primitive's name alone, so that a new sample elsewhere changes none of them."""

    def __init__(self, name: str) -> None:
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))

    def numbers(self, *shape: int, low: float = -2.0, high: float = 2.0) -> Array:
        return np.asarray(self.rng.uniform(low, high, shape))

    def lattice(self, *shape: int, offset: float = 0.25) -> Array:
        """Halves, moved by the offset: never closer to 0, or to a lattice of another offset, than their distance."""
        return np.asarray(self.rng.integers(-4, 4, shape) * 0.5 + offset)

    def distinct(self, *shape: int) -> Array:
        """No two entries closer than 0.3, so that a small step changes no order."""
        n = int(np.prod(shape))
        return np.asarray((self.rng.permutation(n).reshape(shape) - n / 2) * 0.3)

    def counts(self, *shape: int, below: int) -> Array:
        return self.rng.integers(-below, below, shape)

    def truth(self, *shape: int) -> Array:
        return np.asarray(self.rng.integers(0, 2, shape), bool)


SINGLES: list[tuple[int, ...]] = [(3, 4), (), (1,), (0, 3), (2, 1, 3)]
PAIRS: list[tuple[Any, Any]] = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((2, 1, 3), (4, 1)),
    ((), (3,)),
    ((0, 3), (1, 3)),
    ((1, 1), (1,)),
    ((3, 2), None),
    (None, (3, 2)),
]
"""Shapes of two operands; None stands for a Python number."""


def singles(name: str, draw: str = "numbers", **limits: float) -> list[Case]:
    d = Draw(name)
    return [Case((getattr(d, draw)(*shape, **limits),)) for shape in SINGLES]


def pairs(name: str, draw: str = "numbers", second: dict[str, float] | None = None, **limits: float) -> list[Case]:
    d = Draw(name)
    first, other = partial(getattr(d, draw), **limits), partial(getattr(d, draw), **(second or limits))
    return [
        Case((float(first()) if a is None else first(*a), float(other()) if b is None else other(*b))) for a, b in PAIRS
    ]


def attributed(name: str, rows: list[tuple[tuple[int, ...], dict[str, Any]]], draw: str = "numbers") -> list[Case]:
    d = Draw(name)
    return [Case((getattr(d, draw)(*shape),), attrs) for shape, attrs in rows]


def reductions(name: str, draw: str = "numbers") -> list[Case]:
    rows: list[tuple[tuple[int, ...], dict[str, Any]]] = [
        ((3, 4), {"axis": (0, 1), "keepdims": False}),
        ((3, 4), {"axis": (0,), "keepdims": False}),
        ((3, 4), {"axis": (1,), "keepdims": True}),
        ((2, 3, 4), {"axis": (0, 2), "keepdims": False}),
        ((2, 3, 2, 2), {"axis": (0, 2, 3), "keepdims": False}),
        ((2, 1, 3), {"axis": (1,), "keepdims": False}),
        ((2, 3), {"axis": (), "keepdims": False}),
        ((), {"axis": (), "keepdims": False}),
        ((0, 3), {"axis": (1,), "keepdims": False}),
    ]
    return attributed(name, rows, draw)


def powers(name: str) -> list[Case]:
    d = Draw(name)
    any_sign = [Case((d.lattice(3, 2), b)) for b in (2, 3, -1, 0, 1, 2.0)]
    positive = [Case((d.numbers(3, low=0.5), b)) for b in (0.5, -1.5)]
    return [*pairs(name, low=0.5, high=2.0, second={"low": -2.0, "high": 2.0}), *any_sign, *positive]


def choices(name: str) -> list[Case]:
    d = Draw(name)
    return [
        Case((d.truth(3, 4), d.numbers(3, 4), d.numbers(3, 4))),
        Case((d.truth(3, 1), d.numbers(4), d.numbers(3, 4))),
        Case((d.truth(2, 3), d.numbers(2, 3), 0.0)),
        Case((d.truth(2, 3), -1.5, d.numbers(1, 3))),
        Case((d.truth(), d.numbers(2), d.numbers(2, 1))),
        Case((d.truth(0, 3), d.numbers(1, 3), d.numbers(0, 1))),
    ]


def casts(name: str) -> list[Case]:
    d = Draw(name)
    same = [Case((d.numbers(*shape),), {"dtype": np.dtype(np.float64)}) for shape in SINGLES]
    other = [Case((d.lattice(2, 3),), {"dtype": np.dtype(t)}, smooth=False) for t in (np.float32, np.int64, bool)]
    return [*same, *other, Case((d.counts(4, below=9),), {"dtype": np.dtype(np.float32)}, smooth=False)]


def joined(name: str) -> list[Case]:
    d = Draw(name)
    rows: list[tuple[list[tuple[int, ...]], int]] = [
        ([(2, 3), (1, 3)], 0),
        ([(2, 1), (2, 3), (2, 2)], 1),
        ([(3,)], 0),
        ([(0, 2), (3, 2)], 0),
        ([(2, 1, 2), (2, 3, 2)], 1),
    ]
    return [Case(tuple(d.numbers(*s) for s in shapes), {"axis": axis}) for shapes, axis in rows]


def gathers(name: str) -> list[Case]:
    d = Draw(name)
    return [
        Case((d.numbers(5, 3), d.counts(4, below=5)), {"axis": 0}),
        Case((d.numbers(2, 4), d.counts(3, 2, below=4)), {"axis": 1}),
        Case((d.numbers(2, 4, 3), d.counts(6, below=4)), {"axis": 1}),
        Case((d.numbers(6), np.array([[5, 0], [2, 3]])), {"axis": 0, "unique": True}),
        Case((d.numbers(3, 2), np.array(-1)), {"axis": 0}),
        Case((d.numbers(3, 2), np.zeros((0, 2), np.int64)), {"axis": 0}),
        Case((d.numbers(0, 2), np.zeros(0, np.int64)), {"axis": 0}),
        Case((d.numbers(1, 2), np.zeros(3, np.int64)), {"axis": 0}),
    ]


def scatters(name: str) -> list[Case]:
    d = Draw(name)
    return [
        Case((d.numbers(4, 3), d.counts(4, below=5)), {"axis": 0, "size": 5}),
        Case((d.numbers(2, 3, 2), d.counts(3, 2, below=4)), {"axis": 1, "size": 4}),
        Case((d.numbers(3, 2, 3), d.counts(3, 2, below=2)), {"axis": 0, "size": 2}),
        Case((d.numbers(7), d.counts(7, below=3)), {"axis": 0, "size": 3}),
        Case((d.numbers(2, 2), np.array([[5, 0], [2, 3]])), {"axis": 0, "size": 6, "unique": True}),
        Case((d.numbers(2), np.array(-1)), {"axis": 0, "size": 3}),
        Case((d.numbers(0, 2), np.zeros(0, np.int64)), {"axis": 0, "size": 3}),
        Case((d.numbers(3, 1), np.zeros(3, np.int64)), {"axis": 0, "size": 1}),
    ]


def products(name: str) -> list[Case]:
    d = Draw(name)
    plain, left = {"flip_a": False, "flip_b": False}, {"flip_a": True, "flip_b": False}
    right, both = {"flip_a": False, "flip_b": True}, {"flip_a": True, "flip_b": True}
    return [
        Case((d.numbers(3, 4), d.numbers(4, 2)), plain),
        Case((d.numbers(4, 3), d.numbers(4, 2)), left),
        Case((d.numbers(3, 4), d.numbers(2, 4)), right),
        Case((d.numbers(4, 3), d.numbers(2, 4)), both),
        Case((d.numbers(2, 1, 3, 4), d.numbers(5, 4, 2)), plain),
        Case((d.numbers(2, 4, 3), d.numbers(2, 4)), both),
        Case((d.numbers(1, 1), d.numbers(1, 1)), plain),
        Case((d.numbers(0, 4), d.numbers(4, 2)), plain),
        Case((d.numbers(3, 0), d.numbers(0, 2)), plain),
        Case((d.numbers(0, 3, 4), d.numbers(1, 2, 4)), right),
    ]


def moves(stride: Any, padding: Any, dilation: Any, groups: int = 1) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    # x (N, C, S..), w (O, C / groups, K..)
    ((2, 3, 7), (4, 3, 3), moves((1,), (1,), (1,))),
    ((2, 2, 8), (2, 2, 2), moves((3,), (0,), (2,))),
    ((2, 3, 5, 6), (4, 3, 3, 3), moves((1, 1), (1, 1), (1, 1))),
    ((2, 2, 6, 7), (3, 2, 3, 2), moves((2, 1), (1, 0), (1, 2))),
    ((2, 4, 5, 5), (6, 2, 2, 3), moves((1, 2), (0, 2), (2, 1), groups=2)),
    ((1, 3, 4, 4), (3, 1, 3, 3), moves((1, 1), (1, 1), (1, 1), groups=3)),
    ((2, 1, 1, 1), (2, 1, 1, 1), moves((1, 1), (0, 0), (1, 1))),
    ((0, 2, 4, 4), (3, 2, 3, 3), moves((1, 1), (1, 1), (1, 1))),
    ((1, 2, 3, 4, 5), (2, 2, 2, 2, 3), moves((1, 2, 1), (0, 1, 1), (1, 1, 2))),
]


def output_lengths(x: tuple[int, ...], w: tuple[int, ...], m: dict[str, Any]) -> tuple[int, ...]:
    rows = zip(x[2:], w[2:], m["stride"], m["padding"], m["dilation"], strict=True)
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in rows)


def convolutions(name: str) -> list[Case]:
    d = Draw(name)
    cases = []
    for x, w, m in CONVOLUTIONS:
        y = (x[0], w[0], *output_lengths(x, w, m))
        if name == "conv":
            cases.append(Case((d.numbers(*x), d.numbers(*w)), m))
        elif name == "conv_input":
            cases.append(Case((d.numbers(*y), d.numbers(*w)), {"size": x[2:], **m}))
        else:
            cases.append(Case((d.numbers(*x), d.numbers(*y)), {"size": w[2:], **m}))
    return cases


WINDOWS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 7), {"size": (3,), "stride": (2,), "dilation": (1,)}),
    ((2, 3, 6, 6), {"size": (2, 2), "stride": (2, 2), "dilation": (1, 1)}),
    ((2, 2, 5, 7), {"size": (3, 2), "stride": (1, 2), "dilation": (1, 3)}),
    ((4, 5), {"size": (2, 3), "stride": (3, 1), "dilation": (2, 1)}),
    ((1, 1), {"size": (1, 1), "stride": (1, 1), "dilation": (1, 1)}),
    ((0, 4), {"size": (2,), "stride": (1,), "dilation": (1,)}),
    ((1, 3, 4, 5), {"size": (2, 2, 2), "stride": (1, 2, 3), "dilation": (1, 1, 1)}),
]


def folds(name: str) -> list[Case]:
    d = Draw(name)
    cases = []
    for x, a in WINDOWS:
        split = len(x) - len(a["size"])
        attrs = {"spatial": x[split:], "stride": a["stride"], "dilation": a["dilation"]}
        rows = zip(x[split:], a["size"], a["stride"], a["dilation"], strict=True)
        counts = [(n - t * (k - 1) - 1) // s + 1 for n, k, s, t in rows]
        cases.append(Case((d.numbers(*x[:split], *counts, *a["size"]),), attrs))
    return cases


def window_argmaxes(name: str) -> list[Case]:
    cases = attributed(name, WINDOWS, "distinct")
    x = Draw(name).lattice(3, 2, 8, 8)  # many equal entries, and some that are no numbers
    x[1, :, ::3, ::3] = np.nan
    rows = (((2, 2), (2, 2), (1, 1)), ((3, 3), (2, 1), (1, 2)))
    return [*cases, *(Case((x,), {"size": k, "stride": s, "dilation": t}, smooth=False) for k, s, t in rows)]


_SAMPLES: dict[str, list[Case]] = {
    "add": pairs("add"),
    "subtract": pairs("subtract"),
    "multiply": pairs("multiply"),
    "divide": pairs("divide", second={"low": 0.5, "high": 2.0}),
    "power": powers("power"),
    "maximum": pairs("maximum", "lattice", second={"offset": 0.0}),
    "negative": singles("negative"),
    "absolute": singles("absolute", "lattice"),
    "sign": singles("sign", "lattice"),
    "floor": singles("floor", "lattice"),
    "exp": singles("exp"),
    "expm1": singles("expm1"),
    "log": singles("log", low=0.2),
    "log1p": singles("log1p", low=-0.7),
    "sqrt": singles("sqrt", low=0.2),
    "sin": singles("sin"),
    "cos": singles("cos"),
    "tanh": singles("tanh"),
    "erf": singles("erf"),
    "sigmoid": singles("sigmoid", low=-6.0, high=6.0),
    "softplus": singles("softplus", low=-6.0, high=6.0),
    "relu": singles("relu", "lattice"),
    "equal": pairs("equal", "lattice"),
    "less": pairs("less", "lattice"),
    "less_equal": pairs("less_equal", "lattice"),
    "where": choices("where"),
    "cast": casts("cast"),
    "sum": reductions("sum"),
    "max": reductions("max", "distinct"),
    "argmax": attributed("argmax", [((3, 4), {"axis": 0}), ((2, 3, 2), {"axis": 1}), ((1,), {"axis": 0})], "lattice"),
    "argsort": attributed("argsort", [((3, 4), {"axis": 0}), ((2, 9), {"axis": 1}), ((0,), {"axis": 0})], "lattice"),
    "cumsum": attributed("cumsum", [((3, 4), {"axis": 0}), ((2, 3, 2), {"axis": 1}), ((0, 2), {"axis": 0})]),
    "reshape": attributed(
        "reshape",
        [
            ((3, 4), {"shape": (2, 6)}),
            ((3, 4), {"shape": (-1,)}),
            ((2, 3, 2), {"shape": (4, -1)}),
            ((), {"shape": (1, 1)}),
            ((1,), {"shape": ()}),
            ((0, 3), {"shape": (3, 0, 2)}),
        ],
    ),
    "transpose": attributed(
        "transpose",
        [
            ((3, 4), {"axes": (1, 0)}),
            ((2, 3, 4), {"axes": (1, 2, 0)}),
            ((), {"axes": ()}),
            ((0, 3, 1), {"axes": (2, 1, 0)}),
        ],
    ),
    "broadcast_to": attributed(
        "broadcast_to",
        [
            ((4,), {"shape": (3, 4)}),
            ((3, 1), {"shape": (2, 3, 5)}),
            ((), {"shape": (2, 2)}),
            ((1, 3), {"shape": (0, 3)}),
            ((2, 3), {"shape": (2, 3)}),
        ],
    )
    + [Case((np.array([3.0]),), {"shape": (200, 200)}, smooth=False)],  # large: a view, where small ones are copies
    "slice": attributed(
        "slice",
        [
            ((5, 6), {"start": (1, 0), "stop": (4, 6), "step": (1, 2)}),
            ((7,), {"start": (2,), "stop": (7,), "step": (3,)}),
            ((4, 3), {"start": (2, 0), "stop": (2, 3), "step": (1, 1)}),
            ((1, 1), {"start": (0, 0), "stop": (1, 1), "step": (5, 1)}),
            ((0, 2), {"start": (0, 1), "stop": (0, 2), "step": (1, 1)}),
            ((), {"start": (), "stop": (), "step": ()}),
        ],
    ),
    "pad": attributed(
        "pad",
        [
            ((2, 3), {"before": (1, 0), "after": (0, 2), "between": (0, 0), "value": 0.0}),
            ((4,), {"before": (2,), "after": (1,), "between": (2,), "value": 1.5}),
            ((1, 1), {"before": (0, 1), "after": (1, 0), "between": (3, 3), "value": 0.0}),
            ((0, 2), {"before": (1, 1), "after": (2, 0), "between": (1, 1), "value": -1.0}),
            ((), {"before": (), "after": (), "between": (), "value": 0.0}),
        ],
    ),
    "flip": attributed(
        "flip", [((3, 4), {"axis": (0,)}), ((2, 3), {"axis": (0, 1)}), ((2, 3), {"axis": ()}), ((0, 2), {"axis": (0,)})]
    ),
    "concatenate": joined("concatenate"),
    "gather": gathers("gather"),
    "scatter_add": scatters("scatter_add"),
    "matmul": products("matmul"),
    "conv": convolutions("conv"),
    "conv_input": convolutions("conv_input"),
    "conv_weight": convolutions("conv_weight"),
    "windows": attributed("windows", WINDOWS),
    "fold": folds("fold"),
    "window_argmax": window_argmaxes("window_argmax"),
    "random_bits": [
        Case((np.array([7, 1], np.uint32),), {"shape": shape}) for shape in [(5,), (2, 3), (), (0,), (1, 40_001)]
    ],
}

CASES = {
    f"{name}/{k}": replace(case, primitive=name) for name, cases in _SAMPLES.items() for k, case in enumerate(cases)
}


def zeros(*shape: int) -> Array:
    return np.zeros(shape)


def whole(*shape: int) -> Array:
    return np.zeros(shape, np.int64)


NOT_BROADCAST = r"shapes \(3, 4\) and \(3,\) do not broadcast: on axis -1 .* lengths are 3 and 4; .* x\[:, None\]"
NOT_FLOATING = r"needs floating-point numbers, got int64; cast first: x\.astype\('float32'\)"
NO_AXIS = r"axis 2 does not exist; the value has 2 axes, -2 to 1"
NOT_WHOLE = r"index must hold whole numbers, got float64; .* index\.astype\('int64'\)"
_UNMOVED = moves((1, 1), (0, 0), (1, 1))

REFUSALS: dict[str, list[Refusal]] = {
    **{
        name: [Refusal((zeros(3, 4), zeros(3)), {}, ShapeError, NOT_BROADCAST)]
        for name in ("add", "multiply", "divide", "power", "maximum", "equal", "less", "less_equal")
    },
    "subtract": [
        Refusal((zeros(3, 4), zeros(3)), {}, ShapeError, NOT_BROADCAST),
        Refusal((zeros(3) > 0, zeros(3) > 0), {}, DtypeError, r"truth values; cast first: x\.astype"),
    ],
    **{
        name: [Refusal((zeros(3) > 0,), {}, DtypeError, r"truth values; cast first: x\.astype")]
        for name in ("negative", "sign")
    },
    **{
        name: [Refusal((whole(3),), {}, DtypeError, NOT_FLOATING)]
        for name in ("floor exp expm1 log log1p sqrt sin cos tanh erf sigmoid softplus relu".split())
    },
    "where": [
        Refusal((zeros(3, 4) > 0, zeros(3), 0.0), {}, ShapeError, r"shapes \(3, 4\) and \(3,\) and \(\) do not broad")
    ],
    "absolute": [],  # everything a Tensor can hold has one
    "cast": [],  # and every dtype
    "sum": [Refusal((zeros(2, 3),), {"axis": (2,), "keepdims": False}, ShapeError, NO_AXIS)],
    "max": [
        Refusal((zeros(2, 3),), {"axis": (2,), "keepdims": False}, ShapeError, NO_AXIS),
        Refusal((zeros(2, 0),), {"axis": (1,), "keepdims": False}, ShapeError, r"\(2, 0\) has no entry along axis 1"),
    ],
    "argmax": [
        Refusal((zeros(2, 3),), {"axis": 2}, ShapeError, NO_AXIS),
        Refusal((zeros(2, 0),), {"axis": 1}, ShapeError, r"\(2, 0\) has no entry along axis 1"),
    ],
    "argsort": [Refusal((zeros(2, 3),), {"axis": 2}, ShapeError, NO_AXIS)],
    "cumsum": [Refusal((zeros(2, 3),), {"axis": 2}, ShapeError, NO_AXIS)],
    "reshape": [
        Refusal((zeros(2, 3),), {"shape": (4, 2)}, ShapeError, r"x \(2, 3\) has 6 entries, .* shape \(4, 2\)"),
        Refusal((zeros(2, 3),), {"shape": (-1, 4)}, ShapeError, r"\(2, 3\) has 6 entries, .* shape \(-1, 4\)"),
        Refusal((zeros(2, 3),), {"shape": (-2, -3)}, ShapeError, r"\(2, 3\) has 6 entries, .* shape \(-2, -3\)"),
        Refusal((zeros(0, 3),), {"shape": (0, -1)}, ShapeError, r"\(0, 3\) has 0 entries, .* shape \(0, -1\)"),
    ],
    "transpose": [Refusal((zeros(2, 3),), {"axes": (0, 0)}, ShapeError, r"\(0, 0\) are not an order of the 2 axes")],
    "broadcast_to": [Refusal((zeros(2),), {"shape": (3,)}, ShapeError, r"x \(2,\) does not stretch to \(3,\)")],
    "slice": [
        Refusal(
            (zeros(2, 3),),
            {"start": (0,), "stop": (1,), "step": (1,)},
            ShapeError,
            r"1 bounds .* x \(2, 3\)",
            eager=False,
        )
    ],
    "pad": [
        Refusal((zeros(2),), {"before": (-1,), "after": (0,), "between": (0,), "value": 0.0}, ShapeError, r"\(2,\)")
    ],
    "flip": [Refusal((zeros(2, 3),), {"axis": (2,)}, ShapeError, NO_AXIS)],
    "concatenate": [
        Refusal((zeros(2, 3), zeros(2, 4)), {"axis": 0}, ShapeError, r"\(2, 3\).*\(2, 4\).* differ on an axis other")
    ],
    "gather": [
        Refusal((zeros(3), zeros(2)), {"axis": 0}, DtypeError, NOT_WHOLE),
        Refusal((zeros(2, 3), whole(2)), {"axis": 2}, ShapeError, NO_AXIS),
    ],
    "scatter_add": [
        Refusal((zeros(3), zeros(3)), {"axis": 0, "size": 4}, DtypeError, NOT_WHOLE),
        Refusal((zeros(3), whole(2)), {"axis": 0, "size": 4}, ShapeError, r"x \(3,\) .* index \(2,\)"),
    ],
    "matmul": [
        Refusal(
            (zeros(2, 3), zeros(5, 3)),
            {"flip_a": False, "flip_b": False},
            ShapeError,
            r"a \(2, 3\) has 3 columns, b \(5, 3\) has 5 rows; they must be equal\. Did you mean b\.mT\?",
        ),
        Refusal(
            (zeros(2, 3), zeros(3, 5)),
            {"flip_a": False, "flip_b": True},
            ShapeError,
            r"a \(2, 3\) has 3 columns, b\.mT \(5, 3\) has 5 rows; they must be equal\. Did you mean b\?",
        ),
        Refusal((zeros(3), zeros(3, 2)), {"flip_a": False, "flip_b": False}, ShapeError, r"a \(3,\) .* x\[None\]"),
    ],
    "conv": [
        Refusal((zeros(1, 2, 4, 4), zeros(3, 1, 2, 2)), _UNMOVED, ShapeError, r"2 channels; a kernel \(3, 1, 2, 2\)"),
        Refusal((zeros(2, 4, 4), zeros(3, 2, 2, 2)), _UNMOVED, ShapeError, r"got 3 axes\. x\[None\] adds"),
        Refusal((zeros(1, 1, 2, 2), zeros(1, 1, 3, 3)), _UNMOVED, ShapeError, r"reaches over \(3, 3\), .* \(2, 2\)"),
    ],
    "conv_input": [
        Refusal(
            (zeros(1, 3, 4, 4), zeros(3, 1, 2, 2)),
            {"size": (4, 4), **_UNMOVED},
            ShapeError,
            r"\(1, 3, 4, 4\) does not come from .* \(3, 1, 2, 2\) over \(4, 4\); expected \(N, 3, 3, 3\)",
        )
    ],
    "conv_weight": [
        Refusal(
            (zeros(1, 1, 4, 4), zeros(1, 3, 4, 4)),
            {"size": (2, 2), **_UNMOVED},
            ShapeError,
            r"x \(1, 1, 4, 4\) under a kernel of \(2, 2\) gives \(3, 3\), not \(4, 4\)",
        )
    ],
    "windows": [
        Refusal(
            (zeros(3),), {"size": (2, 2), "stride": (1, 1), "dilation": (1, 1)}, ShapeError, r"\(3,\) has fewer axes"
        ),
        Refusal((zeros(3),), {"size": (2,), "stride": (0,), "dilation": (1,)}, ShapeError, r"must all be >= 1"),
    ],
    "fold": [
        Refusal(
            (zeros(2, 2),), {"spatial": (4,), "stride": (1,), "dilation": (1,)}, ShapeError, r"holds \(2,\) windows"
        )
    ],
    "window_argmax": [
        Refusal((zeros(3),), {"size": (4,), "stride": (1,), "dilation": (1,)}, ShapeError, r"reaches over \(4,\)")
    ],
    "random_bits": [Refusal((zeros(2),), {"shape": (3,)}, ShapeError, r"a key is \(2,\) uint32, got \(2,\) float64")],
}

LINEAR: dict[str, tuple[int, ...]] = {
    "multiply": (0, 1),
    "divide": (0,),
    "negative": (0,),
    "where": (1, 2),
    "cast": (0,),
    "sum": (0,),
    "cumsum": (0,),
    "reshape": (0,),
    "transpose": (0,),
    "broadcast_to": (0,),
    "slice": (0,),
    "flip": (0,),
    "gather": (0,),
    "scatter_add": (0,),
    "matmul": (0, 1),
    "conv": (0, 1),
    "conv_input": (0, 1),
    "conv_weight": (0, 1),
    "windows": (0,),
    "fold": (0,),
}
"""Name -> operands in which the primitive is linear while the others stay (an affine one is not listed)."""


def _windows(torch: Any, x: Any, size: Any, stride: Any, dilation: Any) -> Any:
    split = x.ndim - len(size)
    for a, (k, s, d) in enumerate(zip(size, stride, dilation, strict=True)):
        x = x.unfold(split + a, d * (k - 1) + 1, s)[..., ::d]
    return x


def _fold(torch: Any, x: Any, spatial: Any, stride: Any, dilation: Any) -> Any:
    rank = len(spatial)
    start = torch.zeros(*x.shape[: -2 * rank], *spatial, dtype=x.dtype, requires_grad=True)
    seen = _windows(torch, start, x.shape[-rank:], stride, dilation)
    return torch.autograd.grad(seen, start, x, create_graph=True)[0]


def _conv(torch: Any, x: Any, w: Any, **m: Any) -> Any:
    return getattr(torch.nn.functional, f"conv{x.ndim - 2}d")(x, w, None, **m)


def _conv_input(torch: Any, dy: Any, w: Any, size: Any, **m: Any) -> Any:
    x = torch.zeros(dy.shape[0], w.shape[1] * m["groups"], *size, dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad(_conv(torch, x, w, **m), x, dy, create_graph=True)[0]


def _conv_weight(torch: Any, x: Any, dy: Any, size: Any, **m: Any) -> Any:
    w = torch.zeros(dy.shape[1], x.shape[1] // m["groups"], *size, dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad(_conv(torch, x, w, **m), w, dy, create_graph=True)[0]


def _pad(torch: Any, x: Any, before: Any, after: Any, between: Any, value: float) -> Any:
    ends = [b + (n + (n - 1) * m if n else 0) for n, b, m in zip(x.shape, before, between, strict=True)]
    y = torch.full([e + a for e, a in zip(ends, after, strict=True)], value, dtype=x.dtype)
    place = tuple(slice(b, e, m + 1) for b, e, m in zip(before, ends, between, strict=True))
    y[place] = x
    return y


def _gather(torch: Any, x: Any, index: Any, axis: int, unique: bool = False) -> Any:
    flat = torch.where(index < 0, index + x.shape[axis], index).reshape(-1)
    return x.index_select(axis, flat).reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def _scatter_add(torch: Any, x: Any, index: Any, axis: int, size: int, unique: bool = False) -> Any:
    flat = torch.where(index < 0, index + size, index).reshape(-1)
    lead, rest = x.shape[:axis], x.shape[axis + index.ndim :]
    return torch.zeros(*lead, size, *rest, dtype=x.dtype).index_add(axis, flat, x.reshape(*lead, len(flat), *rest))


def _matmul(torch: Any, a: Any, b: Any, flip_a: bool, flip_b: bool) -> Any:
    return torch.matmul(a.mT if flip_a else a, b.mT if flip_b else b)


def _slice(torch: Any, x: Any, start: Any, stop: Any, step: Any) -> Any:
    return x[tuple(map(slice, start, stop, step))]


def _cast(torch: Any, x: Any, dtype: Any) -> Any:
    return x.to(torch.from_numpy(np.zeros(0, dtype)).dtype)


def _sum(torch: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return x.sum(axis, keepdim=keepdims) if axis else x * 1  # PyTorch reads () as all axes


def _max(torch: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return x.amax(axis, keepdim=keepdims) if axis else x * 1


def _elementwise(name: str) -> Callable[..., Any]:
    def counterpart(torch: Any, *x: Any) -> Any:
        return getattr(torch, name)(*(v if hasattr(v, "dtype") else torch.tensor(v, dtype=torch.float64) for v in x))

    return counterpart


TORCH: dict[str, Callable[..., Any]] = {
    **{
        name: _elementwise({"equal": "eq", "less": "less", "less_equal": "less_equal"}.get(name, name))
        for name in (
            "add subtract multiply divide maximum negative absolute sign floor exp expm1 log log1p sqrt sin cos tanh "
            "erf sigmoid relu equal less less_equal"
        ).split()
    },
    "power": lambda torch, a, b: torch.pow(a, b),
    "softplus": lambda torch, x: torch.nn.functional.softplus(x),
    "where": lambda torch, c, a, b: torch.where(c, a, b),
    "cast": _cast,
    "sum": _sum,
    "max": _max,
    "argmax": lambda torch, x, axis: x.argmax(axis),
    "argsort": lambda torch, x, axis: x.argsort(dim=axis, stable=True),
    "cumsum": lambda torch, x, axis: x.cumsum(axis),
    "reshape": lambda torch, x, shape: x.reshape(shape),
    "transpose": lambda torch, x, axes: x.permute(axes),
    "broadcast_to": lambda torch, x, shape: x.expand(shape),
    "slice": _slice,
    "pad": _pad,
    "flip": lambda torch, x, axis: x.flip(axis),
    "concatenate": lambda torch, *x, axis: torch.concatenate(x, axis),
    "gather": _gather,
    "scatter_add": _scatter_add,
    "matmul": _matmul,
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_weight": _conv_weight,
    "windows": _windows,
    "fold": _fold,
}


def varied(x: Any) -> bool:
    """Whether an operand is one that derivatives are taken with respect to."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def cotangent(value: Array) -> Array:
    """A fixed cotangent for a result: no two neighbours equal, none zero."""
    return (np.cos(np.arange(value.size) * 1.7) * 0.7 + 1.0).reshape(value.shape).astype(value.dtype)


def answer(case: Case) -> Array:
    """PyTorch's value, and its gradient for each varied operand, end to end in float64; nothing without counterpart.

    PyTorch has none of window_argmax (its positions count within a plane) and of random_bits (its cipher is another).
    """
    import torch

    if case.primitive not in TORCH:
        return np.zeros(0)
    x = [torch.tensor(v, requires_grad=varied(v)) if isinstance(v, np.ndarray) else v for v in case.operands]
    y = TORCH[case.primitive](torch, *x, **case.attrs)
    parts = [y.detach().numpy()]
    if y.requires_grad and case.op.differentiable:
        marked = [t for t, v in zip(x, case.operands, strict=True) if varied(v)]
        dy = torch.from_numpy(cotangent(parts[0]))
        parts += [g.numpy() for g in torch.autograd.grad(y, marked, dy, materialize_grads=True)]
    return np.concatenate([part.reshape(-1).astype(np.float64) for part in parts])
