"""Dropout, with a mask that is a pure function of a key.

Here: Dropout, and the function `dropout`.  Elsewhere: the random bits are a primitive (pellucid.ops).
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.persistence, pellucid.random, pellucid.tensor.
"""

from typing import Any, final

import numpy as np

from pellucid.errors import ParameterError
from pellucid.nn._module import Module
from pellucid.nn._state import assign
from pellucid.ops._table import OPS
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_BITS, _LESS = OPS["random_bits"], OPS["less"]
_NEXT = np.array([0, 1], dtype=np.uint32)


def dropout(x: Any, p: float, key: Tensor) -> Tensor:
    """Each entry is 0 with chance p, else divided by 1 - p, so that the mean stays.

        y = x * (bits < (1 - p) 2^32) / (1 - p)

    key (2,) uint32: the same key drops the same entries, on every engine; see pellucid.random.key.

    >>> from pellucid.random import key
    >>> dropout([1.0, 1.0, 1.0, 1.0], 0.5, Tensor(key(3)))
    Tensor([2., 0., 0., 2.])
    """
    t = as_tensor(x)
    if p == 0.0:
        return t
    bits = apply(_BITS, (key,), {"shape": t.shape})
    kept = apply(_LESS, (bits, round((1.0 - p) * 2**32)))
    return t * (kept.astype(t.dtype) * (1.0 / (1.0 - p) if p < 1.0 else 0.0))


@register("nn.Dropout")
@final
class Dropout(Module):
    """In training, each entry is 0 with chance p, else divided by 1 - p; in use, y = x.

    p: within [0, 1].
    The mask is a pure function of the buffer `key`: two words, the seed and the number of calls so far. The buffer is
    no part of state_dict() (PyTorch's has none); saving it with the module, as model files do, resumes exactly.
    seed: an int gives the same masks every time; give each layer its own, or use reset_parameters on the whole.
    Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout", JMLR 15, 2014.

    >>> layer = Dropout(0.5, seed=0)
    >>> layer.eval()([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """

    key: Tensor

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        if not isinstance(p, (int, float)) or not 0.0 <= p <= 1.0:
            raise ParameterError(f"p: must be a number within [0, 1], the chance to drop an entry; got {p!r}.")
        self.p = p
        self.register_buffer("key", np.zeros(2, dtype=np.uint32), persistent=False)
        self._begin(seed)

    def initialise(self, rng: np.random.Generator) -> None:
        """A new seed, and no calls yet."""
        assign(self.key, Tensor(np.array([rng.integers(2**32), 0], dtype=np.uint32)))

    def forward(self, x: Any) -> Tensor:
        """x (*) -> (*)."""
        if not self.training:
            return as_tensor(x)
        y = dropout(x, self.p, self.key)
        assign(self.key, self.key + _NEXT)
        return y

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """2 for every entry in training; none in use."""
        return 2 * int(output.size) if self.training else 0

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        return f"p={self.p}"
