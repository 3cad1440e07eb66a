"""Where the state of a traced function lives between two runs.

Here: the kinds of `Cell`: a Tensor's array, a gradient, an entry of a dict; each can be read and renewed.
Elsewhere: the tracer finds them (_tracer.py); the compiled function reads and renews them around each run.
Imports: numpy, pellucid.ops, pellucid.tensor.
"""

from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np

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
