"""Where the state of a traced function lives between two runs.

Here: the kinds of `Cell`: a Tensor's array, a gradient, an entry of a dict; each can be read and renewed.  `Reader`,
which reads all inputs of a program.
Elsewhere: the tracer finds them (_tracer.py); the compiled function reads and renews them around each run.
Imports: numpy, pellucid.ops, pellucid.tensor, pellucid.compiler.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from pellucid.compiler._program import Input
from pellucid.ops._primitive import Aval
from pellucid.tensor._tensor import Tensor


class Cell(ABC):
    """A place outside the program that holds one of its inputs, and perhaps takes its new value."""

    @abstractmethod
    def read(self) -> Any:
        """The array or number that is there now."""

    @abstractmethod
    def write(self, value: Any) -> None:
        """Put the new value there."""

    @abstractmethod
    def renewed(self) -> None:
        """Take note that the array that was read has been renewed in place."""


@final
class ArrayOf(Cell):
    """The array of a Tensor: a parameter, a buffer, anything captured.  It is renewed in place."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def read(self) -> Any:
        return self.tensor.data

    def write(self, value: Any) -> None:
        self.tensor.data[...] = value
        self.tensor.touch()

    def renewed(self) -> None:
        self.tensor.touch()


@final
class GradientOf(Cell):
    """The gradient of a Tensor, a new array each time."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def read(self) -> Any:
        return self.tensor.grad.data

    def write(self, value: Any) -> None:
        self.tensor.grad = Tensor.wrap(np.array(value))

    def renewed(self) -> None:
        self.tensor.grad.touch()


@final
class EntryOf(Cell):
    """An array or number in a dict: an optimizer's moments, its count of steps, a learning rate, betas[0]."""

    def __init__(self, mapping: dict[Any, Any], key: Any, place: int | None = None) -> None:
        self.mapping, self.key, self.place = mapping, key, place

    def read(self) -> Any:
        value = self.mapping[self.key]
        return value if self.place is None else value[self.place]

    def write(self, value: Any) -> None:
        old = self.mapping[self.key]
        if isinstance(old, np.ndarray):
            old[...] = value
        else:
            self.mapping[self.key] = type(old)(value)

    def renewed(self) -> None:
        """Nothing else refers to what the array held."""


def aval_of_cell(value: Any) -> Aval:
    """Shape and dtype of what a cell holds; a Python number is a number of 64 bits that widens nothing."""
    if isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
        return Aval((), np.dtype(np.float64), weak=True)
    return Aval(value.shape, value.dtype)


@final
class Reader:
    """A value for every input of a program, from what a call was given and from the cells.

    inputs: of the program.  cells: where those are that are no arguments.  arguments: by leaf of what is given; None
    for one that is no input.

    >>> w, x = Input(Aval((2,), np.dtype(np.float32)), "w"), Input(Aval((), np.dtype(np.float64)), "x")
    >>> here = Tensor([1.0, 2.0])
    >>> read = Reader([w, x], {w: ArrayOf(here)}, [x])
    >>> read([np.float64(3.0)])
    [array([1., 2.], dtype=float32), np.float64(3.0)]
    >>> here.data = np.ones(3, np.float32)
    >>> read([np.float64(3.0)]) is None
    True
    """

    def __init__(self, inputs: Sequence[Input], cells: Mapping[Input, Cell], arguments: Sequence[Input | None]) -> None:
        leaf = {x: i for i, x in enumerate(arguments) if x is not None}
        self._avals = [x.aval for x in inputs]
        self._arrays = [(i, c.tensor) for i, x in enumerate(inputs) if isinstance(c := cells.get(x), ArrayOf)]
        self._others = [(i, cells[x]) for i, x in enumerate(inputs) if x in cells and not isinstance(cells[x], ArrayOf)]
        self._given = [(i, leaf[x]) for i, x in enumerate(inputs) if x not in cells]
        self._seen: list[Any] = [None] * len(inputs)  # what cells held when it was last looked at, and found fitting

    def __call__(self, given: Sequence[Any]) -> list[Any] | None:
        """The values; None where a cell now holds something of another shape or dtype than the program is for."""
        seen = self._seen
        for i, tensor in self._arrays:
            if tensor.data is not seen[i]:
                if not _fits(tensor.data, self._avals[i]):
                    return None
                seen[i] = tensor.data
        for i, cell in self._others:
            try:
                value = cell.read()
            except (KeyError, IndexError, AttributeError):  # it is gone
                return None
            if value is not seen[i]:
                if not _fits(value, self._avals[i]):
                    return None
                seen[i] = value
        values = seen.copy()
        for i, leaf in self._given:
            x = given[leaf]
            values[i] = x.data if isinstance(x, Tensor) else x
        return values


def _fits(value: Any, aval: Aval) -> bool:
    """Whether a value is of this shape and dtype; a Python number where it may be one."""
    if aval.weak:
        return isinstance(value, (bool, int, float))
    return (
        isinstance(value, (np.ndarray, np.generic))
        and value.shape == aval.shape
        and (value.dtype == aval.dtype or value.dtype.newbyteorder("=") == aval.dtype)
    )
