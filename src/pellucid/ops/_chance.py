"""Random bits as a primitive: a pure function of a key, so that every engine draws the same ones.

Here: random_bits.  Elsewhere: the cipher is in pellucid.random; uniform and normal numbers are composed in
pellucid.tensor.
Imports: numpy, pellucid.random, pellucid.ops.
"""

import math
from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Aval, Primitive, aval_of
from pellucid.random import threefry2x32


@final
class RandomBits(Primitive):
    """y = the first words of the Threefry-2x32 stream of `key`, laid out in `shape`.   key (2,) uint32 -> y uint32"""

    differentiable = False

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        if x[0].shape != (2,) or x[0].dtype != np.uint32:
            raise ShapeError(
                f"{self.name}: a key is (2,) uint32, got {x[0].shape} {x[0].dtype}; see pellucid.random.key."
            )
        return Aval(tuple(attrs["shape"]), np.dtype(np.uint32))

    def forward(self, key: Array, *, shape: tuple[int, ...]) -> Array:
        if np.shape(key) != (2,):
            self.shape(aval_of(key), shape=shape)
        return threefry2x32(key, math.prod(shape)).reshape(shape)
