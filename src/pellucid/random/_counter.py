"""Random numbers as a pure function of a key and a counter.

Here: `key` and the Threefry-2x32 block function in NumPy, the definition every engine must reproduce bit for bit.
Elsewhere: the primitive that calls it is in pellucid.ops; generators with state are in _generator.py.
Imports: numpy and pellucid.errors.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ParameterError

_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)  # bits; table 2 of the paper, for two words of 32 bits
_PARITY = np.uint32(0x1BD11BDA)  # the Skein constant C240 cut to 32 bits; keeps an all-zero key from being weak
_ROUNDS = 20  # 13 pass BigCrush in the paper; 20 is its recommendation with a margin
_BLOCK = 1 << 14  # counters; 2 x 2 x 64 KiB of work stays in a second-level cache


def key(seed: int, stream: int = 0) -> NDArray[np.uint32]:
    """The key (2,) of one stream: two words of 32 bits, seed in the first, stream in the second.

    Seeds of more than 32 bits fold their upper half into the stream's word, so that different seeds below 2^64
    give different keys for the same stream.  Raises ParameterError for a seed of more than 64 bits or a stream of more
    than 32, and for negative ones.

    >>> key(7, 1).tolist()
    [7, 1]
    """
    for name, value, bits in (("seed", seed, 64), ("stream", stream, 32)):
        if not 0 <= value < 2**bits:
            raise ParameterError(f"key: {name} is {value!r}; give a whole number in [0, 2^{bits}).")
    high, low = divmod(int(seed), 2**32)
    return np.array([low, int(stream) ^ high], dtype=np.uint32)


def threefry2x32(key: NDArray[np.uint32], n: int) -> NDArray[np.uint32]:
    """The first n words of the stream of `key`.

        word[i] = left(i) for i < h,  right(i - h) else,    (left, right)(c) = E_key(c, h + c),    h = ceil(n / 2)

    E_key is the 20-round Threefry cipher on two 32-bit words.  key (2,) uint32 -> (n,) uint32.

    >>> threefry2x32(key(7), 3).tolist()
    [613157572, 1928169959, 3159897689]
    """
    half = -(-n // 2)
    out = np.empty(2 * half, dtype=np.uint32)
    for start in range(0, half, _BLOCK):
        stop = min(start + _BLOCK, half)
        left = np.arange(start, stop, dtype=np.uint32)
        right = left + np.uint32(half)
        _encrypt(key, left, right)
        out[start:stop], out[half + start : half + stop] = left, right
    return out[:n]


def _encrypt(key: NDArray[np.uint32], a: NDArray[np.uint32], b: NDArray[np.uint32]) -> None:
    """(a, b) <- E_key(a, b), in place.   a, b (n,) uint32; sums wrap modulo 2^32."""
    words = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    spare = np.empty_like(b)
    a += words[0]
    b += words[1]
    for r in range(_ROUNDS):
        turn = _ROTATIONS[r % 8]
        a += b
        np.right_shift(b, np.uint32(32 - turn), out=spare)
        np.left_shift(b, np.uint32(turn), out=b)
        b |= spare
        b ^= a
        if r % 4 == 3:
            s = r // 4 + 1
            a += words[s % 3]
            b += np.uint32((int(words[(s + 1) % 3]) + s) & 0xFFFFFFFF)
