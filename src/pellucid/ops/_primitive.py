"""What a primitive is: the smallest operation that has its own derivative.

Here: `Aval` (shape and dtype of a value nobody has computed yet), the abstract `Primitive`, and the type `Ops` of the
namespaces a derivative is written against.
Elsewhere: the primitives themselves are in the modules beside this one, the one table of them in _table.py.
Imports: numpy only.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Index = Any  # what NumPy accepts between brackets; its stubs cannot say "..., then slices"
T = Any
"""A value of whichever namespace is in use: plain array, Tensor, or traced value. All of them know + - * / ** @."""


@dataclass(frozen=True, slots=True)
class Aval:
    """Shape and dtype of a value; `weak` marks a Python number, which does not widen the dtype of its partners.

    >>> Aval((2, 3), np.dtype(np.float32)).size
    6
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    weak: bool = False

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


def aval_of(x: Any) -> Aval:
    """Shape and dtype of an array or a Python number.

    >>> aval_of(2.0)
    Aval(shape=(), dtype=dtype('float64'), weak=True)
    """
    if type(x) is float:
        return _NUMBER
    if isinstance(x, (bool, int, float)) and not isinstance(x, np.generic):
        return Aval((), np.asarray(x).dtype, weak=True)
    return Aval(np.shape(x), np.asarray(x).dtype if not hasattr(x, "dtype") else x.dtype)


_NUMBER = Aval((), np.dtype(np.float64), weak=True)


class Ops(Protocol):
    """A namespace with one function a row of the table of primitives, for one kind of value."""

    def __getattr__(self, name: str) -> Callable[..., T]: ...


class Primitive(ABC):
    """One operation: shape rule, definition and derivative side by side.

    A subclass says in its docstring the equation, the shapes and the derivative. `forward` is the definition, in NumPy.
    `vjp` is the derivative: given the cotangent dy of the result, it returns the cotangent of operand `i`, written with
    operators and the functions of `o`, so that one line serves plain arrays, Tensors and traced values. A cotangent may
    come back in the broadcast shape or in a wider dtype: the caller sums and casts it down to its operand.

    >>> from pellucid.ops import ARRAYS, OPS
    >>> sine, x = OPS["sin"], np.array(0.0)
    >>> sine.forward(x).item(), sine.vjp(ARRAYS, 0, 1.0, sine.forward(x), x).item()
    (0.0, 1.0)
    """

    name: str = ""  # its row in the table; set there
    differentiable: bool = True  # False: the result is constant almost everywhere, or not a real number

    def __init_subclass__(cls) -> None:
        if cls.run is Primitive.run and cls.forward is not Primitive.forward:  # no kernel: spare the call in between
            cls.run = cls.forward  # type: ignore[method-assign]

    @abstractmethod
    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        """Shape and dtype of the result; the one place that words a ShapeError or DtypeError."""

    @abstractmethod
    def forward(self, *x: Any, **attrs: Any) -> Array:
        """The definition."""

    def run(self, *x: Any, **attrs: Any) -> Array:
        """What eager mode calls: the definition, or a kernel that a test holds to it."""
        return self.forward(*x, **attrs)

    def vjp(self, o: Ops, i: int, dy: T, y: T, *x: T, **attrs: Any) -> T:
        """The cotangent of operand i, given the cotangent dy of y = forward(*x)."""
        raise NotImplementedError(f"{self.name} has no derivative")

    def rule(self) -> str:
        """The first paragraph of the docstring: the equation in words people can read."""
        return " ".join((type(self).__doc__ or "").strip().split("\n\n")[0].split())

    def __repr__(self) -> str:
        return self.name or type(self).__name__
