"""Symbols on which a chain of rules can be run to see what it computes.

Here: `Lane`, a value not computed yet; `Recorder`, which notes what is done with lanes; `Call`, one such deed.
Elsewhere: the rules are in _rules.py; what was noted becomes calls of NumPy in _tape.py.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pellucid.errors import GraphError
from pellucid.ops._table import OPS

_ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
}
"""What operators do to Python numbers; any other primitive is run on them and gives a float."""


@final
class Lane:
    """A value not computed yet: an array (`wide`) or a number.  It knows operators, and has no truth value."""

    __slots__ = ("_recorder", "wide")

    def __init__(self, recorder: "Recorder", wide: bool) -> None:
        self._recorder, self.wide = recorder, wide

    def __add__(self, x: Any) -> "Lane":
        return self._recorder.note("add", self, x)

    def __radd__(self, x: Any) -> "Lane":
        return self._recorder.note("add", x, self)

    def __sub__(self, x: Any) -> "Lane":
        return self._recorder.note("subtract", self, x)

    def __rsub__(self, x: Any) -> "Lane":
        return self._recorder.note("subtract", x, self)

    def __mul__(self, x: Any) -> "Lane":
        return self._recorder.note("multiply", self, x)

    def __rmul__(self, x: Any) -> "Lane":
        return self._recorder.note("multiply", x, self)

    def __truediv__(self, x: Any) -> "Lane":
        return self._recorder.note("divide", self, x)

    def __rtruediv__(self, x: Any) -> "Lane":
        return self._recorder.note("divide", x, self)

    def __pow__(self, x: Any) -> "Lane":
        return self._recorder.note("power", self, x)

    def __rpow__(self, x: Any) -> "Lane":
        return self._recorder.note("power", x, self)

    def __neg__(self) -> "Lane":
        return self._recorder.note("negative", self)

    def __lt__(self, x: Any) -> "Lane":
        return self._recorder.note("less", self, x)

    def __gt__(self, x: Any) -> "Lane":
        return self._recorder.note("less", x, self)

    def __le__(self, x: Any) -> "Lane":
        return self._recorder.note("less_equal", self, x)

    def __ge__(self, x: Any) -> "Lane":
        return self._recorder.note("less_equal", x, self)

    def __bool__(self) -> bool:
        raise GraphError(
            "optimizer rule: it branches on a value that is not computed yet. Choose by o.where or by arithmetic; what "
            "depends on an option being on or off is decided in the optimizer's rules()."
        )


@final
@dataclass(frozen=True, slots=True)
class Call:
    """One primitive, what it was applied to, and the lane that is to hold the result."""

    name: str
    operands: tuple[Lane, ...]
    attrs: dict[str, Any]
    out: Lane

    def on_numbers(self) -> Callable[..., Any]:
        """A function of the operands."""
        return _ON_NUMBERS.get(self.name) or (lambda *x: float(OPS[self.name].run(*x, **self.attrs)))

    def on_arrays(self) -> Callable[..., Any]:
        """A function of the operands and of `out`, the array to write into."""
        ufunc = getattr(np, self.name, None)
        if isinstance(ufunc, np.ufunc) and ufunc.signature is None:
            return ufunc
        return lambda *x, out: np.copyto(out, OPS[self.name].run(*x, **self.attrs), casting="same_kind")


@final
class Recorder:
    """Notes the calls that rules make, in order, apart for numbers and arrays; it is the `o` that rules are given."""

    def __init__(self) -> None:
        self.on_numbers: list[Call] = []
        self.on_arrays: list[Call] = []
        self.constants: dict[Lane, Any] = {}

    def note(self, name: str, *operands: Any, **attrs: Any) -> Lane:
        """The lane that will hold the result of this primitive."""
        lanes = tuple(map(self.lane, operands))
        call = Call(name, lanes, attrs, Lane(self, wide=any(x.wide for x in lanes)))
        (self.on_arrays if call.out.wide else self.on_numbers).append(call)
        return call.out

    def copy(self, x: Lane) -> Lane:
        """A wide lane of its own with the entries of x, which may be one number for all of them."""
        self.on_arrays.append(Call("positive", (x,), {}, Lane(self, wide=True)))
        return self.on_arrays[-1].out

    def lane(self, x: Any) -> Lane:
        """x itself when it is a lane, else the lane of this constant."""
        if isinstance(x, Lane):
            return x
        lane = Lane(self, wide=False)
        self.constants[lane] = x
        return lane

    def __getattr__(self, name: str) -> Callable[..., Lane]:
        if name not in OPS:
            raise AttributeError(f"there is no operation {name!r}; those there are stand in pellucid.ops.OPS")
        return lambda *operands, **attrs: self.note(name, *operands, **attrs)


@final
class LaneOptions(Mapping[str, Any]):
    """The hyperparameters of a group with a lane for each number in them; `asked` holds those that were read.

    A key of `asked` is the name of an option and, for one such as betas, the place within it.
    """

    def __init__(self, options: Mapping[str, Any], recorder: Recorder) -> None:
        self._options, self._recorder = options, recorder
        self.asked: dict[tuple[str, int | None], Lane] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._options[name]
        if isinstance(value, (tuple, list)):
            return tuple(self._lane(name, i) for i in range(len(value)))
        return value if value is None or isinstance(value, (bool, str)) else self._lane(name, None)

    def _lane(self, name: str, i: int | None) -> Lane:
        return self.asked.setdefault((name, i), Lane(self._recorder, wide=False))

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)
