"""Compiled: random draws from a state of one word, and the sorting of one feature within one node.

A node whose cuts are drawn has a seed of its own: what it draws depends on the way from the root to it, and not on
which nodes were split before.

Here: `draw`, `below` (SplitMix64); `drawn_word`, `child_seed`, `swap_drawn`, `put_back`,
`share_of`; `sort_packed`, `sort_by`.
Elsewhere: what is done with a sorted feature is in _split_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._compiled import inner, within

HALF = np.uint64(32)  # bits; a packed word is a code in the upper half and a position in the lower
LOW = np.uint64(0xFFFFFFFF)
SMALL_ROWS = 160  # rows; below, counting smaller ones (n^2 / 16 vector steps) beats passes over 256 buckets; measured
FEW_ROWS, BYTE = 48, np.uint64(255)  # the same where codes are bytes, and one pass is enough; 28 to 64 measured
SMALL_CODE = np.uint64(1 << 24)  # codes below leave 8 bits of a 32-bit word for a position below 256
STRIDE = np.uint64(0x9E3779B97F4A7C15)  # from one state to the next; of the published generator
CHILDREN = np.uint64(0xD1B54A32D192ED03)  # where the seeds of children begin, at random
WIDE_ROWS = 4096  # rows; from here on digits of 11 bits save a pass that costs more than 2048 buckets


@within
def mixed(z: np.uint64) -> np.uint64:
    """64 bits that look random, of each state others.   Source: Steele, Lea and Flood, OOPSLA 2014 (SplitMix64)"""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inner
def draw(state: Array) -> np.uint64:
    """The next 64 random bits; state (1,) uint64 moves on."""
    state[0] += STRIDE
    return mixed(state[0])


@inner
def below(state: Array, n: int) -> int:
    """A whole number in [0, n), n < 2^31; the bias is below n / 2^32."""
    return np.int64(((draw(state) >> HALF) * np.uint64(n)) >> HALF)


@within
def drawn_word(seed: np.uint64, k: int) -> np.uint64:
    """What draw number k = 0, 1, ... of a node gives: the upper half says which feature, the lower where it is cut."""
    return mixed(seed + np.uint64(k + 1) * STRIDE)


@within
def child_seed(seed: np.uint64, side: int) -> np.uint64:
    """The seed of the left (0) or the right child (1) of a node."""
    return mixed((seed ^ CHILDREN) + np.uint64(side + 1) * STRIDE)


@within
def swap_drawn(pool: Array, k: int, word: np.uint64) -> None:
    """Let pool[k] and one of those not before it change places: a feature that was not drawn before."""
    j = np.uint64(k) + (((word >> HALF) * np.uint64(len(pool) - k)) >> HALF)
    pool[np.uint64(k)], pool[j] = pool[j], pool[np.uint64(k)]


@within
def put_back(pool: Array, n: int) -> None:
    """Take n swaps back: pool is 0, 1, ..., D - 1 again.  Whoever left a place behind the first n stands among them."""
    for k in range(n):
        f = np.uint64(pool[np.uint64(k)])
        f = f if f >= np.uint64(n) else np.uint64(k)  # no branch, which would be guessed
        pool[f] = f
    for k in range(n):
        pool[np.uint64(k)] = k


@within
def share_of(word: np.uint64) -> float:
    """A number in [0, 1), one of 2^32."""
    return np.float64(np.int64(word & LOW)) * 2.0**-32


@inner
def sort_packed(packed: Array, out: Array, short: Array, count: Array, n: int, high: int) -> None:
    """The first n words into `out` in the order of their codes; `packed` is used up.

    packed, out (>= n,) uint64, a code <= high above a position; rows of one code keep their order.
    short (2, SMALL_ROWS) uint32 and count (2048,) int64 are room to work in.
    """
    few = SMALL_ROWS if np.uint64(high) > BYTE else FEW_ROWS
    if n < few and np.uint64(high) < SMALL_CODE:
        _sort_small(packed, out, short, n)
        return
    digit = np.uint64(11 if n >= WIDE_ROWS else 8)
    mask = (np.uint64(1) << digit) - np.uint64(1)
    shift = HALF
    left = np.uint64(high)
    source, goal, at_home = packed, out, True
    while left > 0:
        for b in range(mask + np.uint64(1)):
            count[b] = 0
        for i in range(n):
            count[(source[i] >> shift) & mask] += 1
        total = 0
        for b in range(mask + np.uint64(1)):
            total, count[b] = total + count[b], total
        for i in range(n):
            bucket = (source[i] >> shift) & mask
            goal[count[bucket]] = source[i]
            count[bucket] += 1
        source, goal, at_home = goal, source, not at_home
        shift += digit
        left >>= digit
    if at_home:
        for i in range(n):
            out[i] = packed[i]


@inner
def _sort_small(packed: Array, out: Array, short: Array, n: int) -> None:
    """out[number of smaller words] <- word: no branch depends on the data, and the inner loop is a vector's."""
    word, rank = short[0], short[1]
    for i in range(n):
        word[i] = np.uint32((packed[i] >> HALF) << np.uint64(8)) | np.uint32(i)
        rank[i] = 0
    for i in range(n):
        own = word[i]
        for j in range(n):
            rank[j] += np.uint32(word[j] > own)
    for i in range(n):
        out[rank[i]] = packed[i]


@inner
def sort_by(key: Array, item: Array, n: int) -> None:
    """Bring the first n keys, and the items with them, into order; equal keys by their items.

    Source: Shell, Communications of the ACM 2, 1959, with gaps that shrink by 2.25.
    """
    gap = n
    while gap > 1:
        gap = max(1, int(gap / 2.25))
        for i in range(gap, n):
            own, thing = key[i], item[i]
            j = i
            while j >= gap and (key[j - gap] > own or (key[j - gap] == own and item[j - gap] > thing)):
                key[j], item[j] = key[j - gap], item[j - gap]
                j -= gap
            key[j], item[j] = own, thing
