"""The Threefry-2x32 stream in JAX, bit for bit that of pellucid.random.

Here: `stream`.  Elsewhere: the definition, its constants and their source are in pellucid.random.
Imports: jax, pellucid.random.
"""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax

from pellucid.random._counter import _PARITY, _ROTATIONS, _ROUNDS


def stream(key: Any, n: int) -> Array:
    """The first n words of the stream of `key`.   key (2,) uint32 -> (n,) uint32

    The rounds are a loop, four at a time: XLA takes seconds to compile 20 rounds written one after another.
    """
    half = -(-n // 2)
    words = jnp.stack([key[0], key[1], key[0] ^ key[1] ^ _PARITY])
    turns = jnp.asarray(_ROTATIONS, jnp.uint32).reshape(2, 4)
    left = lax.iota(jnp.uint32, half)

    def four_rounds(i: Array, pair: tuple[Array, Array]) -> tuple[Array, Array]:
        a, b = pair
        for turn in turns[i % 2]:
            a = a + b
            b = ((b << turn) | (b >> (jnp.uint32(32) - turn))) ^ a
        s = i + jnp.uint32(1)
        return a + words[s % 3], b + words[(s + 1) % 3] + s

    first = left + words[0], left + jnp.uint32(half) + words[1]
    a, b = lax.fori_loop(jnp.uint32(0), jnp.uint32(_ROUNDS // 4), four_rounds, first)
    return jnp.concatenate([a, b])[:n]
