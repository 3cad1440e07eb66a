"""Parameter: a tensor that a network learns.

Here: `Parameter`, and how the initial entries of a layer are drawn when nothing else is asked for.
Elsewhere: modules register parameters in _module.py; other initialisers are in pellucid.nn.init.
Imports: numpy, pellucid.ops, pellucid.tensor.
"""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np

from pellucid.ops._memory import empty_on_line
from pellucid.ops._primitive import Array
from pellucid.tensor._tensor import Tensor


@final
class Parameter(Tensor):
    """A Tensor that a module registers when it is assigned to an attribute, and an optimizer changes.

    data: anything a Tensor can hold; the entries are copied, so that learning changes no array of the caller's.
    requires_grad: False freezes it.

    >>> Parameter([1.0, 2.0])
    Parameter([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None, *, requires_grad: bool = True, name: str | None = None) -> None:
        super().__init__(data, dtype, name=name)
        given, self.data = self.data, empty_on_line(self.shape, self.dtype)
        self.data[...] = given
        self.requires_grad_(requires_grad)

    @classmethod
    def over(cls, array: Array) -> Self:
        """A parameter on this very array: its entries are not copied."""
        parameter = cls(())
        parameter.data = array
        return parameter.requires_grad_()

    @classmethod
    def blank(cls, shape: Sequence[int], dtype: Any = np.float32) -> Self:
        """A parameter whose entries are still to be filled in."""
        return cls.over(empty_on_line(tuple(shape), dtype))

    def fill(self, entries: Any) -> None:
        """Take over these entries (an array of this shape, or one number) in place."""
        self.data[...] = entries
        self.touch()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A parameter of its own with equal entries; gradient and hooks stay with the original."""
        twin = type(self)(self.data, requires_grad=self.requires_grad, name=self.name)
        memo[id(self)] = twin
        return twin


def fill_uniform(rng: np.random.Generator, weight: Parameter, bias: Parameter | None) -> None:
    """PyTorch's default for linear and convolutional layers: weight and bias from U(-b, b).

        b = 1 / sqrt(fan_in),    fan_in = entries of weight for one output

    For the weight this is Kaiming's uniform rule with a = sqrt(5).  A layer without inputs gets zeros.
    """
    fan_in = math.prod(weight.shape[1:])
    bound = 1.0 / math.sqrt(fan_in) if fan_in else 0.0
    for parameter in (weight, bias):
        if parameter is not None:
            parameter.fill(rng.uniform(-bound, bound, parameter.shape))
