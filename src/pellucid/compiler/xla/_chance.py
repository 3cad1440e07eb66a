"""The Threefry-2x32 stream in JAX, bit for bit that of pellucid.random.

Here: `stream`.  Elsewhere: the definition, its constants and their source are in pellucid.random.
Imports: numpy, jax, pellucid.random.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pellucid.random._counter import _PARITY, _ROTATIONS, _ROUNDS


def stream(key: Any, n: int) -> Array:
    """The first n words of the stream of `key`.   key (2,) uint32 -> (n,) uint32

    The rounds stand one after another: as a loop they take twice as long to compile and three times as long to run.
    """
    half = -(-n // 2)
    words = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    counter = lax.iota(jnp.uint32, half)
    a, b = counter + words[0], counter + np.uint32(half) + words[1]
    for r in range(_ROUNDS):
        turn = _ROTATIONS[r % 8]
        a = a + b
        b = ((b << np.uint32(turn)) | (b >> np.uint32(32 - turn))) ^ a
        if r % 4 == 3:
            s = r // 4 + 1
            a, b = a + words[s % 3], b + words[(s + 1) % 3] + np.uint32(s)
    return jnp.concatenate([a, b])[:n]
