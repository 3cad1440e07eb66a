"""Compiled: the plain numbers in the bytes of a CSV file, correctly rounded, and whether its records are regular.

Here: `read_records`, which goes once over a run of records and writes their numbers into columns.
Elsewhere: which files it is given, and what becomes of the other columns, is in `_plain.py`.
Imports: numpy, Numba and pellucid.persistence; only functions that need compiled code import this module.

Source: Clinger, PLDI 1990, "How to read floating point numbers accurately" (few digits); Lemire, Software: Practice and
Experience 51 (2021), "Number parsing at a gigabyte per second" (many digits).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.persistence._machine_code import kept

compiled = kept(nogil=True, error_model="numpy")
POINT, PLUS, MINUS, ZERO, NINE = b".+-09"
NEWLINE, RETURN, SMALL_E, BIG_E = b"\n\reE"
MOST_DIGITS = 19  # 10^19 < 2^64; a number written with more is left to a reader that takes its time
LEAST_POWER, MOST_POWER = -290, 22  # of ten; outside, results are beyond 2^53 or near the subnormal numbers
EXACT_POWERS = 10.0 ** np.arange(MOST_POWER + 1)  # 10^22 is the last power of ten that is a float64
EXACT_WHOLE = np.uint64(1 << 53)  # every whole number below is a float64
IRREGULAR = -1


def _leading_bits(power: int) -> tuple[int, int]:
    """The first 128 bits of 10^power, the first of them set, in two words; cut off, or rounded up from 10^-27 to 0.1.

    Those are the inverses of whole numbers below 2^64, with which a product may come out whole (Lemire, section 8).
    """
    whole = 10 ** abs(power)
    if power >= 0:
        bits = whole << 128 >> whole.bit_length()
    else:
        bits = (1 << (whole.bit_length() + 127)) // whole + (power >= -27)
    return bits >> 64, bits & (2**64 - 1)


LEADING_BITS = np.array([_leading_bits(power) for power in range(LEAST_POWER, MOST_POWER + 1)], dtype=np.uint64)


@compiled
def high_product(a: np.uint64, b: np.uint64) -> np.uint64:
    """The upper 64 of the 128 bits of a b."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    a1, a0, b1, b0 = a >> half, a & low, b >> half, b & low
    middle = a1 * b0 + ((a0 * b0) >> half)
    return a1 * b1 + (middle >> half) + ((a0 * b1 + (middle & low)) >> half)


@compiled
def scaled(digits: np.uint64, power: Any) -> float:
    """digits * 10^power to the nearest float64, ties to even; LEAST_POWER <= power <= MOST_POWER."""
    if digits <= EXACT_WHOLE and power >= -MOST_POWER:  # both factors are exact, so there is one rounding
        return digits * EXACT_POWERS[power] if power >= 0 else digits / EXACT_POWERS[-power]
    if digits == 0:
        return 0.0
    zeros = 0
    while digits < np.uint64(1) << np.uint64(63):
        digits = digits << np.uint64(1)
        zeros += 1
    leading = LEADING_BITS[power - LEAST_POWER, 0]
    high, low = high_product(digits, leading), digits * leading
    if high & np.uint64(0x1FF) == np.uint64(0x1FF):  # a carry from below could reach the bits that count
        carry = high_product(digits, LEADING_BITS[power - LEAST_POWER, 1])
        low = low + carry
        if low < carry:
            high = high + np.uint64(1)
    top = high >> np.uint64(63)
    cut = top + np.uint64(9)
    mantissa = high >> cut  # 54 bits: those of a float64, and one to round by
    exponent: Any = ((217706 * power) >> 16) - zeros + np.int64(top) + 11  # of two; 217706 / 2^16 = log2 10
    if (
        low <= np.uint64(1)
        and -4 <= power <= 23
        and mantissa & np.uint64(3) == np.uint64(1)
        and mantissa << cut == high
    ):
        mantissa = mantissa & ~np.uint64(1)  # halfway between two: to the even one
    mantissa = (mantissa + (mantissa & np.uint64(1))) >> np.uint64(1)
    return math.ldexp(np.float64(mantissa), exponent)


@compiled
def read_records(
    raw: NDArray[Any],
    mark: int,
    stops: NDArray[Any],
    first: int,
    out: NDArray[Any],
    empty: NDArray[Any],
    plain: NDArray[Any],
) -> int:
    """Read the records in `raw`; how many there are, or IRREGULAR.

    raw (bytes,) uint8 begins with a record and ends in a newline; mark separates cells; stops (256,) bool is true of
    it, newline, return and quote.  out (D, N) float64: cell d of the r-th record goes to out[d, first + r], NaN where
    it is empty; empty (D,) int64 counts those.  plain (D,) bool: a column becomes False, and is left, at its first cell
    that is neither empty nor a plain number (-12.5e-3, below 2^53, at most MOST_DIGITS digits, no needless zero).
    IRREGULAR: a record of another width than D, a quote, a return within a line, or one column with a blank line.
    """
    width, row = len(plain), first
    one, ten, zero, nine = np.uint64(1), np.uint64(10), np.uint64(ZERO), np.uint64(9)
    at, stop = np.uint64(0), np.uint64(len(raw))  # unsigned: an index that may be negative costs a test a byte
    while at < stop:
        for d in range(width):
            begin = at
            if plain[d]:
                negative = raw[at] == MINUS
                if negative or raw[at] == PLUS:
                    at += one
                whole, digits = at, np.uint64(0)
                digit = np.uint64(raw[at]) - zero  # of any other character it is large
                while digit <= nine:
                    digits = digits * ten + digit
                    at += one
                    digit = np.uint64(raw[at]) - zero
                count, power = np.int64(at - whole), np.int64(0)
                fits = count <= 1 or raw[whole] != ZERO
                if raw[at] == POINT:
                    at += one
                    fraction = at
                    if digits == 0:  # zeros in front of the first digit that counts
                        while raw[at] == ZERO:
                            at += one
                        count -= np.int64(at - fraction)
                    digit = np.uint64(raw[at]) - zero
                    while digit <= nine:
                        digits = digits * ten + digit
                        at += one
                        digit = np.uint64(raw[at]) - zero
                    power = -np.int64(at - fraction)
                    count -= power
                    fits = fits and at > whole + one
                else:
                    fits = fits and count > 0
                if fits and (raw[at] == SMALL_E or raw[at] == BIG_E):
                    at += one
                    down = raw[at] == MINUS
                    if down or raw[at] == PLUS:
                        at += one
                    given, exponent = at, np.int64(0)
                    while ZERO <= raw[at] <= NINE and exponent < 1000:
                        exponent = exponent * 10 + np.int64(raw[at]) - ZERO
                        at += one
                    fits = at > given
                    power += -exponent if down else exponent
                if fits and count <= MOST_DIGITS and LEAST_POWER <= power <= MOST_POWER and stops[raw[at]]:
                    value = scaled(digits, power)
                    out[d, row] = -value if negative else value
                    plain[d] = value < EXACT_WHOLE
                elif at == begin and stops[raw[at]]:
                    out[d, row] = np.nan
                    empty[d] += 1
                else:
                    plain[d] = False
                    at = begin
            while not stops[raw[at]]:
                at += one
            if width == 1 and at == begin:
                return IRREGULAR
            if d < width - 1:
                if raw[at] != mark:
                    return IRREGULAR
            else:
                if raw[at] == RETURN:
                    at += one
                if raw[at] != NEWLINE:
                    return IRREGULAR
            at += one
        row += 1
    return row - first
